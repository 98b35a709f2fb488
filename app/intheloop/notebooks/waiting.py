"""Waiting for something in a notebook: until it is there, time is up, or the caller may no longer
have it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from intheloop.live import Wake

from .clock import Clock
from .desk import Desk

Awaits: TypeAlias = Callable[[], Awaitable[bool]]
Recheck: TypeAlias = Callable[[], None]
"""Raises when the caller may no longer have the answer that it waits for."""


class Waiting:
    """Waits by the records that are published, and by changes of who may see what."""

    def __init__(self, desk: Desk, clock: Clock) -> None:
        self._desk = desk
        self._clock = clock

    async def until(self, notebook_id: str, wait_s: float, recheck: Recheck, there: Awaits) -> None:
        """Until `there` says that it is there, at most `wait_s` seconds."""
        if wait_s <= 0 or await there():
            return
        until = self._clock.monotonic() + wait_s
        wake, tip = Wake(self._clock.wait), await self._desk.tip(notebook_id)
        self._desk.ring(notebook_id, tip.seq).watch(wake)
        self._desk.access_changed.add(wake)
        try:
            while not await there() and (left := until - self._clock.monotonic()) > 0:
                await wake.wait(left)
                recheck()
        finally:
            self._desk.access_changed.discard(wake)
            self._desk.leave(notebook_id, wake)
