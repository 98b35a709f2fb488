"""Clients of MCP doors: the protocol's own SDK over HTTP, all of them in one loop of this process.

What is timed begins and ends within the loop, so that the way into it counts for nobody.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Literal, TypeAlias

import httpx2
import mcp_types as types
from anyio.from_thread import BlockingPortal
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client
from msgspec import Struct

Era: TypeAlias = Literal["auto", "2026-07-28"]

_PATIENCE_S = 60.0


class Call(Struct, frozen=True):
    """A call of a tool."""

    tool: str
    arguments: dict[str, Any]


class Called(Struct, frozen=True):
    """What came of calls, one after the other, and how long all of them took."""

    took_s: float
    results: list[types.CallToolResult]


class Refused(RuntimeError):
    """A call was answered with an error."""


class Door:
    """A client that is connected and has listed the tools, so that it checks what they answer."""

    def __init__(self, portal: BlockingPortal, client: Client) -> None:
        self._portal = portal
        self._client = client
        self.tools: list[types.Tool] = portal.call(client.list_tools).tools

    def call(self, *calls: Call) -> Called:
        """Call in this order, each once the one before is answered. Raises Refused."""
        called = self._portal.call(self._call, calls)
        for call, result in zip(calls, called.results, strict=True):
            if result.is_error:
                raise Refused(f"{call.tool} answered: {text_of(result)}")
        return called

    async def _call(self, calls: Sequence[Call]) -> Called:
        results: list[types.CallToolResult] = []
        began = time.perf_counter()
        for call in calls:
            results.append(await self._client.call_tool(call.tool, call.arguments))  # noqa: PERF401
        return Called(time.perf_counter() - began, results)


@contextmanager
def door(portal: BlockingPortal, url: str, secret: str, era: Era = "2026-07-28") -> Iterator[Door]:
    """A client at this address, inside the block."""
    with portal.wrap_async_context_manager(_client(url, secret, era)) as client:
        yield Door(portal, client)


@asynccontextmanager
async def _client(url: str, secret: str, era: Era) -> AsyncGenerator[Client]:
    headers = {"Authorization": f"Bearer {secret}"}
    info = types.Implementation(name="bench", version="1")
    try:
        async with httpx2.AsyncClient(
            headers=headers, trust_env=False, timeout=_PATIENCE_S
        ) as http:
            through = streamable_http_client(url, http_client=http)
            async with Client(through, mode=era, client_info=info, cache=None) as client:
                yield client
    except BaseExceptionGroup as group:
        raise _only(group) from None


def _only(error: BaseException) -> BaseException:
    """The one error of groups of one: the SDK wraps what goes wrong inside in several."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


def fields_of(called: Called) -> dict[str, Any]:
    """The fields of the last answer."""
    fields = called.results[-1].structured_content
    assert isinstance(fields, dict)
    return fields


def text_of(result: types.CallToolResult) -> str:
    """What a result says."""
    return "\n".join(one.text for one in result.content if isinstance(one, types.TextContent))
