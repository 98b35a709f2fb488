"""Leases of runtimes: who was heard from last, and what follows when nobody was.

In memory alone: lease time counts only while the server is up, and after a start every open lease
is granted anew, so a table of them would tell nothing that the logs do not. What follows from a
lapse is decided and recorded like everything else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from intheloop import commands as c
from intheloop.errors import LoopError
from intheloop.notebook import Notebook

from .clock import Clock
from .draft import Published

Execute = Callable[[c.Command], Awaitable[object]]


class Leases:
    """The leases of one server. `execute` gives a command as the system."""

    def __init__(self, clock: Clock, lease_s: float, adrift_s: float, execute: Execute) -> None:
        self._clock = clock
        self._lease_s = lease_s
        self._adrift_s = adrift_s
        self._execute = execute
        self._until: dict[tuple[str, str], float] = {}
        self._adrift: dict[tuple[str, str], float] = {}
        self._changed = asyncio.Event()

    def see(self, published: Published) -> None:
        """A state was published: grant leases to whom it attached, forget who is gone."""
        notebook_id = published.notebook_id
        state = published.tip.state if published.tip else None
        if isinstance(state, Notebook) or state is None:
            self.take_up(notebook_id, state)

    def take_up(self, notebook_id: str, state: Notebook | None) -> None:
        """Grant what this state calls for and is not granted yet."""
        now = self._clock.monotonic()
        runtimes = set(state.runtimes) if state else set()
        for key in [key for key in self._until if key[0] == notebook_id]:
            if key[1] not in runtimes:
                del self._until[key]
        held = state.held() if state else None
        for key in [key for key in self._adrift if key[0] == notebook_id]:
            if held is None or held.status != "adrift" or held.execution_id != key[1]:
                del self._adrift[key]
        for runtime_id in runtimes:
            drifting = held and held.status == "adrift" and held.runtime_id == runtime_id
            if not drifting:
                self._until.setdefault((notebook_id, runtime_id), now + self._lease_s)
        if held is not None and held.status == "adrift":
            limit = now + self._adrift_s
            self._adrift.setdefault((notebook_id, held.execution_id), limit)
        self._changed.set()

    def renew(self, notebook_id: str, runtime_id: str) -> None:
        """The runtime was heard from."""
        if (notebook_id, runtime_id) in self._until:
            self._until[notebook_id, runtime_id] = self._clock.monotonic() + self._lease_s

    async def watch(self) -> None:
        """Give the commands that follow from silence, for ever."""
        while True:
            self._changed.clear()
            now = self._clock.monotonic()
            for key in [key for key, until in self._until.items() if until <= now]:
                del self._until[key]
                await self._give(c.LapseLease(notebook_id=key[0], runtime_id=key[1]))
            for key in [key for key, until in self._adrift.items() if until <= now]:
                del self._adrift[key]
                reason = "Its runtime was not heard from again."
                await self._give(
                    c.LoseExecution(notebook_id=key[0], execution_id=key[1], reason=reason)
                )
            await self._sleep()

    async def _give(self, command: c.Command) -> None:
        try:
            await self._execute(command)
        except LoopError:
            self._changed.set()  # not now; the next published state calls for it again

    async def _sleep(self) -> None:
        ends = (*self._until.values(), *self._adrift.values())
        left = min(ends) - self._clock.monotonic() if ends else None
        try:
            async with asyncio.timeout(None if left is None else max(left, 0.001)):
                await self._changed.wait()
        except TimeoutError:
            return
