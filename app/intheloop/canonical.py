"""The bytes that are hashed for a digest: one page, the same in every language.

A digest is the sha256 of compact UTF-8 JSON arrays of strings, integers, booleans and null, their
fields in the order below. Opaque values stand in it by their recorded sha256 and are never written
again, so no rule for floats, big integers or key order is needed. Names that a file chose (mime
types, attachment names) are sorted by their UTF-8 bytes. Digests compare within one reducer
version only.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from msgspec import UnsetType
from msgspec.json import encode

from intheloop.events import DeleteProposed, EditProposed, Hunk, InsertProposed, Place, Step
from intheloop.notebook import (
    Approval,
    AssistantRun,
    Cell,
    Comment,
    Execution,
    Notebook,
    Permission,
    Policy,
    Proposal,
    Runtime,
    Shown,
    Stream,
)
from intheloop.reducer import REDUCER_VERSION
from intheloop.reducer.execution import NO_TEXT, chained
from intheloop.values import (
    Attachments,
    DisplayOutput,
    ErrorOutput,
    OtherOutput,
    Output,
    ResultOutput,
    StreamOutput,
    Value,
)


def digest(notebook: Notebook) -> str:
    """What the notebook adds up to, in 64 hex digits."""
    return Digester().digest(notebook)


class Digester:
    """Computes digests of one notebook as it grows; remembers those of cells and executions.

    Values are immutable, so a remembered digest holds for as long as the very same value is met.
    """

    def __init__(self) -> None:
        self._cells: dict[str, tuple[Cell, str]] = {}
        self._executions: dict[str, tuple[Execution, str]] = {}

    def digest(self, notebook: Notebook) -> str:
        """The digest of this state."""
        cells: dict[str, tuple[Cell, str]] = {}
        for cell_id in notebook.order:
            cell = notebook.cells[cell_id]
            known = self._cells.get(cell_id)
            cells[cell_id] = known if known and known[0] is cell else (cell, cell_digest(cell))
        executions: dict[str, tuple[Execution, str]] = {}
        for execution_id in sorted(notebook.executions):
            execution = notebook.executions[execution_id]
            seen = self._executions.get(execution_id)
            executions[execution_id] = (
                seen if seen and seen[0] is execution else (execution, execution_digest(execution))
            )
        self._cells, self._executions = cells, executions
        return _hash(
            [
                "intheloop",
                REDUCER_VERSION,
                *_notebook_fields(notebook),
                [known[1] for known in cells.values()],
                [seen[1] for seen in executions.values()],
                list(notebook.queue),
                list(notebook.loose),
                [_runtime(notebook.runtimes[key]) for key in sorted(notebook.runtimes)],
                [_comment(notebook.comments[key]) for key in sorted(notebook.comments)],
                _policy(notebook.policy),
                [_approval(each) for each in notebook.approvals],
                [_permission(each) for each in notebook.permissions],
                [_proposal(each) for each in notebook.proposals],
                [_run(notebook.runs[run_id]) for run_id in notebook.run_order],
                notebook.skipped,
            ]
        )


def _run(run: AssistantRun) -> list[Any]:
    limits, usage, agent = run.limits, run.usage, run.agent
    return [
        run.run_id,
        run.thread_id,
        run.message_id,
        run.person_id,
        run.requested_by,
        run.requested_at,
        list(run.scopes),
        None if run.cells is None else list(run.cells),
        [limits.turns, limits.tool_calls, limits.tokens, limits.cost, limits.seconds],
        run.model,
        run.effort,
        run.status,
        run.generation,
        run.principal_id,
        run.credential_id,
        [agent.name, agent.version, agent.model] if agent else None,
        run.turn,
        run.asking,
        list(run.calls),
        run.tool_calls,
        list(run.executions),
        [
            usage.input_tokens,
            usage.output_tokens,
            usage.cache_read_tokens,
            usage.cache_write_tokens,
            usage.cost,
        ],
        run.finished_at,
        run.reason,
    ]


def cell_digest(cell: Cell) -> str:
    """The digest of one cell."""
    return _hash(
        [
            cell.cell_id,
            cell.cell_type,
            cell.source,
            cell.rev,
            cell.metadata.sha256,
            _attachments(cell.attachments),
            [_saved(output) for output in cell.outputs],
            cell.execution_count,
            cell.execution_id,
            cell.deleted,
            cell.extra.sha256 if cell.extra else None,
        ]
    )


def execution_digest(execution: Execution) -> str:
    """The digest of one execution."""
    asked = execution.input
    return _hash(
        [
            execution.execution_id,
            execution.source,
            execution.requested_by,
            execution.requested_at,
            execution.cell_id,
            execution.rev,
            execution.batch_id,
            execution.allow_error,
            execution.status,
            execution.runtime_id,
            execution.generation,
            execution.execution_count,
            [_shown(output) for output in execution.outputs],
            execution.next_index,
            execution.clear_pending,
            execution.cancel_requested,
            [asked.input_id, asked.prompt, asked.password] if asked else None,
            execution.started_at,
            execution.completed_at,
            execution.reason,
            execution.duration_ms,
        ]
    )


def _hash(fields: list[Any]) -> str:
    return sha256(encode(fields)).hexdigest()


def _notebook_fields(notebook: Notebook) -> list[Any]:
    imported, forked = notebook.imported, notebook.forked
    return [
        notebook.notebook_id,
        notebook.seq,
        notebook.title,
        notebook.metadata.sha256,
        notebook.created_at,
        notebook.archived,
        [imported.name, imported.sha256, imported.nbformat, _extra(imported.extra)]
        if imported
        else None,
        [forked.notebook_id, forked.seq, forked.hash] if forked else None,
    ]


def _runtime(runtime: Runtime) -> list[Any]:
    return [
        runtime.runtime_id,
        runtime.principal_id,
        [runtime.kernel.name, runtime.kernel.language, runtime.kernel.version],
        runtime.attached_at,
        runtime.environment.sha256,
        list(runtime.capabilities),
        runtime.label,
        runtime.kernel_alive,
        runtime.restart_requested,
    ]


def _comment(comment: Comment) -> list[Any]:
    return [
        comment.comment_id,
        comment.text,
        comment.author_id,
        comment.added_at,
        comment.cell_id,
        comment.reply_to,
        comment.resolved,
    ]


def _policy(policy: Policy) -> list[Any]:
    return [policy.preset, [[rule.kind, rule.tool, rule.verdict] for rule in policy.rules]]


def _approval(approval: Approval) -> list[Any]:
    return [
        approval.approval_id,
        approval.resolved.tool,
        [_step(step) for step in approval.resolved.steps],
        _place(approval.resolved.place),
        approval.resolved_sha256,
        approval.call_sha256,
        approval.reason,
        approval.requested_by,
        approval.requested_at,
        approval.expires_at,
        approval.correlation_id,
        approval.status,
        approval.span,
        approval.decided_by,
        approval.decided_at,
        approval.note,
    ]


def _place(place: Place | None) -> list[Any] | None:
    return None if place is None else [place.principal_id, place.label, place.sandboxed]


def _step(step: Step) -> list[Any]:
    bound = [step.type, step.data_sha256, step.cell_id, step.rev, step.source_sha256]
    return [*bound, step.source, step.diff]


def _proposal(proposal: Proposal) -> list[Any]:
    return [
        proposal.proposal_id,
        [_hunk(hunk) for hunk in proposal.edits],
        proposal.rationale,
        proposal.proposed_by,
        proposal.proposed_at,
        list(proposal.accepted),
        list(proposal.rejected),
        list(proposal.conflicted),
        proposal.withdrawn,
    ]


def _hunk(hunk: Hunk) -> list[Any]:
    match hunk:
        case EditProposed(cell_id=cell_id, rev=rev, changes=changes):
            return ["edit", cell_id, rev, changes]
        case InsertProposed():
            return ["insert", hunk.cell_id, hunk.cell_type, hunk.source, hunk.after]
        case DeleteProposed(cell_id=cell_id, rev=rev):
            return ["delete", cell_id, rev]
        case _:
            return ["move", hunk.cell_id, hunk.after]


def _permission(permission: Permission) -> list[Any]:
    return [
        permission.permission_id,
        permission.principal_id,
        permission.tool,
        permission.correlation_id,
        permission.granted_by,
        permission.granted_at,
        permission.expires_at,
    ]


def _extra(value: Value | UnsetType) -> str | None:
    return None if isinstance(value, UnsetType) else value.sha256


def _by_bytes(name: str) -> bytes:
    return name.encode()


def _bundle(data: dict[str, Value]) -> list[Any]:
    return [[mime, data[mime].sha256] for mime in sorted(data, key=_by_bytes)]


def _attachments(attachments: Attachments) -> list[Any]:
    return [[name, _bundle(attachments[name])] for name in sorted(attachments, key=_by_bytes)]


def _saved(output: Output) -> list[Any]:
    if isinstance(output, StreamOutput):
        digest = chained(NO_TEXT, output.sha256)
        return ["stream", output.name, digest, _extra(output.extra)]
    return _rich(output)


def _shown(output: Shown) -> list[Any]:
    if isinstance(output, Stream):
        return ["stream", output.name, output.digest, None]
    return _rich(output)


def _rich(output: DisplayOutput | ResultOutput | ErrorOutput | OtherOutput) -> list[Any]:
    match output:
        case DisplayOutput():
            bundle = [_bundle(output.data), output.metadata.sha256, output.display_id]
            return ["display_data", *bundle, _extra(output.extra)]
        case ResultOutput():
            bundle = [_bundle(output.data), output.metadata.sha256, output.display_id]
            return ["execute_result", output.execution_count, *bundle, _extra(output.extra)]
        case ErrorOutput():
            error = [output.ename, output.evalue, output.traceback.sha256]
            return ["error", *error, _extra(output.extra)]
        case OtherOutput():
            return ["other", output.value.sha256]
