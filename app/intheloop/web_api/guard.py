"""The outermost layer: no foreign Host or Origin comes in, every answer carries the headers that
keep a browser safe, and every exception becomes a problem."""

from __future__ import annotations

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

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        own = {_name(settings.host)} - ANY_ADDRESS
        self._hosts = LOOPBACK | own | {_name(host) for host in settings.hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def secured(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                own = message["headers"]
                named = {name for name, _ in own}
                added = [header for header in _HEADERS if header[0] not in named]
                message = {**message, "headers": [*own, *added]}
            await send(message)

        scope["app"] = self._app  # the router then raises instead of answering in plain text
        try:
            self._check(scope)
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


def _name(host: str) -> str:
    """The name in a `Host` header, without the port, in lower case."""
    name, colon, port = host.rpartition(":")
    bare = name if colon and port.isdigit() and (":" not in name or "]" in name) else host
    return bare.lower().rstrip(".")
