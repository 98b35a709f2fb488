"""decide(state, command, context) -> what happens and the answer, or a refusal. Pure.

The rules of the product stand here and nowhere else; no door has one of its own.
"""

from __future__ import annotations

from typing import assert_never

from intheloop import commands as c
from intheloop.notebook import Notebook

from . import cell, comment, execution, notebook, runtime
from .access import admit, is_admin, refuse_bound, refuse_paused, require, scopes_in, standing
from .context import Caller, Context, Decision, Gone, derived_id
from .needs import Needs, needs
from .notebook import fresh_notebook_id
from .stamping import may_hold_values, named_blobs, stamped
from .workspace import ALL_SCOPES, decide_workspace

__all__ = [
    "ALL_SCOPES",
    "Caller",
    "Context",
    "Decision",
    "Gone",
    "Needs",
    "admit",
    "decide",
    "decide_workspace",
    "derived_id",
    "fresh_notebook_id",
    "is_admin",
    "may_hold_values",
    "named_blobs",
    "needs",
    "refuse_bound",
    "refuse_paused",
    "require",
    "scopes_in",
    "stamped",
    "standing",
]


def decide(state: Notebook, command: c.Command, context: Context) -> Decision:
    """The decision on any command, once `admit` let the caller in. Raises one of `errors`."""
    match command:
        case (
            c.AppendOutputs()
            | c.CompleteExecution()
            | c.ClaimExecution()
            | c.StartExecution()
            | c.RenewLease()
            | c.AttachRuntime()
            | c.DetachRuntime()
            | c.RequestInput()
            | c.ReportKernel()
            | c.LapseLease()
            | c.LoseExecution()
        ):
            return runtime.decide(state, command, context)
        case (
            c.EditCell()
            | c.InsertCells()
            | c.MoveCells()
            | c.DeleteCells()
            | c.ChangeCellType()
            | c.ClearOutputs()
            | c.RestoreNotebook()
        ):
            return cell.decide(state, command, context)
        case (
            c.RunCells()
            | c.RunCode()
            | c.CancelExecution()
            | c.ProvideInput()
            | c.InterruptKernel()
            | c.RestartKernel()
        ):
            return execution.decide(state, command, context)
        case c.AddComment() | c.ResolveComment() | c.ReopenComment():
            return comment.decide(state, command, context)
        case (
            c.CreateNotebook()
            | c.ImportNotebook()
            | c.RenameNotebook()
            | c.SetMetadata()
            | c.ArchiveNotebook()
            | c.DeleteNotebook()
            | c.Redact()
        ):
            return notebook.decide(state, command, context)
        case (
            c.AddPerson()
            | c.IssueCredential()
            | c.RevokeCredential()
            | c.PauseAgent()
            | c.ResumeAgent()
            | c.GrantRole()
            | c.RevokeRole()
            | c.OpenSession()
            | c.RecordDenials()
        ):
            return decide_workspace(command, context)
        case _:
            assert_never(command)
