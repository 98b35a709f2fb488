"""uvicorn, told to leave signals and logs to us and to end within seconds."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.types import ASGIApp

from intheloop.errors import BadArgument
from intheloop.web_api import Streams

GRACE_S = 3
"""Seconds that calls under way may take once the server stops."""

KEEP_ALIVE_S = 75


class _Server(uvicorn.Server):
    """Says when it is ready, and takes no signals: those are for who runs it."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def bind(host: str, port: int) -> socket.socket:
    """A socket that listens. Raises BadArgument when the address is taken or not ours."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=2048)
    except (OSError, OverflowError) as error:
        raise BadArgument(
            f"The server cannot listen on {host} port {port} ({error}); choose another with "
            "--port, or 0 for a free one."
        ) from error
    # Connections inherit it. Without it, and on a loop that does not set it by itself, the body of
    # an answer waits for the acknowledgement of its head: 40 ms for nothing.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def is_loopback(host: str) -> bool:
    """Whether an address is reached from this machine alone."""
    return host in ("127.0.0.1", "localhost", "::1")


def url_of(listener: socket.socket) -> str:
    """The address at which a browser on this machine finds the server."""
    host, port = listener.getsockname()[:2]
    here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{here}]:{port}" if ":" in here else f"http://{here}:{port}"


@asynccontextmanager
async def listening(app: ASGIApp, listener: socket.socket, streams: Streams) -> AsyncIterator[None]:
    """Serve the app inside the block. At its end streams end, calls under way are answered."""
    config = uvicorn.Config(
        app,
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=GRACE_S,
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve([listener]))
    try:
        ready = asyncio.create_task(server.ready.wait())
        await asyncio.wait((serving, ready), return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        if serving.done():
            serving.result()
        yield
    finally:
        streams.stop()
        server.should_exit = True
        await serving
