"""A server whose disk fails, and one that is told to stop, each under load and with followers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from random import Random

import httpx2
import pytest

from intheloop.client import Client, Signal
from intheloop.errors import Unavailable
from intheloop.events import WireRecord
from intheloop.folder import LOCK, RUNNING, find_server
from intheloop.notebook import WORKSPACE_ID
from intheloop.server import running
from intheloop.settings import Settings
from tests.accounts import Book, book_at, check_digests
from tests.bad_disk import FailingSync, FullDisk
from tests.crowd import Crowd
from tests.second_look import look_again, take_stock
from tests.server_process import ServerProcess

pytestmark = [pytest.mark.slow, pytest.mark.anyio]

GOOD, BAD = 150, 40
"""How many answers the crowd waits for while all is well, and while nothing can be written."""


@pytest.fixture(params=["full", "sync"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> FullDisk | FailingSync:
    if request.param == "full":
        return FullDisk()
    return FailingSync(request.getfixturevalue("shim"), tmp_path / "fail")


@pytest.fixture
def crowd(seed: int) -> Crowd:
    return Crowd(Random(seed))


def at_most(count: int) -> Callable[[], bool]:
    """Lets a crowd go on until that much has come back."""
    left = iter(range(count))
    return lambda: next(left, None) is not None


class Watcher:
    """Follows some logs, and keeps all that comes."""

    def __init__(self, client: Client, notebook_ids: list[str]) -> None:
        self._client = client
        self._ids = notebook_ids
        self._signs: asyncio.Queue[str] = asyncio.Queue()
        self.seen: dict[str, list[WireRecord]] = {one: [] for one in notebook_ids}

    async def watch(self) -> None:
        """Until the server ends the streams and is gone."""
        async with aclosing(self._client.follow(dict.fromkeys(self._ids, 0))) as items:
            async for item in items:
                if isinstance(item, WireRecord):
                    self.seen[item.notebook_id].append(item)
                elif isinstance(item, Signal):
                    self._signs.put_nowait(item.notebook_id)

    async def catch_up(self) -> None:
        """Until all that was published before has come: a signal, which no disk is needed for,
        comes behind it."""
        for notebook_id in self._ids:
            await self._client.signal(notebook_id, "sign", "here", None)
        missing = set(self._ids)
        async with asyncio.timeout(20):
            while missing:
                missing.discard(await self._signs.get())

    def check(self, book: Book) -> None:
        """It has seen exactly what is in the logs."""
        for notebook_id in self._ids:
            assert self.seen[notebook_id] == book[notebook_id]


@asynccontextmanager
async def watching(server: ServerProcess, crowd: Crowd) -> AsyncIterator[Watcher]:
    """Somebody follows the notebooks of the crowd, which then are never deleted."""
    for place in crowd.world.places.values():
        place.is_thick = True
    async with Client(server.url, server.token, "watcher", "1", patience_s=0) as client:
        watcher = Watcher(client, [*crowd.world.places, WORKSPACE_ID])
        task = asyncio.create_task(watcher.watch())
        try:
            yield watcher
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def test_while_the_disk_fails_nothing_happens_and_the_same_process_then_goes_on(
    disk: FullDisk | FailingSync, crowd: Crowd, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    with ServerProcess(data, environ=disk.environ) as server:
        async with crowd.at(server) as http:
            await crowd.settle(server)
            async with watching(server, crowd) as watcher:
                await crowd.work(at_most(GOOD))
                before = await book_at(http, server.token)
                with disk.bad(server.pid):
                    await bad_time(crowd, http, server, before)
                    await watcher.catch_up()
                    watcher.check(before)
                await look_again(crowd, http, server.token, 0, before)
                await crowd.work(at_most(GOOD))
                after = await look_again(crowd, http, server.token, 0)
                await watcher.catch_up()
                watcher.check(after)
        assert server.stop() == 0
    assert take_stock(data, crowd).keys() == after.keys()


async def bad_time(
    crowd: Crowd, http: httpx2.AsyncClient, server: ServerProcess, before: Book
) -> None:
    """Everything is refused as retryable, everything can still be read, nothing happens."""
    acknowledged = crowd.acknowledged
    await crowd.work(at_most(BAD))
    assert crowd.unavailable > BAD / 2
    assert crowd.acknowledged == acknowledged
    assert await book_at(http, server.token) == before
    await check_digests(http, server.token, before)
    health = (await http.get("/api/health")).json()
    assert health["status"] == "ok"


@pytest.mark.parametrize("end", ["kill", "stop"])
async def test_what_a_bad_disk_refused_does_not_come_back_with_the_next_server(
    disk: FullDisk | FailingSync, crowd: Crowd, end: str, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    with ServerProcess(data, environ=disk.environ) as server:
        async with crowd.at(server) as http:
            await crowd.settle(server)
            await crowd.work(at_most(GOOD))
            before = await book_at(http, server.token)
            with disk.bad(server.pid):
                await bad_time(crowd, http, server, before)
                if end == "stop":
                    assert server.stop() == 0
                else:
                    server.kill()
                    server.wait_for_end()
    assert take_stock(data, crowd) == before
    with ServerProcess(data) as server:
        async with crowd.at(server) as http:
            await look_again(crowd, http, server.token, 0, before)
        assert server.stop() == 0
    take_stock(data, crowd)


async def test_a_server_told_to_stop_answers_what_it_does_and_ends_in_seconds(
    crowd: Crowd, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    with ServerProcess(data) as server:
        async with crowd.at(server), crowd_settled(crowd, server) as watcher:
            go_on = at_most(GOOD)
            told_at: list[float] = []

            def stop_then() -> bool:
                if not go_on() and not told_at:
                    told_at.append(time.monotonic())
                    server.terminate()
                return True

            await crowd.work(stop_then)
            code = server.wait_for_end()
            assert (code, time.monotonic() - told_at[0] < 5) == (0, True)
    book = take_stock(data, crowd)
    for notebook_id, records in watcher.seen.items():
        assert records == book[notebook_id][: len(records)]
    with ServerProcess(data) as server:
        async with crowd.at(server) as http:
            await look_again(crowd, http, server.token, 0, book)
        assert server.stop() == 0


@asynccontextmanager
async def crowd_settled(crowd: Crowd, server: ServerProcess) -> AsyncIterator[Watcher]:
    await crowd.settle(server)
    async with watching(server, crowd) as watcher:
        yield watcher


async def test_one_folder_has_one_server_and_a_killed_one_is_not_in_the_way(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with ServerProcess(data) as first:
        with pytest.raises(Unavailable, match=f"in use by process {first.pid} at {first.url};"):
            async with running(Settings(data=data, port=0)):
                pass
        first.kill()
        first.wait_for_end()
    assert (data / LOCK).exists() and (data / RUNNING).exists()
    assert find_server(data) is None
    with ServerProcess(data) as second:
        found = find_server(data)
        assert found is not None and (found.pid, found.url) == (second.pid, second.url)
        assert second.stop() == 0
