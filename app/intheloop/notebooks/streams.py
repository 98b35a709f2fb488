"""What goes on being told until somebody leaves, may no longer see it, or the server stops: the
records of logs, work to be done, and that something changed. Each is ready bytes of server-sent
events. Decides nothing about access itself: it asks the guard, again and again.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager

from intheloop.decider import Caller
from intheloop.errors import NotFound
from intheloop.log import Log

from .changes import ChangeFollower, Watcher
from .clock import Clock
from .desk import Desk
from .following import Follower, Reader
from .guard import WORK_KINDS, Guard
from .settings import ServiceSettings
from .use import Use
from .uses import Uses
from .working import Worker, WorkFollower, wait_for_work


class Streams:
    """The streams of one service."""

    def __init__(
        self,
        desk: Desk,
        log: Log,
        clock: Clock,
        settings: ServiceSettings,
        guard: Guard,
        uses: Uses,
        use: Use,
    ) -> None:
        self._desk = desk
        self._log = log
        self._clock = clock
        self._settings = settings
        self._guard = guard
        self._uses = uses
        self._use = use

    @asynccontextmanager
    async def records(
        self, after: Mapping[str, int], caller: Caller
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        """Follow logs, each after a seq: ready bytes of server-sent events."""

        reader = Reader(
            actor_id=caller.actor.id,
            may_see=lambda notebook_id: self._guard.see(notebook_id, caller),
            ends_in=lambda: self._guard.ends_in(caller),
        )
        for notebook_id in after:
            await self._guard.reading(notebook_id, caller, "follow")
        follower = Follower(self._desk, self._log, self._clock, self._settings, reader)
        try:
            await follower.open(after)
            with self._use.staying(caller.actor.kind):
                async with aclosing(follower.frames()) as frames:
                    yield frames
        finally:
            follower.close()

    @asynccontextmanager
    async def work(
        self, caller: Caller, kinds: frozenset[str]
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        """Follow the open work of these kinds that the caller may act on."""
        unknown = kinds.difference(WORK_KINDS)
        if unknown:
            raise NotFound(
                f"There is no work of kind {', '.join(sorted(unknown))}; "
                f"the kinds are {', '.join(WORK_KINDS)}."
            )
        self._guard.person(caller)
        worker = Worker(
            may_act=lambda item: self._guard.may_act(item, caller),
            ends_in=lambda: self._guard.ends_in(caller),
        )
        follower = WorkFollower(self._desk, self._clock, kinds, worker, self._settings.ping_s)
        follower.open()
        try:
            # An assistant that only waits to be asked is no more of a use than a runtime.
            waits = kinds <= {"execution", "assistant_run"}
            with self._use.staying("runtime" if waits else caller.actor.kind):
                async with aclosing(follower.frames()) as frames:
                    yield frames
        finally:
            follower.close()

    @asynccontextmanager
    async def changes(self, caller: Caller) -> AsyncIterator[AsyncIterator[bytes]]:
        """Follow that something changed in what the caller may see, for screens of many things."""
        self._guard.person(caller)
        watcher = Watcher(
            sees=lambda notebook_id: self._guard.sees(notebook_id, caller),
            knows=lambda credential_id: self._guard.knows(credential_id, caller),
            ends_in=lambda: self._guard.ends_in(caller),
        )
        ping_s = self._settings.ping_s
        follower = ChangeFollower(self._desk, self._uses, self._clock, watcher, ping_s)
        follower.open()
        try:
            with self._use.staying(caller.actor.kind):
                async with aclosing(follower.frames()) as frames:
                    yield frames
        finally:
            follower.close()

    async def wait_for_work(self, kind: str) -> None:
        """Until there is something of this kind to do for somebody."""
        await wait_for_work(self._desk, self._clock, self._settings.ping_s, kind)
