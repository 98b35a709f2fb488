"""The whole vocabulary on one page: the union of events, their names, decoding and upcasting.

A log of any age opens here: old shapes are lifted to today's on read, an unknown type is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, get_args

import msgspec
from msgspec import Raw, Struct

from . import (
    approval,
    assistant,
    cell,
    comment,
    execution,
    integrity,
    notebook,
    proposal,
    runtime,
    workspace,
)

NotebookEvent: TypeAlias = (
    notebook.NotebookCreated
    | notebook.NotebookRenamed
    | notebook.NotebookMetadataChanged
    | notebook.NotebookForked
    | notebook.NotebookArchived
    | notebook.NotebookUnarchived
)
CellEvent: TypeAlias = (
    cell.CellCreated
    | cell.CellSourceEdited
    | cell.CellMoved
    | cell.CellTypeChanged
    | cell.CellMetadataChanged
    | cell.CellAttachmentsChanged
    | cell.CellDeleted
    | cell.CellRestored
    | cell.CellOutputsCleared
)
ExecutionEvent: TypeAlias = (
    execution.ExecutionRequested
    | execution.ExecutionClaimed
    | execution.ExecutionStarted
    | execution.OutputAppended
    | execution.OutputUpdated
    | execution.OutputsCleared
    | execution.InputRequested
    | execution.InputProvided
    | execution.ExecutionClaimLapsed
    | execution.ExecutionCancelRequested
    | execution.ExecutionCompleted
)
RuntimeEvent: TypeAlias = (
    runtime.RuntimeAttached
    | runtime.RuntimeDetached
    | runtime.KernelStarted
    | runtime.KernelDied
    | runtime.KernelInterruptRequested
    | runtime.KernelRestartRequested
)
AssistantEvent: TypeAlias = (
    assistant.MessagePosted
    | assistant.AssistantRunRequested
    | assistant.AssistantRunClaimed
    | assistant.AssistantRunClaimLapsed
    | assistant.ContextAssembled
    | assistant.ModelCallStarted
    | assistant.ModelCallRetried
    | assistant.ModelCallCompleted
    | assistant.ModelCallFailed
    | assistant.ToolCallProposed
    | assistant.ToolCallCompleted
    | assistant.AssistantRunCancelRequested
    | assistant.AssistantRunFinished
)
CommentEvent: TypeAlias = comment.CommentAdded | comment.CommentResolved | comment.CommentReopened
ApprovalEvent: TypeAlias = (
    approval.ApprovalRequested
    | approval.ApprovalGranted
    | approval.ApprovalDenied
    | approval.ApprovalExpired
    | approval.ApprovalVoided
    | approval.ApprovalUsed
    | approval.PermissionGranted
    | approval.PermissionRevoked
    | approval.PolicyChanged
)
ProposalEvent: TypeAlias = (
    proposal.ChangesProposed
    | proposal.ProposalAccepted
    | proposal.ProposalRejected
    | proposal.ProposalConflicted
    | proposal.ProposalWithdrawn
)
WorkspaceEvent: TypeAlias = (
    workspace.PersonAdded
    | workspace.CredentialIssued
    | workspace.CredentialRevoked
    | workspace.RoleGranted
    | workspace.RoleRevoked
    | workspace.AgentPaused
    | workspace.AgentResumed
    | workspace.NotebookListed
    | workspace.NotebookDeleted
    | workspace.PromptRegistered
    | workspace.ActionDenied
)
IntegrityEvent: TypeAlias = integrity.PayloadRedacted


class Unknown(Struct, frozen=True):
    """An event of a type that this version does not know: kept and shown, never applied."""

    type: str
    data: Raw


KnownEvent: TypeAlias = (
    NotebookEvent
    | CellEvent
    | ExecutionEvent
    | RuntimeEvent
    | AssistantEvent
    | CommentEvent
    | ApprovalEvent
    | ProposalEvent
    | WorkspaceEvent
    | IntegrityEvent
)
Event: TypeAlias = KnownEvent | Unknown

EVENT_CLASSES: tuple[type[Struct], ...] = get_args(KnownEvent)


def _wire_name(name: str) -> str:
    return name[0].lower() + name[1:]


TYPE_NAMES: dict[type, str] = {cls: _wire_name(cls.__name__) for cls in EVENT_CLASSES}
_DECODERS: dict[str, msgspec.json.Decoder[Any]] = {
    name: msgspec.json.Decoder(cls) for cls, name in TYPE_NAMES.items()
}

Upcaster: TypeAlias = Callable[[dict[str, Any]], dict[str, Any]]
"""Lifts the data of one type from version n to n + 1. Pure."""

UPCASTERS: Mapping[tuple[str, int], Upcaster] = {}
"""(type, version) to the step that leads to the next; today's version is one past the last."""


def current_version(type_name: str, upcasters: Mapping[tuple[str, int], Upcaster]) -> int:
    """The schema version that new records of this type carry."""
    version = 1
    while (type_name, version) in upcasters:
        version += 1
    return version


VERSIONS: dict[str, int] = {name: current_version(name, UPCASTERS) for name in _DECODERS}


def type_name(event: Event) -> str:
    """The name on the wire, as in `cellCreated`."""
    return event.type if isinstance(event, Unknown) else TYPE_NAMES[type(event)]


def decode_event(
    name: str,
    version: int,
    data: bytes,
    upcasters: Mapping[tuple[str, int], Upcaster] = UPCASTERS,
) -> Event:
    """The event of some stored data, whatever its age. What cannot be understood is `Unknown`."""
    decoder = _DECODERS.get(name)
    if decoder is None or version > current_version(name, upcasters):
        return Unknown(name, Raw(data))
    if (name, version) in upcasters:
        shape = msgspec.json.decode(data)
        while (step := upcasters.get((name, version))) is not None:
            shape, version = step(shape), version + 1
        data = msgspec.json.encode(shape)
    try:
        event: Event = decoder.decode(data)
    except msgspec.ValidationError:
        return Unknown(name, Raw(data))
    return event


def encode_event(event: Event) -> bytes:
    """The bytes of the event's data, as they are stored and hashed."""
    return bytes(event.data) if isinstance(event, Unknown) else msgspec.json.encode(event)
