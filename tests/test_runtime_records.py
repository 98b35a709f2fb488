"""How much a runtime writes: by time and bytes, not by prints; an idle one writes nothing."""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import pytest

from intheloop import commands as c
from intheloop import events as e
from intheloop.client import to_record
from intheloop.log import Log, MemoryLog
from intheloop.notebook import Stream
from intheloop.notebooks import ServiceSettings
from tests.desk import desk
from tests.serving import Served, served, serving
from tests.watched import WatchedLog

__all__ = ["served"]
pytestmark = pytest.mark.anyio

LINES, RENEWALS, STRETCHES = 5000, 100, 5
FLOOD = f"""import sys
for n in range({LINES}): print(n, file=(sys.stdout, sys.stderr)[n % 2], flush=True)"""


async def test_a_flood_on_two_streams_is_recorded_in_order_by_few_records(
    served: Served, tmp_path: Path
) -> None:
    async with desk(served, tmp_path, FLOOD) as at:
        (one,) = await at.ran("c1")
        said = [
            (output.name, "".join(piece.text for piece in output.pieces))
            for output in one.outputs
            if isinstance(output, Stream)
        ]
        assert said == [(("stdout", "stderr")[n % 2], f"{n}\n") for n in range(LINES)]
        found = [
            to_record(record) for record in (await at.me.records(at.notebook_id, limit=1000))[0]
        ]
        times = {type(record.event): record.envelope.recorded_at for record in found}
        seconds = (
            datetime.fromisoformat(times[e.ExecutionCompleted])
            - datetime.fromisoformat(times[e.ExecutionStarted])
        ).total_seconds()
        size = sum(len(text) for _, text in said)
        appended = sum(isinstance(record.event, e.OutputAppended) for record in found)
        assert appended <= 20 * seconds + size / 8192 + 5


@pytest.mark.slow
async def test_an_idle_notebook_gets_no_record_however_often_its_lease_is_renewed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = WatchedLog(MemoryLog())
    with serving(cast(Log, log), times=ServiceSettings(lease_s=0.5)) as served:
        async with desk(served, tmp_path, "1") as at:
            await at.ran("c1")
            call, renewed = at.its.call, asyncio.Semaphore(0)

            async def counted(tool: c.Tool, command_id: str | None = None) -> Any:
                answer = await call(tool, command_id)
                if isinstance(tool, c.RenewLease):
                    renewed.release()
                return answer

            monkeypatch.setattr(at.its, "call", counted)
            # A machine that stands still for half a second lets a lease lapse, which is recorded:
            # such a stretch tells nothing of renewals.
            for _ in range(STRETCHES):
                head, commits = (await at.me.state(at.notebook_id)).seq, len(log.commits)
                for _ in range(RENEWALS):
                    await renewed.acquire()
                kinds = [type(event) for event in (await at.events())[head:]]
                if not {e.RuntimeDetached, e.RuntimeAttached} & set(kinds):
                    break
            assert kinds == []
            assert len(log.commits) == commits
