"""The stream of open work that a credential may act on: all of it first, then each change."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable

from msgspec import Struct

from intheloop.live import PING, Item, Wake, frame

from .clock import Clock
from .desk import Desk

Seen = dict[tuple[str, str, str], Item]


class Worker(Struct, frozen=True):
    """Who looks for work, as of now.

    `may_act` says whether they may act on an item, `ends_in` how many seconds their credential
    opens anything: none once it was revoked.
    """

    may_act: Callable[[Item], bool]
    ends_in: Callable[[], float]


class WorkFollower:
    """One stream of work of some kinds."""

    def __init__(
        self, desk: Desk, clock: Clock, kinds: frozenset[str], worker: Worker, ping_s: float
    ) -> None:
        self._desk = desk
        self._kinds = kinds
        self._worker = worker
        self._ping_s = ping_s
        self._wake = Wake(clock.wait)

    def open(self) -> None:
        """Begin to watch."""
        self._desk.work.watch(self._wake)
        self._desk.access_changed.add(self._wake)

    def close(self) -> None:
        """Let go of everything."""
        self._desk.work.leave(self._wake)
        self._desk.access_changed.discard(self._wake)

    def _now(self) -> Seen:
        return {
            (item.kind, item.notebook_id, item.id): item
            for item in self._desk.work.items(self._kinds)
            if self._worker.may_act(item)
        }

    async def frames(self) -> AsyncGenerator[bytes, None]:
        """Ready bytes. Ends when the credential does."""
        seen = self._now()
        yield frame("open", {"items": list(seen.values())})
        while (left := self._worker.ends_in()) > 0:
            if not await self._wake.wait(max(min(self._ping_s, left), 0.001)):
                if left > self._ping_s:
                    yield PING
                continue
            now = self._now()
            told = [frame("gone", item) for key, item in seen.items() if key not in now]
            told += [frame("item", item) for key, item in now.items() if seen.get(key) != item]
            seen = now
            if told:
                yield b"".join(told)


async def wait_for_work(desk: Desk, clock: Clock, again_s: float, kind: str) -> None:
    """Until there is something of this kind to do for somebody."""
    wake = Wake(clock.wait)
    desk.work.watch(wake)
    try:
        while not desk.work.items(frozenset((kind,))):
            await wake.wait(again_s)
    finally:
        desk.work.leave(wake)
