"""MCP over standard input and output, for the one client that started this process."""

from __future__ import annotations

import asyncio
import os

from mcp.server.stdio import stdio_server

from .party import client_of
from .server import make_server
from .wire import Line, WireParty

# Seconds for the last words to a client that has closed our input.
_LAST_WORDS_S = 2.0


async def serve_stdio(line: Line) -> None:
    """Serve the notebooks of this line until standard input ends. What runs there goes on."""
    party = WireParty(line)
    server = make_server(lambda ctx: party.via(client_of(ctx)))
    try:
        async with stdio_server() as (reader, writer):
            await server.run(reader, writer, server.create_initialization_options())
            # A client that reads no more would hold a thread that writes for ever.
            asyncio.get_running_loop().call_later(_LAST_WORDS_S, os._exit, 0)
    except* BrokenPipeError:
        pass
