"""The hash chain: sealing a record, and finding the first one that is not as it was written.

Pure. A chain without a head noted elsewhere shows edits, not a cut tail: whoever can rewrite the
store can rewrite the head beside it too.
"""

from __future__ import annotations

from hashlib import sha256

import msgspec
from msgspec import Struct

from intheloop.events import (
    VERSIONS,
    Actor,
    Envelope,
    Event,
    PayloadRedacted,
    encode_event,
    type_name,
)

from .stored import Stored, subjects

GENESIS = "0" * 64
"""The hash before the first record."""

_encode = msgspec.json.Encoder().encode
_REDACTED = type_name(PayloadRedacted((), (), ""))
_decode_redaction = msgspec.json.Decoder(PayloadRedacted).decode


class Stamp(Struct, frozen=True):
    """What all records of one command have in common; the server alone fills it in."""

    actor: Actor
    recorded_at: str
    command_id: str
    causation_id: str | None = None
    correlation_id: str | None = None
    trace_id: str | None = None


def payload_hash(salt: bytes, data: bytes) -> str:
    """All that the chain holds of a payload, so that it stands when the payload is erased."""
    return sha256(salt + data).hexdigest()


def seal(
    notebook_id: str,
    seq: int,
    previous_hash: str,
    stamp: Stamp,
    event_id: str,
    event: Event,
    salt: bytes,
) -> Stored:
    """The record of an event, after the one with `previous_hash`. `salt` is 16 random bytes."""
    data = encode_event(event)
    name = type_name(event)
    envelope = _encode(
        Envelope(
            notebook_id,
            seq,
            event_id,
            name,
            VERSIONS.get(name, 1),
            stamp.actor,
            stamp.recorded_at,
            stamp.command_id,
            stamp.causation_id,
            stamp.correlation_id,
            stamp.trace_id,
            sha256(salt + data).hexdigest(),
        )
    )
    link = sha256(bytes.fromhex(previous_hash) + envelope).hexdigest()
    cell_id, execution_id = subjects(data)
    return Stored(
        notebook_id,
        seq,
        envelope,
        data,
        salt,
        link,
        name,
        stamp.actor.id,
        cell_id,
        execution_id,
    )
