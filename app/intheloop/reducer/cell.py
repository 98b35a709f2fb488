"""What events of cells do to a notebook."""

from __future__ import annotations

from typing import Any, assert_never

from msgspec import UnsetType
from msgspec.structs import replace

from intheloop import events as e
from intheloop import text
from intheloop.notebook import Cell, Notebook
from intheloop.values import EMPTY, attached

from .execution import drop, emptied


def apply(notebook: Notebook, event: e.CellEvent, envelope: e.Envelope) -> Notebook:
    """The notebook after an event of a cell; an event of an unknown cell changes nothing."""
    if isinstance(event, e.CellCreated):
        return _created(notebook, event, envelope.seq)
    cell = notebook.cells.get(event.cell_id)
    if cell is None:
        return notebook
    if isinstance(event, e.CellRestored):
        return _put(notebook, _built(event, envelope.seq)) if cell.deleted else notebook
    if isinstance(event, e.CellMoved):
        return replace(notebook, order=placed(notebook.order, cell.cell_id, event.after))
    if cell.deleted:
        return notebook
    match event:
        case e.CellSourceEdited(changes=changes):
            return _put(notebook, _edited(cell, changes, envelope.seq))
        case e.CellMetadataChanged(metadata=metadata):
            return _put(notebook, replace(cell, metadata=metadata))
        case e.CellAttachmentsChanged(attachments=attachments):
            files = attached(cell.attachments, attachments)
            return _put(notebook, replace(cell, attachments=files))
        case e.CellTypeChanged(cell_type=cell_type):
            changed = _put(notebook, replace(cell, cell_type=cell_type))
            return changed if cell_type == "code" else _without_outputs(changed, cell.cell_id)
        case e.CellOutputsCleared():
            return _without_outputs(notebook, cell.cell_id)
        case e.CellDeleted():
            return _deleted(notebook, cell)
        case _:
            assert_never(event)


def _edited(cell: Cell, changes: list[Any], seq: int) -> Cell:
    """An edit that does not fit changes nothing, its rev neither."""
    try:
        return replace(cell, source=text.apply(cell.source, changes), rev=seq)
    except text.ChangeError:
        return cell


def placed(order: tuple[str, ...], cell_id: str, after: str | None) -> tuple[str, ...]:
    """The order with the cell directly after its anchor; a move after itself changes nothing.

    After an anchor that has no place, as a new cell's own, it stands at the end.
    """
    if after == cell_id and cell_id in order:
        return order
    return _inserted(tuple(other for other in order if other != cell_id), cell_id, after)


def _inserted(order: tuple[str, ...], cell_id: str, after: str | None) -> tuple[str, ...]:
    """The order with a cell that is not in it."""
    if after is None:
        return (cell_id, *order)
    if order[-1:] == (after,) or after not in order:
        return (*order, cell_id)
    at = order.index(after) + 1
    return (*order[:at], cell_id, *order[at:])


def _put(notebook: Notebook, cell: Cell) -> Notebook:
    return replace(notebook, cells=notebook.cells.set(cell.cell_id, cell))


def _created(notebook: Notebook, event: e.CellCreated, seq: int) -> Notebook:
    if event.cell_id in notebook.cells:
        return notebook
    return replace(
        notebook,
        cells=notebook.cells.set(event.cell_id, _built(event, seq)),
        order=_inserted(notebook.order, event.cell_id, event.after),
    )


def _built(event: e.CellCreated | e.CellRestored, seq: int) -> Cell:
    return Cell(
        cell_id=event.cell_id,
        cell_type=event.cell_type,
        source=event.source,
        rev=seq,
        metadata=event.metadata,
        attachments={} if isinstance(event.attachments, UnsetType) else event.attachments,
        outputs=() if isinstance(event.outputs, UnsetType) else tuple(event.outputs),
        execution_count=event.execution_count,
        extra=None if isinstance(event.extra, UnsetType) else event.extra,
    )


def _deleted(notebook: Notebook, cell: Cell) -> Notebook:
    """A tombstone: id, type and place stay; a run that is still open ends by its own events."""
    tombstone = Cell(cell.cell_id, cell.cell_type, "", cell.rev, EMPTY, deleted=True)
    gone = _put(notebook, tombstone)
    return gone if cell.execution_id is None else drop(gone, cell.execution_id)


def _without_outputs(notebook: Notebook, cell_id: str) -> Notebook:
    """Nothing is shown any more; an execution that still runs shows what comes from here on."""
    cell = notebook.cells[cell_id]
    shown = cell.execution_id and notebook.executions.get(cell.execution_id)
    if shown and shown.is_open:
        notebook = emptied(notebook, replace(shown, clear_pending=False))
        return _put(notebook, replace(cell, outputs=(), execution_count=None))
    bare = replace(cell, outputs=(), execution_count=None, execution_id=None)
    notebook = _put(notebook, bare)
    return drop(notebook, cell.execution_id) if cell.execution_id else notebook
