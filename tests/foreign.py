"""Clients of the MCP door that others wrote: one interface for the Python SDK in this process and
for the TypeScript SDKs in Node (`tests/foreign_clients/client.mjs`)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal, Protocol

from mcp.client import Client
from mcp_types import Implementation

from tests.command_line import CommandLine
from tests.mcp_callers import Era, model
from tests.mcp_stdio import stdio
from tests.needs import FOREIGN_CLIENTS, node_path

Kind = Literal["python", "python-legacy", "v1", "v2", "v2-legacy"]
KINDS: tuple[Kind, ...] = ("python", "python-legacy", "v1", "v2", "v2-legacy")
ANSWER_S = 60
_LONGEST_LINE = 1 << 24


class Caller(Protocol):
    """Somebody who calls tools."""

    async def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """The result as it came over the wire."""


class _Python:
    def __init__(self, client: Client) -> None:
        self._client = client

    async def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        result = await self._client.call_tool(tool, arguments)
        return result.model_dump(by_alias=True, mode="json", exclude_none=True)


class TypeScript:
    """A client in a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def do(self, what: str, **given: Any) -> Any:
        """What one of the deeds of the script gives. Raises RuntimeError when it fails."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps({"do": what, **given}).encode() + b"\n")
        async with asyncio.timeout(ANSWER_S):
            line = await self._process.stdout.readline()
        assert line, "the client ended; its stderr says why"
        answer: dict[str, Any] = json.loads(line)
        if "failed" in answer:
            raise RuntimeError(answer["failed"])
        return answer["done"]

    async def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Call a tool. `told` of the result is the progress that came meanwhile."""
        result: dict[str, Any] = await self.do("call", name=tool, given=arguments)
        return result

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()


@asynccontextmanager
async def typescript(
    sdk: str, url: str, secret: str, folder: Path | None = None
) -> AsyncGenerator[TypeScript]:
    """A TypeScript client of the server at this address; with a folder by `intheloop mcp`, which
    is started there."""
    where = f"{url}/mcp" if folder is None else stdio(_joining(url, "", folder)).model_dump_json()
    process = await asyncio.create_subprocess_exec(
        str(node_path()),
        str(FOREIGN_CLIENTS / "client.mjs"),
        sdk,
        where,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=_LONGEST_LINE,
    )
    assert process.stdin is not None
    process.stdin.write(secret.encode() + b"\n")
    try:
        yield TypeScript(process)
        process.stdin.close()
        async with asyncio.timeout(ANSWER_S):
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@asynccontextmanager
async def caller(
    kind: Kind, url: str, secret: str, folder: Path | None = None
) -> AsyncGenerator[Caller]:
    """A client of this kind, of the server at this address; with a folder by `intheloop mcp`."""
    if kind in ("v1", "v2", "v2-legacy"):
        async with typescript(kind, url, secret, folder) as other:
            yield other
        return
    era: Era = "auto" if kind == "python" else "legacy"
    if folder is None:
        async with model(url, secret, era, kind) as client:
            yield _Python(client)
        return
    process = stdio(_joining(url, secret, folder))
    info = Implementation(name=kind, version="1")
    async with Client(process, mode=era, client_info=info, cache=None) as client:
        yield _Python(client)


def _joining(url: str, secret: str, folder: Path) -> CommandLine:
    """A command line that goes to this server, and keeps nothing of its own."""
    given = {"INTHELOOP_URL": url, "INTHELOOP_TOKEN": secret}
    return CommandLine(folder / "none", folder, given)
