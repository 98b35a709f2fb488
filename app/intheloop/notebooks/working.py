"""The stream of open work that a credential may act on: all of it first, then each change."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

from intheloop.live import PING, Item, Wake, frame

from .desk import Desk

Seen = dict[tuple[str, str, str], Item]


class WorkFollower:
    """One stream of work. `allowed` says whether the caller may act on an item now, and raises when
    the caller is nobody any more."""

    def __init__(
        self, desk: Desk, kinds: frozenset[str], allowed: Callable[[Item], bool], ping_s: float
    ) -> None:
        self._desk = desk
        self._kinds = kinds
        self._allowed = allowed
        self._ping_s = ping_s
        self._wake = Wake()

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
            if self._allowed(item)
        }

    async def frames(self, still_there: Callable[[], bool]) -> AsyncIterator[bytes]:
        """Ready bytes. Ends when the credential does."""
        seen = self._now()
        yield frame("open", {"items": list(seen.values())})
        while still_there():
            if not await self._wake.wait(self._ping_s):
                yield PING
                continue
            if not still_there():
                return
            now = self._now()
            told = [frame("gone", item) for key, item in seen.items() if key not in now]
            told += [frame("item", item) for key, item in now.items() if seen.get(key) != item]
            seen = now
            if told:
                yield b"".join(told)
