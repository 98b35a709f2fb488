"""The stand-in of an event: the same shape with its words erased, so that later events still fit.

Text becomes blocks of equal UTF-16 length, outputs a note, opaque values the empty object. Ids,
types, places and times stay: who did something when is not erased.
"""

from __future__ import annotations

from typing import Any

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from intheloop import events as e
from intheloop import text
from intheloop.errors import BadArgument
from intheloop.values import EMPTY, DisplayOutput, Output, Value, inline

NO_CHANGES: list[Any] = [-1]
"""In place of changes that no reducer could apply: neither can it these."""

NOTE = inline(b'"This output was redacted."')


def stand_in(event: e.Event) -> bytes:
    """The bytes that take the place of the event's data. Raises BadArgument if it must stay."""
    return e.encode_event(_erased(event))


def _erased(event: e.Event) -> e.Event:  # noqa: C901
    match event:
        case e.Unknown() | e.PayloadRedacted():
            raise BadArgument(
                f"A record of type {e.type_name(event)} cannot be redacted; leave its seq out."
            )
        case e.NotebookCreated() | e.NotebookForked():
            blank = replace(event, title=_blocks(event.title), metadata=EMPTY)
            if isinstance(blank, e.NotebookCreated) and blank.imported is not None:
                named = replace(blank.imported, name=_blocks(blank.imported.name), extra=UNSET)
                return replace(blank, imported=named)
            return blank
        case e.NotebookRenamed():
            return replace(event, title=_blocks(event.title))
        case e.NotebookMetadataChanged() | e.CellMetadataChanged():
            return replace(event, metadata=EMPTY)
        case e.CellCreated() | e.CellRestored():
            return _cell(event)
        case e.CellSourceEdited():
            return replace(event, changes=_stood_in(event.changes))
        case e.ExecutionRequested():
            return replace(event, source=text.stand_in_text(event.source))
        case e.OutputAppended():
            return replace(event, outputs=[_note(output) for output in event.outputs])
        case e.OutputUpdated():
            return replace(event, data={"text/plain": NOTE}, metadata=EMPTY)
        case e.InputRequested():
            return replace(event, prompt=_blocks(event.prompt))
        case e.InputProvided():
            return replace(event, value=_blocks(event.value))
        case e.MessagePosted() | e.ToolCallCompleted():
            return replace(event, text=_blocks(event.text))
        case e.ModelCallCompleted():
            return replace(
                event, content=_blocks(event.content), stop_details=_blocks(event.stop_details)
            )
        case e.ToolCallProposed():
            return replace(event, arguments=_blocks(event.arguments))
        case e.ModelCallRetried() | e.ModelCallFailed() | e.AssistantRunFinished():
            return replace(event, reason=_blocks(event.reason))
        case e.ExecutionCompleted() | e.RuntimeDetached():
            return replace(event, reason=_blocks(event.reason))
        case e.RuntimeAttached():
            return replace(event, environment=EMPTY, label=_blocks(event.label))
        case e.KernelDied():
            return replace(
                event, last_stderr=_blocks(event.last_stderr), reason=_blocks(event.reason)
            )
        case e.CommentAdded():
            return replace(event, text=_blocks(event.text))
        case e.ApprovalRequested():
            steps = tuple(
                replace(step, source=_blocks(step.source), diff=_blocks(step.diff))
                for step in event.resolved.steps
            )
            return replace(event, resolved=replace(event.resolved, steps=steps))
        case e.ChangesProposed():
            edits = tuple(_hunk(hunk) for hunk in event.edits)
            return replace(event, edits=edits, rationale=_blocks(event.rationale))
        case e.ApprovalDenied() | e.ProposalRejected() | e.ProposalWithdrawn():
            return replace(event, reason=_blocks(event.reason))
        case _:
            return event  # nothing but ids and places in it


def _blocks(words: Any) -> Any:
    return text.stand_in_text(words) if isinstance(words, str) else words


def _stood_in(changes: list[Any]) -> list[Any]:
    try:
        return list(text.to_json(text.stand_in(changes)))
    except text.ChangeError:
        return NO_CHANGES


def _cell(event: e.CellCreated | e.CellRestored) -> e.Event:
    outputs = event.outputs
    return replace(
        event,
        source=text.stand_in_text(event.source),
        metadata=EMPTY,
        attachments=UNSET,
        outputs=UNSET if isinstance(outputs, UnsetType) else [_note(output) for output in outputs],
        extra=UNSET,
    )


def _hunk(hunk: e.Hunk) -> e.Hunk:
    if isinstance(hunk, e.EditProposed):
        return replace(hunk, changes=_stood_in(hunk.changes))
    if isinstance(hunk, e.InsertProposed):
        return replace(hunk, source=_blocks(hunk.source))
    return hunk


def _note(output: Output) -> Output:
    """A note in the output's place; a display keeps its id, so that updates still find it."""
    display_id = getattr(output, "display_id", None)
    data: dict[str, Value] = {"text/plain": NOTE}
    return DisplayOutput(data=data, metadata=EMPTY, display_id=display_id)
