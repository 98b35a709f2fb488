"""A caller whose calls reach the notebooks of a server over the wire, from this process."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing, asynccontextmanager, suppress
from typing import TypeVar

from msgspec import Struct

from intheloop import commands as c
from intheloop.client import Client, Ended, fresh_command_id
from intheloop.errors import Denied, LoopError, Unavailable
from intheloop.events import ActorKind, Scope, WireRecord
from intheloop.events import Client as ClientName

from .party import Told

T = TypeVar("T")
Open = Callable[[], Awaitable[Client]]
"""Gives a client of the server to use now, wherever it is; asked again when one is out of reach."""

log = logging.getLogger(__name__)


class Line:
    """The connection to a server, which may go elsewhere meanwhile. Use `async with Line.open`."""

    def __init__(self, open_: Open, client: Client, myself: c.Myself) -> None:
        self._open = open_
        self._mending = asyncio.Lock()
        self.client = client
        self.myself = myself

    @classmethod
    @asynccontextmanager
    async def open(cls, open_: Open) -> AsyncIterator[Line]:
        """A line that stands, and by an open stream tells its server that somebody is there."""
        line, here = cls(open_, *await _signed_in(open_)), asyncio.Event()
        staying = asyncio.create_task(line._stay(here))
        try:
            await here.wait()
            yield line
        finally:
            staying.cancel()
            await line.client.close()

    async def do(self, work: Callable[[Client], Awaitable[T]]) -> T:
        """What the work gives; once again by another client if the server is out of reach."""
        client = self.client
        try:
            return await work(client)
        except Unavailable:
            async with self._mending:
                if self.client is client:
                    await self._mend()
            return await work(self.client)

    async def _mend(self) -> None:
        fresh, myself = await _signed_in(self._open)
        if fresh.url == self.client.url:
            await fresh.close()
        else:
            self.client, self.myself = fresh, myself

    async def _stay(self, here: asyncio.Event) -> None:
        """What the stream says is of no use here: a server does not leave while one is open."""
        try:
            while True:
                with suppress(Unavailable):
                    async with aclosing(self.client.work(("input",))) as changes:
                        async for _ in changes:
                            here.set()
        except LoopError as error:
            log.warning("The server is no longer told that somebody is here: %s", error)
        finally:
            here.set()


async def _signed_in(open_: Open) -> tuple[Client, c.Myself]:
    try:
        return await _tried(open_)
    except Unavailable:  # a server that was about to leave when it was found
        return await _tried(open_)


async def _tried(open_: Open) -> tuple[Client, c.Myself]:
    client = await open_()
    try:
        myself: c.Myself = await client.call(c.WhoAmI())
        await client.call(c.ListNotebooks())  # refused, and noted, for who may do nothing here
        if myself.kind == "human":
            raise Denied(
                "This credential is a person's own, and a model acts under one that is its own; "
                "make it with `intheloop token create --kind assistant` and set INTHELOOP_TOKEN "
                "to it."
            )
    except BaseException:
        await client.close()
        raise
    return client, myself


class WireParty:
    """Who holds the credential of a line, through the client that it names."""

    def __init__(self, line: Line, name: ClientName | None = None) -> None:
        self._line = line
        self._name = name

    @property
    def kind(self) -> ActorKind:
        return self._line.myself.kind

    @property
    def scopes(self) -> frozenset[Scope]:
        return frozenset(self._line.myself.scopes)

    @property
    def url(self) -> str:
        return self._line.client.url

    @property
    def actor_id(self) -> str:
        return self._line.myself.id

    def via(self, name: ClientName | None) -> WireParty:
        """The same caller, through the client that it names."""
        return WireParty(self._line, name)

    async def call(
        self, tool: c.Tool, trace_id: str | None = None, command_id: str | None = None
    ) -> Struct:
        key = command_id or fresh_command_id()
        answer: Struct = await self._line.do(
            lambda client: self._named(client).call(tool, key, trace_id)
        )
        return answer

    def others_may_have_acted(self, notebook_id: str, after: int) -> bool:
        return True

    async def head(self, notebook_id: str) -> int:
        _, head = await self._line.do(
            lambda client: self._named(client).records(notebook_id, limit=1)
        )
        return head

    def watch(self, after: Mapping[str, int], changed: Told, gone: Told) -> Callable[[], None]:
        following = asyncio.create_task(self._follow(dict(after), changed, gone))

        def end() -> None:
            following.cancel()

        return end

    async def _follow(self, cursors: dict[str, int], changed: Told, gone: Told) -> None:
        """The server leaves out by itself what may no longer be read."""
        try:
            while cursors:
                with suppress(Unavailable):
                    await self._follow_once(cursors, changed, gone)
        except LoopError as error:
            log.warning("Changes are no longer told: %s", error)
            for notebook_id in cursors:
                gone(notebook_id)

    async def _follow_once(self, cursors: dict[str, int], changed: Told, gone: Told) -> None:
        async with aclosing(self._named(self._line.client).follow(cursors)) as items:
            async for item in items:
                if isinstance(item, WireRecord):
                    cursors[item.notebook_id] = item.seq
                    changed(item.notebook_id)
                elif isinstance(item, Ended):
                    cursors.pop(item.notebook_id, None)
                    gone(item.notebook_id)

    def _named(self, client: Client) -> Client:
        if self._name is None:
            return client
        return client.known_as(self._name.name, self._name.version or "")
