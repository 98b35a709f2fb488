"""The events of a cell's deletion, wherever it is decided."""

from __future__ import annotations

from collections.abc import Iterator

from intheloop import events as e
from intheloop.notebook import Notebook


def deletion(state: Notebook, cell_id: str) -> Iterator[e.Event]:
    """What is queued of the cell ends as cancelled, then the cell goes."""
    for execution_id in state.queue:
        execution = state.executions[execution_id]
        if execution.cell_id == cell_id and execution.status == "requested":
            yield e.ExecutionCompleted(
                execution_id, "cancelled", "Its cell was deleted while it was queued."
            )
    yield e.CellDeleted(cell_id)
