"""The floor of MCP: a server of the SDK that checks a bearer credential and answers ready results.

No kernel, no notebook, no record, no disk; the same uvicorn settings and event loop as the server.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import mcp_types as types
import msgspec
from mcp.server.auth.provider import AccessToken
from mcp.server.auth.settings import AuthSettings
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from msgspec import Struct
from pydantic import AnyHttpUrl

from intheloop.server import run, settle
from intheloop.server.listening import bind, listening, url_of
from intheloop.web_api import Streams

from .doors import Call

SECRET = "floor-" + "s" * 40


class Ready(Struct, frozen=True):
    """A call, and the result that it always has, as the SDK writes it."""

    call: Call
    result: dict[str, Any]


class Script(Struct, frozen=True):
    """All that the server says: its tools, as the SDK writes them, and results."""

    tools: list[dict[str, Any]]
    ready: list[Ready]


class _Verifier:
    async def verify_token(self, token: str) -> AccessToken | None:
        known = token == SECRET
        return AccessToken(token=token, client_id="bench", scopes=[]) if known else None


def _server(script: Script) -> Server[Any]:
    tools = [types.Tool.model_validate(tool) for tool in script.tools]
    ready = {
        _key(one.call): types.CallToolResult.model_validate(one.result) for one in script.ready
    }

    async def listed(
        ctx: ServerRequestContext[Any, Any], params: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        return types.ListToolsResult(tools=tools)

    async def call(
        ctx: ServerRequestContext[Any, Any], params: types.CallToolRequestParams
    ) -> types.CallToolResult:
        return ready[_key(Call(params.name, params.arguments or {}))]

    # Without an input schema at hand, the SDK would list all tools at each call.
    return Server[Any](
        "bare",
        get_tool_input_schema=lambda name: None,
        on_list_tools=listed,
        on_call_tool=call,
    )


def _key(call: Call) -> bytes:
    return msgspec.json.encode(call, order="sorted")


async def main(script: Script) -> None:
    """Serve until the other end of stdin closes; the first line of stdout is the address."""
    listener = bind("127.0.0.1", 0)
    url = url_of(listener)
    auth = AuthSettings(
        issuer_url=AnyHttpUrl(url),
        resource_server_url=AnyHttpUrl(f"{url}/mcp"),
        validate_token_resource=False,
    )
    app = _server(script).streamable_http_app(auth=auth, token_verifier=_Verifier())
    async with listening(app, listener, Streams()):
        settle()
        print(url, flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    run(main(msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=Script)))
