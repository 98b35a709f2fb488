"""The threads of a notebook as its log grows, for who works on one of its runs.

Reads with the assistant's own credential: that of a run ends with it, and its end must be seen.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing

import msgspec

from intheloop import events as e
from intheloop.client import Client, Ended, to_record

from .thread import KINDS, Threads, apply, replayed

_PAGE = 1000


class Following:
    """The threads of one notebook. `load` them, then `run` until cancelled."""

    def __init__(self, client: Client, notebook_id: str) -> None:
        self._client = client
        self._notebook_id = notebook_id
        self._waiting: list[tuple[Callable[[], bool], asyncio.Event]] = []
        self.threads = Threads()
        self.seq = 0
        self.gone = False
        self.decided: set[str] = set()

    async def load(self) -> None:
        """All that there is so far."""
        _, head = await self._client.records(self._notebook_id, limit=1)
        several = await asyncio.gather(*(self._of(kind, head) for kind in KINDS))
        found = sorted((one for some in several for one in some), key=lambda one: one.seq)
        self.threads, self.seq = replayed(found), head

    async def _of(self, kind: str, head: int) -> list[e.Record]:
        found: list[e.Record] = []
        after = 0
        while True:
            page, _ = await self._client.records(
                self._notebook_id, after=after, limit=_PAGE, event_type=kind
            )
            found += [to_record(one) for one in page if one.seq <= head]
            if len(page) < _PAGE:
                return found
            after = page[-1].seq

    async def run(self) -> None:
        """Follow what comes. However it ends, nobody waits for more."""
        try:
            async with aclosing(self._client.follow({self._notebook_id: self.seq})) as items:
                async for item in items:
                    match item:
                        case e.WireRecord():
                            self._take(item)
                        case Ended():
                            break
        finally:
            self.gone = True
            self._tell()

    def _take(self, wire: e.WireRecord) -> None:
        if wire.type in KINDS:
            self.threads = apply(self.threads, to_record(wire))
        elif wire.type.startswith("approval") and wire.type != "approvalRequested":
            approval_id = msgspec.json.decode(bytes(wire.data)).get("approval_id")
            self.decided.add(str(approval_id))
        self.seq = wire.seq
        self._tell()

    def _tell(self) -> None:
        for holds, event in self._waiting:
            if holds():
                event.set()

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until it holds, or the notebook is out of sight."""
        if self.gone or holds():
            return
        event = asyncio.Event()
        waiting = (lambda: self.gone or holds(), event)
        self._waiting.append(waiting)
        try:
            await event.wait()
        finally:
            self._waiting.remove(waiting)

    async def caught_up(self, seq: int) -> None:
        """Wait until all records up to this one are known."""
        await self.until(lambda: self.seq >= seq)

    def is_over(self, run_id: str) -> bool:
        """Whether nothing more is to be done in this run."""
        return self.gone or self.threads.runs[run_id].finished is not None
