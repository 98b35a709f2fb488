"""The stream of what changed, for screens that show more than one log: which notebooks went on,
whether people and credentials did, and which credentials are in use. It tells that, not what."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable

from msgspec import Struct

from intheloop.live import PING, Wake, frame
from intheloop.notebook import WORKSPACE_ID

from .clock import Clock
from .desk import Desk
from .draft import Published
from .uses import Uses

PACE_S = 0.25
"""What comes within so short a time is told at once: nobody reads faster."""


class Watcher(Struct, frozen=True):
    """Who looks, as of now: which notebooks they see, whose uses they may know, and how many
    seconds their credential opens anything."""

    sees: Callable[[str], bool]
    knows: Callable[[str], bool]
    ends_in: Callable[[], float]


class ChangeFollower:
    """One stream of changes."""

    def __init__(
        self, desk: Desk, uses: Uses, clock: Clock, watcher: Watcher, ping_s: float
    ) -> None:
        self._desk = desk
        self._uses = uses
        self._clock = clock
        self._watcher = watcher
        self._ping_s = ping_s
        self._wake = Wake(clock.wait)
        self._logs: dict[str, None] = {}
        self._used: dict[str, None] = {}

    def open(self) -> None:
        """Begin to watch."""
        self._desk.on_published.append(self._published)
        self._uses.on_news.append(self._use)

    def close(self) -> None:
        """Let go of everything."""
        self._desk.on_published.remove(self._published)
        self._uses.on_news.remove(self._use)

    def _published(self, published: Published) -> None:
        self._logs[published.notebook_id] = None
        self._wake.set()

    def _use(self, credential_id: str) -> None:
        self._used[credential_id] = None
        self._wake.set()

    def _taken(self) -> bytes:
        logs, used, watcher = self._logs, self._used, self._watcher
        self._logs, self._used = {}, {}
        told = {
            "notebooks": [one for one in logs if one != WORKSPACE_ID and watcher.sees(one)],
            "workspace": WORKSPACE_ID in logs,
            "used": [one for one in used if watcher.knows(one)],
        }
        return frame("changed", told) if any(told.values()) else b""

    async def frames(self) -> AsyncGenerator[bytes, None]:
        """Ready bytes. Ends when the credential does."""
        never = asyncio.Event()
        yield frame("open", {})
        while (left := self._watcher.ends_in()) > 0:
            if not await self._wake.wait(max(min(self._ping_s, left), 0.001)):
                if left > self._ping_s:
                    yield PING
                continue
            if self._watcher.ends_in() > 0:
                await self._clock.wait(never, PACE_S)
            if self._watcher.ends_in() > 0 and (told := self._taken()):
                yield told
