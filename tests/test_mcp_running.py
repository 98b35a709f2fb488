"""Long runs through the MCP door: a client that leaves ends its wait and nothing else, and what was
begun is there for the next one. A real kernel."""

from __future__ import annotations

import asyncio
import os
from datetime import datetime
from pathlib import Path

import pytest

from intheloop import commands as c
from intheloop.access import new_credential_secret, secret_sha256
from tests.desk import WAIT_S, Desk, desk
from tests.foreign import typescript
from tests.mcp_callers import ERAS, Era, called, model
from tests.serving import Served

pytestmark = [pytest.mark.slow, pytest.mark.anyio]

LONG = "import time\nprint('begun', flush=True)\ntime.sleep(20)"
FREED_S = 1.0
GATED = "print('begun', flush=True)\nopen('go').read()\nprint('over')"


async def assistant(at: Desk) -> str:
    """The secret of a program that acts for the notebook's owner."""
    secret = new_credential_secret()
    command = c.IssueCredential(
        kind="assistant",
        label="Quill",
        scopes=["notebook:read", "notebook:write", "notebook:run"],
        secret_sha256=secret_sha256(secret),
    )
    await at.me.call(command)
    return secret


async def begun(at: Desk) -> str:
    """The execution that shows that it has begun."""

    state = await at.replica.wait_for(lambda state: state.held() is not None, WAIT_S)
    held = state.held()
    assert held is not None
    await at.shows(held.execution_id, "begun")
    return held.execution_id


async def seconds_between(at: Desk, first: str, second: str) -> float:
    """From one event of the log to another."""
    records, _ = await at.me.records(at.notebook_id, limit=1000)
    times = {
        record.type: datetime.fromisoformat(record.recorded_at.replace("Z", "+00:00"))
        for record in records
        if record.type in (first, second)
    }
    return (times[second] - times[first]).total_seconds()


@pytest.mark.parametrize("era", ERAS)
async def test_who_stops_waiting_stops_no_run_and_a_cancelled_one_frees_the_kernel(
    served: Served, tmp_path: Path, era: Era
) -> None:
    async with desk(served, tmp_path, "1 + 1") as at:
        secret = await assistant(at)
        here = {"notebook_id": at.notebook_id}
        async with model(served.url, secret, era) as client:
            calling = asyncio.create_task(called(client, "run_code", source=LONG, **here))
            execution_id = await begun(at)
            calling.cancel()
            await asyncio.gather(calling, return_exceptions=True)
            told = await called(client, "read_notebook", **here)
            assert told["running"] == execution_id
            await called(client, "cancel_execution", execution_id=execution_id, **here)
            next_one = await called(client, "run_code", source="1 + 1", **here)
            assert next_one["executions"][0]["state"] == "ok"
            ended = await called(client, "read_execution", execution_id=execution_id, **here)
        assert ended["execution"]["state"] == "cancelled"
        assert "begun" in str(ended["execution"]["outputs"])
        freed = await seconds_between(at, "executionCancelRequested", "executionCompleted")
        assert freed < FREED_S


@pytest.mark.foreign_clients
async def test_what_a_killed_client_began_is_whole_for_the_next_one(
    served: Served, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "go")
    async with desk(served, tmp_path) as at:
        secret = await assistant(at)
        here = {"notebook_id": at.notebook_id}
        with pytest.raises(AssertionError, match="the client ended"):
            async with typescript("v2", served.url, secret) as killed:
                calling = asyncio.create_task(killed.call("run_code", source=GATED, **here))
                execution_id = await begun(at)
                killed.kill()
                await calling
        await asyncio.to_thread((tmp_path / "go").write_text, "on\n")
        async with model(served.url, secret) as client:
            told = await called(
                client, "read_execution", execution_id=execution_id, wait_s=30, **here
            )
        assert told["execution"]["state"] == "ok"
        assert [one["text"] for one in told["execution"]["outputs"]] == ["begun\nover\n"]
