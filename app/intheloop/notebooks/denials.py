"""Refused attempts, on their way into the workspace's log.

The first at once, the rest of its minute as one record with a count. One that cannot be written now
is counted and written later.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from msgspec.structs import replace

from intheloop import commands as c
from intheloop.errors import LoopError
from intheloop.events import Actor

from .clock import Clock

MINUTE_S = 60.0

Key: TypeAlias = tuple[str, str, str, str]


class Denials:
    """Counts attempts alike. `record` writes them."""

    def __init__(self, clock: Clock, record: Callable[[list[c.Denial]], Awaitable[object]]) -> None:
        self._clock = clock
        self._record = record
        self._open: dict[Key, tuple[float, c.Denial | None]] = {}

    async def note(self, denied: Actor, tool: str, notebook_id: str, reason: str) -> None:
        """One more attempt that was refused."""
        attempt = c.Denial(denied, tool, notebook_id, reason, 1, self._clock.now())
        now = self._clock.monotonic()
        until, counted = self._open.get(_key(attempt), (now, None))
        if now < until:
            self._count(attempt, until)
            return
        self._open[_key(attempt)] = (now + MINUTE_S, None)
        await self._write([counted, attempt] if counted else [attempt])

    async def flush(self, *, everything: bool = False) -> None:
        """Write the counts of the minutes that are over, or of all."""
        now = self._clock.monotonic()
        over = [key for key, (until, _) in self._open.items() if everything or until <= now]
        counted = [denial for key in over if (denial := self._open.pop(key)[1])]
        if counted:
            await self._write(counted)

    async def _write(self, denials: list[c.Denial]) -> None:
        try:
            await self._record(denials)
        except LoopError:
            for denial in denials:
                self._count(denial, self._clock.monotonic())

    def _count(self, denial: c.Denial, until: float) -> None:
        """One more of what is to be written when its minute is over."""
        known, counted = self._open.get(_key(denial), (until, None))
        if counted is not None:
            first_at = min(counted.first_at, denial.first_at)
            denial = replace(denial, count=counted.count + denial.count, first_at=first_at)
        self._open[_key(denial)] = (known, denial)


def _key(denial: c.Denial) -> Key:
    return (denial.denied.id, denial.tool, denial.notebook_id, denial.reason)
