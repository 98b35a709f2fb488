"""Two runtimes at once on many notebooks: each request runs once, each notebook in one kernel."""

from __future__ import annotations

import asyncio
import json
import resource
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, aclosing
from pathlib import Path
from random import Random

import pytest

from intheloop import commands as c
from intheloop import events as e
from intheloop.client import Client, to_record
from intheloop.events import Record, WireRecord
from intheloop.values import StreamOutput
from tests import counting_kernel
from tests.runtime_process import RuntimeProcess
from tests.serving import Served, serving

NOTEBOOKS, EACH = 100, 10
# A kernel takes about 18 of its runtime's descriptors.
DESCRIPTORS = 4096
WAIT_S = 300.0


@pytest.fixture
def diary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What all kernels of `tests.counting_kernel`, installed for this test alone, have run."""
    folder = tmp_path / "kernels" / "counting"
    folder.mkdir(parents=True)
    written = tmp_path / "diary"
    argv = [sys.executable, counting_kernel.__file__, "{connection_file}", str(written)]
    spec = {"argv": argv, "display_name": "Counting", "language": "counting"}
    (folder / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    return written


@pytest.fixture
def descriptors() -> Iterator[None]:
    """Room for many open files, here and in processes started here."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    enough = DESCRIPTORS if hard == resource.RLIM_INFINITY else min(DESCRIPTORS, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, enough), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.slow
@pytest.mark.anyio
async def test_runtimes_that_race_run_each_request_once_and_each_notebook_in_one_kernel(
    seed: int, tmp_path: Path, diary: Path, descriptors: None
) -> None:
    with serving() as served, ExitStack() as runtimes:
        mine = served.secret(served.person("Ana"))
        notebooks = [served.notebook(mine) for _ in range(NOTEBOOKS)]
        wanted = [f"{notebook_id} {number}" for notebook_id in notebooks for number in range(EACH)]
        Random(seed).shuffle(wanted)
        for name in ("Bob", "Cleo"):
            await runtime_of(served, name, notebooks, tmp_path, runtimes)
        async with Client(served.url, mine, "test", "1") as me:
            asking = asyncio.create_task(ask(me, wanted))
            told = await all_ended(me, notebooks, len(wanted))
            await asking
    lines = (await asyncio.to_thread(diary.read_text)).splitlines()
    ran = [line.split() for line in lines if line.split()[1] in notebooks]
    kernels = {notebook_id: pid for pid, notebook_id, _ in ran}
    assert sorted(f"{notebook_id} {number}" for _, notebook_id, number in ran) == sorted(wanted)
    assert {(notebook_id, pid) for pid, notebook_id, _ in ran} == set(kernels.items())
    assert len(set(kernels.values())) == NOTEBOOKS
    assert len({check(one, told[one], kernels[one]) for one in notebooks}) == 2


async def runtime_of(
    served: Served, name: str, notebooks: list[str], folder: Path, ends: ExitStack
) -> None:
    """Start a runtime of somebody who may run these notebooks; it has shown that it is there."""
    person = served.person(name)
    for notebook_id in notebooks:
        served.grant(notebook_id, person, "runner")
    theirs = served.secret(person)
    token = served.secret(person, "runtime", ["notebook:read", "runtime"])
    place = folder / name
    place.mkdir()
    ends.enter_context(RuntimeProcess(served.url, token, place, "--kernel", "counting"))
    own = served.notebook(theirs)
    async with Client(served.url, theirs, "test", "1") as client:
        await ask(client, [f"{own} 0"])
        await all_ended(client, [own], 1)


async def ask(me: Client, codes: list[str]) -> None:
    """Have each of these run, in the notebook that it begins with."""
    for code in codes:
        await me.call(c.RunCode(notebook_id=code.split()[0], source=code))


async def all_ended(me: Client, notebooks: list[str], count: int) -> dict[str, list[Record]]:
    """What the notebooks have told once so many executions have ended."""
    told: defaultdict[str, list[Record]] = defaultdict(list)
    ended = 0
    async with asyncio.timeout(WAIT_S), aclosing(me.follow(dict.fromkeys(notebooks, 0))) as items:
        async for item in items:
            if isinstance(item, WireRecord):
                told[item.notebook_id].append(to_record(item))
                ended += item.type == "executionCompleted"
                if ended == count:
                    break
    return told


def check(notebook_id: str, told: list[Record], kernel: str) -> str:
    """One runtime has run all of it, well, in this kernel; which."""
    (attached,) = (one.event for one in told if isinstance(one.event, e.RuntimeAttached))
    ends = [one.event.status for one in told if isinstance(one.event, e.ExecutionCompleted)]
    assert ends == ["ok"] * (EACH), notebook_id
    shown = [
        output.text
        for one in told
        if isinstance(one.event, e.OutputAppended)
        for output in one.event.outputs
        if isinstance(output, StreamOutput)
    ]
    assert shown == [kernel] * (EACH), notebook_id
    return attached.runtime_id
