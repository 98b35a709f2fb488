"""Answers that are no problem: JSON, streams of server-sent events, blobs."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Any

import anyio
from msgspec import Struct
from sse_starlette.sse import EventSourceResponse
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from .reading import encode, headers_of

PACKED_FROM = 4096
"""Bytes of an answer that are worth packing."""


class Json(Response):
    """A value as JSON, which nobody may keep."""

    media_type = "application/json"

    def __init__(self, value: Any, status: int = 200) -> None:
        super().__init__(encode(value), status, {"Cache-Control": "no-store"})


async def packed(answer: Response, scope: Scope) -> Response:
    """The answer, packed if it is large and the caller can unpack it."""
    answer.headers["Vary"] = "Accept-Encoding"
    large = len(answer.body) > PACKED_FROM
    if large and "gzip" in headers_of(scope).get("accept-encoding", ""):
        answer.body = await asyncio.to_thread(gzip.compress, bytes(answer.body), 6, mtime=0)
        answer.headers["Content-Encoding"] = "gzip"
        answer.headers["Content-Length"] = str(len(answer.body))
    return answer


class Blob(Response):
    """Bytes of a notebook: a download that no browser runs.

    Asking again with the tag spares the transfer; access is checked each time.
    """

    media_type = "application/octet-stream"

    def __init__(self, sha256: str, data: bytes, known: str | None) -> None:
        same = known == f'"{sha256}"'
        super().__init__(
            b"" if same else data,
            304 if same else 200,
            {
                "Cache-Control": "private, no-cache",
                "Content-Disposition": f'attachment; filename="{sha256}"',
                "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
                "ETag": f'"{sha256}"',
            },
        )


class Streams:
    """All open streams of this server, so that it can end them when it stops."""

    def __init__(self) -> None:
        self.stopped = False
        self.waiting: set[asyncio.Task[Any]] = set()

    def stop(self) -> None:
        """End every stream where it waits; what was begun is sent whole."""
        self.stopped = True
        for task in self.waiting:
            task.cancel()


class _UntilStopped:
    """The chunks of one stream, until there are no more or the server stops."""

    def __init__(self, chunks: AsyncIterator[bytes], streams: Streams) -> None:
        self._chunks = chunks
        self._streams = streams

    def __aiter__(self) -> _UntilStopped:
        return self

    async def __anext__(self) -> bytes:
        streams, task = self._streams, asyncio.current_task()
        if streams.stopped or task is None:
            raise StopAsyncIteration
        streams.waiting.add(task)
        try:
            return await self._chunks.__anext__()
        except asyncio.CancelledError:
            if streams.stopped and not task.uncancel():
                raise StopAsyncIteration from None
            raise
        finally:
            streams.waiting.discard(task)


class _Frames(EventSourceResponse):
    """Ready frames, sent as they are; pings are among them."""

    def __init__(self, chunks: _UntilStopped) -> None:
        super().__init__(chunks, headers={"Cache-Control": "no-cache"}, ping=0)

    async def _stream_response(self, send: Send) -> None:
        """Every chunk as it is: nothing to encode, and no time limit to set up for each."""
        start = {"status": self.status_code, "headers": self.raw_headers}
        await send({"type": "http.response.start", **start})
        async for chunk in self.body_iterator:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        self.active = False
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _listen_for_exit_signal(self) -> None:  # type: ignore[override]
        """`Streams` says when to stop; the library would look twice a second at uvicorn."""
        await anyio.sleep_forever()


class Live(Struct, frozen=True):
    """An answer that streams what the service opens; a refusal still comes as a problem."""

    opening: AbstractAsyncContextManager[AsyncIterator[bytes]]
    streams: Streams

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self.opening as chunks:
            await _Frames(_UntilStopped(chunks, self.streams))(scope, receive, send)
