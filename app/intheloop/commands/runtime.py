"""Commands that runtimes give: attach, claim, append outputs, complete, detach."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, TypeAlias

from msgspec import Meta, Struct, field

from intheloop.events import Kernel, Scope
from intheloop.values import Count, Id, Output, Value, empty

from .tool import RUNTIMES, Done, NotebookTool

_RUNTIME: tuple[Scope, ...] = ("runtime",)

BESIDE_SERVER = "beside_server"
"""The capability of a runtime on the server's own machine: when it is not heard from it is gone,
while one elsewhere may have lost the way and come back."""


class Attached(Done, frozen=True):
    """The lease: renew it well within this many seconds."""

    lease_s: float


class AttachRuntime(NotebookTool, frozen=True):
    """Serve this notebook. Refused beside another; again by the same one renews its lease."""

    ANSWER: ClassVar[type[Struct]] = Attached
    SCOPES: ClassVar[tuple[Scope, ...]] = _RUNTIME
    ACTORS = RUNTIMES

    runtime_id: Id
    kernel: Kernel
    capabilities: tuple[str, ...] = ()
    environment: Value = field(default_factory=empty)
    label: Annotated[str, Meta(max_length=200)] = ""


class RenewLease(NotebookTool, frozen=True):
    """Say that the runtime is there. Leaves no record."""

    ANSWER: ClassVar[type[Struct]] = Attached
    SCOPES: ClassVar[tuple[Scope, ...]] = _RUNTIME
    ACTORS = RUNTIMES
    REPEATABLE: ClassVar[bool] = True

    runtime_id: Id


class DetachRuntime(NotebookTool, frozen=True):
    """Stop serving this notebook. What it still ran is lost with it."""

    ANSWER: ClassVar[type[Struct]] = Done
    SCOPES: ClassVar[tuple[Scope, ...]] = _RUNTIME
    ACTORS = RUNTIMES

    runtime_id: Id
    reason: Annotated[str, Meta(min_length=1, max_length=1000)]


class Claim(Struct, frozen=True, omit_defaults=True):
    """An execution that the runtime now holds."""

    execution_id: str
    source: str
    generation: int
    next_index: int = 0
    cell_id: str | None = None
    allow_error: bool = False


class Claimed(Done, frozen=True):
    """What the runtime now holds, if anything was to be had."""

    claim: Claim | None = None


class Start(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """The kernel gets it at once; `execution_count` as the kernel will count it."""

    execution_count: Count | None = None


class ClaimExecution(NotebookTool, frozen=True):
    """Take the oldest queued execution, or take up again what this runtime lost hold of."""

    ANSWER: ClassVar[type[Struct]] = Claimed
    SCOPES: ClassVar[tuple[Scope, ...]] = _RUNTIME
    ACTORS = RUNTIMES

    runtime_id: Id
    start: Start | None = None


class StartExecution(NotebookTool, frozen=True):
    """The kernel now runs what was claimed without a start."""

    ANSWER: ClassVar[type[Struct]] = Done
    SCOPES: ClassVar[tuple[Scope, ...]] = _RUNTIME
    ACTORS = RUNTIMES

    runtime_id: Id
    execution_id: Id
    execution_count: Count | None = None


class Append(Struct, frozen=True, tag_field="part", tag="append", forbid_unknown_fields=True):
    """Outputs to show behind the others."""

    outputs: Annotated[list[Output], Meta(min_length=1)]


class Update(Struct, frozen=True, tag_field="part", tag="update", forbid_unknown_fields=True):
    """What every output with this display id shows from here on."""

    display_id: str
    data: dict[str, Value]
    metadata: Value = field(default_factory=empty)


class Clear(Struct, frozen=True, tag_field="part", tag="clear", forbid_unknown_fields=True):
    """Clear what is shown: at once, or when the next output comes."""

    wait: bool = False


Part: TypeAlias = Append | Update | Clear


class Appended(Done, frozen=True):
    """The index that the next batch must carry."""

    next_index: int


class AppendOutputs(NotebookTool, frozen=True):
    """Outputs, display updates and clears of one execution, in kernel order.

    `index` counts these batches from 0. One that is recorded already answers as the first time.
    """

    ANSWER: ClassVar[type[Struct]] = Appended
    SCOPES: ClassVar[tuple[Scope, ...]] = _RUNTIME
    ACTORS = RUNTIMES

    execution_id: Id
    index: Count
    parts: Annotated[list[Part], Meta(min_length=1, max_length=10_000)]


class CompleteExecution(NotebookTool, frozen=True):
    """Say how an execution ended, with its last outputs, and (`claim_next`) take the next one."""

    ANSWER: ClassVar[type[Struct]] = Claimed
    SCOPES: ClassVar[tuple[Scope, ...]] = _RUNTIME
    ACTORS = RUNTIMES

    execution_id: Id
    status: Literal["ok", "error", "cancelled", "lost"]
    reason: Annotated[str, Meta(max_length=1000)] | None = None
    duration_ms: Count | None = None
    index: Count | None = None
    parts: Annotated[list[Part], Meta(max_length=10_000)] = []
    claim_next: Start | None = None


class RequestInput(NotebookTool, frozen=True):
    """The running code asks for a line of text."""

    ANSWER: ClassVar[type[Struct]] = Done
    SCOPES: ClassVar[tuple[Scope, ...]] = _RUNTIME
    ACTORS = RUNTIMES

    execution_id: Id
    input_id: Id
    prompt: Annotated[str, Meta(max_length=10_000)]
    password: bool = False


class KernelIsUp(Struct, frozen=True, tag_field="state", tag="started", forbid_unknown_fields=True):
    """A fresh kernel is ready."""

    kernel: Kernel


class KernelIsDown(Struct, frozen=True, tag_field="state", tag="died", forbid_unknown_fields=True):
    """The kernel ended unasked. `reason` is a sentence, if more is known than the code tells."""

    exit_code: int | None = None
    last_stderr: Annotated[str, Meta(max_length=8192)] = ""
    reason: Annotated[str, Meta(max_length=1000)] | None = None


class Reported(Done, frozen=True):
    """How many executions wait to be claimed."""

    waiting: int


class ReportKernel(NotebookTool, frozen=True):
    """Tell that the kernel started afresh, or died. What it ran before ends with it.

    What then becomes of the queue is the notebook's to say: its metadata
    `{"intheloop": {"on_kernel_death": "stop"}}` (so it is without any) or `"go_on"`.
    """

    ANSWER: ClassVar[type[Struct]] = Reported
    SCOPES: ClassVar[tuple[Scope, ...]] = _RUNTIME
    ACTORS = RUNTIMES

    runtime_id: Id
    report: KernelIsUp | KernelIsDown
