"""The reducer of a notebook's log: each event handed to the page of its noun."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, assert_never, get_args

from msgspec.structs import replace

from intheloop import events as e
from intheloop.notebook import Forked, Notebook

from . import approval, assistant, cell, comment, execution, proposal, runtime


def apply(notebook: Notebook, record: e.Record) -> Notebook:
    """The state after one more record."""
    event, envelope = record.event, record.envelope
    change = _CHANGES.get(type(event))
    changed = notebook if change is None else change(notebook, event, envelope)
    return replace(changed, seq=envelope.seq)


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


def _document(
    notebook: Notebook, event: e.NotebookEvent | e.Unknown, envelope: e.Envelope
) -> Notebook:
    """The notebook after an event of the document as a whole, or of a type that nobody knows."""
    match event:
        case e.NotebookCreated(title=title, metadata=metadata, imported=imported):
            return replace(
                notebook,
                title=title,
                metadata=metadata,
                imported=imported,
                created_at=envelope.recorded_at,
            )
        case e.NotebookForked():
            return replace(
                notebook,
                title=event.title,
                metadata=event.metadata,
                forked=Forked(event.from_notebook_id, event.from_seq, event.from_hash),
                created_at=envelope.recorded_at,
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
        case _:
            assert_never(event)


def _execution(notebook: Notebook, event: e.ExecutionEvent, envelope: e.Envelope) -> Notebook:
    """The notebook after an event of an execution, which may be one of an assistant's run."""
    changed = execution.apply(notebook, event, envelope)
    return assistant.executions_seen(changed, event, envelope) if changed.runs else changed


_CHANGES: dict[type, Callable[[Notebook, Any, e.Envelope], Notebook]] = {
    **dict.fromkeys(get_args(e.ExecutionEvent), _execution),
    **dict.fromkeys(get_args(e.CellEvent), cell.apply),
    **dict.fromkeys(get_args(e.RuntimeEvent), runtime.apply),
    **dict.fromkeys(get_args(e.CommentEvent), comment.apply),
    **dict.fromkeys(get_args(e.ApprovalEvent), approval.apply),
    **dict.fromkeys(get_args(e.ProposalEvent), proposal.apply),
    **dict.fromkeys(get_args(e.AssistantEvent), assistant.apply),
    **dict.fromkeys((*get_args(e.NotebookEvent), e.Unknown), _document),
}
"""The page that knows each event, found in one step; all others say nothing about a notebook."""
