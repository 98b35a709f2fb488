"""Notices that a notebook changed: on `subscriptions/listen` streams, and by the older way of
`resources/subscribe`. Who may not read a notebook is told nothing of it, also when that changes:
what they watched is dropped then, and a stream with nothing left to watch ends.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, TypeAlias

import mcp_types as types
from mcp.server.connection import Connection
from mcp.server.context import ServerRequestContext
from mcp.server.subscriptions import SUBSCRIPTION_ID_META_KEY
from mcp.shared.exceptions import MCPError

from intheloop.errors import LoopError

from . import tasks
from .party import Party
from .resources import address_of

Context: TypeAlias = ServerRequestContext[Any, Any]

MOST_WATCHED = 100
"""Resources that one stream or connection watches."""

MOST_STREAMS = 64
"""Streams that somebody has open."""

_WATCHED = "intheloop.watched"


class _Watched:
    """The resources that somebody watches, and which of them changed: each is told once, however
    often it did meanwhile."""

    def __init__(self) -> None:
        self.uris: dict[str, str] = {}
        self.followed: set[str] = set()
        self._changed: set[str] = set()
        self._wake = asyncio.Event()

    async def add(self, party: Party, uri: str) -> dict[str, int]:
        """Watch this one too; where its notebook stands. Raises MCPError when they may not, or when
        it is one too many."""
        if len(self.uris) >= MOST_WATCHED and uri not in self.uris:
            raise MCPError(
                types.INVALID_PARAMS,
                f"At most {MOST_WATCHED} resources are watched at once; watch a whole notebook "
                "instead of its cells.",
            )
        try:
            notebook_id = address_of(uri).notebook_id
            head = await party.head(notebook_id)
        except LoopError as error:
            raise MCPError(types.INVALID_PARAMS, error.detail, {"uri": uri}) from error
        self.uris[uri] = notebook_id
        return {notebook_id: head}

    def note(self, notebook_id: str) -> None:
        """This notebook changed."""
        self._changed.add(notebook_id)
        self._wake.set()

    def drop(self, notebook_id: str) -> None:
        """This notebook is no longer theirs to read."""
        self.uris = {uri: of for uri, of in self.uris.items() if of != notebook_id}
        self.followed.discard(notebook_id)
        self._wake.set()

    async def changed(self) -> list[str]:
        """Wait for something to happen; the addresses of what changed."""
        await self._wake.wait()
        self._wake.clear()
        changed, self._changed = self._changed, set()
        return [uri for uri, of in self.uris.items() if of in changed]


class Watching:
    """The handlers. `party_of` finds who sent a request."""

    def __init__(self, party_of: Callable[[Context], Party]) -> None:
        self._party_of = party_of
        self._streams: Counter[str] = Counter()

    async def listen(
        self, ctx: Context, params: types.SubscriptionsListenRequestParams
    ) -> types.SubscriptionsListenResult:
        """One stream of notices, until its client leaves or may read nothing of it any more."""
        if (params.notifications.model_extra or {}).get("taskIds"):
            tasks.require(ctx)  # and promises nothing: a task is asked for
        party, watched, heads = self._party_of(ctx), _Watched(), dict[str, int]()
        if self._streams[party.actor_id] >= MOST_STREAMS:
            raise MCPError(
                types.INVALID_REQUEST,
                f"You have {MOST_STREAMS} streams open; close one, or watch more in one.",
            )
        self._streams[party.actor_id] += 1
        try:
            for uri in params.notifications.resource_subscriptions or ():
                heads |= await watched.add(party, uri)
            with ExitStack() as stack:
                stack.callback(party.watch(heads, watched.note, watched.drop))
                return await _listening(ctx, watched)
        finally:
            self._streams[party.actor_id] -= 1

    async def subscribe(
        self, ctx: Context, params: types.SubscribeRequestParams
    ) -> types.EmptyResult:
        """Notices on the connection's own stream, for as long as it lasts."""
        party, connection = self._party_of(ctx), ctx.session._connection
        watched: _Watched | None = connection.state.get(_WATCHED)
        if watched is None:
            watched = connection.state[_WATCHED] = _Watched()
            telling = asyncio.create_task(_tell(connection, watched))
            connection.exit_stack.callback(telling.cancel)
        head = await watched.add(party, str(params.uri))
        if not watched.followed.issuperset(head):
            watched.followed.update(head)
            unwatch = party.watch(head, watched.note, watched.drop)
            connection.exit_stack.callback(unwatch)
        return types.EmptyResult()

    async def unsubscribe(
        self, ctx: Context, params: types.UnsubscribeRequestParams
    ) -> types.EmptyResult:
        """No more of them."""
        watched: _Watched | None = ctx.session._connection.state.get(_WATCHED)
        if watched is not None:
            watched.uris.pop(str(params.uri), None)
        return types.EmptyResult()


async def _listening(ctx: Context, watched: _Watched) -> types.SubscriptionsListenResult:
    """What is not watched is not promised: the lists of tools and prompts never change, and that
    of resources is for who asks for it."""
    assert ctx.request_id is not None, "a request has an id"
    meta: dict[str, Any] = {SUBSCRIPTION_ID_META_KEY: ctx.request_id}

    async def send(notification: types.ServerNotification) -> None:
        await ctx.session.send_notification(notification, related_request_id=ctx.request_id)

    promised = types.SubscriptionFilter(resource_subscriptions=list(watched.uris) or None)
    params = types.SubscriptionsAcknowledgedNotificationParams(notifications=promised, _meta=meta)
    await send(types.SubscriptionsAcknowledgedNotification(params=params))
    if not watched.uris:
        await asyncio.Event().wait()
    while watched.uris:
        for uri in await watched.changed():
            update = types.ResourceUpdatedNotificationParams(uri=uri, _meta=meta)
            await send(types.ResourceUpdatedNotification(params=update))
    return types.SubscriptionsListenResult(_meta=meta)


async def _tell(connection: Connection, watched: _Watched) -> None:
    while True:
        for uri in await watched.changed():
            await connection.outbound.notify("notifications/resources/updated", {"uri": uri})
