"""An execution as it is told: its state in one word, its outputs within a budget."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from intheloop.commands import ExecutionView, OutputView, RunState
from intheloop.notebook import Cell, Execution, Notebook

from .output import AnyOutput, Fetch, view_output

LEAST = 400
"""Characters that even the last output of many gets."""

MOST_OUTPUTS = 30


def run_state(execution: Execution, cell: Cell | None = None) -> RunState:
    """How it stands; with its cell, whether that changed since."""
    if execution.is_open:
        if execution.status == "adrift":
            return "adrift"
        if execution.input is not None:
            return "waiting for input"
        return "running" if execution.is_held else "queued"
    if cell is not None and execution.rev is not None and execution.rev != cell.rev:
        return "stale"
    match execution.status:
        case "ok" | "error" | "cancelled" | "lost":
            return execution.status
        case _:
            raise AssertionError("unreachable: an execution is open or has one of the four ends")


def view_execution(
    state: Notebook, execution: Execution, budget: int, fetch: Fetch
) -> ExecutionView:
    """The execution with at most about `budget` characters of output."""
    asked = execution.input
    place = None
    if execution.status == "requested" and execution.execution_id in state.queue:
        place = state.queue.index(execution.execution_id) + 1
    of = {"notebook_id": state.notebook_id, "execution_id": execution.execution_id}
    outputs, more = view_outputs(execution.outputs, budget, of, fetch)
    return ExecutionView(
        execution_id=execution.execution_id,
        state=run_state(execution),
        cell_id=execution.cell_id,
        requested_by=execution.requested_by,
        execution_count=execution.execution_count,
        duration_ms=execution.duration_ms,
        reason=execution.reason,
        place_in_queue=place,
        asks=asked.prompt if asked else None,
        input_id=asked.input_id if asked else None,
        outputs=outputs,
        more=more,
    )


def view_outputs(
    outputs: Sequence[AnyOutput], budget: int, of: dict[str, str], fetch: Fetch
) -> tuple[tuple[OutputView, ...], str]:
    """The outputs, each with a fair share of the budget, and what is left out of them.

    `of` names whose they are, as `read_output` wants it.
    """
    shown = list(enumerate(outputs))
    more = ""
    if len(shown) > MOST_OUTPUTS:
        left_out = len(shown) - MOST_OUTPUTS
        first = MOST_OUTPUTS // 2
        more = (
            f"{len(shown)} outputs; numbers {first} to {first + left_out - 1} are left out: "
            f"{_read(first, of)}"
        )
        shown = shown[:first] + shown[first + left_out :]
    views: list[OutputView] = []
    left = budget
    for at, (number, output) in enumerate(shown):
        share = max(left // (len(shown) - at), LEAST if left > 0 else 100)
        view = view_output(output, number, share, _read(number, of), fetch)
        views.append(view)
        left -= len(view.text) + len(view.more)
    return tuple(views), more


def _read(number: int, of: dict[str, str]) -> str:
    named = "".join(f"{name}={msgspec.json.encode(value).decode()}, " for name, value in of.items())
    return f"read_output({named}output={number})"
