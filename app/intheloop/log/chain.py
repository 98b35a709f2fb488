"""The hash chain: sealing a record, and finding the first one that is not as it was written.

Pure. A chain without a head noted elsewhere shows edits, not a cut tail: whoever can rewrite the
store can rewrite the head beside it too.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

import msgspec
from msgspec import Struct

from intheloop.events import (
    VERSIONS,
    Actor,
    Envelope,
    Event,
    PayloadRedacted,
    Record,
    encode_event,
    type_name,
)

from .protocol import Head
from .stored import Stored, open_envelope, subjects

GENESIS = "0" * 64
"""The hash before the first record."""

REDACTED = type_name(PayloadRedacted((), (), ""))
"""The type of records that tell of erased payloads."""

_encode = msgspec.json.Encoder().encode
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
    stored, _ = seal_open(notebook_id, seq, previous_hash, stamp, event_id, event, salt)
    return stored


def seal_open(
    notebook_id: str,
    seq: int,
    previous_hash: str,
    stamp: Stamp,
    event_id: str,
    event: Event,
    salt: bytes,
) -> tuple[Stored, Record]:
    """The same as it is stored, and as everybody else sees it, without opening what was sealed."""
    data = encode_event(event)
    name = type_name(event)
    envelope = Envelope(
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
    raw = _encode(envelope)
    link = sha256(bytes.fromhex(previous_hash) + raw).hexdigest()
    cell_id, execution_id = subjects(data)
    stored = Stored(
        notebook_id,
        seq,
        raw,
        data,
        salt,
        link,
        name,
        stamp.actor.id,
        cell_id,
        execution_id,
    )
    return stored, Record(envelope, event)


class Fault(Struct, frozen=True):
    """The first record that is not as it was written, and in a sentence what is wrong."""

    notebook_id: str
    seq: int
    what: str


def verify(
    notebook_id: str,
    records: Iterable[Stored],
    head: Head | None,
    expected: tuple[int, str] | None = None,
) -> Fault | None:
    """The first fault of a whole log, or None when every stored byte is as it was written.

    `records` are all of them in seq order; `head` is what the store keeps beside them; `expected`
    is a (seq, hash) noted elsewhere: without it a tail cut together with the head does not show.
    """
    seq, link = 0, GENESIS
    redactions = _Redactions()
    for stored in records:
        if stored.seq != seq + 1:
            return _out_of_order(notebook_id, seq, stored.seq)
        what = _what_is_wrong(notebook_id, stored, link) or redactions.what_is_wrong(stored)
        if what is not None:
            return Fault(notebook_id, stored.seq, f"Record {stored.seq} was changed: {what}.")
        seq, link = stored.seq, stored.hash
        if expected is not None and expected[0] == seq and expected[1] != link:
            return Fault(
                notebook_id,
                seq,
                f"Record {seq} has the hash {link}, not the expected {expected[1]}: "
                "it or a record before it was written anew.",
            )
    return (
        _wrong_end(notebook_id, seq, link, head)
        or _cut(notebook_id, seq, expected)
        or redactions.fault(notebook_id)
    )


def _out_of_order(notebook_id: str, last: int, found: object) -> Fault:
    if isinstance(found, int) and found <= last:
        what = f"Record {found} stands where only records after {last} can be."
        return Fault(notebook_id, found, what)
    what = f"Record {last + 1} is missing: {found} comes after {last}."
    return Fault(notebook_id, last + 1, what)


def _what_is_wrong(notebook_id: str, stored: Stored, link: str) -> str | None:
    """What shows in one record by itself and by the hash before it."""
    if not (isinstance(stored.envelope, bytes) and isinstance(stored.data, bytes)):
        return "its envelope or data is of another kind than bytes"
    if not (stored.salt is None or isinstance(stored.salt, bytes)):
        return "its salt is of another kind than bytes"
    if sha256(bytes.fromhex(link) + stored.envelope).hexdigest() != stored.hash:
        return "its hash does not follow from its envelope and the record before it"
    try:
        envelope = open_envelope(stored.envelope)
    except ValueError as error:
        return f"its envelope cannot be read ({error})"
    columns = (stored.notebook_id, stored.seq, stored.type, stored.actor_id)
    if columns != (envelope.notebook_id, envelope.seq, envelope.type, envelope.actor.id):
        return "its notebook, seq, type or actor is not that of its envelope"
    if envelope.notebook_id != notebook_id:
        return f"it belongs to the log of {envelope.notebook_id}"
    if stored.salt is not None and payload_hash(stored.salt, stored.data) != envelope.payload_hash:
        return "its data or its salt is not what was recorded"
    if (stored.cell_id, stored.execution_id) != subjects(stored.data):
        return "its cell or execution is not that of its data"
    return None


class _Redactions:
    """Which payloads are erased, and which of them later records of the log tell of."""

    def __init__(self) -> None:
        self._erased: dict[int, str] = {}
        self._told: dict[int, tuple[str, int]] = {}

    def what_is_wrong(self, stored: Stored) -> str | None:
        """Take in one record that is right by itself; what a redaction must not be."""
        if stored.type != REDACTED:
            if stored.salt is None:
                self._erased[stored.seq] = sha256(stored.data).hexdigest()
            return None
        if stored.salt is None:
            return "it tells of a redaction and can never be erased itself"
        try:
            event = _decode_redaction(stored.data)
        except ValueError as error:
            return f"its redaction cannot be read ({error})"
        for seq, stand_in_hash in zip(event.seqs, event.stand_in_hashes, strict=False):
            if seq < stored.seq:
                self._told[seq] = (stand_in_hash, stored.seq)
        return None

    def fault(self, notebook_id: str) -> Fault | None:
        """The first record that is erased and should not be, or the other way round."""
        for seq in sorted(self._erased.keys() | self._told.keys()):
            stand_in_hash, by = self._told.get(seq, ("", 0))
            if not by:
                what = "its payload is erased, and no later record tells of that"
            elif seq not in self._erased:
                what = f"record {by} erased its payload, and there it is"
            elif self._erased[seq] != stand_in_hash:
                what = f"its data is not the stand-in that record {by} left"
            else:
                continue
            return Fault(notebook_id, seq, f"Record {seq} was changed: {what}.")
        return None


def _wrong_end(notebook_id: str, seq: int, link: str, head: Head | None) -> Fault | None:
    if head is None:
        what = f"The log ends with record {seq} and has no head."
        return Fault(notebook_id, seq, what) if seq else None
    if isinstance(head.seq, int) and head.seq > seq:
        what = f"Record {seq + 1} is missing: the log ends with {seq}, its head says {head.seq}."
        return Fault(notebook_id, seq + 1, what)
    if head.seq != seq:
        what = f"The log ends with record {seq}, its head says {head.seq}."
        return Fault(notebook_id, seq, what)
    if head.hash != link:
        what = f"The head holds another hash than the last record, {seq}."
        return Fault(notebook_id, seq, what)
    return None


def _cut(notebook_id: str, seq: int, expected: tuple[int, str] | None) -> Fault | None:
    if expected is None or expected[0] <= seq:
        return None
    what = f"Record {seq + 1} is missing: the log ends with {seq}, {expected[0]} was expected."
    return Fault(notebook_id, seq + 1, what)
