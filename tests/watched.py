"""What a service runs on in tests: time that the test tells, and a log that it watches."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from intheloop.errors import Unavailable
from intheloop.log import (
    EVERY,
    Commit,
    Filter,
    Log,
    Stored,
)
from intheloop.notebooks import Clock
from intheloop.notebooks.clock import utc

SOON_S = 10.0
"""Real seconds in which whatever is awaited comes, or else the test fails."""


class HandClock(Clock):
    """Time passes when the test says so, and then at once."""

    def __init__(self) -> None:
        self._start = datetime(2026, 1, 1, tzinfo=UTC)
        self._seconds = 0.0
        self._alarms: list[tuple[float, asyncio.Future[None]]] = []

    def now(self) -> str:
        return self.at(self._seconds)

    def at(self, seconds: float) -> str:
        """The time so many seconds after the clock was made."""
        return utc(self._start + timedelta(seconds=seconds))

    def monotonic(self) -> float:
        return self._seconds

    async def wait(self, event: asyncio.Event, seconds: float | None) -> bool:
        until = float("inf") if seconds is None else self._seconds + seconds
        while not event.is_set():
            if self._seconds >= until:
                return False
            alarm: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._alarms.append((until, alarm))
            happens = asyncio.create_task(event.wait())
            try:
                await asyncio.wait((alarm, happens), return_when=asyncio.FIRST_COMPLETED)
            finally:
                happens.cancel()
                self._alarms.remove((until, alarm))
        return True

    @property
    def sleepers(self) -> int:
        """How many wait for time to pass, or for something that happens before."""
        return len(self._alarms)

    def pass_time(self, seconds: float) -> None:
        """Let time pass; who waited for it wakes."""
        self._seconds = round(self._seconds + seconds, 6)
        for until, alarm in self._alarms:
            if until <= self._seconds and not alarm.done():
                alarm.set_result(None)


class PushedClock(Clock):
    """The real time, which a test can push on."""

    def __init__(self) -> None:
        self._ahead = 0.0
        self._alarms: dict[asyncio.Timeout, float] = {}

    def monotonic(self) -> float:
        return super().monotonic() + self._ahead

    async def wait(self, event: asyncio.Event, seconds: float | None) -> bool:
        if seconds is None or event.is_set():
            return await super().wait(event, seconds)
        until = self.monotonic() + seconds
        try:
            async with asyncio.timeout(seconds) as alarm:
                self._alarms[alarm] = until
                try:
                    await event.wait()
                finally:
                    del self._alarms[alarm]
        except TimeoutError:
            return False
        return True

    async def push(self, seconds: float) -> None:
        """Be so many seconds later at once; who waited for it wakes."""
        self._ahead += seconds
        now = asyncio.get_running_loop().time()
        for alarm, until in self._alarms.items():
            alarm.reschedule(now + until - self.monotonic())


class WatchedLog:
    """A log that counts what is read and committed, holds commits up, and fails when told to.

    `fails`: a commit does not take place. `forgets`: it does, and says that it did not.
    """

    def __init__(self, inner: Log) -> None:
        self.inner = inner
        self.read: Counter[str] = Counter()
        self.commits: list[Commit] = []
        self.fails: Callable[[Commit], bool] = lambda commit: False
        self.forgets: Callable[[Commit], bool] = lambda commit: False
        self._free = threading.Event()
        self._free.set()
        self._busy = threading.Event()
        self._readable = threading.Event()
        self._readable.set()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def hold(self) -> None:
        """Let no commit through from here on."""
        self._free.clear()

    def release(self) -> None:
        """Let them through."""
        self._free.set()

    @contextmanager
    def slow_reads(self) -> Iterator[None]:
        """Inside, nobody but the writer gets the records of a log."""
        self._readable.clear()
        try:
            yield
        finally:
            self._readable.set()

    async def is_held(self) -> None:
        """Until a commit is being held up."""
        assert await asyncio.to_thread(self._busy.wait, SOON_S)

    def commit(self, commit: Commit) -> None:
        self._busy.set()
        assert self._free.wait(SOON_S)
        self._busy.clear()
        if self.fails(commit):
            raise Unavailable("The disk is full; send it again when it is not.")
        self.inner.commit(commit)
        self.commits.append(commit)
        if self.forgets(commit):
            raise Unavailable("The disk does not say whether it is written; send it again.")

    def records(
        self,
        notebook_id: str,
        after: int = 0,
        upto: int | None = None,
        limit: int | None = None,
        where: Filter = EVERY,
    ) -> Iterator[Stored]:
        found = self.inner.records(notebook_id, after, upto, limit, where)
        if threading.current_thread().name != "writer" and not self._readable.is_set():
            found = iter(list(found))  # as of now
            assert self._readable.wait(SOON_S)
        for stored in found:
            self.read[notebook_id] += 1
            yield stored
