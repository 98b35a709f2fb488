"""Checking a log where it is kept, also while it grows."""

from __future__ import annotations

from .chain import Fault, verify
from .protocol import LOWEST, Log

_ATTEMPTS = 3


def check(log: Log, notebook_id: str, expected: tuple[int, str] | None = None) -> Fault | None:
    """The first fault of a log, or None. `expected` is a (seq, hash) noted elsewhere."""
    for _ in range(_ATTEMPTS):
        head = log.head(notebook_id)
        upto = head.seq if head else None
        records = log.records(notebook_id, after=LOWEST, upto=upto)
        fault = verify(notebook_id, records, head, expected)
        if fault is None and head is not None:
            fault = _beyond(log, notebook_id, head.seq)
        # A redaction or deletion between two pages looks like a fault; then the head has moved.
        if fault is None or log.head(notebook_id) == head:
            return fault
    return fault


def _beyond(log: Log, notebook_id: str, end: int) -> Fault | None:
    """A record after the head is a fault, unless the head has moved on to it."""
    for record in log.records(notebook_id, after=end, limit=1):
        head = log.head(notebook_id)
        if head is not None and head.seq <= end:
            what = f"Record {record.seq} stands after the head, which says {end}."
            return Fault(notebook_id, record.seq, what)
    return None
