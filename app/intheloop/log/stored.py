"""A record as it is stored: the bytes that were hashed, and the columns that follow from them.

Owns the way between a stored record and every other form of it: `Record`, JSON on the wire, a line
of an export. Never re-encodes an envelope or data that was once written.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Raw, Struct

from intheloop.errors import BadArgument
from intheloop.events import Envelope, Record, WireRecord, decode_event


class Stored(Struct, frozen=True):
    """One record. `hash` is hex; `salt` is None once the payload is redacted.

    `type` and `actor_id` repeat the envelope, `cell_id` and `execution_id` the data: they are there
    to be searched, and `verify` recomputes them.
    """

    notebook_id: str
    seq: int
    envelope: bytes
    data: bytes
    salt: bytes | None
    hash: str
    type: str
    actor_id: str
    cell_id: str | None
    execution_id: str | None


class _Subjects(Struct, frozen=True):
    cell_id: Any = None
    execution_id: Any = None


class _Line(Struct, frozen=True, forbid_unknown_fields=True):
    envelope: str
    data: str
    salt: str | None
    hash: str


_decode_envelope = msgspec.json.Decoder(Envelope).decode
_decode_subjects = msgspec.json.Decoder(_Subjects).decode
_decode_line = msgspec.json.Decoder(_Line).decode
_encode = msgspec.json.Encoder().encode


def subjects(data: bytes) -> tuple[str | None, str | None]:
    """The cell and the execution that the data of an event is about, by its own top-level fields.

    Read from the bytes and not from the event, so that the answer is the same in every version,
    also for a type that this one does not know.
    """
    try:
        found = _decode_subjects(data)
    except ValueError:
        return None, None
    cell_id, execution_id = found.cell_id, found.execution_id
    return (
        cell_id if isinstance(cell_id, str) else None,
        execution_id if isinstance(execution_id, str) else None,
    )


def open_envelope(envelope: bytes) -> Envelope:
    """The envelope of its stored bytes. Raises ValueError for bytes that are none."""
    return _decode_envelope(envelope)


def open_stored(stored: Stored) -> Record:
    """The record, its event lifted to today's shape."""
    envelope = _decode_envelope(stored.envelope)
    event = decode_event(envelope.type, envelope.schema_version, stored.data)
    return Record(envelope, event)


def wire(stored: Stored) -> bytes:
    """The JSON of the record's `WireRecord`; `data` is the stored bytes."""
    envelope = _decode_envelope(stored.envelope)
    return _encode(
        WireRecord(
            notebook_id=envelope.notebook_id,
            seq=envelope.seq,
            event_id=envelope.event_id,
            type=envelope.type,
            schema_version=envelope.schema_version,
            data=Raw(stored.data),
            actor=envelope.actor,
            recorded_at=envelope.recorded_at,
            command_id=envelope.command_id,
            payload_hash=envelope.payload_hash,
            hash=stored.hash,
            causation_id=_present(envelope.causation_id),
            correlation_id=_present(envelope.correlation_id),
            trace_id=_present(envelope.trace_id),
        )
    )


def export_line(stored: Stored) -> bytes:
    """The record as one line of JSON from which anybody can recompute its hash.

    `envelope` and `data` are strings holding the very JSON that was hashed; `salt` is hex, or null
    once redacted. No newline at the end.
    """
    salt = None if stored.salt is None else stored.salt.hex()
    return _encode(_Line(stored.envelope.decode(), stored.data.decode(), salt, stored.hash))


def read_line(line: bytes) -> Stored:
    """The stored record of an exported line. Raises BadArgument for a line that is none."""
    try:
        found = _decode_line(line)
        envelope = _decode_envelope(found.envelope)
        salt = None if found.salt is None else bytes.fromhex(found.salt)
    except ValueError as error:
        raise BadArgument(
            f"This line is not a record of an exported log ({error}); export the log again."
        ) from error
    data = found.data.encode()
    return Stored(
        envelope.notebook_id,
        envelope.seq,
        found.envelope.encode(),
        data,
        salt,
        found.hash,
        envelope.type,
        envelope.actor.id,
        *subjects(data),
    )


def _present(text: str | None) -> str | msgspec.UnsetType:
    return msgspec.UNSET if text is None else text
