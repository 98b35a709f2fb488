"""A TCP relay in front of a server that can be cut and mended, as networks are."""

import asyncio
import os
import random
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from urllib.parse import urlsplit


class Relay:
    """Passes bytes both ways until `cut`; from then on it refuses, until `mend`. A request for a
    path of `refused` breaks its connection and never reaches the server."""

    def __init__(self, target: str) -> None:
        self._open = True
        self.cuts = 0
        self.refused: tuple[str, ...] = ()
        self.has_refused = asyncio.Event()
        self.delay: Callable[[], float] = lambda: 0.0
        """Seconds that each piece of either way is held back."""
        self.late = float(os.environ.get("COMMANDS_LATE", "0"))
        """Seconds that each command is held back: pages show what was done before it is known."""
        self.through = asyncio.Event()
        """Whether commands are let through; what is not waits."""
        self.through.set()
        self.answered = 0
        """Bytes that the server has sent, all of them: headers, streams, chunks."""
        self._writers: set[asyncio.StreamWriter] = set()
        self._following: set[asyncio.StreamWriter] = set()
        self._hushed: set[asyncio.StreamWriter] = set()
        self.url = ""
        self.aim(target)

    def aim(self, target: str) -> None:
        """Lead to this address from here on."""
        split = urlsplit(target)
        assert split.hostname is not None
        assert split.port is not None
        self._target = split.hostname, split.port

    def cut(self) -> None:
        """Break every connection; what is on its way is lost."""
        self._open = False
        self.cuts += 1
        for writer in self._writers:
            writer.transport.abort()

    def snap(self, chance: random.Random) -> None:
        """Break one connection, whichever chance takes."""
        if self._writers:
            chance.choice(list(self._writers)).transport.abort()

    def hush(self) -> None:
        """Let nothing more come through the connections that follow logs, which nobody is told."""
        self._hushed |= self._following

    def mend(self) -> None:
        """Let connections through again."""
        self._open = True

    async def pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        if not self._open:
            writer.transport.abort()
            return
        to_server = await asyncio.open_connection(*self._target)
        self._writers |= {writer, to_server[1]}
        if not self._open:  # cut while this one was being opened
            writer.transport.abort()
            to_server[1].transport.abort()
        try:
            there = self._pump(reader, to_server[1], lambda some: self._refuses(some, writer))
            await asyncio.gather(there, self._pump(to_server[0], writer, self._counts))
        finally:
            self._writers -= {writer, to_server[1]}

    def streams(self) -> int:
        """How many connections follow logs now."""
        return len(self._following & self._writers)

    def _counts(self, some: bytes) -> bool:
        self.answered += len(some)
        return False

    def _refuses(self, some: bytes, client: asyncio.StreamWriter) -> bool:
        if some.startswith(b"POST /api/follow "):
            self._following.add(client)
        elif some.startswith((b"GET ", b"POST ")):
            self._following.discard(client)
        refuses = any(f" {path} HTTP/".encode() in some for path in self.refused)
        if refuses:
            self.has_refused.set()
        return refuses

    async def _pump(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        refuses: Callable[[bytes], bool] = lambda _: False,
    ) -> None:
        try:
            while some := await reader.read(65536):
                if refuses(some):
                    return
                pause = self.delay()
                if some.startswith(b"POST /api/tools/"):
                    await self.through.wait()
                    pause += self.late
                if pause:
                    await asyncio.sleep(pause)
                if writer in self._hushed:
                    continue
                writer.write(some)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()


async def storm(relay: Relay, chance: random.Random) -> None:
    """Weather for a relay, until it is cancelled: pieces come late, single connections break, and
    now and then all do and none comes through for a while. It is fair again afterwards."""
    relay.delay = lambda: chance.choice((0.0, 0.0, chance.uniform(0, 0.03)))
    try:
        while True:
            await asyncio.sleep(chance.uniform(0.2, 2.0))
            if chance.random() < 0.6:
                relay.snap(chance)
                continue
            relay.cut()
            await asyncio.sleep(chance.uniform(0.05, 0.8))
            relay.mend()
    finally:
        relay.delay = lambda: 0.0
        relay.mend()


@asynccontextmanager
async def relay(target: str) -> AsyncGenerator[Relay]:
    """A relay to this address, at its own `url`."""
    one = Relay(target)
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await one.pass_on(reader, writer)
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            tasks.discard(task)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    one.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield one
    finally:
        server.close()
        one.cut()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
