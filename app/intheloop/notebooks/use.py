"""Whether anybody uses the service: who calls, who stays on a stream, what is to be run.

Runtimes are there for the others and do not count. In memory alone: a start counts as a use.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from intheloop.events import ActorKind
from intheloop.notebook import Notebook

from .clock import Clock
from .draft import Published


class Use:
    """The use of one service."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = clock.monotonic()
        self._staying = 0
        self._busy: set[str] = set()

    def called(self, kind: ActorKind) -> None:
        """Somebody of this kind signed in for a call."""
        if kind != "runtime":
            self._last = self._clock.monotonic()

    @contextmanager
    def staying(self, kind: ActorKind) -> Iterator[None]:
        """Somebody of this kind is there for the length of the block."""
        counted = kind != "runtime"
        self._staying += counted
        try:
            yield
        finally:
            self._staying -= counted
            self.called(kind)

    def see(self, published: Published) -> None:
        """A state was published."""
        state = published.tip.state if published.tip else None
        if isinstance(state, Notebook) or state is None:
            self.take_up(published.notebook_id, state)

    def take_up(self, notebook_id: str, state: Notebook | None) -> None:
        """A notebook is busy while an execution of it, or a run of the assistant, is open."""
        runs = state.runs.values() if state is not None else ()
        if state is not None and (state.queue or any(run.is_open for run in runs)):
            self._busy.add(notebook_id)
        elif notebook_id in self._busy:
            self._busy.remove(notebook_id)
            self._last = self._clock.monotonic()

    async def wait_for_end(self, quiet_s: float) -> None:
        """Until there was no use for so many seconds."""
        never = asyncio.Event()
        while (left := self._left(quiet_s)) > 0:
            await self._clock.wait(never, left)

    def _left(self, quiet_s: float) -> float:
        """The seconds after which to look again. What ends before that has moved `_last`."""
        if self._staying or self._busy:
            return quiet_s
        return self._last + quiet_s - self._clock.monotonic()
