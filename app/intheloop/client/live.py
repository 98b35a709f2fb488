"""What comes over live streams, as typed values."""

from __future__ import annotations

from typing import TypeAlias, TypeVar

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from intheloop.events import Actor, Envelope, Record, WireRecord, decode_event

from .sse import BrokenStream, Frame

T = TypeVar("T")


class Signal(Struct, frozen=True):
    """Something said on the live stream alone. `gone`: what it said before no longer holds."""

    notebook_id: str
    kind: str
    key: str
    actor: Actor
    value: Raw = Raw(b"null")
    ttl_s: float = 0
    to: str | UnsetType = UNSET
    gone: bool = False


class DigestFrame(Struct, frozen=True):
    """What the state at `seq` adds up to, by the server's reckoning."""

    notebook_id: str
    seq: int
    digest: str
    reducer_version: int


class Ended(Struct, frozen=True):
    """This notebook is no longer in the stream."""

    notebook_id: str
    reason: str = ""


LiveItem: TypeAlias = WireRecord | Signal | DigestFrame | Ended


class WorkItem(Struct, frozen=True):
    """Something that this credential may act on. `runtime_id` is who serves the notebook."""

    kind: str
    notebook_id: str
    id: str
    runtime_id: str | None = None
    kernel: str = ""
    execution_id: str | None = None
    prompt: str = ""
    password: bool = False


class WorkOpen(Struct, frozen=True):
    """All that is open now; what was known before is void."""

    items: list[WorkItem]


class WorkToDo(Struct, frozen=True):
    """One more item, or a known one that changed."""

    item: WorkItem


class WorkGone(Struct, frozen=True):
    """There is nothing to do for this item any more."""

    item: WorkItem


WorkChange: TypeAlias = WorkOpen | WorkToDo | WorkGone


def to_record(wire: WireRecord) -> Record:
    """The record with its event opened, in today's shape whatever its age."""
    envelope = Envelope(
        notebook_id=wire.notebook_id,
        seq=wire.seq,
        event_id=wire.event_id,
        type=wire.type,
        schema_version=wire.schema_version,
        actor=wire.actor,
        recorded_at=wire.recorded_at,
        command_id=wire.command_id,
        causation_id=wire.causation_id or None,
        correlation_id=wire.correlation_id or None,
        trace_id=wire.trace_id or None,
        payload_hash=wire.payload_hash,
    )
    return Record(envelope, decode_event(wire.type, wire.schema_version, bytes(wire.data)))


_LIVE: dict[str, type[LiveItem]] = {
    "record": WireRecord,
    "signal": Signal,
    "digest": DigestFrame,
    "ended": Ended,
}


def live_item(frame: Frame) -> LiveItem | None:
    """What a frame of `follow` says; None for a kind that this version does not know."""
    cls = _LIVE.get(frame.event)
    return None if cls is None else _decoded(frame, cls)


def work_change(frame: Frame) -> WorkChange | None:
    """What a frame of `work` says; None for a kind that this version does not know."""
    match frame.event:
        case "open":
            return _decoded(frame, WorkOpen)
        case "item":
            return WorkToDo(_decoded(frame, WorkItem))
        case "gone":
            return WorkGone(_decoded(frame, WorkItem))
        case _:
            return None


def _decoded(frame: Frame, cls: type[T]) -> T:
    try:
        return msgspec.json.decode(frame.data, type=cls)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BrokenStream(f"A frame {frame.event!r} cannot be read: {error}.") from error
