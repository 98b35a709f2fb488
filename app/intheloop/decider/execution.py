"""What comes of commands to run code, stop it and answer it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

import msgspec
from msgspec import Struct

from intheloop import commands as c
from intheloop import events as e
from intheloop.errors import BadArgument, Conflict
from intheloop.notebook import Cell, Execution, Notebook, Runtime
from intheloop.values import Value, is_inline, json_bytes

from .context import Context, Decision, changed, derived_id
from .finding import checked_source, own_runtime, the_cell, the_execution

EXECUTION_ID_LENGTH = 12


def decide(state: Notebook, command: c.ExecutionCommand, context: Context) -> Decision:
    """The decision on a command about running code."""
    match command:
        case c.RunCells():
            return _run_cells(state, command, context)
        case c.RunCode(source=source):
            execution_id = _fresh_id(state, context, 0)
            event = e.ExecutionRequested(execution_id, checked_source(source))
            return _requested(state, (event,))
        case c.CancelExecution():
            return _cancel(state, command, context)
        case c.ProvideInput():
            return _provide_input(state, command, context)
        case c.InterruptKernel():
            runtime = _the_runtime(state)
            event_ = e.KernelInterruptRequested(runtime.runtime_id)
            return Decision((event_,), c.Done(seq=changed(state, event_)))
        case c.RestartKernel():
            return _restart(state, command, context)
        case _:
            assert_never(command)


def the_queue_cancelled(state: Notebook, reason: str) -> Iterator[e.ExecutionCompleted]:
    """The end of all that nobody has claimed yet."""
    for execution_id in state.queue:
        if state.executions[execution_id].status == "requested":
            yield e.ExecutionCompleted(execution_id, "cancelled", reason)


def _requested(state: Notebook, events: tuple[e.Event, ...]) -> Decision:
    ids = tuple(each.execution_id for each in events if isinstance(each, e.ExecutionRequested))
    answer = c.Requested(
        seq=changed(state, *events),
        execution_ids=ids,
        waiting_for_runtime=not state.runtimes,
    )
    return Decision(events, answer)


def _fresh_id(state: Notebook, context: Context, position: int) -> str:
    return derived_id(
        context,
        position,
        EXECUTION_ID_LENGTH,
        lambda one: one in state.executions,
    )


def _run_cells(state: Notebook, command: c.RunCells, context: Context) -> Decision:
    if command.cells is None:
        cells = _all_code(state)
        if not cells:
            raise BadArgument("There is no code cell to run; insert one first.")
    else:
        cells = [_at_rev(state, wanted) for wanted in command.cells]
    events = tuple(_requests(state, cells, command.allow_errors, context))
    return _requested(state, events)


def _all_code(state: Notebook) -> list[Cell]:
    return [cell for cell in state.live_cells() if cell.cell_type == "code"]


def _at_rev(state: Notebook, wanted: c.CellAt) -> Cell:
    cell = the_cell(state, wanted.cell_id)
    if cell.cell_type != "code":
        raise BadArgument(
            f"The cell {cell.cell_id} is {cell.cell_type}; only code cells run. "
            "Change its type first."
        )
    if cell.rev != wanted.rev:
        raise Conflict(
            f"The cell {cell.cell_id} changed since rev {wanted.rev}; its rev is {cell.rev}. "
            "Look at the current source, which comes with this answer, and run that.",
            cell_id=cell.cell_id,
            rev=cell.rev,
            source=cell.source,
        )
    return cell


def _requests(
    state: Notebook, cells: list[Cell], allow_errors: bool, context: Context
) -> Iterator[e.ExecutionRequested]:
    batch_id = _fresh_id(state, context, len(cells)) if len(cells) > 1 else None
    fresh: set[str] = set()
    for position, cell in enumerate(cells):
        execution_id = derived_id(
            context,
            position,
            EXECUTION_ID_LENGTH,
            lambda one: one in state.executions or one in fresh,
        )
        fresh.add(execution_id)
        yield e.ExecutionRequested(
            execution_id=execution_id,
            source=cell.source,
            cell_id=cell.cell_id,
            rev=cell.rev,
            batch_id=batch_id,
            allow_error=allow_errors or "raises-exception" in tags(cell.metadata),
        )


class _Tagged(Struct):
    tags: list[str] = []


def tags(metadata: Value) -> list[str]:
    """The tags of a cell, as Jupyter keeps them; none when the metadata says something else."""
    if not is_inline(metadata) or b'"tags"' not in bytes(json_bytes(metadata)):
        return []
    try:
        return msgspec.json.decode(json_bytes(metadata), type=_Tagged).tags
    except msgspec.DecodeError:
        return []


def _cancel(state: Notebook, command: c.CancelExecution, context: Context) -> Decision:
    execution = the_execution(state, command.execution_id, context)
    if not execution.is_open:
        raise Conflict(
            f"The execution {execution.execution_id} ended as {execution.status}; "
            "there is nothing to cancel.",
            execution_id=execution.execution_id,
            execution_status=execution.status,
        )
    events, outcome = cancelling(state, execution, command.force)
    seq = changed(state, *events)
    answer = c.Cancelled(seq=seq, execution_id=execution.execution_id, outcome=outcome)
    return Decision(events, answer)


def cancelling(
    state: Notebook, execution: Execution, force: bool
) -> tuple[tuple[e.Event, ...], str]:
    """What stops an open execution, as far as it can be stopped, and the sentence that says so."""
    execution_id = execution.execution_id
    if execution.status == "requested":
        ended = e.ExecutionCompleted(execution_id, "cancelled", "It was cancelled in the queue.")
        return (ended,), "It was cancelled before it started."
    if execution.status == "adrift":
        if not force:
            return (), (
                "Its runtime cannot be reached, so nobody can stop it. It may still come back; "
                "cancel with force to give it up."
            )
        lost = e.ExecutionCompleted(execution_id, "lost", "It was given up while adrift.")
        return (lost, *_detached(state, execution)), "It was given up; its runtime is detached."
    asked: tuple[e.Event, ...] = ()
    if not execution.cancel_requested:
        asked = (e.ExecutionCancelRequested(execution_id),)
    if force:
        return (*asked, *_restarting(state, keep_queue=False)), (
            "The kernel is being restarted: its variables are lost, and what was queued is "
            "cancelled."
        )
    if asked:
        return asked, "The kernel was asked to stop it; if it does not, cancel with force."
    return (), "The kernel was asked already; if it does not stop, cancel with force."


def _detached(state: Notebook, execution: Execution) -> tuple[e.Event, ...]:
    """An adrift execution and its runtime go together."""
    reason = "It could not be reached, and what it ran was given up."
    return tuple(
        e.RuntimeDetached(runtime_id, reason)
        for runtime_id in state.runtimes
        if runtime_id == execution.runtime_id
    )


def _provide_input(state: Notebook, command: c.ProvideInput, context: Context) -> Decision:
    held = state.held()
    if held is None or held.input is None or held.input.input_id != command.input_id:
        raise Conflict(
            f"Nobody waits for the input {command.input_id} any more: it was answered or taken "
            "back. read_runtime shows what runs."
        )
    by_runtime = context.caller.actor.kind == "runtime"
    if by_runtime:
        own_runtime(state, held.runtime_id or "", context)
    if held.input.password and not (by_runtime and command.value is None):
        raise BadArgument(
            "A password is never written into the log; send it to the runtime as an answer signal."
        )
    if not held.input.password and command.value is None:
        raise BadArgument("Give the line of text as value; it may be empty.")
    event = e.InputProvided(
        execution_id=held.execution_id,
        input_id=command.input_id,
        value=command.value,
        by=None if by_runtime else context.caller.actor.id,
    )
    return Decision((event,), c.Done(seq=changed(state, event)))


def _the_runtime(state: Notebook) -> Runtime:
    for runtime in state.runtimes.values():
        return runtime
    raise Conflict(
        f"No runtime is attached to notebook {state.notebook_id}, so there is no kernel; "
        "start one with `intheloop runtime`."
    )


def _restart(state: Notebook, command: c.RestartKernel, context: Context) -> Decision:
    _the_runtime(state)
    events = tuple(_restarting(state, keep_queue=command.run_all))
    if command.run_all:
        events = (*events, *_requests(state, _all_code(state), False, context))
    return _requested(state, events)


def _restarting(state: Notebook, keep_queue: bool) -> Iterator[e.Event]:
    """What is queued needs the variables that go. A restart that is under way is not asked again;
    nothing is claimed before it is done, and `keep_queue` is for what is queued after this."""
    yield from the_queue_cancelled(state, "The kernel was restarted.")
    for runtime in state.runtimes.values():
        if not runtime.restart_requested:
            yield e.KernelRestartRequested(runtime.runtime_id, keep_queue)
