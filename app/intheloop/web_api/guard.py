"""The outermost layer: no foreign Host or Origin comes in, every answer carries the headers that
keep a browser safe, every exception becomes a problem, and that a stranger was refused is noted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from intheloop.errors import Denied
from intheloop.settings import Settings

from .problems import problem_of
from .reading import headers_of

LOOPBACK = frozenset(("localhost", "127.0.0.1", "[::1]"))
ANY_ADDRESS = frozenset(("0.0.0.0", "::", "[::]"))
FRAME = "/frame/"
"""What the frame of foreign output loads. It has no origin, so its requests come as another site's;
these files are the same for everybody and tell nothing of anybody."""
HARMLESS = frozenset(("GET", "HEAD", "OPTIONS"))

Noted: TypeAlias = Callable[[str, str], Awaitable[None]]
"""Is told at which door a stranger was refused, and why: in words of ours alone, so that whoever
hurries is one count and no flood."""

_UNKNOWN = "No valid credential came with the request."
_FOREIGN = "The request was of another site's page, or called this server by a name not its own."

_HEADERS = [
    (
        b"content-security-policy",
        b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
]


class Guard:
    """ASGI middleware around everything."""

    def __init__(self, app: ASGIApp, settings: Settings, noted: Noted) -> None:
        self._app = app
        self._noted = noted
        own = {_name(settings.host)} - ANY_ADDRESS
        self._hosts = LOOPBACK | own | {_name(host) for host in settings.hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False
        door = _door(scope["path"])

        async def secured(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                if message["status"] == 401 and door is not None:
                    await self._noted(door, _UNKNOWN)
                own = message["headers"]
                named = {name for name, _ in own}
                added = [header for header in _HEADERS if header[0] not in named]
                message = {**message, "headers": [*own, *added]}
            await send(message)

        scope["app"] = self._app  # the router then raises instead of answering in plain text
        try:
            self._check(scope)
        except Denied as error:
            await self._noted(door or "page", _FOREIGN)
            await problem_of(error)(scope, receive, secured)
            return
        try:
            await self._app(scope, receive, secured)
        except ClientDisconnect:
            return
        except Exception as error:
            if started:
                raise  # the connection is cut, so that nobody takes half an answer for a whole one
            await problem_of(error)(scope, receive, secured)

    def _check(self, scope: Scope) -> None:
        """Raises Denied for what a page of another site, or a name bound to us by others, sends."""
        headers = headers_of(scope)
        host = headers.get("host", "")
        if _name(host) not in self._hosts:
            raise Denied(
                f"This server does not answer as {host[:100]!r}; call it by its own name, or add "
                "that one to INTHELOOP_HOSTS."
            )
        if scope["method"] in HARMLESS and scope["path"].startswith(FRAME):
            return
        origin = headers.get("origin")
        if origin is not None and origin.lower() != f"{scope['scheme']}://{host}".lower():
            raise Denied("A page of another site may not call this server; open its own page.")
        foreign = headers.get("sec-fetch-site") == "cross-site"
        if foreign and scope["method"] not in HARMLESS:
            raise Denied("A page of another site may not change anything here; use the own page.")


def _door(path: str) -> str | None:
    """Where somebody stands who sends a credential; a page that asks people to sign in is none."""
    if path == "/mcp":
        return "mcp"
    return "http" if path.startswith("/api/") else None


def _name(host: str) -> str:
    """The name in a `Host` header, without the port, in lower case."""
    name, colon, port = host.rpartition(":")
    bare = name if colon and port.isdigit() and (":" not in name or "]" in name) else host
    return bare.lower().rstrip(".")
