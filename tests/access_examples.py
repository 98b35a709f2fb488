"""A call of each tool for the rows of `access_table`."""

from collections.abc import Callable
from typing import Any, NamedTuple

from intheloop import commands as c
from intheloop import events as e
from intheloop.values import empty, stream
from tests.access_table import HERE


class Ids(NamedTuple):
    """What the examples name. All is there, in HERE: somebody's running execution, a comment of
    anybody, an approval that waits, a proposal; a program of olga's, with the id of its
    credential; a run of the assistant that nobody has claimed; and the sha256 of a prompt."""

    cell: str
    execution: str
    comment: str
    credential: str
    principal: str
    run: str
    prompt: str
    notebook: str = HERE
    approval: str = "p"
    proposal: str = "p"


_KERNEL = e.Kernel("python3")
EXAMPLES: dict[str, Callable[[Ids], Any]] = {
    "read_notebook": lambda ids: c.ReadNotebook(notebook_id=ids.notebook),
    "read_runtime:workspace": lambda ids: c.ReadRuntime(notebook_id="workspace"),
    "read_history": lambda ids: c.ReadHistory(notebook_id=ids.notebook),
    "read_history:workspace": lambda ids: c.ReadHistory(notebook_id="workspace"),
    "diff_notebook": lambda ids: c.DiffNotebook(notebook_id=ids.notebook),
    "read_output": lambda ids: c.ReadOutput(notebook_id=ids.notebook, cell_id=ids.cell),
    "read_execution": lambda ids: c.ReadExecution(
        notebook_id=ids.notebook, execution_id=ids.execution
    ),
    "read_batch": lambda ids: c.ReadBatch(notebook_id=ids.notebook, execution_id=ids.execution),
    "read_runtime": lambda ids: c.ReadRuntime(notebook_id=ids.notebook),
    "export_notebook": lambda ids: c.ExportNotebook(notebook_id=ids.notebook),
    "list_notebooks": lambda ids: c.ListNotebooks(),
    "who_am_i": lambda ids: c.WhoAmI(),
    "list_people": lambda ids: c.ListPeople(),
    "list_people:here": lambda ids: c.ListPeople(notebook_id=ids.notebook),
    "list_credentials": lambda ids: c.ListCredentials(),
    "create_notebook": lambda ids: c.CreateNotebook(),
    "import_notebook": lambda ids: c.ImportNotebook(
        title="A", imported=e.Imported("a.ipynb", "0" * 64, "4.5")
    ),
    "rename_notebook": lambda ids: c.RenameNotebook(notebook_id=ids.notebook, title="A"),
    "set_metadata": lambda ids: c.SetMetadata(notebook_id=ids.notebook, metadata=empty()),
    "archive_notebook": lambda ids: c.ArchiveNotebook(notebook_id=ids.notebook),
    "delete_notebook": lambda ids: c.DeleteNotebook(notebook_id=ids.notebook),
    "redact": lambda ids: c.Redact(notebook_id=ids.notebook, seqs=[1], reason="A name."),
    "insert_cells": lambda ids: c.InsertCells(notebook_id=ids.notebook, cells=[c.GivenCell()]),
    "edit_cell": lambda ids: c.EditCell(
        notebook_id=ids.notebook, cell_id=ids.cell, edits=[c.TextEdit("1", "2")]
    ),
    "move_cells": lambda ids: c.MoveCells(
        notebook_id=ids.notebook, cell_ids=[ids.cell], after=None
    ),
    "delete_cells": lambda ids: c.DeleteCells(notebook_id=ids.notebook, cell_ids=[ids.cell]),
    "change_cell_type": lambda ids: c.ChangeCellType(
        notebook_id=ids.notebook, cell_id=ids.cell, cell_type="raw"
    ),
    "attach_files": lambda ids: c.AttachFiles(
        notebook_id=ids.notebook, cell_id=ids.cell, attachments={"a.png": {}}
    ),
    "clear_outputs": lambda ids: c.ClearOutputs(notebook_id=ids.notebook),
    "restore_notebook": lambda ids: c.RestoreNotebook(notebook_id=ids.notebook, to_seq=1),
    "revert_changes": lambda ids: c.RevertChanges(notebook_id=ids.notebook, actor="bot"),
    "run_cells": lambda ids: c.RunCells(notebook_id=ids.notebook),
    "run_code": lambda ids: c.RunCode(notebook_id=ids.notebook, source="1"),
    "cancel_execution": lambda ids: c.CancelExecution(
        notebook_id=ids.notebook, execution_id=ids.execution
    ),
    "interrupt_kernel": lambda ids: c.InterruptKernel(notebook_id=ids.notebook),
    "restart_kernel": lambda ids: c.RestartKernel(notebook_id=ids.notebook),
    "provide_input": lambda ids: c.ProvideInput(
        notebook_id=ids.notebook, input_id="i", value="yes"
    ),
    "add_comment": lambda ids: c.AddComment(notebook_id=ids.notebook, text="Why?"),
    "resolve_comment": lambda ids: c.ResolveComment(
        notebook_id=ids.notebook, comment_id=ids.comment
    ),
    "reopen_comment": lambda ids: c.ReopenComment(notebook_id=ids.notebook, comment_id=ids.comment),
    "propose_changes": lambda ids: c.ProposeChanges(
        notebook_id=ids.notebook, changes=[c.ProposeInsert(source="1")]
    ),
    "resolve_proposal": lambda ids: c.ResolveProposal(
        notebook_id=ids.notebook, proposal_id=ids.proposal, verdict="accept"
    ),
    "withdraw_proposal": lambda ids: c.WithdrawProposal(
        notebook_id=ids.notebook, proposal_id=ids.proposal
    ),
    "resolve_approval": lambda ids: c.ResolveApproval(
        notebook_id=ids.notebook,
        approval_id=ids.approval,
        verdict="allow",
        resolved_sha256="ab" * 32,
    ),
    "set_policy": lambda ids: c.SetPolicy(notebook_id=ids.notebook, preset="ask"),
    "revoke_permission": lambda ids: c.RevokePermission(
        notebook_id=ids.notebook, permission_id="p"
    ),
    "expire_approval": lambda ids: c.ExpireApproval(notebook_id=ids.notebook, approval_id="p"),
    "post_message": lambda ids: c.PostMessage(notebook_id=ids.notebook, text="Why?"),
    "cancel_assistant_run": lambda ids: c.CancelAssistantRun(
        notebook_id=ids.notebook, run_id=ids.run
    ),
    "claim_assistant_run": lambda ids: c.ClaimAssistantRun(
        notebook_id=ids.notebook,
        run_id=ids.run,
        secret_sha256="ef" * 32,
        label="Assistant",
        agent=e.Agent("assistant"),
    ),
    "renew_assistant_run": lambda ids: c.RenewAssistantRun(
        notebook_id=ids.notebook, run_id=ids.run
    ),
    "record_step": lambda ids: c.RecordStep(
        notebook_id=ids.notebook, run_id=ids.run, turn=1, step=c.GiveUp("No answer came.")
    ),
    "finish_assistant_run": lambda ids: c.FinishAssistantRun(
        notebook_id=ids.notebook, run_id=ids.run, outcome="completed", reason="It is done."
    ),
    "register_prompt": lambda ids: c.RegisterPrompt(
        prompt_id="assistant", version="2", text="Be kind."
    ),
    "read_prompt": lambda ids: c.ReadPrompt(sha256=ids.prompt),
    "lapse_run": lambda ids: c.LapseRun(notebook_id=ids.notebook, run_id=ids.run, generation=1),
    "attach_runtime": lambda ids: c.AttachRuntime(
        notebook_id=ids.notebook, runtime_id="r2", kernel=_KERNEL
    ),
    "claim_execution": lambda ids: c.ClaimExecution(notebook_id=ids.notebook, runtime_id="r2"),
    "start_execution": lambda ids: c.StartExecution(
        notebook_id=ids.notebook, runtime_id="r2", execution_id=ids.execution
    ),
    "append_outputs": lambda ids: c.AppendOutputs(
        notebook_id=ids.notebook,
        execution_id=ids.execution,
        index=0,
        parts=[c.Append([stream("stdout", "x")])],
    ),
    "complete_execution": lambda ids: c.CompleteExecution(
        notebook_id=ids.notebook, execution_id=ids.execution, status="ok"
    ),
    "request_input": lambda ids: c.RequestInput(
        notebook_id=ids.notebook, execution_id=ids.execution, input_id="i", prompt="?"
    ),
    "report_kernel": lambda ids: c.ReportKernel(
        notebook_id=ids.notebook, runtime_id="r2", report=c.KernelIsUp(_KERNEL)
    ),
    "renew_lease": lambda ids: c.RenewLease(notebook_id=ids.notebook, runtime_id="r2"),
    "detach_runtime": lambda ids: c.DetachRuntime(
        notebook_id=ids.notebook, runtime_id="r2", reason="It stops."
    ),
    "add_person": lambda ids: c.AddPerson(name="Eve"),
    "issue_credential": lambda ids: c.IssueCredential(
        kind="assistant",
        label="Helper",
        scopes=["notebook:read"],
        secret_sha256="ab" * 32,
        notebooks=[HERE],
    ),
    "issue_link": lambda ids: c.IssueLink(person_id="sam", secret_sha256="cd" * 32),
    "revoke_credential": lambda ids: c.RevokeCredential(credential_id=ids.credential),
    "pause_agent": lambda ids: c.PauseAgent(principal_id=ids.principal),
    "resume_agent": lambda ids: c.ResumeAgent(principal_id=ids.principal),
    "grant_role": lambda ids: c.GrantRole(notebook_id=ids.notebook, person_id="sam", role="viewer"),
    "revoke_role": lambda ids: c.RevokeRole(notebook_id=ids.notebook, person_id="vic"),
    "lapse_lease": lambda ids: c.LapseLease(notebook_id=ids.notebook, runtime_id="r2"),
    "lose_execution": lambda ids: c.LoseExecution(
        notebook_id=ids.notebook, execution_id=ids.execution, reason="It is gone."
    ),
    "open_session": lambda ids: c.OpenSession(
        person_id="sam", label="x", secret_sha256="cd" * 32, expires_at="2030-01-01T00:00:00Z"
    ),
    "record_denials": lambda ids: c.RecordDenials(denials=[]),
}
"""A call of each tool that succeeds, or fails for another reason than access."""
