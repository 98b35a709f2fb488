"""The way of an execution's outputs from the kernel to the log: masked, bounded, gathered, due.

`Outlet` is pure; `batches` and `Outlets.late_batches` are its edges to the event loop.
"""

import time
from collections.abc import AsyncGenerator, Callable, Iterable

from intheloop_agents.masking import NO_SECRETS, Secrets
from intheloop_agents.runtime.delivery.buffer import Batch, Buffer
from intheloop_agents.runtime.delivery.quota import Quota
from intheloop_agents.runtime.delivery.screen import Screen
from intheloop_agents.runtime.jupyter.backlog import Backlog
from intheloop_agents.runtime.jupyter.outputs import Finished, KernelOutput, Part


class Outlet:
    """The screen, the quota and the buffer of one execution, also for what comes after its end."""

    def __init__(self, limit: int = 0, secrets: Secrets = NO_SECRETS) -> None:
        self._screen = Screen(secrets)
        self._quota = Quota(limit)
        self._buffer = Buffer()

    @property
    def due_at(self) -> float | None:
        """When `due` should be called if nothing more is added; None while nothing is held."""
        moments = (self._screen.due_at, self._buffer.due_at)
        return min((moment for moment in moments if moment is not None), default=None)

    def add(self, output: KernelOutput, now: float) -> list[Batch]:
        """Take one output in; the batches that are ready to be sent because of it."""
        return self._gathered(self._screen.admit(output, now), now)

    def due(self, now: float) -> list[Batch]:
        """What is held, if its moment has come."""
        ready: list[Batch] = []
        if self._screen.due_at is not None and now >= self._screen.due_at:
            ready = self._gathered(self._screen.release(), now)
        if self._buffer.due_at is not None and now >= self._buffer.due_at:
            ready += self._taken(now)
        return ready

    def held(self, now: float) -> list[Batch]:
        """What is held, whether its moment has come or not."""
        return self._gathered(self._screen.release(), now) + self._taken(now)

    def _gathered(self, outputs: Iterable[KernelOutput], now: float) -> list[Batch]:
        kept = [one for output in outputs for one in self._quota.admit(output)]
        return [batch for one in kept for batch in self._buffer.add(one, now)]

    def _taken(self, now: float) -> list[Batch]:
        batch = self._buffer.take(now)
        return [] if batch is None else [batch]


async def batches(
    outputs: Backlog[KernelOutput],
    outlet: Outlet,
    now: Callable[[], float] = time.monotonic,
) -> AsyncGenerator[Batch]:
    """The outputs of one execution as batches, each as soon as it is due, the end included.

    A consumer that is slow to send one batch finds the next ones ready and loses nothing.
    """
    while True:
        some = await outputs.wait_for_some(_seconds_to(outlet.due_at, now()))
        at = now()
        ready = [batch for output in some for batch in outlet.add(output, at)]
        # Outputs may have come just before the moment; the moment counts all the same.
        ready += outlet.due(at)
        over = not some and outputs.ended
        ready += outlet.held(at) if over else []
        for batch in ready:
            yield batch
            if isinstance(batch.then, Finished):
                return
        if over:
            return


class Outlets:
    """The outlets of all that a kernel has run, for a thread may print as long as it lives."""

    def __init__(self, limit: int, secrets: Secrets = NO_SECRETS) -> None:
        self._limit = limit
        self._secrets = secrets
        self._outlets: dict[str, Outlet] = {}

    def of(self, execution_id: str) -> Outlet:
        """The outlet of this execution, the same each time."""
        if execution_id not in self._outlets:
            self._outlets[execution_id] = Outlet(self._limit, self._secrets)
        return self._outlets[execution_id]

    def clear(self) -> None:
        """That kernel is no more."""
        self._outlets.clear()

    async def late_batches(
        self,
        late: Backlog[tuple[str, Part]],
        now: Callable[[], float] = time.monotonic,
    ) -> AsyncGenerator[tuple[str, Batch]]:
        """What executions say after their end, each time with whose it is, for ever."""
        held: dict[str, Outlet] = {}
        while True:
            moments = [outlet.due_at for outlet in held.values() if outlet.due_at is not None]
            some = await late.wait_for_some(_seconds_to(min(moments, default=None), now()))
            at = now()
            for execution_id, part in some:
                outlet = held[execution_id] = self.of(execution_id)
                for batch in outlet.add(part, at):
                    yield execution_id, batch
            for execution_id, outlet in list(held.items()):
                for batch in outlet.due(at):
                    yield execution_id, batch
                if outlet.due_at is None:
                    del held[execution_id]


def _seconds_to(moment: float | None, now: float) -> float | None:
    return None if moment is None else max(0.0, moment - now)
