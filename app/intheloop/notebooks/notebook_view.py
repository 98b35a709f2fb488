"""A notebook, or a part of it, as an answer of bounded size."""

from __future__ import annotations

from intheloop import commands as c
from intheloop.errors import NotFound
from intheloop.notebook import Cell, Notebook, kernel_name
from intheloop.views import Fetch, cut, view_cells

_COMMENTS = 20


def notebook_view(state: Notebook, query: c.ReadNotebook, fetch: Fetch) -> c.NotebookView:
    """What the query asks of this state."""
    cells = list(enumerate(state.live_cells(), 1))
    wanted = _wanted(state, cells, query)
    views, shown = view_cells(state, wanted, query.detail, query.characters, fetch)
    held = state.held()
    runtime = next(iter(state.runtimes.values()), None)
    left_out = len(wanted) - shown
    return c.NotebookView(
        seq=state.seq,
        notebook_id=state.notebook_id,
        title=state.title,
        total=len(cells),
        cells=views,
        kernel=runtime.kernel.name if runtime else kernel_name(state.metadata),
        running=held.execution_id if held else None,
        queued=sum(state.executions[one].status == "requested" for one in state.queue),
        comments=_comments(state, {view.cell_id for view in views}),
        next_after=views[-1].cell_id if left_out and views else None,
        more=_more(query, left_out, views),
    )


def _wanted(
    state: Notebook, cells: list[tuple[int, Cell]], query: c.ReadNotebook
) -> list[tuple[int, Cell]]:
    if query.cells is not None:
        by_id = {cell.cell_id: (place, cell) for place, cell in cells}
        missing = [one for one in query.cells if one not in by_id]
        if missing:
            raise NotFound(
                f"There is no cell {missing[0]} in notebook {state.notebook_id}; "
                'read_notebook with detail="outline" shows the cells with their ids.'
            )
        cells = [by_id[one] for one in query.cells]
    if query.after is None:
        return cells
    at = next((at for at, (_, cell) in enumerate(cells) if cell.cell_id == query.after), None)
    if at is None:
        raise NotFound(f"There is no cell {query.after} to read on after; begin without `after`.")
    return cells[at + 1 :]


def _more(query: c.ReadNotebook, left_out: int, views: list[c.CellView]) -> str:
    if not left_out or not views:
        return ""
    return (
        f"{left_out} more cells: read_notebook("
        f'notebook_id="{query.notebook_id}", detail="{query.detail}", '
        f'after="{views[-1].cell_id}")'
    )


def _comments(state: Notebook, shown: set[str]) -> list[c.CommentView]:
    """The open comments on the cells shown, and on the notebook as a whole; the last ones."""
    found = [
        c.CommentView(
            comment_id=one.comment_id,
            author_id=one.author_id,
            text=cut(one.text, 500).text,
            cell_id=one.cell_id,
            reply_to=one.reply_to,
        )
        for one in state.comments.values()
        if not one.resolved and (one.cell_id is None or one.cell_id in shown)
    ]
    found.sort(key=lambda one: one.comment_id)
    return found[-_COMMENTS:]
