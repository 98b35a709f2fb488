"""`kill -9` of a server under load: what was acknowledged is there once, and nothing by half."""

from __future__ import annotations

import asyncio
import itertools
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from intheloop.folder import STORE
from intheloop.log import SqlLog, sqlite_url
from intheloop.notebook import WORKSPACE_ID
from intheloop.reducer import REDUCER_VERSION
from tests.accounts import Book, book_of, check_files, check_store, erased_words
from tests.crowd import Crowd
from tests.killable_server import POINTS
from tests.second_look import look_again, take_stock
from tests.server_process import ServerProcess

AT_RANDOM = "never"
"""The point of a server that is killed by somebody else."""

KILLED = -9
LIVES, LIVES_IN_TORTURE = 3, 15
"""Lives of a data folder; in each of them a server is killed at every point and once at random."""


@pytest.mark.slow
@pytest.mark.torture
@pytest.mark.anyio
async def test_a_killed_server_keeps_what_it_acknowledged_once_and_nothing_by_half(
    seed: int, torture: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    began, rounds, acknowledged = time.monotonic(), 0, 0
    for number in range(LIVES_IN_TORTURE if torture else LIVES):
        print(f"life {number} of seed {seed}")
        life = Life(Random(f"{seed} {number}"), tmp_path / str(number))
        await life.live()
        rounds += len(POINTS) + 1
        acknowledged += life.crowd.acknowledged
        shutil.rmtree(tmp_path / str(number))
    with capsys.disabled():
        print(
            f"\n{rounds} kills, {acknowledged} acknowledged calls found again once and whole, "
            f"in {time.monotonic() - began:.0f} s"
        )


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
                await look_again(self.crowd, http, server.token, 0, self._on_disk)
            assert server.stop() == 0
        take_stock(self._data, self.crowd)
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
                await look_again(self.crowd, http, server.token, self._looked_at, self._on_disk)
                self._looked_at = since
                server.arm()
                end = number if point == AT_RANDOM else None
                await self.crowd.work(self._ending(server, end))
            assert server.wait_for_end() == KILLED
        copy = shutil.copytree(self._data, self._folder / "copy")
        self._on_disk = take_stock(copy, self.crowd)
        shutil.rmtree(copy)

    def _ending(self, server: ServerProcess, number: int | None) -> Callable[[], bool]:
        """What kills the server some milliseconds after that many answers; None: it does so."""
        count = itertools.count(1)

        def go_on() -> bool:
            if next(count) == number:
                delay = self._random.uniform(0, 0.02)
                asyncio.get_running_loop().call_later(delay, server.kill)
            return True

        return go_on

    def _check_erased(self) -> None:
        """What was erased, with kills in between, is in no file."""
        log = SqlLog(sqlite_url(self._data / STORE))
        words = erased_words(book_of(log), self.crowd.calls)
        snapshots = [log.snapshot(each, REDUCER_VERSION) for each in self.crowd.world.places]
        log.close()
        assert words and any(snapshots), "the crowd did too little for this to mean anything"
        check_files(self._data, words)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("point", "numbers"),
    [
        ("before_begin", (1, 2)),
        ("in_transaction", (1, 2)),
        ("before_commit", (1, 2)),
        ("after_commit", (1, 1)),
    ],
)
def test_a_server_killed_at_its_first_start_starts_the_next_time(
    point: str, numbers: tuple[int, int], tmp_path: Path
) -> None:
    data = tmp_path / "data"
    for number in numbers:
        with pytest.raises(AssertionError, match=f"the server ended with {KILLED}"):
            ServerProcess(data, point, number, 3, "at_once")
    with ServerProcess(data) as server:
        assert server.stop() == 0
    log = SqlLog(sqlite_url(data / STORE))
    book = check_store(log)
    log.close()
    people = [record for record in book[WORKSPACE_ID] if record.type == "personAdded"]
    assert len(people) == 1
