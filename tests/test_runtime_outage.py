"""The runtime when the server cannot be reached for a while: nothing lost, nothing twice."""

import asyncio
import os
import random
from functools import partial
from pathlib import Path

import pytest

from intheloop import commands as c
from intheloop import events as e
from intheloop.notebook import Notebook
from intheloop.notebooks import ServiceSettings
from intheloop_agents.runtime.delivery.leftovers import GONE
from intheloop_agents.runtime.delivery.spool import End
from tests.desk import WAIT_S, Desk, desk, shown
from tests.relay import relay
from tests.serving import Served, serving

pytestmark = pytest.mark.timeout(180)
# The kernel tells by a named pipe that it is done, and waits at another to go on.
GATED = (
    "print('begun', flush=True)\nopen('go').read()\n"
    "for n in range(3000): print(n, flush=n % 50 == 0)\n"
    "_ = open('done', 'w').write('x')"
)
USUAL = ServiceSettings()
PATIENT = ServiceSettings(adrift_s=600)
WAITING = "print('begun', flush=True)\nopen('go').read()\nprint('went on')"


@pytest.fixture
def pipes(tmp_path: Path) -> Path:
    """A folder with the named pipes `go` and `done`."""
    for name in ("go", "done"):
        os.mkfifo(tmp_path / name)
    return tmp_path


def grew(upto: int, state: Notebook) -> bool:
    return state.seq >= upto or not state.queue


async def is_let_go(at: Desk, served: Served) -> None:
    """Nobody hears of an idle runtime for longer than its lease."""
    served.push_time(USUAL.lease_s)
    await at.replica.wait_for(lambda state: not state.runtimes, WAIT_S)


async def drifts(at: Desk, served: Served, execution_id: str) -> None:
    """Nobody hears of the runtime for longer than its lease, while it runs this."""
    served.push_time(USUAL.lease_s)
    await at.replica.wait_for(
        lambda state: state.executions[execution_id].status == "adrift", WAIT_S
    )


async def is_given_up(at: Desk, served: Served, execution_id: str) -> None:
    """Nor for as long as what drifts is waited for."""
    await drifts(at, served, execution_id)
    served.push_time(USUAL.adrift_s)
    (lost,) = await at.ended(execution_id)
    assert lost.status == "lost"


async def open_gate(folder: Path) -> None:
    await asyncio.to_thread((folder / "go").write_text, "x")


@pytest.mark.anyio
async def test_what_is_printed_while_the_server_is_away_is_recorded_once_it_is_back(
    pipes: Path,
) -> None:
    with serving() as served:
        async with relay(served.url) as line, desk(served, pipes, GATED, through=line.url) as at:
            (running,) = await at.run()
            await at.shows(running, "begun\n")
            line.cut()
            await open_gate(pipes)
            await asyncio.to_thread((pipes / "done").read_text)
            assert shown(at.replica.notebook.executions[running]) == "begun\n"
            line.mend()
            (ended,) = await at.ended(running)
            assert ended.status == "ok"
            assert shown(ended) == "begun\n" + "".join(f"{n}\n" for n in range(3000))
            kinds = [type(event) for event in await at.events()]
            assert kinds.count(e.ExecutionCompleted) == 1
            # It caught up in large pieces, not in one command for each 50 ms.
            assert kinds.count(e.OutputAppended) < 10


@pytest.mark.slow
@pytest.mark.anyio
@pytest.mark.parametrize("error", ["", "ZeroDivisionError"])
async def test_what_a_runtime_could_not_tell_before_it_ended_is_told_by_the_next(
    pipes: Path, error: str
) -> None:
    source = GATED.replace("_ = open('done', 'w').write('x')", "1/0" if error else "")
    with serving() as served:
        async with (
            relay(served.url) as line,
            desk(served, pipes, source, "'next'", through=line.url) as at,
        ):
            (running,), (queued,) = await at.run("c1"), await at.run("c2")
            await at.shows(running, "begun\n")
            line.cut()
            await open_gate(pipes)
            await at.written_down(End)
            before = at.agent.runtime_id
            await at.stop_runtime()
            line.mend()
            at.start_another_runtime()
            ended, after = await at.ended(running, queued)
            assert shown(ended) == "begun\n" + "".join(f"{n}\n" for n in range(3000)) + error
            assert ended.status == ("error" if error else "ok")
            assert ended.runtime_id == before
            assert (after.status, shown(after)) == ("ok", "\"'next'\"")
            assert after.runtime_id == at.agent.runtime_id
            (detached,) = [e_ for e_ in await at.events() if isinstance(e_, e.RuntimeDetached)]
            assert (detached.runtime_id, detached.reason) == (before, GONE)
            assert not list((pipes / "spool").glob("*/" + before))


@pytest.mark.anyio
async def test_a_connection_that_breaks_again_and_again_costs_nothing(
    tmp_path: Path, seed: int
) -> None:
    draw = random.Random(seed)
    source = "import time\nfor n in range(400):\n    print(n, flush=True); time.sleep(0.004)"
    with serving() as served:
        async with (
            relay(served.url) as line,
            desk(served, tmp_path, source, through=line.url) as at,
        ):
            (running,) = await at.run()
            await at.shows(running, "0\n")
            for _ in range(8):
                seen = at.replica.notebook.seq
                line.cut()
                line.mend()
                grown = draw.randint(1, 3)
                await at.replica.wait_for(partial(grew, seen + grown), WAIT_S)
            (ended,) = await at.ended(running)
            assert shown(ended) == "".join(f"{n}\n" for n in range(400))
            indexes = [
                event.index for event in await at.events() if isinstance(event, e.OutputAppended)
            ]
            assert indexes == list(range(len(indexes)))


@pytest.mark.anyio
async def test_an_execution_that_drifted_is_taken_up_again_by_its_runtime(pipes: Path) -> None:
    with serving(times=PATIENT) as served:
        async with relay(served.url) as line, desk(served, pipes, WAITING, through=line.url) as at:
            (running,) = await at.run()
            await at.shows(running, "begun")
            line.cut()
            await drifts(at, served, running)
            line.mend()
            state = await at.replica.wait_for(
                lambda state: state.executions[running].status == "started", WAIT_S
            )
            assert state.executions[running].generation == 2
            await open_gate(pipes)
            (ended,) = await at.ended(running)
            assert (ended.status, shown(ended)) == ("ok", "begun\nwent on\n")


@pytest.mark.anyio
@pytest.mark.parametrize("restarted", [False, True])
async def test_what_ends_while_it_is_adrift_is_delivered_and_not_run_again(
    pipes: Path, restarted: bool
) -> None:
    source = "_ = open('runs', 'a').write('once ')\n" + GATED
    with serving(times=PATIENT) as served:
        async with (
            relay(served.url) as line,
            desk(served, pipes, source, "'next'", through=line.url) as at,
        ):
            (running,) = await at.run("c1")
            await at.shows(running, "begun")
            line.cut()
            await open_gate(pipes)
            await asyncio.to_thread((pipes / "done").read_text)
            await drifts(at, served, running)
            if restarted:
                await at.me.call(c.RestartKernel(notebook_id=at.notebook_id, wait_s=0))
            line.mend()
            (ended,) = await at.ended(running)
            (after,) = await at.ran("c2")
            assert (after.execution_count, shown(after)) == (1 if restarted else 2, "\"'next'\"")
            state = at.replica.notebook
            assert shown(state.executions[running]) == "begun\n" + "".join(
                f"{n}\n" for n in range(3000)
            )
            assert ended.status == "ok"
            assert (pipes / "runs").read_text() == "once "


@pytest.mark.anyio
async def test_what_was_given_up_is_not_taken_up_and_the_next_run_has_a_fresh_kernel(
    pipes: Path,
) -> None:
    with serving(times=USUAL) as served:
        async with (
            relay(served.url) as line,
            desk(served, pipes, WAITING, "'fresh'", through=line.url) as at,
        ):
            (running,) = await at.run("c1")
            await at.shows(running, "begun")
            line.cut()
            await is_given_up(at, served, running)
            assert not at.replica.notebook.runtimes
            line.mend()
            (after,) = await at.ran("c2")
            assert (after.status, after.execution_count) == ("ok", 1)
            assert shown(at.replica.notebook.executions[running]) == "begun\n"


@pytest.mark.anyio
async def test_an_idle_runtime_that_was_let_go_comes_back_with_its_kernel(tmp_path: Path) -> None:
    with serving(times=USUAL) as served:
        async with (
            relay(served.url) as line,
            desk(served, tmp_path, "x = 7", "x", through=line.url) as at,
        ):
            await at.ran("c1")
            line.cut()
            await is_let_go(at, served)
            line.mend()

            def back(state: Notebook) -> bool:
                return at.agent.runtime_id in state.runtimes

            await at.replica.wait_for(back, WAIT_S)
            (after,) = await at.ran("c2")
            assert (shown(after), after.execution_count) == ('"7"', 2)
            # And it can be restarted all the same.
            await at.me.call(c.RestartKernel(notebook_id=at.notebook_id, wait_s=0))
            (failed,) = await at.ran("c2")
            assert failed.status == "error"


@pytest.mark.anyio
async def test_that_it_was_let_go_before_is_no_reason_to_give_up_what_it_runs_since(
    tmp_path: Path,
) -> None:
    with serving(times=PATIENT) as served:
        async with (
            relay(served.url) as line,
            desk(served, tmp_path, "'ready'", "print(input())", through=line.url) as at,
        ):
            await at.ran("c1")
            line.refused = ("/api/tools/claim_execution",)
            (running,) = await at.run("c2")
            await line.has_refused.wait()
            line.cut()
            await is_let_go(at, served)
            # It asks for work again and is given some, and only then hears what was before.
            line.refused = ("/api/follow",)
            line.mend()
            state = await at.replica.wait_for(
                lambda state: state.executions[running].input is not None, WAIT_S
            )
            line.refused = ()
            asked = state.executions[running].input
            assert asked is not None
            await at.me.call(
                c.ProvideInput(notebook_id=at.notebook_id, input_id=asked.input_id, value="heard")
            )
            (ended,) = await at.ended(running)
            assert (ended.status, "heard" in shown(ended)) == ("ok", True)
            assert ended.generation == 1
            types = [record.type for record in served.log.records(at.notebook_id)]
            assert types.count("inputRequested") == 1


@pytest.mark.anyio
async def test_what_was_queued_before_the_server_gave_up_what_had_ended_is_run(
    pipes: Path,
) -> None:
    with serving(times=USUAL) as served:
        async with (
            relay(served.url) as line,
            desk(served, pipes, GATED, "'next'", through=line.url) as at,
        ):
            (running,), (queued,) = await at.run("c1"), await at.run("c2")
            await at.shows(running, "begun")
            line.cut()
            await open_gate(pipes)
            await asyncio.to_thread((pipes / "done").read_text)
            await at.written_down(End)
            await is_given_up(at, served, running)
            line.mend()
            (after,) = await at.ended(queued)
            assert (after.status, shown(after)) == ("ok", "\"'next'\"")
