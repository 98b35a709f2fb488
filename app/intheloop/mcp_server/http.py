"""`/mcp`: who calls is found by the bearer credential, then the SDK's transport has the request."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from mcp.server.auth.middleware.auth_context import AuthContextMiddleware
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from mcp.server.context import ServerRequestContext
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from msgspec import Struct
from starlette.types import Receive, Scope, Send

from intheloop import commands as c
from intheloop.decider import Caller
from intheloop.events import ActorKind, Client
from intheloop.events import Scope as AccessScope
from intheloop.notebook import WORKSPACE_ID
from intheloop.notebooks import Origin, Service

from .pace import Pace
from .party import Told, client_of
from .server import make_server

_PARTY = "intheloop.party"


class ServiceParty:
    """A caller of the service in this process."""

    def __init__(self, service: Service, caller: Caller, url: str = "") -> None:
        self._service = service
        self._caller = caller
        self._url = url

    @property
    def kind(self) -> ActorKind:
        return self._caller.actor.kind

    @property
    def scopes(self) -> frozenset[AccessScope]:
        credential = self._service.workspace.credentials[self._caller.credential_id or ""]
        return frozenset(credential.scopes)

    @property
    def url(self) -> str:
        return self._url

    @property
    def actor_id(self) -> str:
        return self._caller.actor.id

    def via(self, client: Client | None) -> ServiceParty:
        """The same caller, through the client that it names."""
        if client is None:
            return self
        return ServiceParty(self._service, self._caller.through(client), self._url)

    async def call(
        self, tool: c.Tool, trace_id: str | None = None, command_id: str | None = None
    ) -> Struct:
        origin = Origin(command_id=command_id, trace_id=trace_id)
        answer: Struct = await self._service.call(tool, self._caller, origin)
        return answer

    def others_may_have_acted(self, notebook_id: str, after: int) -> bool:
        return self._service.acts.others_may_have(self.actor_id, notebook_id, after)

    async def head(self, notebook_id: str) -> int:
        await self._service.may_see(notebook_id, self._caller, "subscribe")
        return (await self._service.desk.tip(notebook_id)).seq

    def watch(self, after: Mapping[str, int], changed: Told, gone: Told) -> Callable[[], None]:
        def notice(notebook_id: str) -> None:
            # The workspace decides who may read what.
            concerned = after if notebook_id == WORKSPACE_ID else (notebook_id,)
            for one in after.keys() & concerned:
                if not self._service.sees(one, self._caller):
                    gone(one)
                elif one == notebook_id:
                    changed(one)

        return self._service.watch(notice)


class McpEndpoint:
    """The ASGI endpoint. `running` must be entered around its requests."""

    def __init__(self, service: Service, body_limit: int, pace: Pace | None = None) -> None:
        self.server = make_server(_party_of, pace)
        self._manager = StreamableHTTPSessionManager(self.server, max_request_body_size=body_limit)
        self._app = AuthContextMiddleware(self._manager.handle_request)
        self._service = service

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Sessions live inside the block."""
        async with self._manager.run():
            yield

    async def __call__(self, scope: Scope, receive: Receive, send: Send, secret: str) -> None:
        """One request of whom this secret lets in. Raises Unauthenticated or Denied."""
        caller = await self._service.sign_in_assistant(secret)
        # The SDK binds a session, and what it seals, to this identity.
        token = AccessToken(
            token="", client_id=caller.credential_id or "", scopes=[], subject=caller.actor.id
        )
        scope[_PARTY] = ServiceParty(self._service, caller, _url(scope))
        scope["user"] = AuthenticatedUser(token)
        with self._service.use.staying(caller.actor.kind):
            await self._app(scope, receive, send)


def _url(scope: Scope) -> str:
    host = next((value for name, value in scope["headers"] if name == b"host"), b"")
    return f"{scope['scheme']}://{host.decode('latin-1')}" if host else ""


def _party_of(ctx: ServerRequestContext[Any, Any]) -> ServiceParty:
    assert ctx.request is not None, "HTTP alone comes this way"
    party: ServiceParty = ctx.request.scope[_PARTY]
    return party.via(client_of(ctx))
