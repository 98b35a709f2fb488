"""The floors over HTTP: Starlette that keeps what it gets in a list, and a ring of ready bytes.

No credential, no rule, no record, no disk; the same uvicorn settings and event loop as the server.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, Router
from starlette.types import Receive, Scope, Send

from intheloop.server import run
from intheloop.server.listening import bind, listening, url_of
from intheloop.web_api import Streams

FRAME = 700
"""Bytes of a frame: as many as the frame of a comment's record has."""

_HEADERS = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-cache")]


class Bare:
    """What was sent, and the frames of it for those who listen."""

    def __init__(self) -> None:
        self.items: list[object] = []
        self.frames: list[bytes] = []
        self.listeners: set[asyncio.Event] = set()
        self.joined: tuple[int, int, bytes] = (0, 0, b"")

    async def append(self, request: Request) -> Response:
        self.items.append(await request.json())
        seq = len(self.items)
        frame = b"id: %d\nevent: record\ndata: " % seq
        self.frames.append(frame + b"x" * (FRAME - len(frame) - 2) + b"\n\n")
        for listener in self.listeners:
            listener.set()
        return JSONResponse({"seq": seq})

    async def events(self, scope: Scope, receive: Receive, send: Send) -> None:
        cursor = int(parse_qs(scope["query_string"].decode())["after"][0])
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        await send({"type": "http.response.body", "body": b": \n\n", "more_body": True})
        sending = asyncio.create_task(self._send(cursor, send))
        while (await receive())["type"] != "http.disconnect":
            pass
        sending.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await sending

    async def _send(self, cursor: int, send: Send) -> None:
        news = asyncio.Event()
        self.listeners.add(news)
        try:
            while True:
                last = len(self.frames)
                if cursor < last:
                    body = self._since(cursor, last)
                    cursor = last
                    await send({"type": "http.response.body", "body": body, "more_body": True})
                news.clear()
                if cursor == len(self.frames):
                    await news.wait()
        finally:
            self.listeners.discard(news)

    def _since(self, cursor: int, last: int) -> bytes:
        if self.joined[:2] != (cursor, last):
            self.joined = (cursor, last, b"".join(self.frames[cursor:last]))
        return self.joined[2]


async def main() -> None:
    """Serve until the other end of stdin closes; the first line of stdout is the address."""
    bare, listener, streams = Bare(), bind("127.0.0.1", 0), Streams()
    events = Route("/events", endpoint=_Endpoint(bare), methods=["GET"])
    app = Router([Route("/append", bare.append, methods=["POST"]), events])
    async with listening(app, listener, streams):
        print(url_of(listener), flush=True)
        await asyncio.to_thread(sys.stdin.read)


class _Endpoint:
    """Starlette takes an object for plain ASGI, and a method for a function of a request."""

    def __init__(self, bare: Bare) -> None:
        self._bare = bare

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._bare.events(scope, receive, send)


if __name__ == "__main__":
    run(main())
