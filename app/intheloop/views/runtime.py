"""A runtime as it is told."""

from __future__ import annotations

from intheloop.commands import RuntimeView
from intheloop.notebook import Runtime

from .plain import one_line

NAME = 100
"""Characters that are shown of a name that anything may stand in."""


def view_runtime(runtime: Runtime) -> RuntimeView:
    """The runtime without its environment, which may be large."""
    return RuntimeView(
        runtime_id=runtime.runtime_id,
        kernel=one_line(runtime.kernel.name, NAME),
        attached_at=runtime.attached_at,
        language=one_line(runtime.kernel.language, NAME),
        version=one_line(runtime.kernel.version, NAME),
        label=one_line(runtime.label, NAME),
        kernel_alive=runtime.kernel_alive,
        restart_requested=runtime.restart_requested,
    )
