"""Records told in order: who acted, what happened, and what makes one line together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from intheloop import events as e

from .phrases import PLURALS, SUMS, phrase
from .words import short

PAUSE_S = 60.0
"""Edits with less than this between them may be told as one."""

_RUNNING = {
    "executionClaimed": 1,
    "outputsCleared": 0,
    "outputAppended": 0,
    "outputUpdated": 0,
    "executionStarted": 2,
    "executionCompleted": 3,
}
"""What a runtime tells of an execution, and how far that says that it has come."""

NOBODY_KNOWN: Mapping[str, str] = {}


class Line(Struct, frozen=True):
    """A sentence and the `count` records that it tells of, from seq `first` to `last`."""

    first: int
    last: int
    recorded_at: str
    text: str
    count: int = 1


def sentence(record: e.WireRecord, people: Mapping[str, str] = NOBODY_KNOWN) -> str:
    """What happened, as one sentence. `people` gives the names of person ids, where known."""
    return _told(record, phrase(_event(record)), people)


def story(
    records: Iterable[e.WireRecord],
    people: Mapping[str, str] = NOBODY_KNOWN,
    *,
    joined: bool = False,
) -> Iterator[Line]:
    """The records told in order; like events of one command make one line ("ran 3 cells").

    With `joined` so do edits of a cell that follow one another within a minute, by the same actor,
    and what a runtime tells of one execution until it has ended.
    """
    run: list[e.WireRecord] = []
    for record in records:
        if run and (_belongs(record, run[0]) or (joined and _continues(record, run[-1]))):
            run.append(record)
            continue
        if run:
            yield _line(run, people)
        run = [record]
    if run:
        yield _line(run, people)


def who(actor: e.Actor, people: Mapping[str, str] = NOBODY_KNOWN) -> str:
    """Who acted, as the subject of a sentence."""
    match actor.kind:
        case "system":
            return "The server"
        case "runtime":
            return f"The runtime {short(actor.name)}"
        case "assistant":
            person = people.get(actor.on_behalf_of[0]) if actor.on_behalf_of else None
            if actor.agent is not None:  # the notebook's own, which may be one of several
                return f"{short(actor.name)}, for {short(person)}," if person else short(actor.name)
            name = f"{short(person)}'s assistant" if person else short(actor.name)
            return f"{name}, via {short(actor.client.name)}," if actor.client else name
        case _:
            return short(people.get(actor.id, actor.name))


def _belongs(record: e.WireRecord, before: e.WireRecord) -> bool:
    return (
        record.type in PLURALS
        and record.type == before.type
        and record.command_id == before.command_id
        and record.actor.id == before.actor.id
    )


def _continues(record: e.WireRecord, before: e.WireRecord) -> bool:
    if record.actor.id != before.actor.id:
        return False
    if record.type in _RUNNING and before.type in _RUNNING:
        return _runs_on(_event(before), _event(record))
    if record.type != before.type:
        return False
    match _event(before), _event(record):
        case e.CellSourceEdited(cell_id=one), e.CellSourceEdited(cell_id=other):
            return one == other and _seconds(record) - _seconds(before) < PAUSE_S
        case _:
            return False


def _runs_on(before: Any, event: Any) -> bool:
    if before.execution_id != event.execution_id or isinstance(before, e.ExecutionCompleted):
        return False
    return getattr(before, "late", False) == getattr(event, "late", False)


def _seconds(record: e.WireRecord) -> float:
    return datetime.fromisoformat(record.recorded_at).timestamp()


def _line(run: list[e.WireRecord], people: Mapping[str, str]) -> Line:
    if len(run) == 1:
        text = sentence(run[0], people)
    elif all(_belongs(record, run[0]) for record in run):
        text = _told(run[0], PLURALS[run[0].type].format(len(run)), people)
    elif run[0].type in SUMS and all(record.type == run[0].type for record in run):
        text = _told(run[0], SUMS[run[0].type]([_event(record) for record in run]), people)
    else:
        text = sentence(_furthest(run), people)
    return Line(run[0].seq, run[-1].seq, run[-1].recorded_at, text, len(run))


def _furthest(run: list[e.WireRecord]) -> e.WireRecord:
    """The record of one execution's way that tells how far it has come."""
    return max(run, key=lambda record: (_RUNNING[record.type], record.seq))


def _told(record: e.WireRecord, phrase: str, people: Mapping[str, str]) -> str:
    end = "" if phrase.endswith(("…", "?", "!")) else "."
    return f"{who(record.actor, people)} {phrase}{end}"


def _event(record: e.WireRecord) -> e.Event:
    return e.decode_event(record.type, record.schema_version, bytes(record.data))
