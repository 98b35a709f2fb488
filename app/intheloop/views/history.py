"""What happened, as sentences within bounds, with the call that reads on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from msgspec import Raw

from intheloop.commands import History, HistoryLine, ReadHistory
from intheloop.events import Actor, WireRecord
from intheloop.sentences import Line, story

from .calls import call
from .weight import weight

LONGEST = 16_000
STORY_BYTES = 4 << 20
"""Bytes of records that are read for one answer, and the record that goes beyond."""


def view_history(
    found: Sequence[Raw], head: int, people: Mapping[str, str], query: ReadHistory
) -> History:
    """The records as sentences. `found` are as many as the query and STORY_BYTES let through."""
    records = [msgspec.json.decode(raw, type=WireRecord) for raw in found]
    actors = {record.seq: record.actor for record in records}
    lines, left, after = list[HistoryLine](), LONGEST, None
    for line in story(records, people):
        told = _line(line, actors[line.last])
        left -= weight(told) + 1
        if left < 0:
            after = line.first - 1
            break
        lines.append(told)
    stopped = len(records) == query.limit or sum(map(len, found)) > STORY_BYTES
    if after is None and stopped and records[-1].seq < head:
        after = records[-1].seq
    return History(
        seq=head, head=head, lines=lines, next_after=after, more=_more(query, after, lines)
    )


def _line(line: Line, actor: Actor) -> HistoryLine:
    return HistoryLine(
        seq=line.last,
        at=line.recorded_at,
        text=line.text,
        actor_id=actor.id,
        actor_kind=actor.kind,
        first_seq=line.first if line.first != line.last else 0,
    )


def _more(query: ReadHistory, after: int | None, lines: Sequence[HistoryLine]) -> str:
    if after is None:
        return "" if lines else f"Nothing of the kind happened after seq {query.after}."
    of = {"notebook_id": query.notebook_id}
    read = call(
        "read_history", of, after=after, actor=query.actor, cell=query.cell, type=query.event_type
    )
    return f"There is more: {read}"
