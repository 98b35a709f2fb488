"""The runtime that serves a notebook, as its log adds up."""

from __future__ import annotations

from msgspec import Struct

from intheloop.events import Kernel
from intheloop.values import Value


class Runtime(Struct, frozen=True, omit_defaults=True):
    """An attached runtime. `principal_id` is the actor that attached it: nobody else may act as it.

    `kernel_alive` is false from a death of the kernel until the next start.
    `restart_requested` holds from the request until the fresh kernel has started.
    """

    runtime_id: str
    principal_id: str
    kernel: Kernel
    attached_at: str
    environment: Value
    capabilities: tuple[str, ...] = ()
    label: str = ""
    kernel_alive: bool = False
    restart_requested: bool = False
