"""Commands that people and assistants give to run code, stop it and answer it."""

from __future__ import annotations

from typing import Annotated, ClassVar, TypeAlias

from msgspec import Meta, Struct

from intheloop.events import Scope
from intheloop.values import Id

from .tool import Deed, Done, NotebookTool
from .view import ExecutionView, RunState

_RUN: tuple[Scope, ...] = ("notebook:run",)

WaitSeconds: TypeAlias = Annotated[
    float, Meta(ge=0, le=600, description="Seconds to wait at most; what runs goes on.")
]


class CellAt(Struct, frozen=True, forbid_unknown_fields=True):
    """A cell with the rev of the source that the caller has seen."""

    cell_id: Id
    rev: Annotated[int, Meta(description="The rev of the cell that you read.")]


class Requested(Done, frozen=True, omit_defaults=True):
    """The executions that were requested, in order. `waiting_for_runtime`: none is attached.

    `state` is what to know of all of them at the end of the wait: `error` if one failed, `running`
    if one still runs, `ok` if all is well. `executions` tells of them one by one, or of those that
    matter most, with what they show; `more` says how to go on.
    """

    execution_ids: tuple[str, ...]
    waiting_for_runtime: bool = False
    state: RunState | None = None
    executions: tuple[ExecutionView, ...] = ()
    more: str = ""


class RunCells(NotebookTool, frozen=True):
    """Run code cells as one batch, in this order: those named, each with the rev you read, or (left
    out) all. Answers with their outputs, or after `wait_s` with how they stand.

    A cell that raises has the state `error`, and the rest of the batch is cancelled, unless
    `allow_errors` is set or the cell is tagged `raises-exception`.
    """

    ANSWER: ClassVar[type[Struct]] = Requested
    FOR_MODELS: ClassVar[bool] = True
    DESTRUCTIVE: ClassVar[bool] = True
    SCOPES: ClassVar[tuple[Scope, ...]] = _RUN
    DEED: ClassVar[Deed | None] = "run"

    cells: Annotated[list[CellAt], Meta(min_length=1, max_length=10_000)] | None = None
    allow_errors: bool = False
    wait_s: WaitSeconds = 20


class RunCode(NotebookTool, frozen=True):
    """Run code in the notebook's kernel without making a cell of it: to look at something. Answers
    as run_cells does."""

    ANSWER: ClassVar[type[Struct]] = Requested
    FOR_MODELS: ClassVar[bool] = True
    DESTRUCTIVE: ClassVar[bool] = True
    SCOPES: ClassVar[tuple[Scope, ...]] = _RUN
    DEED: ClassVar[Deed | None] = "run"

    source: str
    wait_s: WaitSeconds = 20


class Cancelled(Done, frozen=True):
    """What came of it: cancelled at once, or a running one was asked to stop."""

    execution_id: str
    outcome: str


class CancelExecution(NotebookTool, frozen=True):
    """Cancel one execution: a queued one at once, a running one by interrupting the kernel.

    With `force`, for one that does not stop: the kernel is restarted, and its variables are lost;
    one whose runtime is gone is given up.
    """

    ANSWER: ClassVar[type[Struct]] = Cancelled
    FOR_MODELS: ClassVar[bool] = True
    DESTRUCTIVE: ClassVar[bool] = True
    SCOPES: ClassVar[tuple[Scope, ...]] = _RUN
    DEED: ClassVar[Deed | None] = "stop"

    execution_id: Id
    force: bool = False


class ProvideInput(NotebookTool, frozen=True):
    """Answer a running cell that asks for a line of input. The first answer wins.

    A password is never given here: it travels as a signal to the runtime, which then reports it.
    """

    ANSWER: ClassVar[type[Struct]] = Done
    FOR_MODELS: ClassVar[bool] = True
    SCOPES: ClassVar[tuple[Scope, ...]] = ("notebook:run", "runtime")
    DEED: ClassVar[Deed | None] = "run"
    ACTORS = frozenset(("human", "assistant", "service", "runtime"))

    input_id: Id
    value: Annotated[str, Meta(max_length=100_000)] | None = None


class InterruptKernel(NotebookTool, frozen=True):
    """Interrupt whatever the kernel runs now. Its variables stay."""

    ANSWER: ClassVar[type[Struct]] = Done
    DESTRUCTIVE: ClassVar[bool] = True
    SCOPES: ClassVar[tuple[Scope, ...]] = _RUN
    DEED: ClassVar[Deed | None] = "stop"


class RestartKernel(NotebookTool, frozen=True):
    """Start a fresh kernel. All variables are lost; what runs and what is queued is cancelled.

    With `run_all`, all code cells then run from the top, and it answers as run_cells does.
    """

    ANSWER: ClassVar[type[Struct]] = Requested
    FOR_MODELS: ClassVar[bool] = True
    DESTRUCTIVE: ClassVar[bool] = True
    SCOPES: ClassVar[tuple[Scope, ...]] = _RUN
    DEED: ClassVar[Deed | None] = "run"

    run_all: bool = False
    wait_s: WaitSeconds = 20
