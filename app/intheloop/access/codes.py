"""One-time codes: each lets one browser in as one person, once, for ten minutes.

Kept in memory as hashes; a restart ends them all.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable

from intheloop.values import sha256_hex

LIFE_S = 600.0


class OneTimeCodes:
    """Codes that were made and not used. `monotonic` tells seconds and never goes back."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._open: dict[str, tuple[str, float]] = {}

    def make(self, person_id: str) -> str:
        """A code for this person."""
        now = self._monotonic()
        self._open = {key: one for key, one in self._open.items() if one[1] > now}
        code = secrets.token_urlsafe(24)
        self._open[sha256_hex(code.encode())] = (person_id, now + LIFE_S)
        return code

    def take(self, code: str) -> str | None:
        """The person whom the code lets in; None for one that was used, is too old or unknown."""
        person_id, ends = self._open.pop(sha256_hex(code.encode()), ("", 0.0))
        return person_id if person_id and ends > self._monotonic() else None
