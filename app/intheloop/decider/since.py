"""What came after the rev that somebody edited, and how it is told to them."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby

from msgspec import Struct

from intheloop import events as e
from intheloop.errors import Conflict
from intheloop.notebook import Cell, Person
from intheloop.sentences import who

TOLD = 5
"""How many of the last changes by others an answer tells of."""

_VERBS: dict[type, str] = {e.CellCreated: "created it", e.CellRestored: "restored it"}


class Since(Struct, frozen=True):
    """The changes of a source, oldest first, and the people who may have made them."""

    records: tuple[e.Record, ...]
    people: Mapping[str, Person]

    def told(self) -> tuple[str, ...]:
        """A sentence for each stretch of changes by one actor, the last ones only."""
        names = {one.person_id: one.name for one in self.people.values()} if self.records else {}

        def did(record: e.Record) -> tuple[str, str]:
            actor = record.envelope.actor
            return actor.id, f"{who(actor, names)} {_VERBS.get(type(record.event), 'edited it')}"

        stretches = [(text, list(some)) for (_, text), some in groupby(self.records, key=did)]
        return tuple(
            f"{text} (seq {_span(some[0].seq, some[-1].seq)})." for text, some in stretches[-TOLD:]
        )

    def refusal(self, cell: Cell, why: str) -> Conflict:
        """Why an edit cannot be made, who changed the source, and what it is now."""
        told = self.told()
        return Conflict(
            f"{why.rstrip('.')}. {''.join(f'{sentence} ' for sentence in told)}The current source "
            f"(rev {cell.rev}) comes with this answer; make the edit for it.",
            cell_id=cell.cell_id,
            rev=cell.rev,
            source=cell.source,
            changed_by=list(told),
        )


def _span(first: int, last: int) -> str:
    return f"{first} to {last}" if last > first else f"{first}"
