"""When to try again, and when to stop: one policy for calls and for streams."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import aiohttp
from tenacity import (
    AsyncRetrying,
    retry_if_exception,
    stop_after_delay,
    stop_never,
    wait_random_exponential,
)

from intheloop.errors import LoopError, Unavailable

T = TypeVar("T")

LOST = (aiohttp.ClientError, TimeoutError)
"""What a call meets that got no answer."""

_FIRST_S = 0.1
_LONGEST_S = 5.0


class Patience:
    """Tries what may succeed later until it does, or for `limit_s` seconds (None: for ever)."""

    def __init__(self, url: str, limit_s: float | None) -> None:
        self._url = url
        self._limit_s = limit_s

    async def call(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """What the attempt gives. Raises what cannot be mended by waiting, else Unavailable."""
        # Nearly all succeed at once: what counts the tries is made for the others alone.
        began = time.monotonic()
        try:
            return await attempt()
        except (LoopError, *LOST) as error:
            if not _may_succeed_later(error):
                raise self._told(error) from error
        await asyncio.sleep(random.uniform(0, _FIRST_S))
        left_s = None if self._limit_s is None else began + self._limit_s - time.monotonic()
        trying = AsyncRetrying(
            wait=wait_random_exponential(multiplier=_FIRST_S, max=_LONGEST_S),
            stop=stop_never if left_s is None else stop_after_delay(left_s),
            retry=retry_if_exception(_may_succeed_later),
            reraise=True,
        )
        try:
            return await trying(attempt)
        except (LoopError, *LOST) as error:
            raise self._told(error) from error

    def _told(self, error: Exception) -> LoopError:
        return error if isinstance(error, LoopError) else self.unreachable()

    def unreachable(self) -> Unavailable:
        """The error for a server that does not answer."""
        return Unavailable(
            f"The server at {self._url} cannot be reached; start it with `intheloop serve`, or "
            "name another with INTHELOOP_URL."
        )

    def pauses(self) -> Pauses:
        """The pauses between the connections of one stream."""
        return Pauses(self, self._limit_s)


class Pauses:
    """Longer and longer while nothing comes; short again after `came`."""

    def __init__(self, patience: Patience, limit_s: float | None) -> None:
        self._patience = patience
        self._limit_s = limit_s
        self.came()

    def came(self) -> None:
        """The stream gave something."""
        self._next_s = _FIRST_S
        self._since: float | None = None

    async def wait(self) -> None:
        """Pause before the next connection. Raises Unavailable once patience has run out."""
        now = time.monotonic()
        self._since = now if self._since is None else self._since
        if self._limit_s is not None and now - self._since > self._limit_s:
            raise self._patience.unreachable()
        await asyncio.sleep(random.uniform(0, self._next_s))
        self._next_s = min(2 * self._next_s, _LONGEST_S)


def _may_succeed_later(error: BaseException) -> bool:
    if isinstance(error, LoopError):
        return error.retryable
    return isinstance(error, LOST) and not isinstance(error, aiohttp.InvalidURL)
