"""The last encoded frames of one log, shared by all who follow it; each follower is only a cursor.

A slow reader costs nobody anything: it falls off the ring and reads the store. Knows no access and
no store, and never encodes anything twice.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections import deque
from collections.abc import Awaitable, Callable
from itertools import islice
from typing import TypeAlias

FRAMES_KEPT = 4096
NOTICES_KEPT = 512
BYTES_KEPT = 8 * 1024 * 1024


Wait: TypeAlias = Callable[[asyncio.Event, float], Awaitable[bool]]
"""Waits for an event, at most that many seconds; False when the time was up."""


class Wake:
    """One sleeper's alarm: set by every ring that it watches. How to wait is passed in."""

    __slots__ = ("_event", "_wait")

    def __init__(self, wait: Wait) -> None:
        self._event = asyncio.Event()
        self._wait = wait

    def set(self) -> None:
        """Something is new."""
        self._event.set()

    async def wait(self, seconds: float) -> bool:
        """Sleep until something is new, at most that many seconds. False when the time was up."""
        if not await self._wait(self._event, seconds):
            return False
        self._event.clear()
        return True


class Ring:
    """Frames of the records after `start`, up to `last`. All of it on one event loop.

    Signals go by the same ring: `notices` counts them on their own, and the last ones stay.
    """

    def __init__(self, last: int) -> None:
        self.last = last
        self.notices = 0
        self._seqs: deque[int] = deque()
        self._frames: deque[bytes] = deque()
        self._bytes = 0
        self._notices: deque[tuple[str | None, bytes]] = deque(maxlen=NOTICES_KEPT)
        self._wakes: set[Wake] = set()
        self._joined: tuple[int, int, bytes] = (0, 0, b"")

    @property
    def start(self) -> int:
        """Every record after this seq is in the ring."""
        return self._seqs[0] - 1 if self._seqs else self.last

    def watch(self, wake: Wake) -> None:
        """Wake this sleeper whenever something is new."""
        self._wakes.add(wake)

    def leave(self, wake: Wake) -> None:
        """No longer."""
        self._wakes.discard(wake)

    @property
    def watched(self) -> bool:
        """Whether anybody follows."""
        return bool(self._wakes)

    def publish(self, first: int, frames: list[bytes]) -> None:
        """More records: `first` is the seq of the first frame, the rest follow on."""
        self._seqs.extend(range(first, first + len(frames)))
        self._frames.extend(frames)
        self._bytes += sum(map(len, frames))
        self.last = first + len(frames) - 1
        while len(self._frames) > FRAMES_KEPT or self._bytes > BYTES_KEPT:
            self._seqs.popleft()
            self._bytes -= len(self._frames.popleft())
        self._wake_all()

    def notify(self, frame: bytes, to: str | None) -> None:
        """A frame that is no record, for one actor id or for all."""
        self.notices += 1
        self._notices.append((to, frame))
        self._wake_all()

    def forget(self) -> None:
        """Drop all frames: what was erased must not come from here. Readers turn to the store."""
        self._seqs.clear()
        self._frames.clear()
        self._bytes = 0
        self._joined = (0, 0, b"")
        self._wake_all()

    def since(self, seq: int) -> bytes | None:
        """All frames after a seq in one piece; None when they are no longer all here."""
        if seq < self.start:
            return None
        if seq >= self.last:
            return b""
        if self._joined[:2] != (seq, self.last):
            at = bisect_right(self._seqs, seq)
            frames = [self._frames[place] for place in range(at, len(self._frames))]
            self._joined = (seq, self.last, b"".join(frames))
        return self._joined[2]

    def notices_since(self, number: int, actor_id: str) -> bytes:
        """The notices after a number that are for this actor."""
        if number >= self.notices:
            return b""
        seen = max(len(self._notices) - (self.notices - number), 0)
        fresh = islice(self._notices, seen, None)
        return b"".join(frame for to, frame in fresh if to in (None, actor_id))

    def _wake_all(self) -> None:
        for wake in self._wakes:
            wake.set()
