"""What events of the assistant do to a notebook, and which runs its state keeps."""

from __future__ import annotations

from typing import assert_never

from msgspec.structs import replace

from intheloop import events as e
from intheloop.notebook import AssistantRun, Notebook

KEPT_RUNS = 20
"""Runs that state keeps after their end."""


def apply(notebook: Notebook, event: e.AssistantEvent, envelope: e.Envelope) -> Notebook:
    """The notebook after an event of the assistant; one of a run that is over changes nothing."""
    match event:
        case e.MessagePosted():
            return notebook  # its words are in the log
        case e.AssistantRunRequested():
            return _requested(notebook, event, envelope)
        case _:
            run = notebook.runs.get(event.run_id)
            if run is None or not run.is_open:
                return notebook
            return _put(notebook, _changed(run, event, envelope))


def executions_seen(notebook: Notebook, event: e.ExecutionEvent, envelope: e.Envelope) -> Notebook:
    """The notebook, its runs knowing which of the executions that they requested are open."""
    match event:
        case e.ExecutionRequested(execution_id=execution_id):
            run = notebook.runs.get(envelope.correlation_id or "")
            if run is None or not run.is_open or execution_id in run.executions:
                return notebook
            return _put(notebook, replace(run, executions=(*run.executions, execution_id)))
        case e.ExecutionCompleted(execution_id=execution_id):
            for run in notebook.runs.values():
                if execution_id in run.executions:
                    left = tuple(one for one in run.executions if one != execution_id)
                    notebook = _put(notebook, replace(run, executions=left))
    return notebook


def _put(notebook: Notebook, run: AssistantRun) -> Notebook:
    return replace(notebook, runs=notebook.runs.set(run.run_id, run))


def _requested(
    notebook: Notebook, event: e.AssistantRunRequested, envelope: e.Envelope
) -> Notebook:
    if event.run_id in notebook.runs:
        return notebook
    run = AssistantRun(
        run_id=event.run_id,
        thread_id=event.thread_id,
        message_id=event.message_id,
        person_id=event.person_id,
        requested_by=envelope.actor.id,
        requested_at=envelope.recorded_at,
        scopes=event.scopes,
        cells=event.cells,
        limits=event.limits,
        model=event.model,
        effort=event.effort,
    )
    notebook = _put(replace(notebook, run_order=(*notebook.run_order, run.run_id)), run)
    ended = [one for one in notebook.run_order if not notebook.runs[one].is_open]
    for run_id in ended[: max(0, len(ended) - KEPT_RUNS)]:
        notebook = replace(
            notebook,
            runs=notebook.runs.delete(run_id),
            run_order=tuple(one for one in notebook.run_order if one != run_id),
        )
    return notebook


_OfRun = (
    e.AssistantRunClaimed
    | e.AssistantRunClaimLapsed
    | e.ContextAssembled
    | e.ModelCallStarted
    | e.ModelCallRetried
    | e.ModelCallCompleted
    | e.ModelCallFailed
    | e.ToolCallProposed
    | e.ToolCallCompleted
    | e.AssistantRunCancelRequested
    | e.AssistantRunFinished
)


def _changed(run: AssistantRun, event: _OfRun, envelope: e.Envelope) -> AssistantRun:
    match event:
        case e.AssistantRunClaimed():
            return replace(
                run,
                status="claimed",
                generation=event.generation,
                principal_id=envelope.actor.id,
                credential_id=event.credential_id,
                agent=event.agent,
            )
        case e.AssistantRunClaimLapsed():
            return replace(run, status="requested", credential_id=None)
        case e.ContextAssembled(turn=turn):
            return replace(run, turn=turn)
        case e.ModelCallStarted(turn=turn):
            return replace(run, turn=turn, asking=True)
        case e.ModelCallCompleted(usage=usage):
            return replace(run, asking=False, usage=_sum(run.usage, usage))
        case e.ModelCallFailed():
            return replace(run, asking=False)
        case e.ToolCallProposed(tool_call_id=tool_call_id):
            calls = (*run.calls, tool_call_id)
            return replace(run, calls=calls, tool_calls=run.tool_calls + 1)
        case e.ToolCallCompleted(tool_call_id=tool_call_id):
            return replace(run, calls=tuple(one for one in run.calls if one != tool_call_id))
        case e.ModelCallRetried() | e.AssistantRunCancelRequested():
            return run
        case e.AssistantRunFinished(outcome=outcome, reason=reason):
            return replace(
                run,
                status=outcome,
                reason=reason,
                asking=False,
                calls=(),
                credential_id=None,
                finished_at=envelope.recorded_at,
            )
        case _:
            assert_never(event)


def _sum(one: e.Usage, more: e.Usage) -> e.Usage:
    return e.Usage(
        one.input_tokens + more.input_tokens,
        one.output_tokens + more.output_tokens,
        one.cache_read_tokens + more.cache_read_tokens,
        one.cache_write_tokens + more.cache_write_tokens,
        one.cost + more.cost,
    )
