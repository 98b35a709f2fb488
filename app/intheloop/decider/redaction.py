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

_NO_HASH = "0" * 64

NOTE = inline(b'"This output was redacted."')


def stand_in(event: e.Event) -> bytes:
    """The bytes that take the place of the event's data. Raises BadArgument if it must stay."""
    return e.encode_event(_erased(event))


_WORDS: dict[type, tuple[str, ...]] = {
    e.NotebookRenamed: ("title",),
    e.InputRequested: ("prompt",),
    e.InputProvided: ("value",),
    e.KernelDied: ("last_stderr", "reason"),
    e.ModelCallCompleted: ("content", "stop_details"),
    e.ToolCallProposed: ("arguments",),
    **dict.fromkeys((e.CommentAdded, e.MessagePosted, e.ToolCallCompleted), ("text",)),
    **dict.fromkeys(
        (
            *(e.ExecutionCompleted, e.RuntimeDetached),
            *(e.ModelCallRetried, e.ModelCallFailed, e.AssistantRunFinished),
            *(e.ApprovalDenied, e.ProposalRejected, e.ProposalWithdrawn),
        ),
        ("reason",),
    ),
}
"""The fields of an event that are words and nothing else."""


def _erased(event: e.Event) -> e.Event:
    match event:
        case e.Unknown() | e.PayloadRedacted():
            raise BadArgument(
                f"A record of type {e.type_name(event)} cannot be redacted; leave its seq out."
            )
        case e.NotebookCreated() | e.NotebookForked():
            return _notebook(event)
        case e.NotebookMetadataChanged() | e.CellMetadataChanged():
            return replace(event, metadata=EMPTY)
        case e.CellCreated() | e.CellRestored() | e.CellAttachmentsChanged():
            return _cell(event)
        case e.CellSourceEdited():
            return replace(event, changes=_stood_in(event.changes))
        case e.ExecutionRequested():
            return replace(event, source=text.stand_in_text(event.source))
        case e.OutputAppended():
            return replace(event, outputs=[_note(output) for output in event.outputs])
        case e.OutputUpdated():
            return replace(event, data={"text/plain": NOTE}, metadata=EMPTY)
        case e.RuntimeAttached():
            return replace(event, environment=EMPTY, label=_blocks(event.label))
        case e.ApprovalRequested():
            return _approval(event)
        case e.ChangesProposed():
            edits = tuple(_hunk(hunk) for hunk in event.edits)
            return replace(event, edits=edits, rationale=_blocks(event.rationale))
        case _:  # without words, nothing but ids and places is in it
            words = _WORDS.get(type(event), ())
            return replace(event, **{name: _blocks(getattr(event, name)) for name in words})


def _notebook(event: e.NotebookCreated | e.NotebookForked) -> e.Event:
    blank = replace(event, title=_blocks(event.title), metadata=EMPTY)
    if isinstance(blank, e.NotebookCreated) and blank.imported is not None:
        named = replace(blank.imported, name=_blocks(blank.imported.name), extra=UNSET)
        return replace(blank, imported=named)
    return blank


def _approval(event: e.ApprovalRequested) -> e.Event:
    """Its hashes go too: what is short enough could be guessed from them. Without them nothing is
    what it allows."""
    steps = tuple(
        replace(
            step,
            source=_blocks(step.source),
            diff=_blocks(step.diff),
            data_sha256=_NO_HASH,
            source_sha256=step.source_sha256 and _NO_HASH,
        )
        for step in event.resolved.steps
    )
    place = event.resolved.place
    if place is not None:
        place = replace(place, label=_blocks(place.label))
    resolved = replace(event.resolved, steps=steps, place=place)
    return replace(event, resolved=resolved, resolved_sha256=_NO_HASH, call_sha256=_NO_HASH)


def _blocks(words: Any) -> Any:
    return text.stand_in_text(words) if isinstance(words, str) else words


def _stood_in(changes: list[Any]) -> list[Any]:
    try:
        return list(text.to_json(text.stand_in(changes)))
    except text.ChangeError:
        return NO_CHANGES


def _cell(event: e.CellCreated | e.CellRestored | e.CellAttachmentsChanged) -> e.Event:
    if isinstance(event, e.CellAttachmentsChanged):
        return replace(event, attachments={})
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
