"""Following logs live: one cursor per log, from the store up to the ring, then with the ring.

The one implementation of every stream of records. What the caller may see is looked at again each
time that the workspace changes and when the credential ends; what may no longer be seen leaves the
stream at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping

from msgspec import Struct

from intheloop.errors import LoopError
from intheloop.live import PING, Ring, Wake, frame, record_frame
from intheloop.log import Log, wire
from intheloop.notebook import WORKSPACE_ID
from intheloop.reducer import REDUCER_VERSION

from .clock import Clock
from .desk import Desk
from .guard import NEVER
from .settings import ServiceSettings

PAGE = 256
"""Records read from the store at once."""


class Reader(Struct, frozen=True):
    """Who follows, and how to learn what they may see now.

    `may_see` raises a refusal for a log that they may not see (any more). `ends_in` gives the
    seconds until their credential expires.
    """

    actor_id: str
    may_see: Callable[[str], None]
    ends_in: Callable[[], float]


class _Cursor:
    """Where one follower is in one log. Its next digest is due at `due`, `told` if it had one."""

    __slots__ = ("due", "notices", "seq", "told")

    def __init__(self, seq: int, notices: int, due: float) -> None:
        self.seq = seq
        self.notices = notices
        self.due = due
        self.told = False


class Follower:
    """One stream."""

    def __init__(
        self, desk: Desk, log: Log, clock: Clock, settings: ServiceSettings, reader: Reader
    ) -> None:
        self._desk = desk
        self._log = log
        self._clock = clock
        self._settings = settings
        self._reader = reader
        self._wake = Wake(clock.wait)
        self._cursors: dict[str, _Cursor] = {}
        self._first = [PING]
        self._access = -1
        self._look_at = 0.0
        self._ping_at = NEVER

    async def open(self, after: Mapping[str, int]) -> None:
        """Take up the logs. That they may be seen was checked, and is again before each piece."""
        self._desk.access_changed.add(self._wake)
        for notebook_id, seq in after.items():
            tip = await self._desk.tip(notebook_id)
            ring = self._desk.ring(notebook_id, tip.seq)
            ring.watch(self._wake)
            due = NEVER if notebook_id == WORKSPACE_ID else 0.0
            self._cursors[notebook_id] = _Cursor(seq, ring.notices, due)
            self._first += self._alive(notebook_id)

    def close(self) -> None:
        """Let go of everything."""
        self._desk.access_changed.discard(self._wake)
        for notebook_id in self._cursors:
            self._desk.leave(notebook_id, self._wake)
        self._cursors.clear()

    async def frames(self) -> AsyncGenerator[bytes, None]:
        """Ready bytes, several frames in one piece. Ends when nothing is left to follow."""
        yield b"".join(self._first)
        self._ping_at = self._clock.monotonic() + self._settings.ping_s
        while self._cursors:
            chunk = await self._next()
            if not chunk:
                if await self._wake.wait(self._patience()) or self._clock.monotonic() < (
                    self._ping_at
                ):
                    continue
                chunk = PING
            self._ping_at = self._clock.monotonic() + self._settings.ping_s
            yield chunk

    async def _next(self) -> bytes:
        """What comes next: one piece, so that access is looked at before each; b"" for nothing."""
        if ended := self._narrowed():
            return ended
        for notebook_id, cursor in list(self._cursors.items()):
            ring = self._desk.live_ring(notebook_id)
            if ring is None or (cursor.seq >= ring.last and cursor.notices == ring.notices):
                continue
            if news := await self._news(notebook_id, cursor, ring):
                del self._cursors[notebook_id]
                self._cursors[notebook_id] = cursor  # the others come first next time
                return news
        now = self._clock.monotonic()
        for notebook_id, cursor in list(self._cursors.items()):
            if now >= cursor.due and (digest := await self._digest(notebook_id, cursor)):
                return digest
        return b""

    def _patience(self) -> float:
        """How long there is nothing to do, unless something happens."""
        due = min((cursor.due for cursor in self._cursors.values()), default=NEVER)
        until = min(due, self._look_at, self._ping_at)
        return max(until - self._clock.monotonic(), 0.001)

    def _alive(self, notebook_id: str) -> list[bytes]:
        signals = self._desk.signals.get(notebook_id)
        if signals is None:
            return []
        return [
            frame("signal", signal)
            for signal in signals.alive(self._clock.monotonic())
            if not isinstance(signal.to, str) or signal.to == self._reader.actor_id
        ]

    def _narrowed(self) -> bytes:
        """Leave what may no longer be seen, and tell it."""
        now = self._clock.monotonic()
        if self._access == self._desk.access_version and now < self._look_at:
            return b""
        self._access = self._desk.access_version
        ended: list[bytes] = []
        for notebook_id in list(self._cursors):
            try:
                self._reader.may_see(notebook_id)
            except LoopError as error:
                del self._cursors[notebook_id]
                self._desk.leave(notebook_id, self._wake)
                told = {"notebook_id": notebook_id, "reason": error.detail}
                ended.append(frame("ended", told))
        self._look_at = now + min(self._settings.ping_s, self._reader.ends_in())
        return b"".join(ended)

    async def _news(self, notebook_id: str, cursor: _Cursor, ring: Ring) -> bytes:
        """The next records, or else what was signalled."""
        while cursor.seq < ring.last:
            joined = ring.since(cursor.seq)
            if joined is None:
                joined = await self._page(notebook_id, cursor)
            else:
                cursor.seq = ring.last
            if joined:
                if notebook_id != WORKSPACE_ID:
                    quiet_s = self._settings.quiet_s if cursor.told else 0.0
                    cursor.due = self._clock.monotonic() + quiet_s
                return joined
        if cursor.notices == ring.notices:
            return b""
        notices = ring.notices_since(cursor.notices, self._reader.actor_id)
        cursor.notices = ring.notices
        return notices

    async def _page(self, notebook_id: str, cursor: _Cursor) -> bytes:
        """The next records from the store, for a cursor that the ring no longer reaches."""

        def read() -> tuple[bytes, int]:
            last, frames = cursor.seq, []
            for stored in self._log.records(notebook_id, after=cursor.seq, limit=PAGE):
                frames.append(record_frame(stored.seq, wire(stored)))
                last = stored.seq
            return b"".join(frames), last

        page, last = await asyncio.to_thread(read)
        ring = self._desk.live_ring(notebook_id)
        cursor.seq = max(last, ring.last) if not page and ring else last
        return page

    async def _digest(self, notebook_id: str, cursor: _Cursor) -> bytes:
        """Once a cursor has caught up for the first time, and after quiet."""
        seq, digest = await self._desk.digest(notebook_id)
        if seq != cursor.seq:
            cursor.due = self._clock.monotonic() + self._settings.quiet_s
            return b""
        cursor.told, cursor.due = True, NEVER
        told = {"notebook_id": notebook_id, "seq": seq, "digest": digest}
        return frame("digest", {**told, "reducer_version": REDUCER_VERSION})
