"""What comes of restoring: new events that make cells, or the whole notebook, what they were."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

from msgspec import UNSET

from intheloop import commands as c
from intheloop import events as e
from intheloop import text
from intheloop.errors import BadArgument, Conflict, NotFound
from intheloop.notebook import Cell, Notebook, Stream
from intheloop.values import AttachmentChanges, Output

from .context import Context, Decision, changed
from .deleting import deletion


def decide(state: Notebook, command: c.RestoreNotebook, context: Context) -> Decision:
    """The decision on restoring. Restoring what is there already appends nothing."""
    if (command.to_seq is None) == (command.cell_ids is None):
        raise BadArgument("Give either to_seq or cell_ids.")
    if command.cell_ids is not None:
        events = tuple(_revived(state, command.cell_ids, context.past))
    elif context.past is None:
        raise BadArgument(
            f"There is no seq {command.to_seq} in notebook {state.notebook_id}: its records go "
            f"from 1 to {state.seq}; name one of these."
        )
    else:
        events = tuple(_whole(state, context.past))
    return Decision(events, c.Done(seq=changed(state, *events)))


def _revived(state: Notebook, cell_ids: list[str], past: Notebook | None) -> Iterator[e.Event]:
    """`past` holds the deleted cells as they last were; None when none of them is deleted."""
    for cell_id in dict.fromkeys(cell_ids):
        cell = state.cells.get(cell_id)
        if cell is None:
            raise NotFound(
                f"There was never a cell {cell_id} in notebook {state.notebook_id}; "
                "read_history tells which cells were deleted."
            )
        if not cell.deleted:
            continue
        then = past or Notebook(state.notebook_id)
        before = then.cells.get(cell_id)
        if before is None or before.deleted:
            raise Conflict(
                f"The cell {cell_id} cannot be brought back, as its past is not readable; "
                "restore the whole notebook with to_seq."
            )
        yield restored(then, before)


def restored(past: Notebook, cell: Cell) -> e.CellRestored:
    """The event that brings a cell back as it was, with what it showed."""
    outputs, count = _outputs(past, cell)
    return e.CellRestored(
        cell_id=cell.cell_id,
        cell_type=cell.cell_type,
        source=cell.source,
        metadata=cell.metadata,
        attachments=cell.attachments or UNSET,
        outputs=outputs or UNSET,
        execution_count=count,
        extra=cell.extra or UNSET,
    )


def _outputs(past: Notebook, cell: Cell) -> tuple[list[Output], int | None]:
    """What the cell showed, as saved outputs."""
    execution = past.executions.get(cell.execution_id) if cell.execution_id else None
    if execution is None:
        return list(cell.outputs), cell.execution_count
    saved: list[Output] = []
    for shown in execution.outputs:
        if isinstance(shown, Stream):
            saved.extend(shown.pieces)
        else:
            saved.append(shown)
    return saved, execution.execution_count


def _whole(state: Notebook, past: Notebook) -> Iterator[e.Event]:
    if past.title != state.title:
        yield e.NotebookRenamed(past.title)
    if past.metadata.sha256 != state.metadata.sha256:
        yield e.NotebookMetadataChanged(past.metadata)
    for cell_id in state.order:
        now, then = state.cells[cell_id], past.cells.get(cell_id)
        if then is None or then.deleted:
            if not now.deleted:
                yield from deletion(state, cell_id)
        elif now.deleted:
            yield restored(past, then)
        else:
            yield from _mended(now, then)
    yield from _moves(state, past)


def _mended(now: Cell, then: Cell) -> Iterator[e.Event]:
    if now.source != then.source:
        changes = list(text.to_json(text.diff(now.source, then.source)))
        yield e.CellSourceEdited(now.cell_id, now.rev, changes)
    if now.cell_type != then.cell_type:
        yield e.CellTypeChanged(now.cell_id, then.cell_type)
    if now.metadata.sha256 != then.metadata.sha256:
        yield e.CellMetadataChanged(now.cell_id, then.metadata)
    files: AttachmentChanges = {
        name: then.attachments.get(name)
        for name in {**now.attachments, **then.attachments}
        if now.attachments.get(name) != then.attachments.get(name)
    }
    if files:
        yield e.CellAttachmentsChanged(now.cell_id, files)


def _moves(state: Notebook, past: Notebook) -> Iterator[e.Event]:
    """As few moves as bring the cells of the past into its order; the others stay in place."""
    place = {cell_id: at for at, cell_id in enumerate(state.order)}
    wanted = [cell.cell_id for cell in past.live_cells()]
    staying = set(_longest_rising([place[cell_id] for cell_id in wanted]))
    anchor: str | None = None
    for cell_id in wanted:
        if place[cell_id] not in staying:
            yield e.CellMoved(cell_id, anchor)
        anchor = cell_id


def _longest_rising(numbers: list[int]) -> list[int]:
    """The longest run of rising numbers, with gaps, in a list of distinct ones."""
    ends: list[int] = []  # the lowest end of a run of each length
    before: dict[int, int | None] = {}
    for number in numbers:
        at = bisect_left(ends, number)
        before[number] = ends[at - 1] if at else None
        ends[at : at + 1] = [number]
    run: list[int] = []
    last = ends[-1] if ends else None
    while last is not None:
        run.append(last)
        last = before[last]
    return run
