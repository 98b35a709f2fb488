"""What comes of commands on cells, but for edits of a source."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from msgspec import UNSET, UnsetType

from intheloop import commands as c
from intheloop import events as e
from intheloop.errors import BadArgument
from intheloop.notebook import Cell, Notebook
from intheloop.reducer.cell import placed

from . import editing, restoring, reverting
from .context import Context, Decision, changed, derived_id
from .deleting import deletion
from .finding import checked_source, the_anchor, the_cell, unused
from .stamping import refuse_missing_blobs, the_metadata

CELL_ID_LENGTH = 8


def decide(state: Notebook, command: c.CellCommand, context: Context) -> Decision:
    """The decision on a command of a cell; each refusal is one of `errors`."""
    match command:
        case c.EditCell():
            return editing.decide(state, command, context)
        case c.InsertCells():
            return _insert(state, command, context)
        case c.MoveCells():
            return _move(state, command)
        case c.DeleteCells():
            return _done(state, *_deletions(state, command.cell_ids))
        case c.ChangeCellType(cell_id=cell_id, cell_type=cell_type):
            if the_cell(state, cell_id).cell_type == cell_type:
                return _done(state)
            return _done(state, e.CellTypeChanged(cell_id, cell_type))
        case c.AttachFiles():
            return _attach(state, command, context)
        case c.ClearOutputs():
            return _clear(state, command)
        case c.RestoreNotebook():
            return restoring.decide(state, command, context)
        case c.RevertChanges():
            return reverting.decide(state, command, context)
        case _:
            assert_never(command)


def created(
    cells: list[c.GivenCell], after: str | None, taken: Notebook, context: Context
) -> Iterator[e.CellCreated]:
    """The events that make these cells, each standing after the one before."""
    chosen = {given.cell_id for given in cells}
    fresh: set[str] = set()
    for position, given in enumerate(cells):
        clash = given.cell_id in taken.cells or given.cell_id in fresh
        cell_id = unused(given.cell_id, clash, "cell") or derived_id(
            context,
            position,
            CELL_ID_LENGTH,
            lambda one: one in taken.cells or one in fresh or one in chosen,
        )
        fresh.add(cell_id)
        yield e.CellCreated(
            cell_id=cell_id,
            cell_type=given.cell_type,
            source=checked_source(given.source),
            after=after,
            metadata=the_metadata(given.metadata, "a cell"),
            attachments=given.attachments or UNSET,
            outputs=given.outputs or UNSET,
            execution_count=given.execution_count,
            extra=given.extra,
        )
        after = cell_id


def _done(state: Notebook, *events: e.Event) -> Decision:
    return Decision(events, c.Done(seq=changed(state, *events)))


def _insert(state: Notebook, command: c.InsertCells, context: Context) -> Decision:
    refuse_missing_blobs(command, context.blobs)
    if isinstance(command.after, UnsetType):
        after = state.order[-1] if state.order else None
    else:
        after = the_anchor(state, command.after)
    events = tuple(created(command.cells, after, state, context))
    ids = tuple(event.cell_id for event in events)
    return Decision(events, c.Inserted(seq=changed(state, *events), cell_ids=ids))


def _move(state: Notebook, command: c.MoveCells) -> Decision:
    if len(set(command.cell_ids)) != len(command.cell_ids):
        raise BadArgument("A cell is named twice; name each cell to move once.")
    for cell_id in command.cell_ids:
        the_cell(state, cell_id)
    after = the_anchor(state, command.after)
    if after in command.cell_ids:
        at = command.cell_ids.index(after)
        if at:
            raise BadArgument(
                f"The cell {after} is to be moved itself; name one that stays to stand after."
            )
    order = state.order
    events: list[e.CellMoved] = []
    for cell_id in command.cell_ids:
        moved = placed(order, cell_id, after)
        if moved != order:
            events.append(e.CellMoved(cell_id, after))
        order, after = moved, cell_id
    return _done(state, *events)


def _deletions(state: Notebook, cell_ids: list[str]) -> Iterator[e.Event]:
    for cell_id in dict.fromkeys(cell_ids):
        the_cell(state, cell_id)
        yield from deletion(state, cell_id)


def _attach(state: Notebook, command: c.AttachFiles, context: Context) -> Decision:
    refuse_missing_blobs(command, context.blobs)
    cell = the_cell(state, command.cell_id)
    new = {
        name: bundle
        for name, bundle in command.attachments.items()
        if bundle != cell.attachments.get(name)
    }
    return _done(state, *([e.CellAttachmentsChanged(cell.cell_id, new)] if new else []))


def _clear(state: Notebook, command: c.ClearOutputs) -> Decision:
    if command.cell_ids is None:
        cells = list(state.live_cells())
    else:
        cells = [the_cell(state, cell_id) for cell_id in dict.fromkeys(command.cell_ids)]
    shown = [cell for cell in cells if _shows(state, cell)]
    return _done(state, *(e.CellOutputsCleared(cell.cell_id) for cell in shown))


def _shows(state: Notebook, cell: Cell) -> bool:
    if cell.outputs or cell.execution_count is not None:
        return True
    return cell.execution_id is not None and cell.execution_id in state.executions
