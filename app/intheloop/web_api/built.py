"""The built page: its index, its hashed assets, the worker that keeps these for when there is no
network, and the frame in which foreign output runs.

Serves what the build left in a folder and nothing else; who may see the index is for `pages`. The
frame has an opaque origin whoever opens it: it reads no cookie and reaches no address.
"""

from __future__ import annotations

import re
import secrets
from pathlib import Path
from typing import Self

import anyio
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from intheloop.errors import NotFound

from .reading import headers_of

FOLDER = Path(__file__).parent / "page"
"""Where the build puts the page."""

_NONCE = "%NONCE%"
_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; "
    "img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; worker-src 'self'; "
    "frame-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
_WORKER_POLICY = "default-src 'none'; script-src 'self'; connect-src 'self'"
_FRAME_POLICY = (
    "sandbox allow-scripts; default-src 'none'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'unsafe-inline'; img-src data: blob:; font-src data:; media-src data: blob:; "
    "frame-ancestors 'self'; base-uri 'none'; form-action 'none'"
)
_FOR_EVER = "public, max-age=31536000, immutable"
_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")
_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
_PACKED = {"br": ".br", "gzip": ".gz"}


class BuiltPage:
    """The endpoints of a built page."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._index = (folder / "index.html").read_text(encoding="utf-8")

    @classmethod
    def found(cls, folder: Path = FOLDER) -> Self | None:
        """The page of this installation; None where it was not built."""
        return cls(folder) if (folder / "index.html").is_file() else None

    def index(self) -> Response:
        """The document that starts the page. Styles made by scripts carry its nonce."""
        nonce = secrets.token_urlsafe(18)
        policy = _PAGE_POLICY.format(nonce=nonce)
        headers = {"Content-Security-Policy": policy, "Cache-Control": "no-store"}
        return HTMLResponse(self._index.replace(_NONCE, nonce), headers=headers)

    async def asset(self, request: Request) -> Response:
        """A file whose name holds its hash: it may be kept for ever. A worker stands under the
        policy of its own file."""
        policy = {"Content-Security-Policy": _WORKER_POLICY}
        return await self._file("assets", request, {"Cache-Control": _FOR_EVER, **policy})

    async def offline(self, _: Request) -> Response:
        """The worker that keeps the page on a device. It stands at the root, since it answers for
        all that is below its own address, and is asked for anew each time."""
        path = anyio.Path(self._folder / "offline.js")
        if not await path.is_file():
            raise NotFound("This page does not work without its server.")
        headers = {"Cache-Control": "no-cache", "Content-Security-Policy": _WORKER_POLICY}
        return Response(await path.read_bytes(), headers=headers, media_type=_TYPES[".js"])

    async def frame(self, request: Request) -> Response:
        """The sandbox, or one of its scripts, which a document of no origin may load."""
        if request.path_params.get("name"):
            anywhere = {"Cross-Origin-Resource-Policy": "cross-origin"}
            return await self._file("frame", request, {"Cache-Control": _FOR_EVER, **anywhere})
        policy = {"Content-Security-Policy": _FRAME_POLICY, "X-Frame-Options": "SAMEORIGIN"}
        body = await anyio.Path(self._folder / "frame" / "frame.html").read_bytes()
        headers = {"Cache-Control": "no-cache", **policy}
        return Response(body, headers=headers, media_type=_TYPES[".html"])

    async def _file(self, room: str, request: Request, headers: dict[str, str]) -> Response:
        name = request.path_params["name"]
        path = self._folder / room / name
        media_type = _TYPES.get(path.suffix)
        if not _NAME.fullmatch(name) or media_type is None or not path.is_file():
            raise NotFound("The page has no such file; reload it.")
        accepted = headers_of(request.scope).get("accept-encoding", "")
        headers = {**headers, "Vary": "Accept-Encoding"}
        for coding, suffix in _PACKED.items():
            packed = path.with_name(name + suffix)
            if coding in accepted and packed.is_file():
                path, headers["Content-Encoding"] = packed, coding
                break
        body = await anyio.Path(path).read_bytes()
        return Response(body, headers=headers, media_type=media_type)
