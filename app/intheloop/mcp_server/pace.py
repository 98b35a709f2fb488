"""How fast somebody may call: a bucket of calls for each, which fills again as time passes."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

from msgspec import Struct

from intheloop.errors import Unavailable

_MOST = 10_000


class Pace(Struct, frozen=True):
    """`burst` calls at once, and `per_second` of them in the long run."""

    per_second: float = 20.0
    burst: float = 200.0


class Paces:
    """The buckets, in memory: after a restart all are full. `clock` tells seconds."""

    def __init__(self, pace: Pace, clock: Callable[[], float] = time.monotonic) -> None:
        self._pace = pace
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, who: str) -> None:
        """Take a call of theirs. Raises Unavailable when there is none yet."""
        now, pace = self._clock(), self._pace
        left, since = self._left.pop(who, (pace.burst, now))
        left = min(pace.burst, left + (now - since) * pace.per_second)
        self._left[who] = (max(left - 1, 0.0) if left >= 1 else left, now)
        if len(self._left) > _MOST:
            self._left.popitem(last=False)
        if left < 1:
            wait_s = (1 - left) / pace.per_second
            raise Unavailable(
                f"You call faster than {pace.per_second:g} times a second; wait {wait_s:.2f} s "
                "and call again. One call can insert or run many cells.",
                retry_after_s=round(wait_s, 3),
            )
