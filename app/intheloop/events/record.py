"""The record: an event with the envelope that carries it.

The envelope is a JSON array in this order for ever; its bytes are stored as written and hashed.
"""

from __future__ import annotations

from msgspec import UNSET, Raw, Struct, UnsetType

from .actor import Actor
from .union import Event


class Envelope(Struct, frozen=True, array_like=True):
    """All of a record but its data and its place in the chain. Fields are appended, never moved."""

    notebook_id: str
    seq: int
    event_id: str
    type: str
    schema_version: int
    actor: Actor
    recorded_at: str
    command_id: str
    causation_id: str | None
    correlation_id: str | None
    trace_id: str | None
    payload_hash: str


class Record(Struct, frozen=True):
    """An event with its envelope: the unit of the log as everybody but the log itself sees it."""

    envelope: Envelope
    event: Event

    @property
    def seq(self) -> int:
        """Position in the log; the first record is 1."""
        return self.envelope.seq


class WireRecord(Struct, frozen=True, omit_defaults=True):
    """A record as JSON on the wire and in answers. `data` is the stored JSON of the event."""

    notebook_id: str
    seq: int
    event_id: str
    type: str
    schema_version: int
    data: Raw
    actor: Actor
    recorded_at: str
    command_id: str
    payload_hash: str
    hash: str
    causation_id: str | UnsetType = UNSET
    correlation_id: str | UnsetType = UNSET
    trace_id: str | UnsetType = UNSET
