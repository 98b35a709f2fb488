"""A notebook, or a part of it, as an answer: as many cells, or comments, as fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from msgspec.structs import replace

from intheloop import commands as c
from intheloop.errors import BadArgument, NotFound
from intheloop.notebook import Cell, Notebook, kernel_name

from .calls import Arguments, call
from .cell import Asked, Runs, view_cell
from .comment import beside, open_comments, page
from .plain import one_line
from .review import waiting
from .runtime import NAME
from .value import Fetch
from .weight import weight

_TITLE = 200
_NAMED_AGAIN = 10
_LIST = len(',"comments":[]')
_ANY_ID = "x" * 64

Placed: TypeAlias = tuple[int, Cell]
"""A cell and its place in the notebook, from 1."""


def view_notebook(state: Notebook, query: c.ReadNotebook, fetch: Fetch) -> c.NotebookView:
    """What the query asks of this state. Raises NotFound and BadArgument."""
    of: Arguments = {"notebook_id": state.notebook_id}
    of = of if query.at is None else {**of, "at": query.at}
    held = state.held()
    runtime = next(iter(state.runtimes.values()), None)
    view = c.NotebookView(
        seq=state.seq,
        notebook_id=state.notebook_id,
        title=one_line(state.title, _TITLE),
        total=sum(1 for _ in state.live_cells()),
        cells=[],
        kernel=one_line(runtime.kernel.name if runtime else kernel_name(state.metadata), NAME),
        running=held.execution_id if held else None,
        waiting="" if query.after else waiting(state),
        queued=sum(state.executions[one].status == "requested" for one in state.queue),
    )
    if query.detail == "comments":
        return _with_comments(view, state, query, of)
    return _with_cells(view, state, query, of, fetch)


def _with_comments(
    view: c.NotebookView, state: Notebook, query: c.ReadNotebook, of: Arguments
) -> c.NotebookView:
    comments = open_comments(state)
    if query.cells is not None:
        comments = [one for one in comments if one.cell_id in query.cells]
    first = 0
    if query.after is not None:
        ids = [one.comment_id for one in comments]
        if query.after not in ids:
            raise NotFound(
                f"There is no open comment {query.after} to read on after; begin without `after`."
            )
        first = ids.index(query.after) + 1
    more = f"99999 more comments: {call('read_notebook', of, detail='comments', after=_ANY_ID)}"
    room = query.characters - weight(replace(view, next_after=_ANY_ID, more=more)) - _LIST
    shown = page(comments, first, query.offset, room, of)
    left = len(comments) - first - len(shown)
    if not left:
        return replace(view, comments=shown)
    last = shown[-1].comment_id
    read = call("read_notebook", of, detail="comments", after=last)
    return replace(view, comments=shown, next_after=last, more=f"{left} more comments: {read}")


def _with_cells(
    view: c.NotebookView, state: Notebook, query: c.ReadNotebook, of: Arguments, fetch: Fetch
) -> c.NotebookView:
    wanted = _wanted(state, query)
    _refuse_unclear(query, wanted)
    comments = open_comments(state)
    worst = _more(query, of, [_ANY_ID] * len(wanted), _ANY_ID)
    worst += f" 99999 more comments: {call('read_notebook', of, detail='comments')}"
    room = query.characters - weight(replace(view, next_after=_ANY_ID, more=worst))
    kept = room // 5 if comments else 0
    cells = _as_many_as_fit(state, query, of, wanted, room - kept, fetch)
    about: set[str | None] = {one.cell_id for one in cells}
    if query.after is None and query.cells is None:
        about.add(None)
    beside_them, unsaid = beside(comments, about, kept - _LIST, of)
    left = [cell.cell_id for _, cell in wanted[len(cells) :]]
    more = _more(query, of, left, cells[-1].cell_id) if left else ""
    if unsaid:
        more += f" {unsaid} more comments: {call('read_notebook', of, detail='comments')}"
    return replace(
        view,
        cells=cells,
        comments=beside_them,
        next_after=cells[-1].cell_id if left else None,
        more=more.strip(),
    )


def _as_many_as_fit(
    state: Notebook,
    query: c.ReadNotebook,
    of: Arguments,
    wanted: Sequence[Placed],
    room: int,
    fetch: Fetch,
) -> list[c.CellView]:
    """One at least. One that is too large for its part of the room is cut, unless it is alone."""
    assert query.detail != "comments"
    alone = len(wanted) == 1
    asked = Asked(query.detail, of, alone, query.offset, query.first_output)
    runs, views, left = Runs.of(state), list[c.CellView](), room
    for placed in wanted:
        view = view_cell(state, runs, placed, asked, room, fetch)
        left -= weight(view) + 1
        if views and left < 0:
            break
        views.append(view)
    return views


def _wanted(state: Notebook, query: c.ReadNotebook) -> list[Placed]:
    cells = list(enumerate(state.live_cells(), 1))
    if query.cells is not None:
        by_id = {cell.cell_id: (place, cell) for place, cell in cells}
        for cell_id in query.cells:
            if cell_id not in by_id:
                raise NotFound(_missing(state, cell_id))
        cells = [by_id[cell_id] for cell_id in query.cells]
    if query.after is None:
        return cells
    at = next((at for at, (_, cell) in enumerate(cells) if cell.cell_id == query.after), None)
    if at is None:
        raise NotFound(f"There is no cell {query.after} to read on after; begin without `after`.")
    return cells[at + 1 :]


def _missing(state: Notebook, cell_id: str) -> str:
    cell = state.cells.get(cell_id)
    if cell is not None and cell.deleted:
        return f"The cell {cell_id} was deleted; restore_notebook with its id brings it back."
    return (
        f"There is no cell {cell_id} in notebook {state.notebook_id}; "
        'read_notebook with detail="outline" shows the cells with their ids.'
    )


def _refuse_unclear(query: c.ReadNotebook, wanted: Sequence[Placed]) -> None:
    """Raises BadArgument for a place to begin at that is in no one cell, or not there."""
    if not query.offset and not query.first_output:
        return
    if len(wanted) != 1:
        raise BadArgument("Name the one cell in `cells` that offset or first_output is about.")
    cell = wanted[0][1]
    if query.offset > len(cell.source):
        raise BadArgument(
            f"The source of cell {cell.cell_id} has {len(cell.source)} characters; "
            "give an offset before its end."
        )


def _more(query: c.ReadNotebook, of: Arguments, left: Sequence[str], last: str) -> str:
    """How to read the cells that are left. Of those that the caller named some are named again."""
    if query.cells is None:
        read = call("read_notebook", of, detail=query.detail, after=last)
        return f"{len(left)} more cells: {read}"
    named = list(left[:_NAMED_AGAIN])
    read = call("read_notebook", of, detail=query.detail, cells=named)
    others = f", and so on with the {len(left) - len(named)} behind them" * (len(left) > len(named))
    return f"{len(left)} more of these cells: {read}{others}"
