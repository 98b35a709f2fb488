"""Approvals in time: who waits for a person's word, and what becomes of one that comes too late.

When an approval ends stands in its record, so that it holds over restarts; nothing is kept here.
What follows from the end is decided and recorded like everything else.
"""

from __future__ import annotations

import asyncio

from intheloop import commands as c
from intheloop.errors import LoopError
from intheloop.notebook import Notebook

from .clock import Clock, seconds_between
from .desk import Desk
from .draft import Published
from .leases import Execute
from .waiting import Recheck, Waiting

LOOK_S = 60.0
"""How often the time is looked at while something waits: a machine may have slept meanwhile."""

RETRY_S = 1.0


class Approvals:
    """The approvals of one server. `execute` gives a command as the system."""

    def __init__(self, clock: Clock, desk: Desk, waiting: Waiting, execute: Execute) -> None:
        self._clock = clock
        self._desk = desk
        self._waiting = waiting
        self._execute = execute
        self._ends: dict[str, dict[str, str]] = {}
        self._changed = asyncio.Event()

    def see(self, published: Published) -> None:
        """A state was published."""
        state = published.tip.state if published.tip else None
        if isinstance(state, Notebook) or state is None:
            self.take_up(published.notebook_id, state)

    def take_up(self, notebook_id: str, state: Notebook | None) -> None:
        """Know when what is open in this state ends."""
        approvals = state.approvals if state is not None else ()
        ends = {one.approval_id: one.expires_at for one in approvals if one.is_open}
        if ends == self._ends.get(notebook_id, {}):
            return
        if ends:
            self._ends[notebook_id] = ends
        else:
            del self._ends[notebook_id]
        self._changed.set()

    async def watch(self) -> None:
        """End what was neither decided nor used in time, for ever."""
        while True:
            self._changed.clear()
            failed = False
            for notebook_id, approval_id in self._due():
                command = c.ExpireApproval(notebook_id=notebook_id, approval_id=approval_id)
                try:
                    await self._execute(command)
                except LoopError:
                    failed = True
            await self._clock.wait(self._changed, RETRY_S if failed else self._left())

    async def decided(
        self, asked: c.Asked, notebook_id: str, wait_s: float, recheck: Recheck
    ) -> bool:
        """Whether the approval is no longer to be decided, after at most `wait_s` seconds."""

        async def settled() -> bool:
            state = await self._desk.existing(notebook_id)
            return not any(
                one.approval_id == asked.approval_id and one.status == "pending"
                for one in state.approvals
            )

        await self._waiting.until(notebook_id, wait_s, recheck, settled)
        return await settled()

    def _due(self) -> list[tuple[str, str]]:
        now = self._clock.now()
        return [
            (notebook_id, approval_id)
            for notebook_id, ends in self._ends.items()
            for approval_id, expires_at in ends.items()
            if seconds_between(now, expires_at) <= 0
        ]

    def _left(self) -> float | None:
        now = self._clock.now()
        left = [
            seconds_between(now, expires_at)
            for ends in self._ends.values()
            for expires_at in ends.values()
        ]
        return max(min(*left, LOOK_S), 0.001) if left else None
