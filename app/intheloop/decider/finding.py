"""Finding what a command names, or refusing with the sentence that helps."""

from __future__ import annotations

from intheloop.errors import BadArgument, Conflict, NotFound, TooLarge
from intheloop.notebook import Cell, Execution, Notebook, Runtime

from .context import Context

SOURCE_LIMIT = 1024 * 1024
"""Bytes of UTF-8 that a source may have."""


def the_cell(state: Notebook, cell_id: str) -> Cell:
    """The cell in sight with this id."""
    cell = state.cells.get(cell_id)
    if cell is None:
        raise NotFound(
            f"There is no cell {cell_id} in notebook {state.notebook_id}; "
            "read_notebook shows the cells with their ids."
        )
    if cell.deleted:
        raise Conflict(
            f"The cell {cell_id} was deleted; bring it back with restore_notebook, "
            "or read_notebook for the cells that are there.",
            cell_id=cell_id,
            deleted=True,
        )
    return cell


def the_anchor(state: Notebook, after: str | None) -> str | None:
    """The anchor, which may be a deleted cell: its place is kept."""
    if after is not None and after not in state.cells:
        raise NotFound(
            f"There is no cell {after} to stand after; read_notebook shows the cells and their ids."
        )
    return after


def the_execution(state: Notebook, execution_id: str, context: Context) -> Execution:
    """The execution in state; one that has left it is over."""
    execution = state.executions.get(execution_id)
    if execution is not None:
        return execution
    if context.gone is not None:
        raise is_over(execution_id)
    raise unknown_execution(state, execution_id)


def is_over(execution_id: str) -> Conflict:
    """The refusal of what comes too late for an execution."""
    return Conflict(
        f"The execution {execution_id} is over; read_execution tells how it ended.",
        execution_id=execution_id,
    )


def unknown_execution(state: Notebook, execution_id: str) -> NotFound:
    """The refusal of an id that no execution of this notebook ever had."""
    return NotFound(
        f"There is no execution {execution_id} in notebook {state.notebook_id}; "
        "read_notebook shows what is running and queued."
    )


def own_runtime(state: Notebook, runtime_id: str, context: Context) -> Runtime:
    """The attached runtime with this id, which must be the caller."""
    runtime = state.runtimes.get(runtime_id)
    if runtime is None:
        raise Conflict(
            f"The runtime {runtime_id} is not attached to notebook {state.notebook_id}; "
            "attach it again.",
            runtime_id=runtime_id,
        )
    if context.caller.credential_id and runtime.principal_id != context.caller.actor.id:
        raise Conflict(
            f"The runtime {runtime_id} belongs to another program; attach under an id of your own.",
            runtime_id=runtime_id,
        )
    return runtime


def checked_source(source: str) -> str:
    """The source, unless it is too large or holds half a character."""
    try:
        size = len(source.encode())
    except UnicodeEncodeError:
        raise BadArgument(
            "The source holds half of a surrogate pair; send whole characters."
        ) from None
    if size > SOURCE_LIMIT:
        raise TooLarge(
            f"A source may have at most {SOURCE_LIMIT} bytes; split the cell, or keep the data "
            "in a file."
        )
    return source


def unused(wanted: str | None, taken: bool, what: str) -> str | None:
    """The id that the client chose, if any; refused when this notebook has used it before."""
    if wanted is not None and taken:
        raise BadArgument(
            f"The id {wanted} was used in this notebook before; choose another {what} id, "
            "or leave it out."
        )
    return wanted
