"""The reducer of a notebook's log: one branch per event, handed to the page of its noun."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from msgspec.structs import replace

from intheloop import events as e
from intheloop.notebook import Forked, Notebook

from . import cell, comment, execution, runtime


def apply(notebook: Notebook, record: e.Record) -> Notebook:
    """The state after one more record."""
    return replace(_changed(notebook, record), seq=record.envelope.seq)


def replay(records: Iterable[e.Record], start: Notebook) -> Notebook:
    """The state after all these records. `start` is the empty notebook or one from a snapshot."""
    for record in records:
        start = apply(start, record)
    return start


def apply_event(notebook: Notebook, event: e.Event, actor_id: str, now: str) -> Notebook:
    """The state after an event that is decided and not yet recorded."""
    actor = e.Actor("system", actor_id, "")
    envelope = e.Envelope(
        notebook.notebook_id, notebook.seq + 1, "", "", 1, actor, now, "", None, None, None, ""
    )
    return apply(notebook, e.Record(envelope, event))


def _changed(notebook: Notebook, record: e.Record) -> Notebook:  # noqa: C901
    event = record.event
    match event:
        case (
            e.OutputAppended()
            | e.ExecutionRequested()
            | e.ExecutionClaimed()
            | e.ExecutionStarted()
            | e.ExecutionCompleted()
            | e.OutputUpdated()
            | e.OutputsCleared()
            | e.InputRequested()
            | e.InputProvided()
            | e.ExecutionClaimLapsed()
            | e.ExecutionCancelRequested()
        ):
            return execution.apply(notebook, event, record.envelope)
        case (
            e.CellSourceEdited()
            | e.CellCreated()
            | e.CellMoved()
            | e.CellTypeChanged()
            | e.CellMetadataChanged()
            | e.CellDeleted()
            | e.CellRestored()
            | e.CellOutputsCleared()
        ):
            return cell.apply(notebook, event, record.envelope)
        case (
            e.RuntimeAttached()
            | e.RuntimeDetached()
            | e.KernelStarted()
            | e.KernelDied()
            | e.KernelInterruptRequested()
            | e.KernelRestartRequested()
        ):
            return runtime.apply(notebook, event, record.envelope)
        case e.CommentAdded() | e.CommentResolved() | e.CommentReopened():
            return comment.apply(notebook, event, record.envelope)
        case e.NotebookCreated(title=title, metadata=metadata, imported=imported):
            return replace(
                notebook,
                title=title,
                metadata=metadata,
                imported=imported,
                created_at=record.envelope.recorded_at,
            )
        case e.NotebookForked():
            return replace(
                notebook,
                title=event.title,
                metadata=event.metadata,
                forked=Forked(event.from_notebook_id, event.from_seq, event.from_hash),
                created_at=record.envelope.recorded_at,
            )
        case e.NotebookRenamed(title=title):
            return replace(notebook, title=title)
        case e.NotebookMetadataChanged(metadata=metadata):
            return replace(notebook, metadata=metadata)
        case e.NotebookArchived():
            return replace(notebook, archived=True)
        case e.NotebookUnarchived():
            return replace(notebook, archived=False)
        case e.Unknown():
            return replace(notebook, skipped=notebook.skipped + 1)
        case (
            e.PayloadRedacted()
            | e.PersonAdded()
            | e.CredentialIssued()
            | e.CredentialRevoked()
            | e.RoleGranted()
            | e.RoleRevoked()
            | e.AgentPaused()
            | e.AgentResumed()
            | e.NotebookListed()
            | e.NotebookDeleted()
            | e.ActionDenied()
        ):
            return notebook
        case _:
            assert_never(event)
