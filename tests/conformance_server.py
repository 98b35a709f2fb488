"""`python -m tests.conformance_server`: our server with the test tools, prompts and resources that
the conformance suite of the protocol asks for, open to whoever comes. Prints its address."""

from __future__ import annotations

import asyncio
import signal
import sys

from msgspec.structs import replace
from starlette.types import ASGIApp, Receive, Scope, Send

from intheloop import commands as c
from intheloop.access import new_credential_secret, secret_sha256
from intheloop.blobs import MemoryBlobs
from intheloop.log import MemoryLog
from intheloop.mcp_server.http import McpEndpoint
from intheloop.mcp_server.pace import Pace
from intheloop.notebooks import SYSTEM, Service
from intheloop.server.listening import bind, listening, url_of
from intheloop.settings import Settings
from intheloop.web_api import Mcp, Streams, create_app
from tests.conformance_fixtures import mount

HURRY = Pace(1000, 1000)


class LetIn:
    """The suite sends no credential: each request gets this one."""

    def __init__(self, app: ASGIApp, secret: str) -> None:
        self._app = app
        self._header = (b"authorization", f"Bearer {secret}".encode())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope = {**scope, "headers": [*scope["headers"], self._header]}
        await self._app(scope, receive, send)


async def main() -> None:
    """Serve until SIGTERM."""
    service = await Service.open(MemoryLog(), MemoryBlobs())
    await service.execute(c.AddPerson(person_id="ana", name="Ana", admin=True), SYSTEM)
    secret = new_credential_secret()
    issue = c.IssueCredential(
        kind="assistant",
        label="Suite",
        scopes=["notebook:read", "notebook:write", "notebook:run"],
        secret_sha256=secret_sha256(secret),
    )
    issuer = replace(SYSTEM, actor=replace(SYSTEM.actor, on_behalf_of=("ana",)))
    await service.execute(issue, issuer)
    caller = service.sign_in(secret)
    cells = [c.GivenCell("1 + 1", cell_id="c1")]
    await service.execute(c.CreateNotebook(title="Suite", cells=cells), caller)
    settings, streams, listener = Settings(), Streams(), bind("127.0.0.1", 0)

    def room() -> McpEndpoint:
        endpoint = McpEndpoint(service, settings.body_limit, HURRY)
        mount(endpoint.server)
        return endpoint

    app = LetIn(create_app(service, settings, streams=streams, mcp=Mcp(room, streams)), secret)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with listening(app, listener, streams):
        sys.stdout.write(url_of(listener) + "\n")
        sys.stdout.flush()
        await stop.wait()
    await service.close()


if __name__ == "__main__":
    asyncio.run(main())
