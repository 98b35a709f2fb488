"""Refused attempts, on their way into the workspace's log.

The first at once, the rest of its minute as one record with a count.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from msgspec.structs import replace

from intheloop import commands as c
from intheloop.events import Actor

from .clock import Clock

MINUTE_S = 60.0

Key = tuple[str, str, str, str]


class Denials:
    """Counts attempts alike. `record` writes them."""

    def __init__(self, clock: Clock, record: Callable[[list[c.Denial]], Awaitable[object]]) -> None:
        self._clock = clock
        self._record = record
        self._open: dict[Key, tuple[float, c.Denial | None]] = {}

    async def note(self, denied: Actor, tool: str, notebook_id: str, reason: str) -> None:
        """One more attempt that was refused."""
        key = (denied.id, tool, notebook_id, reason)
        attempt = c.Denial(denied, tool, notebook_id, reason, 1, self._clock.now())
        known = self._open.get(key)
        now = self._clock.monotonic()
        if known is None or now >= known[0]:
            rest = [known[1]] if known and known[1] else []
            self._open[key] = (now + MINUTE_S, None)
            await self._record([*rest, attempt])
            return
        until, counted = known
        self._open[key] = (
            until,
            replace(counted, count=counted.count + 1) if counted else attempt,
        )

    async def flush(self, *, everything: bool = False) -> None:
        """Write the counts of the minutes that are over, or of all."""
        now = self._clock.monotonic()
        over = [key for key, (until, _) in self._open.items() if everything or until <= now]
        counted = [denial for key in over if (denial := self._open.pop(key)[1])]
        if counted:
            await self._record(counted)
