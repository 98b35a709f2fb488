"""A notebook as it is told: an outline, its sources, or its sources with what they show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from intheloop.commands import CellView, RunState
from intheloop.notebook import Cell, Notebook

from .execution import run_state, view_outputs
from .output import Fetch
from .plain import cut, first_line

Detail = Literal["outline", "source", "full"]

_OUTLINE_LINE = 100


def view_cells(
    state: Notebook, wanted: Sequence[tuple[int, Cell]], detail: Detail, budget: int, fetch: Fetch
) -> tuple[list[CellView], int]:
    """As many of these cells (with their places) as fit, and how many those are; one at least."""
    views: list[CellView] = []
    left = budget
    for place, cell in wanted:
        share = max(left, budget // 4)
        view = _view(state, place, cell, detail, share, fetch)
        size = _size(view)
        if views and size > left:
            break
        views.append(view)
        left -= size
    return views, len(views)


def _view(
    state: Notebook, place: int, cell: Cell, detail: Detail, budget: int, fetch: Fetch
) -> CellView:
    execution = state.executions.get(cell.execution_id) if cell.execution_id else None
    run = next(
        (
            state.executions[one]
            for one in state.queue
            if state.executions[one].cell_id == cell.cell_id
        ),
        execution,
    )
    shown: RunState | None = None
    if cell.cell_type == "code":
        unrun: RunState = "saved" if cell.outputs else "never run"
        shown = run_state(run, cell) if run is not None else unrun
    source, more = cell.source, ""
    if detail == "outline":
        source = first_line(cell.source, _OUTLINE_LINE)
    elif len(source) > budget * 3 // 4:
        short = cut(source, budget * 3 // 4)
        source = short.text
        more = f"{short.left_out} characters of the source are left out; ask for this cell alone."
    outputs = execution.outputs if execution is not None else cell.outputs
    of = {"notebook_id": state.notebook_id, "cell_id": cell.cell_id}
    views, left_out = (
        view_outputs(outputs, budget - len(source), of, fetch) if detail == "full" else ((), "")
    )
    return CellView(
        cell_id=cell.cell_id,
        place=place,
        cell_type=cell.cell_type,
        rev=cell.rev,
        source=source,
        state=shown,
        execution_id=run.execution_id if run is not None else None,
        execution_count=execution.execution_count if execution else cell.execution_count,
        outputs=views,
        more=" ".join(part for part in (more, left_out) if part),
    )


def _size(view: CellView) -> int:
    outputs = sum(len(one.text) + len(one.more) + 60 for one in view.outputs)
    return len(view.source) + outputs + len(view.more) + 80
