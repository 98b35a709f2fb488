"""What each event says of its actor: "edited cell c3 (+12 -4)". One phrase for every event type,
and some that tell several events of one type at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from intheloop import events as e
from intheloop.text.changes import ChangeError, read_change, utf16_length

from .words import because, counted, quoted, short


def phrase(event: e.Event) -> str:
    """The phrase for an event, also for one of a later version."""
    if isinstance(event, e.Unknown):
        return f"recorded something that this version does not know ({short(event.type)})"
    return PHRASES[type(event)](event)


def _created(event: e.NotebookCreated) -> str:
    if event.imported is None:
        return f"created the notebook {quoted(event.title)}"
    return f"imported {quoted(event.imported.name)} as the notebook {quoted(event.title)}"


def _edited(*events: e.CellSourceEdited) -> str:
    added = removed = 0
    for section in (section for event in events for section in event.changes):
        if isinstance(section, int):
            continue
        try:
            gone, text = read_change(section)
        except ChangeError:
            return f"edited cell {events[0].cell_id}"
        removed += gone
        added += utf16_length(text)
    return f"edited cell {events[0].cell_id} (+{added} -{removed})"


def _requested(event: e.ExecutionRequested) -> str:
    if event.cell_id is None:
        return f"ran code without a cell: {short(event.source)}"
    return f"ran cell {event.cell_id}"


def _claimed(event: e.ExecutionClaimed) -> str:
    again = " up again" if event.generation > 1 else ""
    return f"took execution {event.execution_id}{again}"


def _started(event: e.ExecutionStarted) -> str:
    count = "" if event.execution_count is None else f" [{event.execution_count}]"
    return f"started execution {event.execution_id}{count}"


def _appended(*events: e.OutputAppended) -> str:
    late = " after its end" if events[0].late else ""
    outputs = counted(sum(len(event.outputs) for event in events), "output")
    return f"added {outputs} to execution {events[0].execution_id}{late}"


def _asked(event: e.InputRequested) -> str:
    what = "a password" if event.password else "input"
    prompt = f": {short(event.prompt)}" if event.prompt.strip() else ""
    return f"asked for {what} in execution {event.execution_id}{prompt}"


_ENDS = {
    "ok": "finished execution {}",
    "error": "finished execution {} with an error",
    "cancelled": "cancelled execution {}",
    "lost": "lost execution {}",
}


def _completed(event: e.ExecutionCompleted) -> str:
    took = "" if event.duration_ms is None else f" after {event.duration_ms / 1000:.1f} s"
    return _ENDS[event.status].format(event.execution_id) + took + because(event.reason)


def _died(event: e.KernelDied) -> str:
    code = "" if event.exit_code is None else f" (exit code {event.exit_code})"
    return f"reported that the kernel died{code}{because(event.reason)}"


def _commented(event: e.CommentAdded) -> str:
    place = "" if event.cell_id is None else f" on cell {event.cell_id}"
    verb = "commented" if event.reply_to is None else f"replied to comment {event.reply_to}"
    return f"{verb}{place}: {quoted(event.text)}"


def _approval_asked(event: e.ApprovalRequested) -> str:
    cells = dict.fromkeys(step.cell_id for step in event.resolved.steps if step.cell_id)
    place = f" on cell {', '.join([*cells][:3])}{' ...' if len(cells) > 3 else ''}" if cells else ""
    return f"asked to use {short(event.resolved.tool)}{place} (approval {event.approval_id})"


def _hunks(numbers: Sequence[object], proposal_id: str) -> str:
    return f"{counted(len(numbers), 'hunk')} of proposal {proposal_id}"


def _policy(event: e.PolicyChanged) -> str:
    more = f" with {counted(len(event.rules), 'rule')} of its own" if event.rules else ""
    return f"set the policy for programs to {event.preset}{more}"


def _run_requested(event: e.AssistantRunRequested) -> str:
    place = "" if event.cells is None else f" about {counted(len(event.cells), 'cell')}"
    return f"asked the assistant{place} (run {event.run_id})"


def _run_claimed(event: e.AssistantRunClaimed) -> str:
    again = " up again" if event.generation > 1 else ""
    return f"took run {event.run_id}{again}{_with_model(event.agent)}"


def _with_model(agent: e.Agent | None) -> str:
    return f" with {short(agent.model)}" if agent is not None and agent.model else ""


def _context(event: e.ContextAssembled) -> str:
    what = "the notebook" if event.since_seq is None else f"what changed since {event.since_seq}"
    hidden = f", without {counted(len(event.hidden), 'hidden cell')}" if event.hidden else ""
    prompt = f"{short(event.prompt.prompt_id)} {short(event.prompt.version)}"
    seen = f"({counted(len(event.cells), 'cell')}{hidden})"
    return f"read {what} at {event.as_of_seq} {seen} by the prompt {prompt}"


def _answered(event: e.ModelCallCompleted) -> str:
    tokens = counted(event.usage.output_tokens, "token")
    return f"had an answer of {tokens} from {short(event.model)} ({short(event.stop_reason)})"


def _used(event: e.ToolCallCompleted) -> str:
    end = "was refused" if event.is_error else "had the result of"
    return f"{end} tool call {event.tool_call_id}"


_RUN_ENDS: dict[e.RunOutcome, str] = {
    "completed": "finished run {}",
    "stopped": "stopped run {}",
    "refused": "ended run {} as the model refused",
    "limit": "ended run {} at a limit",
    "failed": "gave run {} up",
}


def _run_finished(event: e.AssistantRunFinished) -> str:
    return _RUN_ENDS[event.outcome].format(event.run_id) + because(event.reason)


def _issued(event: e.CredentialIssued) -> str:
    if event.kind == "link":
        return f"made a link to sign in with for {event.person_id}"
    if event.kind == "session":
        return f"opened the session {quoted(event.label)} for {event.person_id}"
    run = "" if event.run_id is None else f" for run {event.run_id}{_with_model(event.agent)}"
    return f"issued the credential {quoted(event.label)} to a program of kind {event.kind}{run}"


def _denied(event: e.ActionDenied) -> str:
    times = "" if event.count == 1 else f" {event.count} times"
    place = f" in {event.notebook_id}" if event.notebook_id else ""
    name = f"{short(event.denied.name)}{_with_model(event.denied.agent)}"
    return f"refused {name} the use of {short(event.tool)}{place}{times}{because(event.reason)}"


PHRASES: dict[type, Callable[[Any], str]] = {
    e.NotebookCreated: _created,
    e.NotebookRenamed: lambda event: f"renamed the notebook to {quoted(event.title)}",
    e.NotebookMetadataChanged: lambda _: "changed the metadata of the notebook",
    e.NotebookForked: lambda event: (
        f"forked notebook {event.from_notebook_id} at {event.from_seq} as {quoted(event.title)}"
    ),
    e.NotebookArchived: lambda _: "archived the notebook",
    e.NotebookUnarchived: lambda _: "took the notebook out of the archive",
    e.CellCreated: lambda event: f"added the {event.cell_type} cell {event.cell_id}",
    e.CellSourceEdited: _edited,
    e.CellMoved: lambda event: (
        f"moved cell {event.cell_id} "
        + ("to the top" if event.after is None else f"after {event.after}")
    ),
    e.CellTypeChanged: lambda event: f"made cell {event.cell_id} a {event.cell_type} cell",
    e.CellMetadataChanged: lambda event: f"changed the metadata of cell {event.cell_id}",
    e.CellAttachmentsChanged: lambda event: f"changed the attached files of cell {event.cell_id}",
    e.CellDeleted: lambda event: f"deleted cell {event.cell_id}",
    e.CellRestored: lambda event: f"restored cell {event.cell_id}",
    e.CellOutputsCleared: lambda event: f"cleared the outputs of cell {event.cell_id}",
    e.ExecutionRequested: _requested,
    e.ExecutionClaimed: _claimed,
    e.ExecutionStarted: _started,
    e.OutputAppended: _appended,
    e.OutputUpdated: lambda event: f"updated the display {short(event.display_id)}",
    e.OutputsCleared: lambda event: f"cleared the outputs of execution {event.execution_id}",
    e.InputRequested: _asked,
    e.InputProvided: lambda event: f"gave input to execution {event.execution_id}",
    e.ExecutionClaimLapsed: lambda event: (
        f"set execution {event.execution_id} adrift: its runtime is silent"
    ),
    e.ExecutionCancelRequested: lambda event: f"asked to stop execution {event.execution_id}",
    e.ExecutionCompleted: _completed,
    e.RuntimeAttached: lambda event: f"attached with the kernel {short(event.kernel.name)}",
    e.RuntimeDetached: lambda event: (
        f"detached the runtime {event.runtime_id}{because(event.reason)}"
    ),
    e.KernelStarted: lambda event: f"started a fresh kernel {short(event.kernel.name)}",
    e.KernelDied: _died,
    e.KernelInterruptRequested: lambda _: "asked to interrupt the kernel",
    e.KernelRestartRequested: lambda _: "asked for a fresh kernel",
    e.CommentAdded: _commented,
    e.CommentResolved: lambda event: f"resolved comment {event.comment_id}",
    e.CommentReopened: lambda event: f"reopened comment {event.comment_id}",
    e.ApprovalRequested: _approval_asked,
    e.ApprovalGranted: lambda event: (
        f"allowed what approval {event.approval_id} asks for"
        + (", for the rest of the run" if event.span == "run" else "")
    ),
    e.ApprovalDenied: lambda event: (
        f"denied what approval {event.approval_id} asks for{because(event.reason)}"
    ),
    e.ApprovalExpired: lambda event: f"let approval {event.approval_id} expire",
    e.ApprovalVoided: lambda event: f"voided approval {event.approval_id}{because(event.reason)}",
    e.ApprovalUsed: lambda event: f"did what approval {event.approval_id} allows",
    e.PermissionGranted: lambda event: (
        f"let {event.principal_id} use {short(event.tool)} for the rest of its run"
    ),
    e.PermissionRevoked: lambda event: f"revoked permission {event.permission_id}",
    e.PolicyChanged: _policy,
    e.ChangesProposed: lambda event: (
        f"proposed {counted(len(event.edits), 'change')} (proposal {event.proposal_id})"
        f"{because(event.rationale)}"
    ),
    e.ProposalAccepted: lambda event: (
        f"took {_hunks(event.hunks, event.proposal_id)}"
        + (", with a text of their own" if event.edited else "")
    ),
    e.ProposalRejected: lambda event: (
        f"refused {_hunks(event.hunks, event.proposal_id)}{because(event.reason)}"
    ),
    e.ProposalConflicted: lambda event: (
        f"could not take {_hunks(event.conflicts, event.proposal_id)}"
        f"{because(event.conflicts[0].reason if event.conflicts else None)}"
    ),
    e.ProposalWithdrawn: lambda event: (
        f"withdrew proposal {event.proposal_id}{because(event.reason)}"
    ),
    e.MessagePosted: lambda event: f"wrote to the assistant: {quoted(event.text)}",
    e.AssistantRunRequested: _run_requested,
    e.AssistantRunClaimed: _run_claimed,
    e.AssistantRunClaimLapsed: lambda event: (
        f"set run {event.run_id} free: its assistant is silent, or a person is asked"
    ),
    e.ContextAssembled: _context,
    e.ModelCallStarted: lambda event: f"asked {short(event.model)}",
    e.ModelCallRetried: lambda event: f"asks the model again{because(event.reason)}",
    e.ModelCallCompleted: _answered,
    e.ModelCallFailed: lambda event: f"had no answer from the model{because(event.reason)}",
    e.ToolCallProposed: lambda event: (
        f"wants to use {short(event.tool)} (tool call {event.tool_call_id})"
    ),
    e.ToolCallCompleted: _used,
    e.AssistantRunCancelRequested: lambda event: f"asked to stop run {event.run_id}",
    e.AssistantRunFinished: _run_finished,
    e.PersonAdded: lambda event: (
        f"added {short(event.name)}{' as an admin' if event.admin else ''}"
    ),
    e.CredentialIssued: _issued,
    e.CredentialRevoked: lambda event: f"revoked credential {event.credential_id}",
    e.RoleGranted: lambda event: (
        f"made {event.person_id} {event.role} of notebook {event.notebook_id}"
    ),
    e.RoleRevoked: lambda event: (
        f"took the role of {event.person_id} in notebook {event.notebook_id} away"
    ),
    e.AgentPaused: lambda event: f"paused {event.principal_id}{because(event.reason)}",
    e.AgentResumed: lambda event: f"resumed {event.principal_id}",
    e.NotebookListed: lambda event: f"listed the notebook {event.notebook_id}",
    e.NotebookDeleted: lambda event: f"deleted notebook {event.notebook_id}",
    e.PromptRegistered: lambda event: (
        f"registered the prompt {short(event.prompt_id)} {short(event.version)}"
    ),
    e.ActionDenied: _denied,
    e.PayloadRedacted: lambda event: (
        f"erased the content of {counted(len(event.seqs), 'record')}{because(event.reason)}"
    ),
}

SUMS: dict[str, Callable[[list[Any]], str]] = {
    "cellSourceEdited": lambda events: _edited(*events),
    "outputAppended": lambda events: _appended(*events),
}
"""Several of one type that add up to one."""

PLURALS = {
    "cellCreated": "added {} cells",
    "cellDeleted": "deleted {} cells",
    "cellMoved": "moved {} cells",
    "cellRestored": "restored {} cells",
    "cellOutputsCleared": "cleared the outputs of {} cells",
    "executionRequested": "ran {} cells",
    "executionCompleted": "ended {} executions",
}
"""Several of one type and one command, by their number."""
