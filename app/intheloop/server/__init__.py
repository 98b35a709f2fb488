"""The composition root: the one place that knows every concrete part, and their life together."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import sys
import time
import webbrowser
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeAlias, TypeVar

import msgspec
from msgspec import Struct

from intheloop.access import OneTimeCodes
from intheloop.blobs import FolderBlobs
from intheloop.decider import Caller
from intheloop.errors import Denied, NotFound
from intheloop.folder import STORE, Process, credential_file, held, tell, untell
from intheloop.log import Log, SqlLog, sqlite_url
from intheloop.notebooks import Service, ServiceSettings
from intheloop.settings import Settings, own_command
from intheloop.web_api import BuiltPage, Endpoint, Machine, Mcp, Streams, create_app

from .listening import bind, is_loopback, listening, url_of
from .local import COMMAND_LINE, COMMAND_LINE_SCOPES, OWNER, local_credential, make_owner
from .welcome import make_welcome

__all__ = [
    "COMMAND_LINE",
    "OWNER",
    "Running",
    "local_credential",
    "run",
    "running",
    "serve",
    "settle",
]

log = logging.getLogger(__name__)
T = TypeVar("T")
OpenLog: TypeAlias = Callable[[str], Log]
"""Opens the store at a URL."""

BLOBS = "blobs"


class Running(Struct, frozen=True):
    """A server that is up. `token` is the credential of this machine's command line."""

    url: str
    token: str
    settings: Settings
    service: Service
    codes: OneTimeCodes

    def owner(self) -> Caller:
        """Who runs the server."""
        return self.service.sign_in(self.token)

    def link(self, notebook_id: str | None = None) -> str:
        """A fresh address that signs one browser in as the owner, once, for ten minutes. It leads
        to a notebook, or to the list of them."""
        to = "" if notebook_id is None else f"&notebook={notebook_id}"
        return f"{self.url}/?code={self.codes.make(OWNER)}{to}"


@asynccontextmanager
async def opened(
    data: Path, settings: ServiceSettings, open_log: OpenLog = SqlLog
) -> AsyncIterator[Service]:
    """The service on the store of a data folder that the caller holds."""
    log = await asyncio.to_thread(open_log, sqlite_url(data / STORE))
    try:
        blobs = await asyncio.to_thread(FolderBlobs, data / BLOBS)
        service = await Service.open(log, blobs, settings)
        try:
            yield service
        finally:
            await service.close()
    finally:
        await asyncio.to_thread(log.close)


@asynccontextmanager
async def running(
    settings: Settings,
    *,
    open_url: Callable[[str], bool] = webbrowser.open,
    open_log: OpenLog = SqlLog,
) -> AsyncIterator[Running]:
    """A server on the data folder, up inside the block.

    `open_url` shows an address in a browser on this machine. Raises Unavailable when another server
    holds the folder, BadArgument when the folder or the address cannot be used.
    """
    data = settings.data
    times = ServiceSettings(
        lease_s=settings.lease_s,
        adrift_s=settings.adrift_s,
        remote_adrift_s=settings.remote_adrift_s,
    )
    with held(data):
        async with opened(data, times, open_log) as service:
            await make_owner(service)
            token = await local_credential(
                service,
                credential_file(data, COMMAND_LINE),
                "human",
                "Command line",
                COMMAND_LINE_SCOPES,
            )
            listener = bind(settings.host, settings.port)
            codes, streams = OneTimeCodes(time.monotonic), Streams()
            up = Running(url_of(listener), token, settings, service, codes)

            async def opener(caller: Caller) -> None:
                await _open_browser(up, caller, open_url)

            def command(caller: Caller) -> tuple[str, ...] | None:
                own = _is_owner(caller) and is_loopback(settings.host)
                return own_command() if own else None

            app = create_app(
                service,
                settings,
                codes=codes,
                streams=streams,
                machine=Machine(opener, command),
                mcp=Mcp(lambda: mcp_room(service, settings), streams),
                page=BuiltPage.found(),
            )
            async with listening(app, listener, streams):
                tell(data, Process(os.getpid(), up.url))
                try:
                    yield up
                finally:
                    untell(data)


def mcp_room(service: Service, settings: Settings) -> Endpoint:
    """The door for models; loading it takes a second."""
    from intheloop.mcp_server.http import McpEndpoint

    return McpEndpoint(service, settings.body_limit)


async def _open_browser(up: Running, caller: Caller, open_url: Callable[[str], bool]) -> None:
    """The code goes to the browser on this machine and to nobody else, not even to who asks."""
    if not _is_owner(caller):
        raise Denied("Only the person who runs this server opens its browser; ask them.")
    if not await asyncio.to_thread(open_url, up.link()):
        raise NotFound(
            "No browser could be opened on the server's machine; open the link that "
            "`intheloop serve` printed."
        )


def _is_owner(caller: Caller) -> bool:
    return caller.actor.kind == "human" and caller.actor.id == OWNER


async def serve(  # noqa: PLR0913 (one for each wish)
    settings: Settings,
    say: Callable[[str], None],
    *,
    json_lines: bool = False,
    open_browser: bool = False,
    before: Callable[[Running], Awaitable[None]] | None = None,
    beside: Callable[[Running], Awaitable[None]] | None = None,
    leave_after_s: float | None = None,
    welcome: bool = False,
    open_log: OpenLog = SqlLog,
) -> None:
    """Run a server until SIGTERM or SIGINT, and tell by `say` where it is.

    With `welcome` a workspace without notebooks gets one to begin with, and the link leads there.
    With `leave_after_s` it also stops once nobody has used it for so many seconds.

    `before` is done before anybody is told. `beside` runs next to it (a local runtime, say): it is
    cancelled when the server stops, and if it fails the server stops with it. Its end alone stops
    nothing.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        async with running(settings, open_log=open_log) as up:
            settle()
            if BuiltPage.found() is None:
                log.warning(
                    "The page is not built: browsers get plain pages to read. `make web` builds it."
                )
            if before is not None:
                await before(up)
            first = await make_welcome(up.service, up.owner()) if welcome else None
            link = up.link(first)
            say(_ready(up, link, json_lines=json_lines))
            if open_browser:
                await asyncio.to_thread(webbrowser.open, link)
            async with _leaving(up.service, leave_after_s, stop):
                await _until(stop, beside(up) if beside else None)
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


@asynccontextmanager
async def _leaving(
    service: Service, quiet_s: float | None, stop: asyncio.Event
) -> AsyncIterator[None]:
    """Inside the block, `stop` is set once the service was of no use to anybody for so long."""

    async def leave() -> None:
        if quiet_s is not None:
            await service.use.wait_for_end(quiet_s)
            stop.set()

    leaving = asyncio.create_task(leave())
    try:
        yield
    finally:
        leaving.cancel()


def settle() -> None:
    """What is loaded by now stays for good: the garbage collector need not go through it again.

    It looks less often, too: nearly all that a call makes goes without it.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)


def _ready(up: Running, link: str, *, json_lines: bool) -> str:
    if not json_lines:
        return f"In The Loop is at {link}"
    told = {"event": "ready", "url": up.url, "link": link, "pid": os.getpid()}
    return msgspec.json.encode({**told, "data": str(up.settings.data)}).decode()


async def _until(stop: asyncio.Event, beside: Awaitable[None] | None) -> None:
    stopping = asyncio.ensure_future(stop.wait())
    if beside is None:
        await stopping
        return
    other = asyncio.ensure_future(beside)
    try:
        await asyncio.wait((stopping, other), return_when=asyncio.FIRST_COMPLETED)
        if not stopping.done():
            other.result()
            await stopping
    finally:
        stopping.cancel()
        other.cancel()
        await asyncio.gather(other, return_exceptions=True)


def run(main: Coroutine[object, object, T]) -> T:
    """Run on the fastest event loop that the platform has."""
    if sys.platform == "win32":
        return asyncio.run(main)
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main)
