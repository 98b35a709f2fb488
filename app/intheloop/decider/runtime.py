"""What comes of the commands of runtimes: hold by lease, claims, outputs in order, one end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from intheloop import commands as c
from intheloop import events as e
from intheloop.errors import BadArgument, Conflict
from intheloop.notebook import Execution, Input, Notebook, Runtime, on_kernel_death
from intheloop.reducer import apply_event

from . import outputs
from .context import Context, Decision, changed
from .execution import the_queue_cancelled
from .finding import own_runtime, the_execution
from .stamping import refuse_missing_blobs


def decide(state: Notebook, command: c.RuntimeCommand, context: Context) -> Decision:
    """The decision on a command of a runtime, or of the system about one."""
    match command:
        case c.AppendOutputs():
            return outputs.decide(state, command, context)
        case c.CompleteExecution():
            return _complete(state, command, context)
        case c.ClaimExecution(runtime_id=runtime_id, start=start):
            runtime = own_runtime(state, runtime_id, context)
            events, claim = _claim(state, runtime, start)
            return Decision(events, c.Claimed(seq=changed(state, *events), claim=claim))
        case c.StartExecution():
            return _start(state, command, context)
        case c.RenewLease(runtime_id=runtime_id):
            own_runtime(state, runtime_id, context)
            return Decision((), c.Attached(seq=state.seq, lease_s=context.lease_s))
        case c.AttachRuntime():
            return _attach(state, command, context)
        case c.DetachRuntime(runtime_id=runtime_id, reason=reason):
            runtime = own_runtime(state, runtime_id, context)
            return _done(state, *_lost_with(state, runtime, reason), _detached(runtime, reason))
        case c.RequestInput():
            return _ask(state, command, context)
        case c.ReportKernel(runtime_id=runtime_id, report=report):
            runtime = own_runtime(state, runtime_id, context)
            return _report(state, runtime, report, context)
        case c.LapseLease(runtime_id=runtime_id):
            return _done(state, *_lapsed(state, runtime_id))
        case c.LoseExecution(execution_id=execution_id, reason=reason):
            return _done(state, *_given_up(state, execution_id, reason))
        case _:
            assert_never(command)


def _done(state: Notebook, *events: e.Event) -> Decision:
    return Decision(events, c.Done(seq=changed(state, *events)))


def _detached(runtime: Runtime, reason: str) -> e.RuntimeDetached:
    return e.RuntimeDetached(runtime.runtime_id, reason)


def _attach(state: Notebook, command: c.AttachRuntime, context: Context) -> Decision:
    for other in state.runtimes.values():
        if other.runtime_id != command.runtime_id:
            raise Conflict(
                f"The runtime {other.label or other.runtime_id} serves notebook "
                f"{state.notebook_id} already; wait until it is detached.",
                runtime_id=other.runtime_id,
            )
        own_runtime(state, command.runtime_id, context)
        return Decision((), c.Attached(seq=state.seq, lease_s=context.lease_s))
    refuse_missing_blobs(command, context.blobs)
    event = e.RuntimeAttached(
        runtime_id=command.runtime_id,
        kernel=command.kernel,
        capabilities=command.capabilities,
        environment=command.environment,
        label=command.label,
    )
    return Decision((event,), c.Attached(seq=changed(state, event), lease_s=context.lease_s))


def _claim(
    state: Notebook, runtime: Runtime, start: c.Start | None
) -> tuple[tuple[e.Event, ...], c.Claim | None]:
    """The oldest queued execution, or the runtime's own adrift one; none while another is held."""
    held = state.held()
    if held is not None:
        own = held.status == "adrift" and held.runtime_id == runtime.runtime_id
        execution = held if own else None
    elif runtime.restart_requested and runtime.kernel_alive:
        # It still has the variables that are to go; where none lives there is nothing to wait for.
        execution = None
    else:
        execution = state.next_queued()
    if execution is None:
        return (), None
    generation = execution.generation + 1
    events: list[e.Event] = [
        e.ExecutionClaimed(execution.execution_id, runtime.runtime_id, generation)
    ]
    if start is not None and not execution.started_at:
        events.append(e.ExecutionStarted(execution.execution_id, start.execution_count))
    claim = c.Claim(
        execution_id=execution.execution_id,
        source=execution.source,
        generation=generation,
        next_index=execution.next_index,
        cell_id=execution.cell_id,
        allow_error=execution.allow_error,
    )
    return tuple(events), claim


def _start(state: Notebook, command: c.StartExecution, context: Context) -> Decision:
    own_runtime(state, command.runtime_id, context)
    execution = the_execution(state, command.execution_id, context)
    held = outputs.held_by_caller(state, execution, context)
    if held.started_at:
        return _done(state)
    return _done(state, e.ExecutionStarted(held.execution_id, command.execution_count))


def _ask(state: Notebook, command: c.RequestInput, context: Context) -> Decision:
    """A question. One that stands already is not asked again."""
    execution = the_execution(state, command.execution_id, context)
    outputs.running_for_caller(state, execution, context)
    asked = Input(command.input_id, command.prompt, command.password)
    if asked == execution.input:
        return _done(state)
    event = e.InputRequested(
        command.execution_id, command.input_id, command.prompt, command.password
    )
    return _done(state, event)


def _complete(state: Notebook, command: c.CompleteExecution, context: Context) -> Decision:
    execution = the_execution(state, command.execution_id, context)
    events: list[e.Event] = []
    if command.parts:
        if command.index is None:
            raise BadArgument("Outputs need their index; give it, counting on from the last batch.")
        refuse_missing_blobs(command, context.blobs)
        if outputs.is_new(execution.next_index, command.index, execution.execution_id):
            outputs.running_for_caller(state, execution, context)
            events.extend(outputs.parts_as_events(execution, command.index, command.parts, False))
    held = outputs.held_by_caller(state, execution, context)
    events.append(
        e.ExecutionCompleted(held.execution_id, command.status, command.reason, command.duration_ms)
    )
    if command.status != "ok" and not held.allow_error:
        events.extend(_rest_of_batch(state, held))
    claim = None
    if command.claim_next is not None:
        ended = state
        for event in events:
            ended = apply_event(ended, event, context.caller.actor.id, context.now)
        runtime = own_runtime(state, held.runtime_id or "", context)
        claimed, claim = _claim(ended, runtime, command.claim_next)
        events.extend(claimed)
    return Decision(tuple(events), c.Claimed(seq=changed(state, *events), claim=claim))


def _rest_of_batch(state: Notebook, failed: Execution) -> Iterator[e.Event]:
    if failed.batch_id is None:
        return
    for execution_id in state.queue:
        execution = state.executions[execution_id]
        if execution.batch_id == failed.batch_id and execution.status == "requested":
            yield e.ExecutionCompleted(
                execution_id, "cancelled", "An earlier cell of the same run did not end well."
            )


def _held_by(state: Notebook, runtime: Runtime) -> Execution | None:
    held = state.held()
    return held if held is not None and held.runtime_id == runtime.runtime_id else None


def _lost_with(state: Notebook, runtime: Runtime, reason: str) -> Iterator[e.Event]:
    held = _held_by(state, runtime)
    if held is not None:
        yield e.ExecutionCompleted(held.execution_id, "lost", reason)


def _report(
    state: Notebook,
    runtime: Runtime,
    report: c.KernelIsUp | c.KernelIsDown,
    context: Context,
) -> Decision:
    events = tuple(_reported(state, runtime, report))
    after = state
    for event in events:
        after = apply_event(after, event, context.caller.actor.id, context.now)
    waiting = sum(after.executions[one].status == "requested" for one in after.queue)
    return Decision(events, c.Reported(seq=changed(state, *events), waiting=waiting))


def _reported(
    state: Notebook, runtime: Runtime, report: c.KernelIsUp | c.KernelIsDown
) -> Iterator[e.Event]:
    held = _held_by(state, runtime)
    if isinstance(report, c.KernelIsUp):
        if held is not None and runtime.kernel_alive:
            # Adrift, nobody can say that the restart is what ended it: its outputs may be missing.
            reason = "The kernel was restarted while it ran."
            yield e.ExecutionCompleted(
                held.execution_id, "lost" if held.status == "adrift" else "cancelled", reason
            )
        yield e.KernelStarted(runtime.runtime_id, report.kernel)
        return
    yield e.KernelDied(runtime.runtime_id, report.exit_code, report.last_stderr, report.reason)
    if held is not None:
        reason = report.reason or _death(report.exit_code)
        yield e.ExecutionCompleted(held.execution_id, "lost", reason)
    # A kernel that does not even start would end everything one by one.
    if not (runtime.kernel_alive and on_kernel_death(state) == "go_on"):
        yield from the_queue_cancelled(state, report.reason or _NEVER_RAN)
    elif held is not None and not held.allow_error:
        yield from _rest_of_batch(state, held)


_NEVER_RAN = "The kernel died before it could start."


def _death(exit_code: int | None) -> str:
    if exit_code is None:
        return "The kernel died while it ran."
    if exit_code < 0:
        return f"The kernel was killed by signal {-exit_code} while it ran."
    return f"The kernel ended with exit code {exit_code} while it ran."


def _lapsed(state: Notebook, runtime_id: str) -> Iterator[e.Event]:
    runtime = state.runtimes.get(runtime_id)
    if runtime is None:
        return
    held = _held_by(state, runtime)
    if held is None:
        yield _detached(runtime, "It was not heard from for longer than its lease.")
    elif held.status != "adrift":
        yield e.ExecutionClaimLapsed(held.execution_id, held.generation)


def _given_up(state: Notebook, execution_id: str, reason: str) -> Iterator[e.Event]:
    execution = state.executions.get(execution_id)
    if execution is None or execution.status != "adrift":
        return
    yield e.ExecutionCompleted(execution_id, "lost", reason)
    for runtime in state.runtimes.values():
        if runtime.runtime_id == execution.runtime_id:
            yield _detached(runtime, reason)
