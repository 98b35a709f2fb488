"""Append-only logs: the `Log` protocol, its stores, and the hash chain over the records.

Numbers, hashes, keeps and finds records; what an event means is no business of this room.
"""

from .chain import GENESIS, REDACTED, Fault, Stamp, payload_hash, seal, seal_open, verify
from .check import check
from .dialect import sqlite_url
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
from .sql import SqlLog
from .stored import Stored, export_line, open_envelope, open_stored, read_line, subjects, wire

__all__ = [
    "EVERY",
    "GENESIS",
    "REDACTED",
    "BlobUse",
    "CommandKey",
    "Commit",
    "Fault",
    "Filter",
    "Head",
    "Log",
    "MemoryLog",
    "Remembered",
    "SqlLog",
    "Stamp",
    "StandIn",
    "Stored",
    "check",
    "export_line",
    "open_envelope",
    "open_stored",
    "payload_hash",
    "read_line",
    "seal",
    "seal_open",
    "sqlite_url",
    "subjects",
    "verify",
    "wire",
]
