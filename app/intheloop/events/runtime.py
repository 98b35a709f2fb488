"""Events of the runtime that serves a notebook and of the kernel that it drives."""

from __future__ import annotations

from msgspec import Struct, field

from intheloop.values import Value, empty


class Kernel(Struct, frozen=True, omit_defaults=True):
    """The language process: kernelspec name, language and its version."""

    name: str
    language: str = ""
    version: str = ""


class RuntimeAttached(Struct, frozen=True, omit_defaults=True):
    """A runtime serves this notebook from here on. `label` is what people call its place."""

    runtime_id: str
    kernel: Kernel
    capabilities: tuple[str, ...] = ()
    environment: Value = field(default_factory=empty)
    label: str = ""


class RuntimeDetached(Struct, frozen=True):
    """It no longer does; `reason` is a sentence."""

    runtime_id: str
    reason: str


class KernelStarted(Struct, frozen=True):
    """A fresh kernel: no variable of an earlier one is there."""

    runtime_id: str
    kernel: Kernel


class KernelDied(Struct, frozen=True, omit_defaults=True):
    """The language process ended unasked. `exit_code` is negative for a signal; `reason` is a
    sentence where more is known than the code tells, such as a limit that it went over."""

    runtime_id: str
    exit_code: int | None = None
    last_stderr: str = ""
    reason: str | None = None


class KernelInterruptRequested(Struct, frozen=True):
    """Somebody wants the running code interrupted."""

    runtime_id: str


class KernelRestartRequested(Struct, frozen=True, omit_defaults=True):
    """Somebody wants a fresh kernel; with `keep_queue` what is queued runs in it."""

    runtime_id: str
    keep_queue: bool = False
