"""Opening a service costs what came since the last snapshot, not what came before."""

from pathlib import Path

import pytest

from intheloop.errors import (
    Unavailable,
)
from intheloop.log import MemoryLog
from intheloop.notebook import WORKSPACE_ID
from intheloop.notebooks import ServiceSettings
from tests.house import house, stores

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
