"""Opening a service costs what came since the last snapshot, not what came before."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from intheloop.errors import (
    Unavailable,
)
from intheloop.log import MemoryLog
from intheloop.notebook import WORKSPACE_ID
from intheloop.notebooks import ServiceSettings, desk, writer
from tests.house import appending, house, stores, ticks
from tests.watched import SOON_S

pytestmark = pytest.mark.anyio


async def test_opening_does_not_grow_with_the_past(tmp_path: Path) -> None:
    for store in stores(tmp_path).values():
        settings = ServiceSettings(snapshot_records=50)
        async with house(store(), settings=settings) as home:
            nb = await home.notebook("1")
            await home.comment(nb, *(f"{n}" for n in range(180)))
            await home.service.close()
            home.log.read.clear()
            await home.open()
            digested = await home.service.desk.digest(nb)
            assert digested == (182, home.replayed(nb))
            assert home.log.read[nb] <= 50 + 1
            assert home.log.read[WORKSPACE_ID] <= 50 + 1


async def test_snapshots_are_taken_though_no_run_of_the_server_is_long() -> None:
    async with house(settings=ServiceSettings(snapshot_records=50)) as home:
        nb = await home.notebook("1")
        for run in range(10):
            await home.comment(nb, *(f"{run} {n}" for n in range(20)))
            await home.reopen()
        home.log.read.clear()
        await home.state(nb)
        assert home.log.read[nb] <= 50 + 20 + 1


async def test_a_snapshot_that_cannot_be_kept_costs_nothing_but_time(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class NoSnapshots(MemoryLog):
        def save_snapshot(self, *_: object) -> bool:
            raise Unavailable("The disk is full; send it again when it is not.")

    async with house(NoSnapshots(), settings=ServiceSettings(snapshot_records=5)) as home:
        nb = await home.notebook()
        await home.comment(nb, *map(str, range(20)))
        await home.reopen()
        assert (await home.state(nb)).seq == 21
    assert "No snapshot" in caplog.text


async def test_what_is_written_while_a_notebook_is_opened_is_seen_at_once(
    tmp_path: Path,
) -> None:
    for store in stores(tmp_path).values():
        async with house(store()) as home:
            nb = await home.notebook("1")
            await home.reopen()
            async with AsyncExitStack() as streams:
                with home.log.slow_reads():
                    opening = asyncio.create_task(streams.enter_async_context(home.follow({nb: 2})))
                    reading = asyncio.create_task(home.state(nb))
                    await ticks()
                    await home.comment(nb, "meanwhile")
                    assert not opening.done()
                stream = await opening
                assert (await stream.records(1))[0].seq == 3
                assert (await stream.next("digest")).json["seq"] == 3
                assert (await reading).seq == 3


async def test_more_notebooks_than_are_kept_open_are_all_served(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(desk, "KEPT_OPEN", 3)
    monkeypatch.setattr(writer, "KEPT_OPEN", 3)
    async with house() as home:
        await home.caller("runtime", name="rt")
        notebooks = [await home.notebook("1") for _ in range(8)]
        running = {nb: await home.running(nb) for nb in notebooks}
        await home.reopen()
        for nb in notebooks:
            await home.write(nb, "2")
            assert await home.service.desk.digest(nb) == (
                (await home.state(nb)).seq,
                home.replayed(nb),
            )
        await home.pass_time(29)
        await home.do(appending(notebooks[0], running[notebooks[0]], 0), "rt")
        await home.pass_time(1)

        def adrift() -> list[str]:
            return [nb for nb in notebooks if "executionClaimLapsed" in home.types(nb)]

        async with asyncio.timeout(SOON_S):
            while len(adrift()) < len(notebooks) - 1:
                await home.settled()
        assert adrift() == notebooks[1:]
