"""How long a notebook's kernel has rested, and whether that is long enough to let it go."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress

from intheloop.amounts import said_seconds


class Rested(Exception):
    """A kernel has rested for so many seconds that it was shut down."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"No code ran for {said_seconds(seconds)}.")


class Rest:
    """A rest that may last so many seconds, and begins again after each execution: nothing else
    counts. 0 seconds are for ever."""

    def __init__(self, longest_s: float, now: Callable[[], float] = time.monotonic) -> None:
        self.longest_s = longest_s
        self._now = now
        self.begin()

    def begin(self) -> None:
        """An execution has ended just now."""
        self._since = self._now()

    @property
    def left_s(self) -> float | None:
        """Seconds until it has lasted long enough; None when it may last for ever."""
        if not self.longest_s:
            return None
        return max(0.0, self._since + self.longest_s - self._now())

    async def ends_by(self, event: asyncio.Event) -> bool:
        """Wait for the event that ends the rest; False when it has lasted long enough before."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self.left_s):
                await event.wait()
        return event.is_set()
