"""State for tests, made as state always is: by replaying records of events.

Short names for the events that tests are about; clock, ids and salts follow from the seq.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from intheloop.events import (
    Actor,
    CellCreated,
    CellSourceEdited,
    CompletedStatus,
    Envelope,
    Event,
    ExecutionClaimed,
    ExecutionCompleted,
    ExecutionRequested,
    ExecutionStarted,
    OutputAppended,
    OutputUpdated,
    Record,
    WireRecord,
    decode_event,
)
from intheloop.log.chain import GENESIS, Stamp, seal
from intheloop.log.stored import Stored, open_stored
from intheloop.notebook import Notebook, pack
from intheloop.reducer import replay
from intheloop.values import (
    EMPTY,
    CellType,
    DisplayOutput,
    Output,
    StreamOutput,
    Value,
    inline,
    json_bytes,
    stream,
)

NOTEBOOK = "nb1"
ANA = Actor("human", "ana", "Ana")
_START = datetime(2026, 1, 1, tzinfo=UTC)


def sealed(
    events: Iterable[Event],
    before: Sequence[Stored] = (),
    *,
    actor: Actor = ANA,
    correlation_id: str | None = None,
) -> list[Stored]:
    """The stored records of events, going on after those `before`."""
    records: list[Stored] = []
    seq, link = (before[-1].seq, before[-1].hash) if before else (0, GENESIS)
    for event in events:
        seq += 1
        stamp = Stamp(actor, recorded_at(seq), f"command{seq}", None, correlation_id)
        event_id = f"00000000-0000-7000-8000-{seq:012x}"
        salt = seq.to_bytes(16, "big")
        records.append(seal(NOTEBOOK, seq, link, stamp, event_id, event, salt))
        link = records[-1].hash
    return records


def recorded_at(seq: int) -> str:
    """When the record with this seq was made: a second after the one before it."""
    return (_START + timedelta(seconds=seq)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def replayed(*events: Event) -> Notebook:
    """The notebook that these events add up to, each read from its stored bytes."""
    return replay(map(open_stored, sealed(events)), Notebook(NOTEBOOK))


def record_of(wire: WireRecord) -> Record:
    """The record that came over the wire."""
    envelope = Envelope(
        wire.notebook_id,
        wire.seq,
        wire.event_id,
        wire.type,
        wire.schema_version,
        wire.actor,
        wire.recorded_at,
        wire.command_id,
        wire.causation_id or None,
        wire.correlation_id or None,
        wire.trace_id or None,
        wire.payload_hash,
    )
    return Record(envelope, decode_event(wire.type, wire.schema_version, bytes(wire.data)))


def changes_nothing(before: Sequence[Event], *events: Event) -> bool:
    """Whether events after those `before` leave all but the seq as it was."""
    one, other = pack(replayed(*before)), pack(replayed(*before, *events))
    fields = set(one.__struct_fields__) - {"seq"}
    return all(getattr(one, field) == getattr(other, field) for field in fields)


def sources(notebook: Notebook) -> list[str]:
    """What stands in the cells in sight, from top to bottom."""
    return [each.source for each in notebook.live_cells()]


def order(notebook: Notebook) -> str:
    """The ids of the cells in sight, from top to bottom."""
    return " ".join(each.cell_id for each in notebook.live_cells())


def cell(
    cell_id: str,
    source: str = "",
    *,
    after: str | None = None,
    cell_type: CellType = "code",
    outputs: Sequence[Output] = (),
    execution_count: int | None = None,
) -> CellCreated:
    """A new cell, at the top unless it has an anchor; its outputs are saved ones."""
    return CellCreated(
        cell_id,
        cell_type,
        source,
        after,
        EMPTY,
        outputs=list(outputs) if outputs else msgspec.UNSET,
        execution_count=execution_count,
    )


def edited(cell_id: str, *changes: object) -> CellSourceEdited:
    """An edit, in the sections of its change set."""
    return CellSourceEdited(cell_id, 1, list(changes))


def asked(execution_id: str, cell_id: str | None = None, source: str = "1") -> ExecutionRequested:
    """A request to run the source of a cell, or of none."""
    return ExecutionRequested(execution_id, source, cell_id)


def claimed(execution_id: str, generation: int = 1) -> ExecutionClaimed:
    """Runtime r1 takes it."""
    return ExecutionClaimed(execution_id, "r1", generation)


def running(execution_id: str, cell_id: str | None = None, source: str = "1") -> list[Event]:
    """All that comes before the first output."""
    return [
        asked(execution_id, cell_id, source),
        claimed(execution_id),
        ExecutionStarted(execution_id, 1),
    ]


def completed(
    execution_id: str, status: CompletedStatus = "ok", reason: str | None = None
) -> ExecutionCompleted:
    """Its end, after 5 ms."""
    return ExecutionCompleted(execution_id, status, reason, 5)


def appended(execution_id: str, *outputs: Output, index: int = 0) -> OutputAppended:
    """Outputs in kernel order."""
    return OutputAppended(execution_id, index, list(outputs))


def printed(execution_id: str, text: str, index: int = 0, name: str = "stdout") -> OutputAppended:
    """Text on a stream."""
    return appended(execution_id, stream(name, text), index=index)


def plain(text: str) -> dict[str, Value]:
    """The data of an output that is plain text."""
    return {"text/plain": inline(msgspec.json.encode(text))}


def display(text: str, display_id: str | None = None) -> DisplayOutput:
    """A rich output that shows plain text."""
    return DisplayOutput(plain(text), EMPTY, display_id)


def redrawn(execution_id: str, display_id: str, text: str, index: int = 0) -> OutputUpdated:
    """Every output in sight with this display id now shows this text."""
    return OutputUpdated(execution_id, index, display_id, plain(text), EMPTY)


def shown(notebook: Notebook, execution_id: str) -> list[str]:
    """What an execution shows, as text: streams joined, other outputs by their plain text."""
    texts = []
    for output in notebook.executions[execution_id].outputs:
        if isinstance(output, DisplayOutput):
            texts.append(msgspec.json.decode(json_bytes(output.data["text/plain"]), type=str))
        else:
            pieces = getattr(output, "pieces", ())
            texts.append("".join(_text(piece) for piece in pieces))
    return texts


def _text(piece: StreamOutput) -> str:
    return piece.text
