"""An execution, as its log adds up."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

from intheloop.values import DisplayOutput, ErrorOutput, OtherOutput, ResultOutput, StreamOutput

Status: TypeAlias = Literal[
    "requested", "claimed", "started", "adrift", "ok", "error", "cancelled", "lost"
]

OPEN: frozenset[Status] = frozenset(("requested", "claimed", "started", "adrift"))
HELD: frozenset[Status] = frozenset(("claimed", "started", "adrift"))


class Stream(Struct, frozen=True, tag_field="output_type", tag="stream"):
    """Neighbouring text of one stream. `digest` chains over its pieces: h = sha256(h || sha256).

    A replica may hold a stream by reference: `digest` without `pieces`.
    """

    name: str
    digest: str
    pieces: tuple[StreamOutput, ...] = ()


Shown: TypeAlias = Stream | DisplayOutput | ResultOutput | ErrorOutput | OtherOutput


class Input(Struct, frozen=True):
    """A question that the code waits on."""

    input_id: str
    prompt: str
    password: bool = False


class Execution(Struct, frozen=True, omit_defaults=True):
    """One run of some code.

    `requested_by` is the actor id of who asked. `next_index` is the index that the runtime's next
    batch of outputs must carry. `clear_pending`: the next output replaces all that is shown.
    Times are UTC.
    """

    execution_id: str
    source: str
    requested_by: str
    requested_at: str
    cell_id: str | None = None
    rev: int | None = None
    batch_id: str | None = None
    allow_error: bool = False
    status: Status = "requested"
    runtime_id: str | None = None
    generation: int = 0
    execution_count: int | None = None
    outputs: tuple[Shown, ...] = ()
    next_index: int = 0
    clear_pending: bool = False
    cancel_requested: bool = False
    input: Input | None = None
    started_at: str | None = None
    completed_at: str | None = None
    reason: str | None = None
    duration_ms: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether its end is still to come."""
        return self.status in OPEN

    @property
    def is_held(self) -> bool:
        """Whether a runtime has it, or had it when its lease ran out."""
        return self.status in HELD
