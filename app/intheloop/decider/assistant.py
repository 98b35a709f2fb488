"""What comes of commands on the assistant: who may ask it, who holds a run, what can come next.

A run acts with a credential of its own, on behalf of who asked for it and with no more than they
had then. It is taken away in the same step in which the run ends, so that nothing follows.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias, assert_never

from intheloop import commands as c
from intheloop import events as e
from intheloop.errors import BadArgument, Conflict, Denied, NotFound
from intheloop.notebook import AssistantRun, Credential, Notebook, waits_for

from .access import scopes_in
from .context import Context, Decision, changed, derived_id
from .execution import cancelling
from .finding import the_cell, unused
from .identity import fresh_credential_id, refuse_known_secret

RUN_ID_LENGTH = 12
MOST_OPEN = 8
"""Runs of one notebook that may be open at a time."""

_Recorded: TypeAlias = c.Assemble | c.Call | c.Retry | c.GiveUp | c.Answer | c.Report

LENT: frozenset[e.Scope] = frozenset(("notebook:read", "notebook:write", "notebook:run"))
"""What a run may have at most."""


def decide(state: Notebook, command: c.AssistantCommand, context: Context) -> Decision:
    """The decision on a command about the assistant."""
    match command:
        case c.PostMessage():
            return _post(state, command, context)
        case c.CancelAssistantRun(run_id=run_id):
            return _cancel(state, _open_run(state, run_id), context)
        case c.ClaimAssistantRun():
            return _claim(state, command, context)
        case c.RenewAssistantRun(run_id=run_id):
            _own_run(state, run_id, context)
            return _done(state)
        case c.RecordStep():
            run = _own_run(state, command.run_id, context)
            if isinstance(command.step, c.LetGo):
                return _let_go(state, run, command.step.approval_id)
            return _done(state, *_recorded(run, command, command.step))
        case c.FinishAssistantRun():
            return _finish(state, command, context)
        case c.LapseRun(run_id=run_id, generation=generation):
            return _lapse(state, run_id, generation)
        case _:
            assert_never(command)


def _done(state: Notebook, *events: e.Event) -> Decision:
    return Decision(events, c.Done(seq=changed(state, *events)))


def _credential(context: Context) -> Credential | None:
    return context.workspace.credentials.get(context.caller.credential_id or "")


# ------------------------------------------------------------------------ asking


def _post(state: Notebook, command: c.PostMessage, context: Context) -> Decision:
    credential = _credential(context)
    if credential is None or credential.run_id is not None:
        raise Denied("A run of the assistant starts no other; ask the person to write to it.")
    fresh = _fresh_ids(state, command, context)
    _refuse_busy(state, fresh.thread_id)
    for cell_id in command.cells or ():
        the_cell(state, cell_id)
    cells = None if command.cells is None else tuple(dict.fromkeys(command.cells))
    held = scopes_in(context.workspace, credential, state.notebook_id)
    asked = e.AssistantRunRequested(
        run_id=fresh.run_id,
        thread_id=fresh.thread_id,
        message_id=fresh.message_id,
        person_id=credential.person_id,
        scopes=tuple(sorted(LENT & held)),
        cells=cells,
        limits=command.limits,
        model=command.model,
        effort=command.effort,
    )
    posted = e.MessagePosted(fresh.message_id, fresh.thread_id, command.text, cells)
    answer = c.Posted(
        seq=changed(state, posted, asked),
        message_id=fresh.message_id,
        thread_id=fresh.thread_id,
        run_id=fresh.run_id,
    )
    return Decision((posted, asked), answer)


def _fresh_ids(state: Notebook, command: c.PostMessage, context: Context) -> c.Posted:
    wanted = unused(command.run_id, command.run_id in state.runs, "run")

    def fresh(position: int) -> str:
        return derived_id(context, position, RUN_ID_LENGTH, lambda one: one in state.runs)

    return c.Posted(
        seq=0,
        run_id=wanted or fresh(0),
        message_id=command.message_id or fresh(1),
        thread_id=command.thread_id or fresh(2),
    )


def _refuse_busy(state: Notebook, thread_id: str) -> None:
    still = [run for run in state.runs.values() if run.is_open]
    for run in still:
        if run.thread_id == thread_id:
            raise Conflict(
                f"The assistant still works in this thread, on run {run.run_id}; wait for its end, "
                "or stop it with cancel_assistant_run.",
                run_id=run.run_id,
            )
    if len(still) >= MOST_OPEN:
        raise Conflict(
            f"The assistant works on {len(still)} runs in this notebook already; wait for the end "
            "of one, or stop one with cancel_assistant_run."
        )


# -------------------------------------------------------------------------- ends


def _open_run(state: Notebook, run_id: str) -> AssistantRun:
    run = state.runs.get(run_id)
    if run is None:
        raise NotFound(
            f"There is no run {run_id} in notebook {state.notebook_id}, or it is long over; "
            "read_history tells of the runs that there were."
        )
    if not run.is_open:
        raise Conflict(
            f"The run {run_id} ended as {run.status}; there is nothing more to do in it.",
            run_id=run_id,
            run_status=run.status,
        )
    return run


def _cancel(state: Notebook, run: AssistantRun, context: Context) -> Decision:
    """One step: the end, what is open cancelled, the credential gone."""
    finished = e.AssistantRunFinished(
        run.run_id, "stopped", f"It was stopped by {context.caller.actor.name}."
    )
    asked = e.AssistantRunCancelRequested(run.run_id)
    events = (asked, *_cancelled_with(state, run), *_closed_with(state, run), finished)
    answer = c.Done(seq=changed(state, *events))
    return Decision(events, answer, workspace_events=_taken_away(run))


def _cancelled_with(state: Notebook, run: AssistantRun) -> Iterator[e.Event]:
    for execution_id in run.executions:
        execution = state.executions.get(execution_id)
        if execution is not None and execution.is_open:
            yield from cancelling(state, execution, force=False)[0]


def _closed_with(state: Notebook, run: AssistantRun) -> Iterator[e.Event]:
    """Nobody would use any more what it asked a person for, nor what a person allowed it."""
    for approval in state.approvals:
        if approval.is_open and approval.correlation_id == run.run_id:
            yield e.ApprovalVoided(approval.approval_id, "The run that asked for it is over.")
    for permission in state.permissions:
        if permission.correlation_id == run.run_id:
            yield e.PermissionRevoked(permission.permission_id)


def _taken_away(run: AssistantRun) -> tuple[e.Event, ...]:
    return () if run.credential_id is None else (e.CredentialRevoked(run.credential_id),)


def _finish(state: Notebook, command: c.FinishAssistantRun, context: Context) -> Decision:
    """By the run itself; or by the assistant that holds it, when who asked may do no more here."""
    run = _open_run(state, command.run_id)
    if run.principal_id != context.caller.actor.id:
        raise _not_held(run)
    finished = e.AssistantRunFinished(run.run_id, command.outcome, command.reason)
    ended_well = command.outcome in ("completed", "refused")
    open_ = () if ended_well else tuple(_cancelled_with(state, run))
    events = (*open_, *_closed_with(state, run), finished)
    answer = c.Done(seq=changed(state, *events))
    return Decision(events, answer, workspace_events=_taken_away(run))


def _lapse(state: Notebook, run_id: str, generation: int) -> Decision:
    run = state.runs.get(run_id)
    if run is None or run.status != "claimed" or run.generation != generation:
        return _done(state)
    return _freed(state, run)


def _let_go(state: Notebook, run: AssistantRun, approval_id: str) -> Decision:
    """A run that waits for days has no credential meanwhile."""
    waits = any(one.approval_id == approval_id and waits_for(run, one) for one in state.approvals)
    return _freed(state, run) if waits else _done(state)


def _freed(state: Notebook, run: AssistantRun) -> Decision:
    event = e.AssistantRunClaimLapsed(run.run_id, run.generation)
    return Decision((event,), c.Done(seq=changed(state, event)), workspace_events=_taken_away(run))


# ----------------------------------------------------------------------- working


def _claim(state: Notebook, command: c.ClaimAssistantRun, context: Context) -> Decision:
    """A run that nobody holds; or the caller's own once more, when its process was started anew."""
    run = _open_run(state, command.run_id)
    own = run.principal_id == context.caller.actor.id
    if run.status == "claimed" and not own:
        raise Conflict(
            f"Another assistant works on run {run.run_id}; it is free again when its lease ends.",
            run_id=run.run_id,
        )
    credential = _credential(context)
    if credential is None or credential.run_id is not None:
        raise Denied("A run claims no other; claim with the assistant's own credential.")
    refuse_known_secret(command.secret_sha256, context)
    issued = e.CredentialIssued(
        credential_id=fresh_credential_id(context),
        kind="assistant",
        person_id=run.person_id,
        principal_id=context.caller.actor.id,
        label=command.label,
        scopes=run.scopes,
        secret_sha256=command.secret_sha256,
        notebooks=(state.notebook_id,),
        run_id=run.run_id,
        agent=command.agent,
    )
    generation = run.generation + 1
    claimed = e.AssistantRunClaimed(run.run_id, generation, issued.credential_id, command.agent)
    answer = c.RunClaimed(
        seq=changed(state, claimed),
        run_id=run.run_id,
        generation=generation,
        credential_id=issued.credential_id,
        lease_s=context.lease_s,
    )
    return Decision((claimed,), answer, workspace_events=(*_taken_away(run), issued))


def _own_run(state: Notebook, run_id: str, context: Context) -> AssistantRun:
    run = _open_run(state, run_id)
    if run.credential_id is None or run.credential_id != context.caller.credential_id:
        raise _not_held(run)
    return run


def _not_held(run: AssistantRun) -> Conflict:
    return Conflict(
        f"The run {run.run_id} is not held with this credential; claim it, and act with the "
        "credential that the claim makes.",
        run_id=run.run_id,
    )


def _recorded(run: AssistantRun, command: c.RecordStep, step: _Recorded) -> tuple[e.Event, ...]:
    turn, run_id = command.turn, run.run_id
    match step:
        case c.Assemble():
            _must(run, turn in (run.turn, run.turn + 1) and not run.asking and not run.calls)
            return (_assembled(run_id, turn, step),)
        case c.Call():
            _must(run, turn == run.turn and not run.calls)
            return (
                e.ModelCallStarted(
                    run_id=run_id,
                    turn=turn,
                    attempt=step.attempt,
                    model=step.model,
                    request_sha256=step.request_sha256,
                    max_tokens=step.max_tokens,
                    effort=step.effort,
                ),
            )
        case c.Retry(attempt=attempt, reason=reason, delay_ms=delay_ms):
            _must(run, turn == run.turn and run.asking)
            return (e.ModelCallRetried(run_id, turn, attempt, reason, delay_ms),)
        case c.GiveUp(reason=reason):
            _must(run, turn == run.turn and run.asking)
            return (e.ModelCallFailed(run_id, turn, reason),)
        case c.Answer():
            _must(run, turn == run.turn and run.asking)
            return _answered(run_id, turn, step)
        case c.Report():
            _must(run, step.tool_call_id in run.calls)
            return (
                e.ToolCallCompleted(
                    run_id=run_id,
                    tool_call_id=step.tool_call_id,
                    text=step.text,
                    is_error=step.is_error,
                    seq=step.made_seq,
                    masked=step.masked,
                ),
            )
        case _:
            assert_never(step)


def _must(run: AssistantRun, fits: bool) -> None:
    if not fits:
        raise Conflict(
            f"This cannot come next in run {run.run_id}, which stands at turn {run.turn}; read its "
            "records and go on from there.",
            run_id=run.run_id,
            turn=run.turn,
        )


def _assembled(run_id: str, turn: int, step: c.Assemble) -> e.ContextAssembled:
    return e.ContextAssembled(
        run_id=run_id,
        turn=turn,
        as_of_seq=step.as_of_seq,
        text_sha256=step.text_sha256,
        prompt=step.prompt,
        tools=step.tools,
        cells=step.cells,
        since_seq=step.since_seq,
        hidden=step.hidden,
        trimmed=step.trimmed,
        masked=step.masked,
        cut=step.cut,
    )


def _answered(run_id: str, turn: int, step: c.Answer) -> tuple[e.Event, ...]:
    if len({one.tool_call_id for one in step.calls}) < len(step.calls):
        raise BadArgument("Two tool calls have one id; give each its own.")
    completed = e.ModelCallCompleted(
        run_id=run_id,
        turn=turn,
        content=step.content,
        stop_reason=step.stop_reason,
        model=step.model,
        usage=step.usage,
        request_id=step.request_id,
        stop_details=step.stop_details,
        duration_ms=step.duration_ms,
    )
    wanted = (
        e.ToolCallProposed(run_id, turn, one.tool_call_id, one.tool, one.arguments)
        for one in step.calls
    )
    return (completed, *wanted)
