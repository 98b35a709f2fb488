"""What comes of a batch of outputs: in kernel order, each index once, none from a loser."""

from __future__ import annotations

from collections.abc import Iterator

from intheloop import commands as c
from intheloop import events as e
from intheloop.errors import Conflict
from intheloop.notebook import Execution, Notebook

from .context import Context, Decision, changed
from .finding import is_over, own_runtime, unknown_execution
from .stamping import refuse_missing_blobs


def decide(state: Notebook, command: c.AppendOutputs, context: Context) -> Decision:
    """The decision on a batch. One that is recorded already answers as the first time."""
    execution = state.executions.get(command.execution_id)
    if execution is None:
        return _late_for_gone(state, command, context)
    if not is_new(execution.next_index, command.index, execution.execution_id):
        return _answer(state, (), command.index + 1)
    refuse_missing_blobs(command, context.blobs)
    if execution.is_open:
        running_for_caller(state, execution, context)
    else:
        _refuse_late_stranger(state, execution, context)
    events = tuple(parts_as_events(execution, command.index, command.parts, not execution.is_open))
    return _answer(state, events, command.index + 1)


def is_new(next_index: int, index: int, execution_id: str) -> bool:
    """Whether this batch is the next one; False for one that is recorded. Raises on a gap."""
    if index > next_index:
        raise Conflict(
            f"The next batch of outputs of {execution_id} has index {next_index}, not {index}; "
            "send that one first.",
            execution_id=execution_id,
            expected_index=next_index,
        )
    return index == next_index


def held_by_caller(state: Notebook, execution: Execution, context: Context) -> Execution:
    """The execution, if the caller's runtime holds it now."""
    if not execution.is_open:
        raise Conflict(
            f"The execution {execution.execution_id} has ended as {execution.status}; "
            "what came after cannot be added.",
            execution_id=execution.execution_id,
            execution_status=execution.status,
        )
    if execution.runtime_id is None:
        raise Conflict(
            f"The execution {execution.execution_id} is not claimed; claim it first.",
            execution_id=execution.execution_id,
        )
    own_runtime(state, execution.runtime_id, context)
    if execution.status == "adrift":
        raise Conflict(
            f"The claim on {execution.execution_id} has lapsed; claim it again, then go on.",
            execution_id=execution.execution_id,
            execution_status="adrift",
        )
    return execution


def running_for_caller(state: Notebook, execution: Execution, context: Context) -> None:
    """Raises unless the caller's runtime holds it and the kernel has it."""
    if not held_by_caller(state, execution, context).started_at:
        raise Conflict(
            f"The execution {execution.execution_id} has not started, so it shows nothing yet; "
            "start it with start_execution first.",
            execution_id=execution.execution_id,
            execution_status=execution.status,
        )


def parts_as_events(
    execution: Execution, index: int, parts: list[c.Part], late: bool
) -> Iterator[e.Event]:
    """The events of a batch; each carries the batch's index."""
    execution_id = execution.execution_id
    for part in parts:
        match part:
            case c.Append(outputs=outputs):
                yield e.OutputAppended(execution_id, index, outputs, late)
            case c.Update(display_id=display_id, data=data, metadata=metadata):
                yield e.OutputUpdated(execution_id, index, display_id, data, metadata)
            case c.Clear(wait=wait):
                yield e.OutputsCleared(execution_id, index, wait)


def _answer(state: Notebook, events: tuple[e.Event, ...], next_index: int) -> Decision:
    return Decision(events, c.Appended(seq=changed(state, *events), next_index=next_index))


def _refuse_late_stranger(state: Notebook, execution: Execution, context: Context) -> None:
    """After the end only the runtime that ran it may add, while it stays attached."""
    if execution.started_at is None:
        raise Conflict(
            f"The execution {execution.execution_id} ended as {execution.status} before it "
            "started, so it shows nothing.",
            execution_id=execution.execution_id,
            execution_status=execution.status,
        )
    if execution.status == "lost" or execution.runtime_id is None:
        raise Conflict(
            f"The execution {execution.execution_id} was given up as {execution.status}; "
            "its outputs are no longer taken.",
            execution_id=execution.execution_id,
            execution_status=execution.status,
        )
    own_runtime(state, execution.runtime_id, context)


def _late_for_gone(state: Notebook, command: c.AppendOutputs, context: Context) -> Decision:
    """An execution that state dropped: what its threads print is recorded, and shown nowhere."""
    gone = context.gone
    if gone is None:
        raise unknown_execution(state, command.execution_id)
    if not is_new(gone.next_index, command.index, gone.execution_id):
        return _answer(state, (), command.index + 1)
    refuse_missing_blobs(command, context.blobs)
    if gone.runtime_id is None or not gone.started:
        raise is_over(gone.execution_id)
    own_runtime(state, gone.runtime_id, context)
    ghost = Execution(gone.execution_id, "", "", "", runtime_id=gone.runtime_id)
    events = tuple(parts_as_events(ghost, command.index, command.parts, late=True))
    return _answer(state, events, command.index + 1)
