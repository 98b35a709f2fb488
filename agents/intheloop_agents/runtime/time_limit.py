"""The time that an execution may run, by a clock that stands still while it waits for an answer.

How something is interrupted or killed is for the caller.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Protocol

from intheloop_agents.runtime.limits import over_time_and_stubborn

STUBBORN_S = 5.0
"""Code that runs on for so long after it was interrupted is ended with its kernel."""


class Alarm(Protocol):
    """A call that is to come."""

    def cancel(self) -> None:
        """Let it not come."""


class Clock(Protocol):
    """An event loop, as far as it is a clock."""

    def time(self) -> float:
        """Seconds since some moment."""

    def call_later(self, delay: float, callback: Callable[[], Any], /) -> Alarm:
        """Have something called."""


class TimeLimit:
    """The time of one execution; 0 seconds are for ever. `over` is set when it has passed."""

    def __init__(self, limit_s: float, clock: Clock) -> None:
        self.over = asyncio.Event()
        self._limit_s = limit_s
        self._clock = clock
        self._left_s = limit_s or float("inf")
        self._since: float | None = None
        self._alarm: Alarm | None = None

    def go_on(self) -> None:
        """Count from here on, if it does not."""
        if self._since is None and self._left_s < float("inf"):
            self._since = self._clock.time()
            self._alarm = self._clock.call_later(max(0.0, self._left_s), self.over.set)

    def stand_still(self) -> None:
        """Do not count until `go_on`."""
        if self._since is not None and self._alarm is not None:
            self._left_s -= self._clock.time() - self._since
            self._since = None
            self._alarm.cancel()

    async def enforce(
        self,
        interrupt: Callable[[], Awaitable[None]],
        kill: Callable[[str], None],
    ) -> None:
        """Once it is over, interrupt, and if that does not help kill. To be cancelled when the
        execution has ended."""
        self.go_on()
        try:
            await self.over.wait()
            with suppress(TimeoutError):
                async with asyncio.timeout(STUBBORN_S):
                    await interrupt()
                    await asyncio.Event().wait()
            kill(over_time_and_stubborn(self._limit_s, STUBBORN_S))
        finally:
            self.stand_still()
