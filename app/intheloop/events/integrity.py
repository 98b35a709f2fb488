"""Events that stand in the log they touch and tell what was done to its own records."""

from __future__ import annotations

from msgspec import Struct


class PayloadRedacted(Struct, frozen=True):
    """The data and salt of these records are erased; each now holds a stand-in with this sha256."""

    seqs: tuple[int, ...]
    stand_in_hashes: tuple[str, ...]
    reason: str
