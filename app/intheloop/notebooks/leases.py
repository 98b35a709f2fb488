"""Leases of runtimes and of runs of the assistant: who was heard from last, and what follows
when nobody was.

In memory alone: lease time counts only while the server is up, and after a start every open lease
is granted anew, so a table of them would tell nothing that the logs do not. What follows from a
lapse is decided and recorded like everything else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from intheloop import commands as c
from intheloop.errors import LoopError
from intheloop.notebook import AssistantRun, Execution, Notebook

from .clock import Clock
from .draft import Published
from .settings import ServiceSettings

RETRY_S = 1.0
"""After what time a command is given again that the store could not take."""

Execute: TypeAlias = Callable[[c.Command], Awaitable[object]]
Ends: TypeAlias = dict[tuple[str, str], float]
"""When time is up, by notebook and runtime, execution, or run with its generation."""


class Leases:
    """The leases of one server. `execute` gives a command as the system."""

    def __init__(self, clock: Clock, settings: ServiceSettings, execute: Execute) -> None:
        self._clock = clock
        self._settings = settings
        self._lease_s = settings.lease_s
        self._execute = execute
        self._leases: Ends = {}
        self._adrift: Ends = {}
        self._runs: Ends = {}
        self._changed = asyncio.Event()

    def see(self, published: Published) -> None:
        """A state was published: grant leases to whom it attached, forget who is gone."""
        state = published.tip.state if published.tip else None
        if isinstance(state, Notebook) or state is None:
            self.take_up(published.notebook_id, state)

    def take_up(self, notebook_id: str, state: Notebook | None) -> None:
        """Grant what this state calls for and is not granted yet."""
        now = self._clock.monotonic()
        leased = set(state.runtimes) if state else set()
        _grant(self._leases, notebook_id, leased, now + self._lease_s)
        runs = state.runs.values() if state else ()
        claimed = {_claim(run) for run in runs if run.status == "claimed"}
        _grant(self._runs, notebook_id, claimed, now + self._lease_s)
        held = state.held() if state else None
        if state is not None and held is not None and held.status == "adrift":
            until = now + self._patience_s(state, held)
            _grant(self._adrift, notebook_id, {held.execution_id}, until)
        else:
            _grant(self._adrift, notebook_id, set(), now)
        self._changed.set()

    def _patience_s(self, state: Notebook, adrift: Execution) -> float:
        runtime = state.runtimes.get(adrift.runtime_id or "")
        beside = runtime is not None and c.BESIDE_SERVER in runtime.capabilities
        return self._settings.adrift_s if beside else self._settings.remote_adrift_s

    def heard(self, notebook_id: str, runtime_id: str | None) -> None:
        """The runtime was heard from; None stands for the one that serves the notebook."""
        until = self._clock.monotonic() + self._lease_s
        for key in self._leases:
            if key[0] == notebook_id and runtime_id in (None, key[1]):
                self._leases[key] = until

    def heard_of_run(self, notebook_id: str, run_id: str) -> None:
        """The assistant that works on this run was heard from."""
        until = self._clock.monotonic() + self._lease_s
        for key in self._runs:
            if key[0] == notebook_id and key[1].rpartition(":")[0] == run_id:
                self._runs[key] = until

    async def watch(self) -> None:
        """Give the commands that follow from silence, for ever."""
        while True:
            self._changed.clear()
            for key in list(self._leases):
                await self._give_if_due(
                    self._leases, key, c.LapseLease(notebook_id=key[0], runtime_id=key[1])
                )
            for key in list(self._adrift):
                reason = "Its runtime was not heard from again."
                await self._give_if_due(
                    self._adrift,
                    key,
                    c.LoseExecution(notebook_id=key[0], execution_id=key[1], reason=reason),
                )
            for key in list(self._runs):
                run_id, _, generation = key[1].rpartition(":")
                await self._give_if_due(
                    self._runs,
                    key,
                    c.LapseRun(notebook_id=key[0], run_id=run_id, generation=int(generation)),
                )
            ends = (*self._leases.values(), *self._adrift.values(), *self._runs.values())
            left = max(min(ends) - self._clock.monotonic(), 0.001) if ends else None
            await self._clock.wait(self._changed, left)

    async def _give_if_due(self, ends: Ends, key: tuple[str, str], command: c.Command) -> None:
        """Time is looked at now: while others were given theirs, this one may have been heard."""
        if key not in ends or ends[key] > self._clock.monotonic():
            return
        del ends[key]
        try:
            await self._execute(command)
        except LoopError:
            ends.setdefault(key, self._clock.monotonic() + RETRY_S)


def _claim(run: AssistantRun) -> str:
    return f"{run.run_id}:{run.generation}"


def _grant(ends: Ends, notebook_id: str, wanted: set[str], until: float) -> None:
    for key in [key for key in ends if key[0] == notebook_id and key[1] not in wanted]:
        del ends[key]
    for one in wanted:
        ends.setdefault((notebook_id, one), until)
