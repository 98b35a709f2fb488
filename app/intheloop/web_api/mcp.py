"""`/mcp` and its protected-resource metadata. The room behind it is opened at the first request,
since it takes a second to load."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Message, Receive, Scope, Send

from intheloop.access import is_session_secret
from intheloop.errors import Denied, LoopError, Unauthenticated

from .answers import Streams
from .problems import problem_of
from .reading import headers_of

METADATA = "/.well-known/oauth-protected-resource"
SCOPES = ("notebook:read", "notebook:write", "notebook:run")
_LEAST = SCOPES[0]


class Endpoint(Protocol):
    """What is behind the door."""

    def running(self) -> AbstractAsyncContextManager[None]:
        """Around all requests."""

    def __call__(self, scope: Scope, receive: Receive, send: Send, secret: str) -> Awaitable[None]:
        """One request of whom the secret lets in."""


class Mcp:
    """The endpoint, which `open_room` makes when it is first wanted."""

    def __init__(self, open_room: Callable[[], Endpoint], streams: Streams) -> None:
        self._open_room = open_room
        self._streams = streams
        self._wanted = asyncio.Event()
        self._room: asyncio.Future[Endpoint] | None = None

    @asynccontextmanager
    async def lifespan(self, _: object) -> AsyncIterator[None]:
        """Requests may come inside the block."""
        self._room = asyncio.get_running_loop().create_future()
        hosting = asyncio.create_task(self._host(self._room))
        try:
            yield
        finally:
            hosting.cancel()
            await asyncio.gather(hosting, return_exceptions=True)

    async def _host(self, room: asyncio.Future[Endpoint]) -> None:
        await self._wanted.wait()
        try:
            endpoint = await asyncio.to_thread(self._open_room)
            async with endpoint.running():
                room.set_result(endpoint)
                await asyncio.Event().wait()
        except Exception as error:
            if not room.done():
                room.set_exception(error)  # told to each who asks, instead of letting them wait
            raise

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            secret = _secret(scope)
            self._wanted.set()
            assert self._room is not None, "the lifespan has not begun"
            endpoint = await asyncio.shield(self._room)
            scope = _trimmed(scope)
            if _is_stream(scope):
                await self._until_stopped(endpoint, scope, receive, send, secret)
            else:
                await endpoint(scope, receive, send, secret)
        except (Unauthenticated, Denied) as error:
            await _challenge(scope, error)(scope, receive, send)

    async def _until_stopped(
        self, endpoint: Endpoint, scope: Scope, receive: Receive, send: Send, secret: str
    ) -> None:
        """A stream that would not end by itself ends when the server stops."""
        started, task = False, asyncio.current_task()
        assert task is not None, "every request has its task"

        async def sending(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        self._streams.waiting.add(task)
        try:
            await endpoint(scope, receive, sending, secret)
        except asyncio.CancelledError:
            if not started or not self._streams.stopped or task.uncancel():
                raise
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            self._streams.waiting.discard(task)


def _is_stream(scope: Scope) -> bool:
    listens = headers_of(scope).get("mcp-method") == "subscriptions/listen"
    return scope["method"] == "GET" or listens


def _trimmed(scope: Scope) -> Scope:
    """White space around a value is no part of it (RFC 9110, 5.5); the parser leaves what follows,
    and the protocol compares values with the body."""
    return {**scope, "headers": [(name, value.strip(b" \t")) for name, value in scope["headers"]]}


def metadata(request: Request) -> Response:
    """RFC 9728: what a client that was refused may learn. Credentials are made by people."""
    base = str(request.base_url).rstrip("/")
    return JSONResponse(
        {
            "resource": f"{base}/mcp",
            "resource_name": "In The Loop",
            "bearer_methods_supported": ["header"],
            "scopes_supported": list(SCOPES),
        }
    )


def _secret(scope: Scope) -> str:
    scheme, _, secret = headers_of(scope).get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret.strip() or is_session_secret(secret.strip()):
        raise Unauthenticated(
            "Send a credential as `Authorization: Bearer SECRET`; `intheloop connect` makes one."
        )
    return secret.strip()


def _challenge(scope: Scope, error: LoopError) -> Response:
    response = problem_of(error)
    headers = headers_of(scope)
    where = f"{scope['scheme']}://{headers.get('host', '')}{METADATA}/mcp"
    told = f'scope="{_LEAST}", resource_metadata="{where}"'
    if isinstance(error, Denied):
        told = f'error="insufficient_scope", {told}'
    elif "authorization" in headers:
        told = f'error="invalid_token", {told}'
    response.headers["WWW-Authenticate"] = f"Bearer {told}"
    return response
