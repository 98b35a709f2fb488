"""The one table of tools. Doors are generated from it; nothing is listed twice."""

from __future__ import annotations

from typing import TypeAlias

from . import (
    approval,
    assistant,
    cell,
    comment,
    diff,
    execution,
    notebook,
    proposal,
    query,
    runtime,
    system,
    undo,
    workspace,
)
from .tool import Tool

NotebookCommand: TypeAlias = (
    notebook.CreateNotebook
    | notebook.ImportNotebook
    | notebook.RenameNotebook
    | notebook.SetMetadata
    | notebook.ArchiveNotebook
    | notebook.DeleteNotebook
    | notebook.Redact
)
CellCommand: TypeAlias = (
    cell.InsertCells
    | cell.EditCell
    | cell.MoveCells
    | cell.DeleteCells
    | cell.ChangeCellType
    | cell.AttachFiles
    | cell.ClearOutputs
    | cell.RestoreNotebook
    | undo.RevertChanges
)
ExecutionCommand: TypeAlias = (
    execution.RunCells
    | execution.RunCode
    | execution.CancelExecution
    | execution.ProvideInput
    | execution.InterruptKernel
    | execution.RestartKernel
)
RuntimeCommand: TypeAlias = (
    runtime.AttachRuntime
    | runtime.RenewLease
    | runtime.DetachRuntime
    | runtime.ClaimExecution
    | runtime.StartExecution
    | runtime.AppendOutputs
    | runtime.CompleteExecution
    | runtime.RequestInput
    | runtime.ReportKernel
    | system.LapseLease
    | system.LoseExecution
)
CommentCommand: TypeAlias = comment.AddComment | comment.ResolveComment | comment.ReopenComment
ApprovalCommand: TypeAlias = (
    approval.ResolveApproval
    | approval.SetPolicy
    | approval.RevokePermission
    | approval.ExpireApproval
)
ProposalCommand: TypeAlias = (
    proposal.ProposeChanges | proposal.ResolveProposal | proposal.WithdrawProposal
)
AssistantCommand: TypeAlias = (
    assistant.PostMessage
    | assistant.CancelAssistantRun
    | assistant.ClaimAssistantRun
    | assistant.RenewAssistantRun
    | assistant.RecordStep
    | assistant.FinishAssistantRun
    | system.LapseRun
)
WorkspaceCommand: TypeAlias = (
    workspace.AddPerson
    | workspace.IssueCredential
    | workspace.IssueLink
    | workspace.RevokeCredential
    | workspace.PauseAgent
    | workspace.ResumeAgent
    | workspace.GrantRole
    | workspace.RevokeRole
    | assistant.RegisterPrompt
    | system.OpenSession
    | system.RecordDenials
)
Command: TypeAlias = (
    NotebookCommand
    | CellCommand
    | ExecutionCommand
    | RuntimeCommand
    | CommentCommand
    | ApprovalCommand
    | ProposalCommand
    | AssistantCommand
    | WorkspaceCommand
)
Query: TypeAlias = (
    query.ListNotebooks
    | query.ReadNotebook
    | query.ReadHistory
    | diff.DiffNotebook
    | query.ReadOutput
    | query.ReadExecution
    | query.ReadBatch
    | query.ReadRuntime
    | query.ExportNotebook
    | query.WhoAmI
    | query.ListPeople
    | query.ListCredentials
    | query.ReadPrompt
)

TOOL_CLASSES: tuple[type[Tool], ...] = (
    query.ListNotebooks,
    query.ReadNotebook,
    query.ReadHistory,
    diff.DiffNotebook,
    query.ReadOutput,
    query.ReadExecution,
    query.ReadBatch,
    query.ReadRuntime,
    query.ExportNotebook,
    notebook.CreateNotebook,
    notebook.ImportNotebook,
    notebook.RenameNotebook,
    notebook.SetMetadata,
    notebook.ArchiveNotebook,
    notebook.DeleteNotebook,
    notebook.Redact,
    cell.InsertCells,
    cell.EditCell,
    cell.MoveCells,
    cell.DeleteCells,
    cell.ChangeCellType,
    cell.AttachFiles,
    cell.ClearOutputs,
    cell.RestoreNotebook,
    undo.RevertChanges,
    execution.RunCells,
    execution.RunCode,
    execution.CancelExecution,
    execution.ProvideInput,
    execution.InterruptKernel,
    execution.RestartKernel,
    comment.AddComment,
    comment.ResolveComment,
    comment.ReopenComment,
    proposal.ProposeChanges,
    proposal.ResolveProposal,
    proposal.WithdrawProposal,
    approval.ResolveApproval,
    approval.SetPolicy,
    approval.RevokePermission,
    assistant.PostMessage,
    assistant.CancelAssistantRun,
    assistant.ClaimAssistantRun,
    assistant.RenewAssistantRun,
    assistant.RecordStep,
    assistant.FinishAssistantRun,
    assistant.RegisterPrompt,
    runtime.AttachRuntime,
    runtime.ClaimExecution,
    runtime.StartExecution,
    runtime.AppendOutputs,
    runtime.CompleteExecution,
    runtime.RequestInput,
    runtime.ReportKernel,
    runtime.RenewLease,
    runtime.DetachRuntime,
    workspace.AddPerson,
    workspace.IssueCredential,
    workspace.IssueLink,
    workspace.RevokeCredential,
    workspace.PauseAgent,
    workspace.ResumeAgent,
    workspace.GrantRole,
    workspace.RevokeRole,
    query.WhoAmI,
    query.ListPeople,
    query.ListCredentials,
    query.ReadPrompt,
    system.LapseLease,
    system.LoseExecution,
    approval.ExpireApproval,
    system.LapseRun,
    system.OpenSession,
    system.RecordDenials,
)

TOOLS: dict[str, type[Tool]] = {cls.tool_name(): cls for cls in TOOL_CLASSES}
"""Every tool by its name, those of the system too."""

PUBLIC_TOOLS: dict[str, type[Tool]] = {name: cls for name, cls in TOOLS.items() if cls.ACTORS}
"""The tools that stand behind doors."""
