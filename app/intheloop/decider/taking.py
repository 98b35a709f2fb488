"""Taking hunks of a proposal: fitted to the notebook as it is, or told as conflicts.

A source is never overwritten: where somebody changed the place of a hunk, or right beside it, after
the rev that the hunk is for, the hunk does not fit.
"""

from __future__ import annotations

from functools import reduce
from typing import assert_never

from msgspec import UNSET

from intheloop import commands as c
from intheloop import events as e
from intheloop import text
from intheloop.errors import BadArgument, Conflict
from intheloop.notebook import Notebook, Proposal
from intheloop.reducer import apply_event
from intheloop.sentences import who
from intheloop.values import EMPTY

from .context import Context
from .deleting import deletion
from .editing import MAPPED_EDITS
from .finding import checked_source


class Taking:
    """The hunks that a person takes, one after the other, on the notebook as it comes to stand."""

    def __init__(
        self,
        state: Notebook,
        proposal: Proposal,
        hunks: tuple[int, ...],
        edited: list[c.EditedCell],
        context: Context,
    ) -> None:
        self._state = state
        self._proposal = proposal
        self._hunks = hunks
        self._context = context
        self._edited = {each.cell_id: each for each in edited}
        self._events: list[e.Event] = []
        self._accepted: list[int] = []
        self.conflicts: dict[int, str] = {}
        self._refuse_strange_texts()

    def taken(self) -> tuple[tuple[int, ...], tuple[e.Event, ...]]:
        """The hunks that fit, and what comes of them."""
        for hunk in self._hunks:
            edit = self._proposal.edits[hunk]
            match edit:
                case e.EditProposed():
                    self._edit(hunk, edit)
                case e.InsertProposed():
                    self._insert(hunk, edit)
                case e.DeleteProposed():
                    self._delete(hunk, edit)
                case e.MoveProposed():
                    self._move(hunk, edit)
                case _:
                    assert_never(edit)
        return tuple(sorted(self._accepted)), tuple(self._events)

    def _take(self, hunk: int, *events: e.Event) -> None:
        self._accepted.append(hunk)
        self._events.extend(events)
        for event in events:
            actor_id, now = self._context.caller.actor.id, self._context.now
            self._state = apply_event(self._state, event, actor_id, now)

    def _refuse_strange_texts(self) -> None:
        for cell_id, edited in self._edited.items():
            hunks = [self._proposal.edits[hunk] for hunk in self._hunks]
            kinds = {type(each) for each in hunks if each.cell_id == cell_id}
            if not kinds & {e.EditProposed, e.InsertProposed}:
                raise BadArgument(
                    f"No text of cell {cell_id} is proposed in what you take; edit it by itself."
                )
            cell = self._state.cells.get(cell_id)
            if cell is not None and not cell.deleted and cell.rev != edited.rev:
                raise Conflict(
                    f"The cell {cell_id} changed after you read it; its rev is {cell.rev}. Look "
                    "at the current source, which comes with this answer, and take it again.",
                    cell_id=cell_id,
                    rev=cell.rev,
                    source=cell.source,
                )

    def _edit(self, hunk: int, edit: e.EditProposed) -> None:
        cell = self._state.cells.get(edit.cell_id)
        if cell is None or cell.deleted:
            self.conflicts[hunk] = f"The cell {edit.cell_id} was deleted."
            return
        own = self._edited.get(edit.cell_id)
        if own is not None:
            changes = text.diff(cell.source, checked_source(own.source))
            self._take(hunk, *self._changed(edit.cell_id, changes))
            return
        records = self._context.cell_edits.get(edit.cell_id, ())
        fitted = self._fitted(hunk, edit, records)
        if fitted is not None:
            self._take(hunk, *self._changed(edit.cell_id, fitted))

    def _changed(self, cell_id: str, changes: text.ChangesLike) -> tuple[e.Event, ...]:
        """The edit of a cell as it stands; none when it changes nothing."""
        cell = self._state.cells[cell_id]
        source = text.apply(cell.source, changes)
        if checked_source(source) == cell.source:
            return ()
        return (e.CellSourceEdited(cell_id, cell.rev, list(text.to_json(changes))),)

    def _fitted(
        self, hunk: int, edit: e.EditProposed, records: tuple[e.Record, ...]
    ) -> text.ChangesLike | None:
        """The change for the source as it stands, over what others did and what was taken of the
        same cell already."""
        if len(records) > MAPPED_EDITS:
            self.conflicts[hunk] = f"The cell {edit.cell_id} was edited too often since."
            return None
        changes: text.ChangesLike = edit.changes
        for record in records:
            event = record.event
            if not isinstance(event, e.CellSourceEdited) or text.touches(
                event.changes, *text.span(changes)
            ):
                self.conflicts[hunk] = self._told(edit.cell_id, record)
                return None
            changes = text.map_changes(changes, event.changes, before=False)
        taken = (
            each
            for each in self._events
            if isinstance(each, e.CellSourceEdited) and each.cell_id == edit.cell_id
        )
        return reduce(
            lambda mapped, each: text.map_changes(mapped, each.changes, before=False),
            taken,
            changes,
        )

    def _told(self, cell_id: str, record: e.Record) -> str:
        people = {one.person_id: one.name for one in self._context.workspace.people.values()}
        name = who(record.envelope.actor, people).rstrip(",")
        return f"{name} changed the same place of cell {cell_id} (seq {record.seq})."

    def _insert(self, hunk: int, edit: e.InsertProposed) -> None:
        if edit.cell_id in self._state.cells:
            self.conflicts[hunk] = f"A cell {edit.cell_id} is there already."
            return
        if edit.after is not None and edit.after not in self._state.cells:
            self.conflicts[hunk] = f"It stands after the cell {edit.after}, which was not taken."
            return
        own = self._edited.get(edit.cell_id)
        self._take(
            hunk,
            e.CellCreated(
                cell_id=edit.cell_id,
                cell_type=edit.cell_type,
                source=checked_source(edit.source if own is None else own.source),
                after=edit.after,
                metadata=EMPTY,
                extra=UNSET,
            ),
        )

    def _delete(self, hunk: int, edit: e.DeleteProposed) -> None:
        cell = self._state.cells.get(edit.cell_id)
        if cell is None or cell.deleted:
            self.conflicts[hunk] = f"The cell {edit.cell_id} was deleted already."
        elif cell.rev != edit.rev:
            self.conflicts[hunk] = f"The source of cell {edit.cell_id} changed since."
        else:
            self._take(hunk, *deletion(self._state, edit.cell_id))

    def _move(self, hunk: int, edit: e.MoveProposed) -> None:
        cell = self._state.cells.get(edit.cell_id)
        if cell is None or cell.deleted:
            self.conflicts[hunk] = f"The cell {edit.cell_id} is not there."
        elif edit.after is not None and edit.after not in self._state.cells:
            self.conflicts[hunk] = (
                f"It is to stand after the cell {edit.after}, which is not there."
            )
        else:
            self._take(hunk, e.CellMoved(edit.cell_id, edit.after))
