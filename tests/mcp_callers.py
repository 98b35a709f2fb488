"""Clients of the MCP door for tests: the protocol's own SDK, over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, Literal

import httpx2
import mcp_types as types
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client

Era = Literal["auto", "legacy", "2026-07-28"]
ERAS: tuple[Era, ...] = ("auto", "legacy")
"""The present revision, as a client finds out, and those that begin with a handshake."""


@asynccontextmanager
async def model(
    url: str, secret: str, era: Era = "auto", name: str = "Quill", **options: Any
) -> AsyncGenerator[Client]:
    """A client at the door of this server, which calls itself by this name."""
    headers = {"Authorization": f"Bearer {secret}"}
    info = types.Implementation(name=name, version="1.2")
    try:
        async with httpx2.AsyncClient(headers=headers, trust_env=False, timeout=60) as http:
            through = streamable_http_client(f"{url}/mcp", http_client=http)
            async with Client(through, mode=era, client_info=info, cache=None, **options) as client:
                yield client
    except BaseExceptionGroup as group:
        raise _only(group) from None


def _only(error: BaseException) -> BaseException:
    """The one error of groups of one: the SDK wraps what its user raises in several."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


async def subscribe(client: Client, uri: str) -> None:
    """Ask for notices in the way of the older revisions, which the SDK's own method warns of."""
    params = types.SubscribeRequestParams(uri=uri)
    await client.session.send_request(types.SubscribeRequest(params=params), types.EmptyResult)


async def unsubscribe(client: Client, uri: str) -> None:
    """The same for the end of them."""
    params = types.UnsubscribeRequestParams(uri=uri)
    await client.session.send_request(types.UnsubscribeRequest(params=params), types.EmptyResult)


async def called(client: Client, tool: str, **arguments: Any) -> Any:
    """The fields of what a tool answers; it must not be a refusal."""
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, text_of(result)
    return result.structured_content


async def refused(client: Client, tool: str, **arguments: Any) -> str:
    """The sentence by which a call is refused."""
    result = await client.call_tool(tool, arguments)
    assert result.is_error, text_of(result)
    return text_of(result)


def text_of(result: types.CallToolResult) -> str:
    """What a result says."""
    return "\n".join(one.text for one in result.content if isinstance(one, types.TextContent))
