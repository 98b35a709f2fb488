"""Following logs live: one cursor per log, from the store up to the ring, then with the ring.

The one implementation of every stream. Access is checked for each log at the start and again each
time the workspace changes; what may no longer be seen leaves the stream at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping

from intheloop.errors import LoopError
from intheloop.live import PING, Wake, frame, record_frame
from intheloop.log import Log, wire
from intheloop.notebook import WORKSPACE_ID
from intheloop.reducer import REDUCER_VERSION

from .clock import Clock
from .desk import Desk
from .settings import ServiceSettings

PAGE = 256
"""Records read from the store at once."""


class _Cursor:
    """Where one follower is in one log."""

    __slots__ = ("digested", "notices", "seq")

    def __init__(self, seq: int, notices: int) -> None:
        self.seq = seq
        self.notices = notices
        self.digested = -1


class Follower:
    """One stream. `may_see` raises a refusal for a log that the caller may not see (any more)."""

    def __init__(
        self,
        desk: Desk,
        log: Log,
        clock: Clock,
        settings: ServiceSettings,
        may_see: Callable[[str], None],
        actor_id: str,
    ) -> None:
        self._desk = desk
        self._log = log
        self._clock = clock
        self._settings = settings
        self._may_see = may_see
        self._actor_id = actor_id
        self._wake = Wake()
        self._cursors: dict[str, _Cursor] = {}

    async def open(self, after: Mapping[str, int]) -> None:
        """Take up the logs. Raises the refusal of the first that may not be seen."""
        for notebook_id in after:
            self._may_see(notebook_id)
        self._desk.access_changed.add(self._wake)
        for notebook_id, seq in after.items():
            tip = await self._desk.tip(notebook_id)
            ring = self._desk.ring(notebook_id, tip.seq)
            ring.watch(self._wake)
            self._cursors[notebook_id] = _Cursor(seq, ring.notices)

    def close(self) -> None:
        """Let go of everything."""
        self._desk.access_changed.discard(self._wake)
        for notebook_id in self._cursors:
            self._desk.leave(notebook_id, self._wake)
        self._cursors.clear()

    async def frames(self) -> AsyncIterator[bytes]:
        """Ready bytes, several frames in one piece. Ends when nothing is left to follow."""
        yield PING
        for notebook_id in list(self._cursors):
            for signal in self._alive(notebook_id):
                yield signal
        quiet_since = self._clock.monotonic()
        while True:
            for ended in self._narrowed():
                yield ended
            if not self._cursors:
                return
            moved = False
            for notebook_id in list(self._cursors):
                async for chunk in self._news(notebook_id):
                    moved = True
                    yield chunk
            if moved:
                quiet_since = self._clock.monotonic()
            quiet = self._clock.monotonic() - quiet_since >= self._settings.quiet_s
            async for digest in self._digests(quiet):
                yield digest
            undigested = any(each.digested != each.seq for each in self._cursors.values())
            patience = self._settings.quiet_s if undigested else self._settings.ping_s
            if not await self._wake.wait(patience) and not undigested:
                yield PING

    def _alive(self, notebook_id: str) -> list[bytes]:
        signals = self._desk.signals.get(notebook_id)
        if signals is None:
            return []
        return [
            frame("signal", signal)
            for signal in signals.alive(self._clock.monotonic())
            if signal.to in (None, self._actor_id) or not isinstance(signal.to, str)
        ]

    def _narrowed(self) -> list[bytes]:
        ended: list[bytes] = []
        for notebook_id in list(self._cursors):
            try:
                self._may_see(notebook_id)
            except LoopError as error:
                del self._cursors[notebook_id]
                self._desk.leave(notebook_id, self._wake)
                told = {"notebook_id": notebook_id, "reason": error.detail}
                ended.append(frame("ended", told))
        return ended

    async def _news(self, notebook_id: str) -> AsyncIterator[bytes]:
        cursor, ring = self._cursors[notebook_id], self._desk.live_ring(notebook_id)
        if ring is None:
            return
        while cursor.seq < ring.last:
            joined = ring.since(cursor.seq)
            if joined is None:
                yield await self._page(notebook_id, cursor)
                continue
            cursor.seq = ring.last
            yield joined
        if cursor.notices < ring.notices:
            notices = ring.notices_since(cursor.notices, self._actor_id)
            cursor.notices = ring.notices
            if notices:
                yield notices

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

    async def _digests(self, quiet: bool) -> AsyncIterator[bytes]:
        """Once a cursor has caught up for the first time, and after quiet."""
        for notebook_id, cursor in list(self._cursors.items()):
            if notebook_id == WORKSPACE_ID:
                cursor.digested = cursor.seq
            if cursor.digested == cursor.seq or (cursor.digested >= 0 and not quiet):
                continue
            seq, digest = await self._desk.digest(notebook_id)
            if seq != cursor.seq:
                continue
            cursor.digested = seq
            told = {"notebook_id": notebook_id, "seq": seq, "digest": digest}
            yield frame("digest", {**told, "reducer_version": REDUCER_VERSION})
