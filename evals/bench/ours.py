"""Ours as its users meet it: `intheloop serve` with its runtime, who runs a cell, who looks on.

Both clients are of `intheloop.client`, each with connections of its own; what they cost is counted.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import psutil
from msgspec import Struct

from intheloop import commands as c
from intheloop import events as e
from intheloop.client import Client, to_record
from intheloop.folder import read_secret
from intheloop.server import COMMAND_LINE
from intheloop.values import Output, ResultOutput, StreamOutput, json_bytes

from .process import process
from .snippet import SUM, Snippet


class Watched:
    """A notebook of one cell, and the second client that follows it."""

    def __init__(
        self, runner: asyncio.Runner, asks: Client, looks_on: Client, snippet: Snippet
    ) -> None:
        self._runner = runner
        self._asks = asks
        self._looks_on = looks_on
        self._snippet = snippet
        runner.run(self._open())

    def run(self) -> float:
        """Seconds from the request until the second client has seen the end, outputs and all."""
        return self._runner.run(self._run())

    def start(self) -> float:
        """The same until it has seen the kernel started; the run goes on to its end after that."""
        return self._runner.run(self._start())

    def delete(self) -> None:
        """Erase it; the runtime ends its kernel then."""
        self._runner.run(self._delete())

    def close(self) -> None:
        """Follow it no longer; safe to repeat."""
        self._runner.run(self._records.aclose())

    async def _open(self) -> None:
        cells = [c.GivenCell(source=self._snippet.source)]
        made: c.Created = await self._asks.call(c.CreateNotebook(title="Bench", cells=cells))
        self._records = self._looks_on.follow({made.notebook_id: 0})
        seen = await self._until(e.CellCreated)
        self._command = c.RunCells(
            notebook_id=made.notebook_id, cells=[c.CellAt(made.cell_ids[0], made.seq)], wait_s=0
        )
        assert len(seen) == made.seq

    async def _run(self) -> float:
        began = time.perf_counter()
        asked = asyncio.create_task(self._asks.call(self._command))
        seen = await self._until(e.ExecutionCompleted)
        took = time.perf_counter() - began
        await asked
        self._snippet.check(_shown(seen))
        return took

    async def _start(self) -> float:
        began = time.perf_counter()
        asked = asyncio.create_task(self._asks.call(self._command))
        await self._until(e.KernelStarted)
        took = time.perf_counter() - began
        await asked
        await self._until(e.ExecutionCompleted)
        return took

    async def _delete(self) -> None:
        await self._asks.call(c.DeleteNotebook(notebook_id=self._command.notebook_id))
        await self._records.aclose()

    async def _until(self, wanted: type[e.Event]) -> list[e.Event]:
        """What the second client sees up to an event of this kind."""
        seen = []
        async for item in self._records:
            if isinstance(item, e.WireRecord):
                seen.append(to_record(item).event)
                if isinstance(seen[-1], wanted):
                    return seen
        raise RuntimeError("The notebook went out of sight.")


def _shown(events: list[e.Event]) -> str:
    parts = [
        _text(one) for seen in events if isinstance(seen, e.OutputAppended) for one in seen.outputs
    ]
    return "".join(parts)


def _text(output: Output) -> str:
    match output:
        case StreamOutput(name=name, text=text):
            return text if name == "stdout" else ""
        case ResultOutput(data=data):
            return msgspec.json.decode(json_bytes(data["text/plain"]), type=str)
    raise RuntimeError(f"No output of this kind was expected: {output}")


class Ours:
    """Server and runtime, both up and warm."""

    def __init__(
        self, runner: asyncio.Runner, asks: Client, looks_on: Client, server: psutil.Process
    ) -> None:
        self._runner = runner
        self._clients = asks, looks_on
        self._books: list[Watched] = []
        self.server = server
        first = self.watched(SUM)
        first.run()
        (self.runtime,) = server.children()
        first.delete()

    def watched(self, snippet: Snippet) -> Watched:
        """A fresh notebook with this cell."""
        book = Watched(self._runner, *self._clients, snippet)
        self._books.append(book)
        return book

    def close(self) -> None:
        """Close both clients."""
        for book in self._books:
            book.close()
        for client in self._clients:
            self._runner.run(client.close())

    def cpu_s(self) -> float:
        """Seconds of processor that server and runtime have taken."""
        times = [process.cpu_times() for process in (self.server, self.runtime)]
        return sum(one.user + one.system for one in times)


class Served(Struct, frozen=True):
    """A server with its runtime: where it is, the link by which a browser is let in, the credential
    of its person, its process."""

    url: str
    link: str
    token: str
    pid: int


@contextmanager
def served() -> Iterator[Served]:
    """Both up, inside the block."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        options = (
            "--port",
            "0",
            "--data",
            str(data),
            "--workdir",
            folder,
            "--no-browser",
            "--json",
        )
        with process("intheloop", "serve", *options) as line:
            told = msgspec.json.decode(line)
            token = read_secret(data, COMMAND_LINE)
            assert token is not None
            yield Served(told["url"], told["link"], token, told["pid"])


@contextmanager
def our_server() -> Iterator[Ours]:
    """All of it, inside the block."""
    with served() as up, asyncio.Runner() as runner:
        asks, looks_on = (Client(up.url, up.token, name, "1") for name in ("asks", "looks-on"))
        ours = Ours(runner, asks, looks_on, psutil.Process(up.pid))
        try:
            yield ours
        finally:
            ours.close()
