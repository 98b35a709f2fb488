"""What became of a notebook between two moments, within bounds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from intheloop import events as e
from intheloop import text
from intheloop.commands import CellDiff, DiffNotebook, NotebookDiff
from intheloop.notebook import Cell, Notebook

from .calls import call
from .plain import one_line
from .weight import weight

LONGEST = 16_000

_TITLE = 200

DIFF_EVENTS = (
    *(e.CellCreated, e.CellSourceEdited, e.CellMoved, e.CellTypeChanged, e.CellMetadataChanged),
    *(e.CellDeleted, e.CellRestored),
)
"""What changes what a diff shows of a cell."""


def view_diff(
    before: Notebook, now: Notebook, records: Iterable[e.Record], query: DiffNotebook
) -> NotebookDiff:
    """The difference of two states of one notebook. `records` are those of cells in between that
    the query is about, and all others of these cells."""
    by: dict[str, dict[str, None]] = {}
    moved: set[str] = set()
    for record in records:
        if isinstance(record.event, DIFF_EVENTS):
            by.setdefault(record.event.cell_id, {})[record.envelope.actor.id] = None
        if isinstance(record.event, e.CellMoved):
            moved.add(record.event.cell_id)
    cells = list[CellDiff]()
    left, last = LONGEST, None
    for cell_id in _behind(now.order, query.after):
        if cell_id not in by:
            continue
        told = _cell(before, now, cell_id, tuple(by[cell_id]), cell_id in moved)
        if told is None:
            continue
        left -= weight(told) + 1
        if left < 0 and cells:
            last = cells[-1].cell_id
            break
        cells.append(told)
    return NotebookDiff(
        seq=now.seq,
        from_seq=before.seq,
        to_seq=now.seq,
        cells=cells,
        fields=() if query.after else tuple(_whole(before, now)),
        next_after=last,
        more=_more(before, now, query, last),
    )


def _behind(order: tuple[str, ...], after: str | None) -> Iterator[str]:
    start = order.index(after) + 1 if after in order else 0
    return iter(order[start:])


def _more(before: Notebook, now: Notebook, query: DiffNotebook, last: str | None) -> str:
    if last is None:
        return ""
    of = {"notebook_id": query.notebook_id, "from": before.seq, "to": now.seq}
    about = {"actor": query.actor, "correlation_id": query.correlation_id}
    return f"There is more: {call('diff_notebook', of, **about, after=last)}"


def _cell(
    before: Notebook, now: Notebook, cell_id: str, by: tuple[str, ...], moved: bool
) -> CellDiff | None:
    old, new = _in_sight(before, cell_id), _in_sight(now, cell_id)
    if old is None and new is None:
        return None
    if old is None or new is None:
        return CellDiff(cell_id, "deleted" if new is None else "added", by, _diff(old, new))
    fields = tuple(_fields(old, new, moved))
    if old.source == new.source and not fields:
        return None
    return CellDiff(cell_id, "changed", by, _diff(old, new), fields)


def _in_sight(notebook: Notebook, cell_id: str) -> Cell | None:
    cell = notebook.cells.get(cell_id)
    return None if cell is None or cell.deleted else cell


def _diff(old: Cell | None, new: Cell | None) -> str:
    first, second = (old.source if old else ""), (new.source if new else "")
    return text.unified(first, text.diff(first, second), second)


def _fields(old: Cell, new: Cell, moved: bool) -> Iterator[str]:
    if old.cell_type != new.cell_type:
        yield f"{old.cell_type} is now {new.cell_type}"
    if moved:
        yield "moved"
    if old.metadata.sha256 != new.metadata.sha256:
        yield "metadata changed"


def _whole(before: Notebook, now: Notebook) -> Iterator[str]:
    if before.title != now.title:
        title = one_line(before.title, _TITLE), one_line(now.title, _TITLE)
        yield f"the title {title[0]!r} is now {title[1]!r}"
    if before.metadata.sha256 != now.metadata.sha256:
        yield "metadata changed"
