"""Two runtimes that want the same notebooks at the same time: each request runs once, in order,
and all of a notebook in one kernel."""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter, defaultdict
from contextlib import AsyncExitStack, aclosing
from pathlib import Path
from random import Random

import pytest

from intheloop import commands as c
from intheloop import events as e
from intheloop.client import Client, to_record
from intheloop.values import StreamOutput, Value, inline, utf8
from intheloop_agents.runtime.agent import Agent
from tests import odd_kernel
from tests.serving import serving

NOTEBOOKS, REQUESTS = 100, 1000
WAIT_S = 400


@pytest.mark.slow
@pytest.mark.anyio
async def test_each_of_a_thousand_requests_runs_once_and_each_notebook_in_one_kernel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    metadata = _install_odd_kernel(tmp_path, monkeypatch)
    random = Random(seed)
    with serving() as served:
        ana = served.person()
        mine = served.secret(ana)
        notebooks = [served.notebook(mine) for _ in range(NOTEBOOKS)]
        async with AsyncExitStack() as stack:
            me = await stack.enter_async_context(Client(served.url, mine, "test", "1"))
            for notebook_id in notebooks:
                await me.call(c.SetMetadata(notebook_id=notebook_id, metadata=metadata))
            logs = asyncio.create_task(_logs(me, notebooks))
            agents = []
            for name in ("one", "two"):
                secret = served.secret(ana, "runtime", ["notebook:read", "runtime"], label=name)
                its = await stack.enter_async_context(Client(served.url, secret, name, "1"))
                agents.append(Agent(its, tmp_path, tmp_path / name))
            running = [asyncio.create_task(agent.run()) for agent in agents]
            wanted = notebooks * (REQUESTS // NOTEBOOKS)
            random.shuffle(wanted)
            asking = [
                me.call(c.RunCode(notebook_id=notebook_id, source="count", wait_s=0))
                for notebook_id in wanted
            ]
            await asyncio.gather(*asking)
            try:
                async with asyncio.timeout(WAIT_S):
                    found = await logs
            finally:
                for task in running:
                    task.cancel()
                await asyncio.gather(*running, return_exceptions=True)
    for notebook_id in notebooks:
        _check(found[notebook_id])
    served_by = Counter(_runtime(found[notebook_id]) for notebook_id in notebooks)
    assert set(served_by) <= {agent.runtime_id for agent in agents}


def _install_odd_kernel(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Value:
    """A kernel that starts at once, so that a hundred fit on one machine; as metadata wants it."""
    place = folder / "kernels" / "odd"
    place.mkdir(parents=True)
    argv = [sys.executable, odd_kernel.__file__, "{connection_file}"]
    spec = {"argv": argv, "display_name": "Odd", "language": "odd", "interrupt_mode": "message"}
    (place / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")
    monkeypatch.setenv("JUPYTER_PATH", str(folder))
    return inline(utf8({"kernelspec": {"name": "odd", "display_name": "Odd", "language": "odd"}}))


async def _logs(me: Client, notebooks: list[str]) -> dict[str, list[e.Event]]:
    """What happened in these notebooks until all that was wanted has ended."""
    found: dict[str, list[e.Event]] = defaultdict(list)
    left = REQUESTS
    async with aclosing(me.follow(dict.fromkeys(notebooks, 0))) as items:
        async for item in items:
            if isinstance(item, e.WireRecord):
                event = to_record(item).event
                found[item.notebook_id].append(event)
                left -= isinstance(event, e.ExecutionCompleted)
                if not left:
                    return found
    raise AssertionError("the notebooks went out of sight")


def _check(events: list[e.Event]) -> None:
    requested = [one.execution_id for one in events if isinstance(one, e.ExecutionRequested)]
    claimed = [one for one in events if isinstance(one, e.ExecutionClaimed)]
    assert [one.execution_id for one in claimed] == requested
    assert {one.generation for one in claimed} == {1}
    ends = [
        (one.execution_id, one.status) for one in events if isinstance(one, e.ExecutionCompleted)
    ]
    assert ends == [(execution_id, "ok") for execution_id in requested]
    said = "".join(
        output.text
        for one in events
        if isinstance(one, e.OutputAppended)
        for output in one.outputs
        if isinstance(output, StreamOutput)
    )
    pids, counts = zip(*(line.split() for line in said.splitlines()), strict=True)
    assert len(set(pids)) == 1
    assert [int(count) for count in counts] == list(range(1, len(requested) + 1))
    assert len({one.runtime_id for one in claimed}) == 1


def _runtime(events: list[e.Event]) -> str:
    return next(one.runtime_id for one in events if isinstance(one, e.ExecutionClaimed))
