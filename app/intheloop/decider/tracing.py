"""What became of each cell while somebody worked on it, and the way back for their part of it.

The way back of a text is a change set over the text as it is by then: what was chosen inverted, and
mapped over what others did. Where others changed the place of a region, that region is dropped.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import reduce

from msgspec.structs import replace

from intheloop import events as e
from intheloop import text
from intheloop.notebook import Cell, Notebook
from intheloop.values import CellType, Value, attached

_ABOUT_A_CELL = (
    *(e.CellCreated, e.CellSourceEdited, e.CellTypeChanged, e.CellMetadataChanged),
    *(e.CellAttachmentsChanged, e.CellDeleted, e.CellRestored),
)


@dataclass
class Trace:
    """One cell on its way. `mine` is what was chosen, `others` what came of others after the first
    of that.

    `made` is the chosen record that made it be there; `ended` the last deletion, `before_end` the
    cell that this took away. `undo` is over `source`, the text as it stands.
    """

    cell_id: str
    cell: Cell | None
    type_back: CellType = "code"
    metadata_back: Value = field(default_factory=lambda: Value())
    is_touched: bool = False
    made: e.Record | None = None
    ended: e.Record | None = None
    before_end: Cell | None = None
    undo: text.ChangesLike | None = None
    others: list[e.Record] = field(default_factory=list)
    text_conflicts: list[e.Record] = field(default_factory=list)
    type_conflict: e.Record | None = None
    metadata_conflict: e.Record | None = None
    _type_is_mine: bool = False
    _metadata_is_mine: bool = False

    @property
    def source_back(self) -> str:
        """The text without what was chosen."""
        cell = self.cell or self.before_end
        source = cell.source if cell else ""
        return source if self.undo is None else text.apply(source, self.undo)

    def take(self, record: e.Record, mine: bool) -> None:
        """What happened next."""
        event = record.event
        self.is_touched |= mine
        if self.is_touched and not mine:
            self.others.append(record)
        match event:
            case e.CellCreated() | e.CellRestored():
                self._appeared(record, event, mine)
            case e.CellDeleted():
                if self.cell is not None:
                    self.before_end, self.cell, self.ended = self.cell, None, record
            case e.CellSourceEdited(changes=changes) if self.cell is not None:
                self._edited(record, changes, mine)
            case e.CellTypeChanged(cell_type=cell_type) if self.cell is not None:
                self.cell = replace(self.cell, cell_type=cell_type)
                self._retyped(record, cell_type, mine)
            case e.CellAttachmentsChanged(attachments=changes) if self.cell is not None:
                files = attached(self.cell.attachments, changes)
                self.cell = replace(self.cell, attachments=files)
            case e.CellMetadataChanged(metadata=metadata) if self.cell is not None:
                self.cell = replace(self.cell, metadata=metadata)
                if mine:
                    self._metadata_is_mine = True
                elif self._metadata_is_mine:
                    self.metadata_conflict = record
                else:
                    self.metadata_back = metadata

    def _retyped(self, record: e.Record, cell_type: CellType, mine: bool) -> None:
        if mine:
            self._type_is_mine = True
        elif self._type_is_mine:
            self.type_conflict = record
        else:
            self.type_back = cell_type

    def _appeared(
        self, record: e.Record, event: e.CellCreated | e.CellRestored, mine: bool
    ) -> None:
        if self.cell is not None:
            return
        own_end = self.ended is not None and mine and self.before_end is not None
        cell = Cell(event.cell_id, event.cell_type, event.source, record.seq, event.metadata)
        self.cell = cell
        if own_end and self.before_end is not None and self.before_end.source == event.source:
            return  # taken away and brought back by the same: nothing came of it
        self.undo = None
        self.type_back, self.metadata_back = cell.cell_type, cell.metadata
        self.made = record if mine else None

    def _edited(self, record: e.Record, changes: text.ChangesLike, mine: bool) -> None:
        assert self.cell is not None
        before = self.cell.source
        try:
            after = text.apply(before, changes)
        except text.ChangeError:
            return  # no reducer could apply it
        self.cell = replace(self.cell, source=after, rev=record.seq)
        if mine:
            back: text.ChangesLike = text.invert(changes, before)
            self.undo = back if self.undo is None else text.compose(back, self.undo)
        elif self.undo is not None:
            self.undo = self._over(before, record, changes)

    def _over(
        self, before: str, record: e.Record, changes: text.ChangesLike
    ) -> text.ChangesLike | None:
        """The way back over what somebody else did, without what they changed the place of."""
        assert self.undo is not None
        kept = list[text.ChangesLike]()
        for part in text.parts(before, self.undo, apart=0):
            if text.touches(changes, *text.span(part)):
                self.text_conflicts.append(record)
            else:
                kept.append(part)
        if not kept:
            return None
        whole = reduce(
            lambda first, second: text.compose(
                first, text.map_changes(second, first, before=False)
            ),
            kept,
        )
        return text.map_changes(whole, changes, before=False)


def traced(past: Notebook, records: Iterable[e.Record], mine: frozenset[int]) -> dict[str, Trace]:
    """What became of each cell that these records are about."""
    traces: dict[str, Trace] = {}
    for record in records:
        event = record.event
        if not isinstance(event, _ABOUT_A_CELL):
            continue
        trace = traces.get(event.cell_id)
        if trace is None:
            cell = past.cells.get(event.cell_id)
            alive = cell is not None and not cell.deleted
            trace = Trace(event.cell_id, cell if alive else None)
            if cell is not None and alive:
                trace.type_back, trace.metadata_back = cell.cell_type, cell.metadata
            traces[event.cell_id] = trace
        trace.take(record, record.seq in mine)
    return traces
