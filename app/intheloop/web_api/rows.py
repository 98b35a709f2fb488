"""The rows of the wire that are no tools: logs, streams, work, signals, state, blobs, health."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from importlib.metadata import version

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from intheloop.commands import History, ReadHistory
from intheloop.decider import Caller
from intheloop.errors import BadArgument, NotFound
from intheloop.notebooks import Service
from intheloop.settings import Settings

from .answers import Blob, Json, Live, Streams, packed
from .reading import checked_id, decode, headers_of, query_of, read_body
from .shapes import (
    LAST_SEQ,
    BlobPut,
    EventsQuery,
    FollowBody,
    Opened,
    OwnCommand,
    SignalBody,
    StateQuery,
    WorkQuery,
)
from .signing import Signing

_SHA256 = re.compile(r"[0-9a-f]{64}")


class Machine(Struct, frozen=True):
    """The machine that the server runs on, for who is there.

    `open_browser` opens one for this caller, or raises a refusal. `command` is how `intheloop` is
    started on the caller's machine, if that is this one.
    """

    open_browser: Callable[[Caller], Awaitable[None]]
    command: Callable[[Caller], tuple[str, ...] | None]


class Rows:
    """The endpoints."""

    def __init__(
        self,
        service: Service,
        signing: Signing,
        settings: Settings,
        streams: Streams,
        machine: Machine | None,
    ) -> None:
        self._service = service
        self._signing = signing
        self._settings = settings
        self._streams = streams
        self._machine = machine

    async def events(self, request: Request) -> Response | Live:
        """Records as a page of JSON, or as a stream, as the caller accepts it."""
        caller = self._signing.caller(request.scope)
        notebook_id = _notebook_id(request)
        query = query_of(request.scope, EventsQuery)
        headers = headers_of(request.scope)
        if "text/event-stream" in headers.get("accept", ""):
            after = _last_event_id(headers.get("last-event-id"), query.after)
            return Live(self._service.streams.records({notebook_id: after}, caller), self._streams)
        history = ReadHistory(
            notebook_id=notebook_id,
            after=query.after,
            limit=query.limit,
            actor=query.actor,
            cell=query.cell,
            event_type=query.event_type,
            records=True,
        )
        found: History = await self._service.ask(history, caller)
        return Json({"seq": found.seq, "records": found.records, "head": found.head})

    async def follow(self, request: Request) -> Live:
        """Several logs in one stream."""
        caller = self._signing.caller(request.scope)
        body = decode(await self._body(request), FollowBody)
        return Live(self._service.streams.records(body.notebooks, caller), self._streams)

    async def work(self, request: Request) -> Live:
        """What there is to act on."""
        caller = self._signing.caller(request.scope)
        query = query_of(request.scope, WorkQuery)
        kinds = frozenset(kind for kind in query.kind.split(",") if kind)
        return Live(self._service.streams.work(caller, kinds), self._streams)

    async def changes(self, request: Request) -> Live:
        """That something changed."""
        caller = self._signing.caller(request.scope)
        return Live(self._service.streams.changes(caller), self._streams)

    async def signal(self, request: Request) -> Response:
        """Something to tell, which is not kept."""
        caller = self._signing.caller(request.scope)
        body = decode(await self._body(request), SignalBody)
        decode(bytes(body.value), object)  # passed on as it is, so it must be sound
        await self._service.signal(
            _notebook_id(request),
            caller,
            kind=body.kind,
            key=body.key,
            value=bytes(body.value),
            to=body.to,
            ttl_s=body.ttl_s,
        )
        return Response(status_code=204)

    async def state(self, request: Request) -> Response:
        """The notebook as of now or of a seq."""
        caller = self._signing.caller(request.scope)
        query = query_of(request.scope, StateQuery)
        notebook_id = _notebook_id(request)
        cells = None if query.cells is None else frozenset(query.cells.split(","))
        state = await self._service.state(notebook_id, caller, query.at, query.outputs, cells)
        return await packed(Json(state), request.scope)

    async def blob(self, request: Request) -> Response:
        """Bytes of a notebook, put or read."""
        return await (self._put_blob if request.method == "PUT" else self._get_blob)(request)

    async def _put_blob(self, request: Request) -> Response:
        caller = self._signing.caller(request.scope)
        notebook_id, sha256 = _notebook_id(request), _sha256(request)
        data = await read_body(request.scope, request.receive, self._settings.blob_limit)
        await self._service.put_blob(notebook_id, sha256, data, caller)
        return Json(BlobPut(sha256, len(data)))

    async def _get_blob(self, request: Request) -> Response:
        caller = self._signing.caller(request.scope)
        sha256 = _sha256(request)
        data = await self._service.get_blob(_notebook_id(request), sha256, caller)
        return Blob(sha256, data, headers_of(request.scope).get("if-none-match"))

    async def health(self, _: Request) -> Response:
        """How the server is; for anybody."""
        return Json({"version": version("intheloop"), **await self._service.health()})

    async def open_browser(self, request: Request) -> Response:
        """Open the page on the server's machine; the code goes to that browser alone."""
        caller = self._signing.caller(request.scope)
        if self._machine is None:
            raise NotFound("This server opens no browser; open the link that it printed.")
        await self._machine.open_browser(caller)
        return Json(Opened(True))

    async def own_command(self, request: Request) -> Response:
        """How a client on the caller's machine starts `intheloop`."""
        caller = self._signing.caller(request.scope)
        return Json(OwnCommand(self._machine.command(caller) if self._machine else None))

    async def _body(self, request: Request) -> bytes:
        return await read_body(request.scope, request.receive, self._settings.body_limit)


def _notebook_id(request: Request) -> str:
    return checked_id(request.path_params["notebook_id"], "notebook id")


def _sha256(request: Request) -> str:
    sha256: str = request.path_params["sha256"]
    if not _SHA256.fullmatch(sha256):
        raise BadArgument(f"{sha256[:100]!r} is no sha256; send 64 lower-case hex digits.")
    return sha256


def _last_event_id(given: str | None, after: int) -> int:
    """Where a stream is taken up: what a browser says that it saw last wins."""
    if not given:
        return after
    if not (given.isascii() and given.isdecimal() and int(given[:20]) <= LAST_SEQ):
        raise BadArgument("Last-Event-ID must be the seq of a record; send the last id you saw.")
    return int(given)
