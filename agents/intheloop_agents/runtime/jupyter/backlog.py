"""An unbounded queue that is read in runs: a slow reader loses nothing and wakes once for many.

One reader, one event loop. It holds no rules about what it carries.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Backlog(AsyncIterator[T], Generic[T]):
    """Items in the order of `put`. All waiting is cancel-safe: a cancelled wait takes nothing."""

    def __init__(self) -> None:
        self._items: deque[T] = deque()
        self._stirred = asyncio.Event()
        self._closed = False

    def put(self, *items: T) -> None:
        """Add items at the end."""
        self._items.extend(items)
        self._stirred.set()

    def close(self) -> None:
        """Say that nothing more will come. What is held can still be read."""
        self._closed = True
        self._stirred.set()

    @property
    def ended(self) -> bool:
        """Nothing is held and nothing will come."""
        return self._closed and not self._items

    def take(self) -> list[T]:
        """All that is held, possibly nothing, without waiting."""
        items = list(self._items)
        self._items.clear()
        if not self._closed:
            self._stirred.clear()
        return items

    async def wait_for_some(self, timeout_s: float | None = None) -> list[T]:
        """All that is held once there is something; empty after `timeout_s` or at the end."""
        if not self._items and not self._closed:
            try:
                async with asyncio.timeout(timeout_s):
                    await self._stirred.wait()
            except TimeoutError:
                return []
        return self.take()

    async def __anext__(self) -> T:
        while not self._items:
            if self._closed:
                raise StopAsyncIteration
            self._stirred.clear()
            await self._stirred.wait()
        return self._items.popleft()
