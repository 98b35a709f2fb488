"""A cell as it is told: a line of an outline, its source, or its source with what it shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from intheloop.commands import CellView, RunState
from intheloop.notebook import Cell, Execution, Notebook

from .calls import Arguments, call
from .execution import places, run_state
from .output import Whose, view_outputs
from .plain import first_line, one_line
from .value import Fetch
from .weight import fitting, weight

Detail: TypeAlias = Literal["outline", "source", "full"]

_OUTLINE_LINE = 80
_QUESTION = 200


class Asked(Struct, frozen=True):
    """What is wanted of cells. `of` names the notebook and, of an earlier state, its seq. One that
    is `alone` gets all the room; `offset` and `first_output` say where in it to begin."""

    detail: Detail
    of: Arguments
    alone: bool = False
    offset: int = 0
    first_output: int = 0


class Runs(Struct, frozen=True):
    """The open execution of each cell that has one, and places in the queue."""

    open: Mapping[str, Execution]
    places: Mapping[str, int]

    @classmethod
    def of(cls, state: Notebook) -> Runs:
        """Those of a notebook."""
        found = (state.executions[one] for one in reversed(state.queue))
        return cls({one.cell_id: one for one in found if one.cell_id is not None}, places(state))


def view_cell(
    state: Notebook, runs: Runs, placed: tuple[int, Cell], asked: Asked, room: int, fetch: Fetch
) -> CellView:
    """The cell, which stands at a place, within the room."""
    place, cell = placed
    shown = state.executions.get(cell.execution_id) if cell.execution_id else None
    run = runs.open.get(cell.cell_id, shown)
    view = CellView(
        cell_id=cell.cell_id,
        place=place,
        cell_type=cell.cell_type,
        rev=cell.rev,
        state=_state(cell, run),
        place_in_queue=runs.places.get(run.execution_id) if run else None,
        execution_id=run.execution_id if run else None,
        execution_count=shown.execution_count if shown else cell.execution_count,
    )
    if asked.detail == "outline":
        return replace(
            view,
            source=first_line(cell.source, _OUTLINE_LINE),
            lines=cell.source.count("\n") + 1 if cell.source else 0,
        )
    view = _asking(view, run, asked.of)
    outputs = shown.outputs if shown is not None else cell.outputs
    full = asked.detail == "full" and bool(outputs)
    view = _with_source(view, cell, asked, room if asked.alone and not full else room // 2)
    if not full:
        return view
    one = {**asked.of, "cell_id": cell.cell_id}
    if shown is not None:
        one = {**asked.of, "execution_id": shown.execution_id}
    whose = Whose(one, "read_notebook", {**asked.of, "cells": [cell.cell_id]})
    left = room - weight(view) - weight(',"more":') - weight(',"outputs":[]')
    left = left if asked.alone else min(left, room // 4)
    views, gap = view_outputs(outputs, asked.first_output, left, whose, fetch)
    return replace(view, outputs=views, more=f"{view.more} {gap}".strip())


def _state(cell: Cell, run: Execution | None) -> RunState | None:
    if cell.cell_type != "code":
        return None
    if run is not None:
        return run_state(run, cell)
    return "saved" if cell.outputs else "never run"


def _asking(view: CellView, run: Execution | None, of: Arguments) -> CellView:
    if run is None or run.input is None:
        return view
    question = one_line(run.input.prompt, _QUESTION)
    notebook = {"notebook_id": of["notebook_id"]}
    read = call("read_execution", notebook, execution_id=run.execution_id)
    return replace(view, more=f'It asks "{question}"; how to answer is told by {read}')


def _with_source(view: CellView, cell: Cell, asked: Asked, room: int) -> CellView:
    """With the source from `offset` on, as it is, up to a line end that fits."""
    source = cell.source[asked.offset :]
    whole = replace(view, source=source, offset=asked.offset)
    if weight(source) + weight(replace(whole, source="")) - 2 <= room:
        return whole
    cut = _cut(whole, cell, asked, len(cell.source))
    end = fitting(source, room - weight(cut))
    if end < len(source):
        end = source.rfind("\n", end // 2, end) + 1 or end
    return replace(_cut(cut, cell, asked, asked.offset + end), source=source[:end])


def _cut(view: CellView, cell: Cell, asked: Asked, offset: int) -> CellView:
    read = call("read_notebook", asked.of, cells=[cell.cell_id], detail="source", offset=offset)
    more = f"The source goes on, it has {len(cell.source)} characters: {read}"
    told = view.more.partition("The source goes on")[0].strip()
    return replace(view, source="", size=len(cell.source), more=f"{told} {more}".strip())
