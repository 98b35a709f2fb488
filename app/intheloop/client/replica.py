"""A notebook followed from afar: the same state by the same reducer, proved by the digests.

Changes nothing at the server. What was erased there is dropped here by loading anew.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, asynccontextmanager, suppress

from intheloop.canonical import Digester
from intheloop.errors import NotFound
from intheloop.events import PayloadRedacted, WireRecord
from intheloop.notebook import Notebook
from intheloop.reducer import REDUCER_VERSION, apply

from .client import Client
from .live import DigestFrame, Ended, to_record

log = logging.getLogger(__name__)
Predicate = Callable[[Notebook], bool]


class Replica:
    """The state of one notebook, kept up to date. Use `async with Replica.following(...)`."""

    def __init__(self, client: Client, notebook_id: str) -> None:
        self._client = client
        self._notebook_id = notebook_id
        self._state = Notebook(notebook_id)
        self._loaded_seq = -1
        self._digester = Digester()
        self._waiting: dict[asyncio.Future[Notebook], Predicate] = {}
        self._failed: BaseException | None = None

    @classmethod
    @asynccontextmanager
    async def following(cls, client: Client, notebook_id: str) -> AsyncGenerator[Replica]:
        """A replica that has caught up, and follows until the block is left."""
        replica = cls(client, notebook_id)
        await replica._load()
        following = asyncio.create_task(replica._follow())
        try:
            yield replica
        finally:
            following.cancel()
            with suppress(asyncio.CancelledError):
                await following

    @property
    def notebook(self) -> Notebook:
        """The state as it is known now."""
        return self._state

    async def wait_for(self, predicate: Predicate, timeout_s: float | None = None) -> Notebook:
        """The first state from now on for which it holds; each record's state is looked at.

        Raises TimeoutError, and what ended the following: NotFound once the notebook is out of
        sight, or the refusal of the credential.
        """
        if predicate(self._state):
            return self._state
        if self._failed is not None:
            raise self._failed
        holds: asyncio.Future[Notebook] = asyncio.get_running_loop().create_future()
        self._waiting[holds] = predicate
        try:
            async with asyncio.timeout(timeout_s):
                return await holds
        finally:
            del self._waiting[holds]

    async def _follow(self) -> None:
        try:
            while await self._follow_once():
                await self._load()
        except Exception as error:
            self._fail(error)

    async def _follow_once(self) -> bool:
        """Follow until the state must be loaded anew (True) or there is nothing left to follow."""
        stream = self._client.follow({self._notebook_id: self._state.seq})
        async with aclosing(stream) as items:
            async for item in items:
                match item:
                    case WireRecord():
                        record = to_record(item)
                        if isinstance(record.event, PayloadRedacted):
                            return True
                        self._move(apply(self._state, record))
                    case DigestFrame() if not self._agrees(item):
                        log.warning("The state of %s differs at %d.", item.notebook_id, item.seq)
                        return True
                    case Ended(reason=reason):
                        why = reason or "it is out of sight"
                        self._fail(NotFound(f"The notebook {self._notebook_id} ended: {why}."))
        return False

    async def _load(self) -> None:
        at = await self._client.state(self._notebook_id)
        self._loaded_seq = at.seq
        self._move(at.notebook)

    def _agrees(self, frame: DigestFrame) -> bool:
        if frame.seq != self._state.seq or frame.reducer_version != REDUCER_VERSION:
            return True
        if frame.seq == self._loaded_seq:
            return True  # It is the server's own state; loading it again would change nothing.
        return self._digester.digest(self._state) == frame.digest

    def _move(self, state: Notebook) -> None:
        self._state = state
        for holds, predicate in list(self._waiting.items()):
            if holds.done():
                continue
            try:
                if predicate(state):
                    holds.set_result(state)
            except Exception as error:
                holds.set_exception(error)

    def _fail(self, error: Exception) -> None:
        self._failed = error
        for holds in self._waiting:
            if not holds.done():
                holds.set_exception(error)
