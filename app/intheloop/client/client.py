"""The client itself: one connection pool, calls that may be repeated, streams that resume.

Everything is tried again until it works or is refused for good, with the same command id; how long
is the caller's to say.
"""

from __future__ import annotations

import copy
import io
import logging
import secrets
import time
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import aclosing
from functools import partial
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit

import aiohttp
import msgspec
from msgspec import Struct

from intheloop import commands as c
from intheloop.errors import Unavailable
from intheloop.events import WireRecord
from intheloop.notebook import Notebook, PortableNotebook, unpack

from .live import Ended, LiveItem, WorkChange, live_item, work_change
from .patience import LOST, Patience
from .problems import Answered, Defect, error_of
from .sse import BrokenStream, Frame, Parser

T = TypeVar("T")
log = logging.getLogger(__name__)

_CONNECT_S = 10.0
_ANSWER_S = 60.0
# The server sends a comment every 15 s: after three missed ones the stream is taken for dead.
_QUIET_S = 45.0
_KEPT_S = 60.0
_PIECE = 256 * 1024
_STREAM_HEADERS = {
    "Accept": "text/event-stream",
    "Accept-Encoding": "identity",
    "Content-Type": "application/json",
}
_LOOPBACK = frozenset(("127.0.0.1", "::1", "localhost"))


class StateAt(Struct, frozen=True):
    """A notebook as of `seq`, with the digest of that state."""

    notebook: Notebook
    seq: int
    digest: str
    reducer_version: int


class _Portable(Struct, frozen=True):
    state: PortableNotebook
    seq: int
    digest: str
    reducer_version: int


class _Page(Struct, frozen=True):
    records: list[WireRecord]
    head: int


def fresh_command_id() -> str:
    """A key that nobody has used; ordered by time, so that the index of them stays dense."""
    return f"{time.time_ns() // 1_000_000:012x}{secrets.token_hex(10)}"


class Client:
    """Talks to one server with one credential. Close it with `close`, or use it as `async with`.

    `patience_s` bounds how long an unreachable or unready server is tried again, for each call and
    for each gap of a stream; None is for ever. Refusals that waiting does not mend come at once, as
    the errors of `intheloop.errors`. An answer that the protocol does not know is a Defect.
    """

    def __init__(
        self,
        url: str,
        token: str,
        name: str,
        version: str,
        *,
        patience_s: float | None = None,
    ) -> None:
        self.url = url.rstrip("/")
        self._patience = Patience(self.url, patience_s)
        self._called = f"{name}/{version}"
        self._connections = _Connections(self.url, token)

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close all connections; streams end with it."""
        await self._connections.close()

    def known_as(self, name: str, version: str) -> Client:
        """The same client under another name. It lives as long as this one."""
        other = copy.copy(self)
        other._called = f"{name}/{version}"
        return other

    async def call(
        self,
        tool: c.Tool,
        command_id: str | None = None,
        trace_id: str | None = None,
        causation_id: str | None = None,
        *,
        correlation_id: str | None = None,
        untrusted: bool = False,
    ) -> Any:
        """Call a tool; the answer is of the type `tool.ANSWER`, or `Asked` when a person decides
        first.

        All tries of a call carry one `command_id`, so that it happens once; give your own to repeat
        a call of an earlier process. `trace_id` (32 hex digits) and `causation_id` are kept in the
        records, and
        `correlation_id`, which names the run that it belongs to. `untrusted` says that words of
        nobody here led to it.
        """
        headers = {"Content-Type": "application/json"}
        if trace_id is not None:
            headers["traceparent"] = f"00-{trace_id}-{secrets.token_hex(8)}-01"
        if causation_id is not None:
            headers["Loop-Causation-Id"] = causation_id
        if correlation_id is not None:
            headers["Loop-Correlation-Id"] = correlation_id
        if untrusted:
            headers["Loop-Untrusted"] = "1"
        if tool.TARGET != "nothing":
            headers["Idempotency-Key"] = command_id or fresh_command_id()
        body = msgspec.json.encode(tool)
        quiet_s = _ANSWER_S + getattr(tool, "wait_s", 0)
        path = f"/api/tools/{tool.tool_name()}"
        answer = await self._send("POST", path, data=body, headers=headers, quiet_s=quiet_s)
        return _read(answer, c.Asked if answer.status == 202 else tool.ANSWER)

    async def records(
        self,
        notebook_id: str,
        *,
        after: int = 0,
        limit: int = 100,
        event_type: str | None = None,
        actor: str | None = None,
        cell: str | None = None,
    ) -> tuple[list[WireRecord], int]:
        """A page of the log, and the seq of the last record that there is."""
        asked = {"after": after, "limit": limit, "type": event_type, "actor": actor, "cell": cell}
        params = {name: value for name, value in asked.items() if value is not None}
        page = _read(
            await self._send("GET", f"/api/notebooks/{notebook_id}/events", params=params), _Page
        )
        return page.records, page.head

    async def state(
        self,
        notebook_id: str,
        *,
        at: int | None = None,
        outputs: Literal["inline", "refs"] = "inline",
    ) -> StateAt:
        """The notebook as of now or of an earlier seq; with `refs` its outputs are only named."""
        params: dict[str, Any] = {"outputs": outputs} | ({} if at is None else {"at": at})
        answer = await self._send("GET", f"/api/notebooks/{notebook_id}", params=params)
        found = _read(answer, _Portable)
        return StateAt(unpack(found.state), found.seq, found.digest, found.reducer_version)

    async def put_blob(self, notebook_id: str, sha256: str, data: bytes) -> None:
        """Put a blob where events of this notebook may name it."""
        await self._send("PUT", f"/api/notebooks/{notebook_id}/blobs/{sha256}", data=data)

    async def get_blob(self, notebook_id: str, sha256: str) -> bytes:
        """The bytes of a blob of this notebook."""
        answer = await self._send("GET", f"/api/notebooks/{notebook_id}/blobs/{sha256}")
        return answer.content

    async def signal(
        self,
        notebook_id: str,
        kind: str,
        key: str,
        value: object,
        *,
        to: str | None = None,
        ttl_s: float = 0,
    ) -> None:
        """Say something to those who follow the notebook, or to one actor id; it is not kept."""
        said = {"kind": kind, "key": key, "value": value, "ttl_s": ttl_s}
        body = msgspec.json.encode(said | ({} if to is None else {"to": to}))
        headers = {"Content-Type": "application/json"}
        path = f"/api/notebooks/{notebook_id}/signals"
        await self._send("POST", path, data=body, headers=headers)

    async def export(
        self, notebook_id: str, format_: Literal["ipynb", "log"] = "ipynb", at: int | None = None
    ) -> c.Exported:
        """The notebook as a file."""
        answer: c.Exported = await self.call(
            c.ExportNotebook(notebook_id=notebook_id, format=format_, at=at)
        )
        return answer

    async def health(self) -> dict[str, Any]:
        """What the server says of itself; it asks for no credential."""
        answer: dict[str, Any] = _read(await self._send("GET", "/api/health"), dict)
        return answer

    async def open_browser(self) -> None:
        """Have the server open its page in a browser on its own machine."""
        await self._send("POST", "/api/open")

    async def follow(self, after: Mapping[str, int]) -> AsyncGenerator[LiveItem]:
        """All records after these seqs (notebook id to seq) as they come, signals and digests too.

        Ends when no notebook is left in it. A broken connection is resumed: no record is missed
        and none comes twice. Leave it by cancelling its task or with `contextlib.aclosing`.
        """
        cursors = dict(after)
        pauses = self._patience.pauses()
        while cursors:
            body = msgspec.json.encode({"notebooks": cursors})
            frames: AsyncGenerator[LiveItem] = self._frames(
                "POST", "/api/follow", body, partial(_next_item, cursors)
            )
            async with aclosing(frames) as items:
                async for item in items:
                    pauses.came()
                    yield item
                    if not cursors:
                        return
            await pauses.wait()

    async def work(self, kinds: Iterable[str]) -> AsyncGenerator[WorkChange]:
        """What there is to do: first all of it, then each change; all of it again after a break."""
        path = "/api/work?kind=" + ",".join(sorted(kinds))
        pauses = self._patience.pauses()
        while True:
            frames: AsyncGenerator[WorkChange] = self._frames("GET", path, None, work_change)
            async with aclosing(frames) as changes:
                async for change in changes:
                    pauses.came()
                    yield change
            await pauses.wait()

    async def _frames(
        self, method: str, path: str, body: bytes | None, read: Callable[[Frame], T | None]
    ) -> AsyncGenerator[T]:
        """What `read` makes of the frames of one connection, which is tried until it stands."""

        async def connect() -> aiohttp.ClientResponse:
            response = await self._request(
                method, path, data=body, headers=_STREAM_HEADERS, quiet_s=_QUIET_S
            )
            if response.ok:
                return response
            error = error_of(await _answered(response))
            # A call that meets a defect must not be repeated blindly; a stream may be.
            broken = isinstance(error, Defect) and response.status >= 500
            raise Unavailable(error.detail) if broken else error

        parser = Parser()
        response = await self._patience.call(connect)
        try:
            async for chunk in response.content.iter_any():
                for frame in parser.feed(chunk):
                    item = read(frame)
                    if item is not None:
                        yield item
        except (*LOST, BrokenStream) as error:
            log.info("A stream of %s broke and is taken up again: %r", self.url, error)
        finally:
            response.close()

    async def _send(self, method: str, path: str, **request: Any) -> Answered:
        async def once() -> Answered:
            answer = await _answered(await self._request(method, path, **request))
            if not answer.good:
                raise error_of(answer)
            return answer

        return await self._patience.call(once)

    async def _request(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        data: bytes | None = None,
        quiet_s: float = _ANSWER_S,
        **request: Any,
    ) -> aiohttp.ClientResponse:
        """The answer as soon as its head has come."""
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_S, sock_read=quiet_s)
        # What is large is sent in pieces, so that it does not hold the loop.
        body = io.BytesIO(data) if data and len(data) > _PIECE else data
        return await self._connections.open().request(
            method,
            self.url + path,
            headers={**(headers or {}), "Loop-Client": self._called},
            data=body,
            timeout=timeout,
            **request,
        )


class _Connections:
    """The connections to one server, of a client under all its names."""

    def __init__(self, url: str, token: str) -> None:
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        # A proxy of the environment is not for a server on this machine.
        self._trust_env = urlsplit(url).hostname not in _LOOPBACK
        self._session: aiohttp.ClientSession | None = None

    def open(self) -> aiohttp.ClientSession:
        """The session; it belongs to the loop that it is first opened on."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                headers=self._headers,
                connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=_KEPT_S),
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=self._trust_env,
            )
        return self._session

    async def close(self) -> None:
        """Close them all."""
        if self._session is not None:
            await self._session.close()


async def _answered(response: aiohttp.ClientResponse) -> Answered:
    async with response:
        return Answered(str(response.url), response.status, await response.read())


def _next_item(cursors: dict[str, int], frame: Frame) -> LiveItem | None:
    """What a frame brings that is new; it moves the cursors. Raises BrokenStream on a gap."""
    item = live_item(frame)
    if isinstance(item, Ended):
        cursors.pop(item.notebook_id, None)
    if not isinstance(item, WireRecord):
        return item
    seen = cursors.get(item.notebook_id)
    if seen is None or item.seq <= seen:
        return None
    if item.seq != seen + 1:
        raise BrokenStream(f"Record {item.seq} of {item.notebook_id} came after {seen}.")
    cursors[item.notebook_id] = item.seq
    return item


def _read(response: Answered, cls: type[T]) -> T:
    try:
        return msgspec.json.decode(response.content, type=cls)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Defect(
            f"The answer of {response.url} cannot be read: {error}. Check that server and "
            "client are of versions that fit."
        ) from error
