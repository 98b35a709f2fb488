"""`intheloop mcp` as a process, and clients of it: the SDK's own, and one that speaks in lines."""

import json
import subprocess
import sys
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import mcp_types as types
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters

from tests.command_line import CommandLine

NAME = types.Implementation(name="claude-code", title="Claude Code", version="2.1")


def stdio(at: CommandLine, *arguments: str) -> StdioServerParameters:
    """`intheloop mcp` on a data folder."""
    return StdioServerParameters(
        command=sys.executable,
        args=["-m", "intheloop", "mcp", *arguments],
        env={"INTHELOOP_DATA": str(at.data), **at.variables},
        cwd=at.here,
    )


@asynccontextmanager
async def connected(server: Any, era: str = "auto", **more: Any) -> AsyncGenerator[Client]:
    """A client of a server that has named itself."""
    async with Client(server, mode=era, client_info=NAME, cache=None, **more) as client:
        yield client


async def names_of(client: Client) -> list[str]:
    """The tools that it sees."""
    return [one.name for one in (await client.list_tools()).tools]


class Raw:
    """`intheloop mcp` spoken to in lines, in the older era."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdin is not None and process.stdout is not None
        self.process, self._in, self._out = process, process.stdin, process.stdout

    def say(self, line: str) -> None:
        """Send a line."""
        self._in.write(line + "\n")
        self._in.flush()

    def ask(self, number: int, method: str, **params: Any) -> None:
        """Send a request."""
        request = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
        self.say(json.dumps(request))

    def answer(self, number: int) -> dict[str, Any]:
        """The answer to this request; whatever else comes must be of the protocol too."""
        while line := self._out.readline():
            message: dict[str, Any] = json.loads(line)
            assert message["jsonrpc"] == "2.0", line
            if message.get("id") == number:
                return message
        raise AssertionError("it ended without an answer")

    def begin(self) -> None:
        """The handshake."""
        info = {"name": "raw", "version": "1"}
        self.ask(0, "initialize", protocolVersion="2025-06-18", capabilities={}, clientInfo=info)
        self.answer(0)
        self.say('{"jsonrpc":"2.0","method":"notifications/initialized"}')

    def end_input(self) -> None:
        """There is nothing more to come."""
        self._in.close()

    def call(self, number: int, tool: str, **arguments: Any) -> None:
        """Send the call of a tool."""
        self.ask(number, "tools/call", name=tool, arguments=arguments)


@contextmanager
def raw(at: CommandLine, *arguments: str) -> Iterator[Raw]:
    """`intheloop mcp` on a data folder inside the block."""
    with subprocess.Popen(
        [sys.executable, "-m", "intheloop", "mcp", *arguments],
        cwd=at.here,
        env=at.environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Raw(process)
        finally:
            process.kill()
