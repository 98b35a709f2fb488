"""Events of executions: requested, claimed, started, their outputs and inputs, completed."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

from intheloop.values import Output, Value

CompletedStatus: TypeAlias = Literal["ok", "error", "cancelled", "lost"]


class ExecutionRequested(Struct, frozen=True, omit_defaults=True):
    """Somebody wants this very source run; with a cell, `rev` is the rev of its source.

    With `allow_error` an error does not stop the rest of its batch.
    """

    execution_id: str
    source: str
    cell_id: str | None = None
    rev: int | None = None
    batch_id: str | None = None
    allow_error: bool = False


class ExecutionClaimed(Struct, frozen=True):
    """A runtime holds it; `generation` grows when it takes an adrift one up again."""

    execution_id: str
    runtime_id: str
    generation: int


class ExecutionStarted(Struct, frozen=True, omit_defaults=True):
    """The kernel has it; what the cell showed before is replaced from here on."""

    execution_id: str
    execution_count: int | None = None


class OutputAppended(Struct, frozen=True, omit_defaults=True):
    """Outputs in kernel order. `index` counts batches from 0; `late` came after the end."""

    execution_id: str
    index: int
    outputs: list[Output]
    late: bool = False


class OutputUpdated(Struct, frozen=True, omit_defaults=True):
    """Every output in sight with this display id now shows this."""

    execution_id: str
    index: int
    display_id: str
    data: dict[str, Value]
    metadata: Value


class OutputsCleared(Struct, frozen=True, omit_defaults=True):
    """The code cleared its outputs: at once, or (`wait`) when the next one comes."""

    execution_id: str
    index: int
    wait: bool = False


class InputRequested(Struct, frozen=True, omit_defaults=True):
    """The code asks for a line of text; with `password` the answer never enters the log."""

    execution_id: str
    input_id: str
    prompt: str
    password: bool = False


class InputProvided(Struct, frozen=True, omit_defaults=True):
    """An answer was taken. `value` is absent for a password; `by` is the id of who gave it."""

    execution_id: str
    input_id: str
    value: str | None = None
    by: str | None = None


class ExecutionClaimLapsed(Struct, frozen=True):
    """The runtime's lease ran out while it ran this: it is adrift."""

    execution_id: str
    generation: int


class ExecutionCancelRequested(Struct, frozen=True):
    """Somebody wants a running one stopped."""

    execution_id: str


class ExecutionCompleted(Struct, frozen=True, omit_defaults=True):
    """The end, which never changes. `reason` is a sentence for all but `ok`."""

    execution_id: str
    status: CompletedStatus
    reason: str | None = None
    duration_ms: int | None = None
