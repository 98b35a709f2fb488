"""Append-only logs: the `Log` protocol, its stores, and the hash chain over the records.

Numbers, hashes, keeps and finds records; what an event means is no business of this room.
"""

from .chain import GENESIS, Stamp, payload_hash, seal
from .memory import MemoryLog
from .protocol import (
    EVERY,
    BlobUse,
    CommandKey,
    Commit,
    Filter,
    Head,
    Log,
    Remembered,
    StandIn,
)
from .stored import Stored, export_line, open_envelope, open_stored, read_line, subjects, wire

__all__ = [
    "EVERY",
    "GENESIS",
    "BlobUse",
    "CommandKey",
    "Commit",
    "Filter",
    "Head",
    "Log",
    "MemoryLog",
    "Remembered",
    "Stamp",
    "StandIn",
    "Stored",
    "export_line",
    "open_envelope",
    "open_stored",
    "payload_hash",
    "read_line",
    "seal",
    "subjects",
    "wire",
]
