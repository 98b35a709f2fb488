"""A real server on a free port in a thread of its own, and people and programs to call it as.

`served` is shared by the tests of a module; a test that needs a fresh server or other settings
opens one with `serving`.
"""

from __future__ import annotations

import asyncio
import itertools
import threading
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar, get_args

import httpx2
import pytest
from msgspec.structs import replace

from intheloop import commands as c
from intheloop.access import (
    OneTimeCodes,
    cookie_name,
    new_credential_secret,
    new_session_secret,
    secret_sha256,
)
from intheloop.blobs import Blobs, MemoryBlobs
from intheloop.decider import Caller
from intheloop.events import Role, Scope
from intheloop.log import Log, MemoryLog, open_stored
from intheloop.mcp_server.pace import Pace
from intheloop.notebook import WORKSPACE_ID
from intheloop.notebooks import SYSTEM, Service, ServiceSettings
from intheloop.server.listening import bind, listening, url_of
from intheloop.settings import Settings
from intheloop.values import EMPTY, Value
from intheloop.web_api import BuiltPage, Mcp, Streams, create_app
from tests.endings import check_endings
from tests.watched import PushedClock

if TYPE_CHECKING:
    from intheloop.mcp_server.http import McpEndpoint

T = TypeVar("T")

Kind = Literal["human", "assistant", "runtime", "service"]
ALL_SCOPES: tuple[Scope, ...] = tuple(one for one in get_args(Scope) if one != "approve")
"""All that a credential can have."""

FAR = "2999-01-01T00:00:00Z"


class Served:
    """The server as its tests see it. Methods may be called from any thread but its own."""

    def __init__(
        self,
        url: str,
        loop: asyncio.AbstractEventLoop,
        service: Service,
        log: Log,
        clock: PushedClock,
    ) -> None:
        self.url = url
        self.service = service
        self.log = log
        self.codes = OneTimeCodes(time.monotonic)
        self._loop = loop
        self._clock = clock
        self._stopping = asyncio.Event()
        self._thread = threading.current_thread()
        self._numbers = itertools.count(1)

    async def wait_for_stop(self) -> None:
        """Returns once somebody calls `stop`."""
        await self._stopping.wait()

    def stop(self) -> None:
        """Stop the server and wait for its end; safe to repeat."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join(30)
        assert not self._thread.is_alive(), "the server did not stop"

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do something on the server's loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    def push_time(self, seconds: float) -> None:
        """Let so much time pass at once for the server, and for nobody else."""
        self.run(self._clock.push(seconds))

    def call_as_system(self, command: c.Command) -> Any:
        """Do what no door lets anybody do."""
        return self.run(self.service.execute(command, SYSTEM))

    def person(self, name: str = "Ana", *, admin: bool = False) -> str:
        """A new person of the workspace."""
        person_id = f"{name.lower()}{next(self._numbers)}"
        command = c.AddPerson(person_id=person_id, name=name, admin=admin)
        self.run(self.service.execute(command, SYSTEM))
        return person_id

    def secret(
        self,
        person_id: str,
        kind: Kind = "human",
        scopes: Sequence[Scope] = ALL_SCOPES,
        *,
        notebooks: list[str] | None = None,
        label: str = "a program",
    ) -> str:
        """The secret of a new credential of this person."""
        secret = new_credential_secret()
        command = c.IssueCredential(
            kind=kind,
            label=label,
            scopes=list(scopes),
            secret_sha256=secret_sha256(secret),
            notebooks=notebooks,
        )
        issuer = replace(SYSTEM, actor=replace(SYSTEM.actor, on_behalf_of=(person_id,)))
        self.run(self.service.execute(command, issuer))
        return secret

    def session(self, person_id: str) -> str:
        """The secret of a new browser session of this person."""
        secret = new_session_secret()
        command = c.OpenSession(
            person_id=person_id,
            label="browser",
            secret_sha256=secret_sha256(secret),
            expires_at=FAR,
        )
        self.run(self.service.execute(command, SYSTEM))
        return secret

    def cookie(self, person_id: str) -> str:
        """The Cookie header of a new browser session of this person."""
        return f"{cookie_name(self.url)}={self.session(person_id)}"

    def caller(self, secret: str) -> Caller:
        """Whom this secret lets somebody be."""

        async def sign_in() -> Caller:
            return self.service.sign_in(secret)

        return self.run(sign_in())

    def notebook(
        self,
        secret: str,
        title: str = "Birds",
        sources: Sequence[str] = (),
        metadata: Value = EMPTY,
    ) -> str:
        """A new notebook, owned by whom the secret acts for, with code cells c1, c2 ..."""
        cells = [
            c.GivenCell(cell_type="code", source=source, cell_id=f"c{number}")
            for number, source in enumerate(sources, 1)
        ]
        command = c.CreateNotebook(title=title, cells=cells, metadata=metadata)
        created = self.run(self.service.execute(command, self.caller(secret)))
        assert isinstance(created, c.Created)
        return created.notebook_id

    def grant(self, notebook_id: str, person_id: str, role: Role) -> None:
        """Give a person a role in a notebook."""
        self.call_as_system(c.GrantRole(notebook_id=notebook_id, person_id=person_id, role=role))

    def heads(self) -> dict[str, int]:
        """Where every log ends, by notebook id."""
        return {head.notebook_id: head.seq for head in self.log.heads()}

    @contextmanager
    def unchanged(self) -> Iterator[None]:
        """Nothing is appended inside the block, but that something was refused."""
        before = self.heads()
        yield
        after = self.heads()
        records = self.log.records(WORKSPACE_ID, after=before.pop(WORKSPACE_ID))
        assert {open_stored(one).envelope.type for one in records} <= {"actionDenied"}
        del after[WORKSPACE_ID]
        assert after == before

    def client(self, secret: str | None = None, **headers: str) -> httpx2.Client:
        """A blocking HTTP client of this server, with a credential if given."""
        return httpx2.Client(base_url=self.url, headers=_headers(secret, headers), trust_env=False)

    def async_client(self, secret: str | None = None, **headers: str) -> httpx2.AsyncClient:
        """The same for async tests."""
        return httpx2.AsyncClient(
            base_url=self.url, headers=_headers(secret, headers), trust_env=False
        )


def problem(answer: httpx2.Response, kind: str) -> dict[str, Any]:
    """What a refusal of this kind says."""
    assert answer.headers["content-type"] == "application/problem+json"
    found: dict[str, Any] = answer.json()
    assert found["type"] == f"urn:intheloop:{kind}"
    assert found["status"] == answer.status_code
    assert found["title"] and found["detail"].endswith((".", "`."))
    return found


def _headers(secret: str | None, headers: dict[str, str]) -> dict[str, str]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return named | ({} if secret is None else {"Authorization": f"Bearer {secret}"})


Furnish: TypeAlias = "Callable[[McpEndpoint], None]"
"""What is done to the door for models before anybody comes."""


def _mcp_room(
    service: Service, settings: Settings, pace: Pace | None, furnish: Furnish | None
) -> McpEndpoint:
    from intheloop.mcp_server.http import McpEndpoint

    endpoint = McpEndpoint(service, settings.body_limit, pace)
    if furnish is not None:
        furnish(endpoint)
    return endpoint


@contextmanager
def serving(
    log: Log | None = None,
    blobs: Blobs | None = None,
    *,
    settings: Settings | None = None,
    times: ServiceSettings | None = None,
    with_codes: Callable[[], OneTimeCodes] | None = None,
    pace: Pace | None = None,
    furnish: Furnish | None = None,
    page: BuiltPage | None = None,
) -> Iterator[Served]:
    """A server inside the block, on a log in memory unless given another."""
    started: Future[Served] = Future()
    store, given = log or MemoryLog(), settings or Settings()

    async def main() -> None:
        clock = PushedClock()
        service = await Service.open(store, blobs or MemoryBlobs(), times, clock)
        listener, streams = bind("127.0.0.1", 0), Streams()
        served = Served(url_of(listener), asyncio.get_running_loop(), service, store, clock)
        served.codes = with_codes() if with_codes else served.codes
        models = Mcp(lambda: _mcp_room(service, given, pace, furnish), streams)
        app = create_app(service, given, codes=served.codes, streams=streams, mcp=models, page=page)
        async with listening(app, listener, streams):
            started.set_result(served)
            await served.wait_for_stop()
        await service.close()

    def thread() -> None:
        try:
            asyncio.run(main())
        except BaseException as error:
            if started.done():
                raise
            started.set_exception(error)

    threading.Thread(target=thread, name="served", daemon=True).start()
    served = started.result(30)
    try:
        yield served
    finally:
        served.stop()
    check_endings(store)


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    """A server that the tests of a module share."""
    with serving() as one:
        yield one
