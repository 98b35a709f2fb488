"""`kill -9` of a server under load: what was acknowledged is there once, and nothing by half."""

from __future__ import annotations

import asyncio
import itertools
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

import httpx2
import msgspec
import pytest

from intheloop.folder import STORE
from intheloop.log import SqlLog, sqlite_url
from intheloop.reducer import REDUCER_VERSION
from tests.accounts import (
    Account,
    Book,
    book_at,
    book_of,
    check_blobs,
    check_digests,
    check_files,
    check_store,
    check_told_blobs,
    erased_words,
)
from tests.crowd import Crowd
from tests.deeds import Call
from tests.killable_server import POINTS
from tests.server_process import ServerProcess

AT_RANDOM = "never"
"""The point of a server that is killed by somebody else."""

KILLED = -9
GONE_AFTER_S = 60.0
LIVES, LIVES_IN_TORTURE = 3, 15
"""Lives of a data folder; in each of them a server is killed at every point and once at random."""


@pytest.mark.slow
@pytest.mark.torture
@pytest.mark.anyio
async def test_a_killed_server_keeps_what_it_acknowledged_once_and_nothing_by_half(
    seed: int, torture: bool, tmp_path: Path
) -> None:
    rounds = acknowledged = 0
    for number in range(LIVES_IN_TORTURE if torture else LIVES):
        print(f"life {number} of seed {seed}")
        life = Life(Random(f"{seed} {number}"), tmp_path / str(number))
        await life.live()
        rounds += len(POINTS) + 1
        acknowledged += life.crowd.acknowledged
        shutil.rmtree(tmp_path / str(number))
    print(f"{rounds} rounds, {acknowledged} acknowledged calls")


class Life:
    """One data folder and the servers that die on it."""

    def __init__(self, random: Random, folder: Path) -> None:
        folder.mkdir()
        self._random = random
        self._folder = folder
        self._data = folder / "data"
        self._looked_at = 0
        self._on_disk: Book | None = None
        self.crowd = Crowd(random)

    async def live(self) -> None:
        """All rounds, and a last server that ends well."""
        points = [*POINTS, AT_RANDOM]
        self._random.shuffle(points)
        for point in points:
            await self._round(point)
        with ServerProcess(self._data) as server:
            async with self.crowd.at(server) as http:
                await self._look_again(http, server.token, self.crowd.calls)
            assert server.stop() == 0
        self._take_stock(self._data)
        self._check_erased()

    async def _round(self, point: str) -> None:
        number = self._random.randint(1, 3 if point == "erasing" else 80)
        statement = self._random.randint(1, 8)
        print(f"  {point} {number} {statement}")
        with ServerProcess(self._data, point, number, statement) as server:
            async with self.crowd.at(server) as http:
                since = len(self.crowd.calls)
                if not since:
                    await self.crowd.settle(server)
                await self._look_again(http, server.token, self.crowd.calls[self._looked_at :])
                self._looked_at = since
                server.arm()
                end = number if point == AT_RANDOM else None
                await self.crowd.work(GONE_AFTER_S, self._ending(server, end))
            assert server.wait_for_end() == KILLED
        copy = shutil.copytree(self._data, self._folder / "copy")
        self._on_disk = self._take_stock(copy)
        shutil.rmtree(copy)

    def _ending(self, server: ServerProcess, number: int | None) -> Callable[[], None]:
        """What kills the server some milliseconds after that many answers; None: it does so."""
        count = itertools.count(1)

        def answered() -> None:
            if next(count) == number:
                delay = self._random.uniform(0, 0.02)
                asyncio.get_running_loop().call_later(delay, server.kill)

        return answered

    def _take_stock(self, data: Path) -> Book:
        """What is on disk is whole, and all that was acknowledged is in it."""
        log = SqlLog(sqlite_url(data / STORE))
        try:
            book = check_store(log)
            check_blobs(log, data, book, self.crowd.calls)
            account = Account(book)
            for call in self.crowd.calls:
                account.check(call)
            return book
        finally:
            log.close()

    def _check_erased(self) -> None:
        """What was erased, with kills in between, is in no file."""
        log = SqlLog(sqlite_url(self._data / STORE))
        words = erased_words(book_of(log), self.crowd.calls)
        thick = [log.snapshot(id_, REDUCER_VERSION) for id_ in self.crowd.world.places]
        log.close()
        assert words and any(thick), "the crowd did too little for this check to mean anything"
        check_files(self._data, words)

    async def _look_again(
        self, http: httpx2.AsyncClient, token: str, calls: Sequence[Call]
    ) -> None:
        """The next server has what was on disk, and every call may be repeated, with one effect."""
        book = await book_at(http, token)
        self._check_only_the_server_wrote(book)
        await check_digests(http, token, book)
        await check_told_blobs(http, token, book, calls)
        done = Account(book)
        for call in calls:
            if call.is_unknown:
                await self.crowd.send(call)
                self.crowd.learn_again(call)
                assert call.answer or not done.is_done(call) or done.is_forgotten(call), call
        book = await book_at(http, token)
        await self._repeat(Account(book), [call for call in calls if call.answer and call.command])
        account = Account(await book_at(http, token))
        for call in self.crowd.calls:
            account.check(call)

    def _check_only_the_server_wrote(self, book: Book) -> None:
        """Between its start and the first call a server adds to logs what leases call for alone."""
        for notebook_id, records in (self._on_disk or {}).items():
            assert book[notebook_id][: len(records)] == records
            later = book[notebook_id][len(records) :]
            assert {record.actor.kind for record in later} <= {"system"}

    async def _repeat(self, account: Account, calls: Sequence[Call]) -> None:
        """What was acknowledged is answered as the first time."""
        for call in calls:
            response = await self.crowd.deliver(call)
            if account.is_forgotten(call):
                assert response.status_code == 404, (call, response.content)
            else:
                assert response.is_success, (call, response.content)
                assert _comparable(call, response.content) == _comparable(call, call.answer)


def _comparable(call: Call, answer: bytes | None) -> object:
    """The answer but for the code of a claim, which goes with the execution that it is of."""
    told = msgspec.json.decode(answer or b"")
    if isinstance(told, dict) and isinstance(told.get("claim"), dict):
        told["claim"].pop("source")
    return told
