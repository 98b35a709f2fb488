"""A runtime that falls silent loses its hold, and what it ran is adrift before it is lost."""

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from intheloop import commands as c
from intheloop import events as e
from intheloop.errors import Conflict
from intheloop.log import Commit
from tests.house import House, appending, completing, house, stores, ticks
from tests.watched import SOON_S

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["memory", "sqlite"])
async def home(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    """A service over each store."""
    async with house(stores(tmp_path)[request.param]()) as opened:
        yield opened


async def _busy(home: House) -> tuple[str, str]:
    nb = await home.notebook()
    await home.caller("runtime", name="rt")
    return nb, await home.running(nb)


async def test_an_idle_runtime_that_is_silent_for_its_lease_is_detached(home: House) -> None:
    nb = await home.notebook()
    await home.caller("runtime", name="rt")
    await home.attach(nb)
    await home.pass_time(29.9)
    assert "runtimeDetached" not in home.types(nb)
    await home.pass_time(0.1)
    assert home.types(nb)[-1] == "runtimeDetached"
    await home.refused(Conflict, c.RenewLease(notebook_id=nb, runtime_id="r1"), "rt")
    await home.pass_time(100)
    assert home.types(nb).count("runtimeDetached") == 1


async def test_whatever_a_runtime_does_renews_its_lease(home: House) -> None:
    nb, running = await _busy(home)
    acts = [
        c.RenewLease(notebook_id=nb, runtime_id="r1"),
        appending(nb, running, 0),
        c.AttachRuntime(notebook_id=nb, runtime_id="r1", kernel=e.Kernel("python3")),
        completing(nb, running),
        c.ClaimExecution(notebook_id=nb, runtime_id="r1"),
    ]
    for act in acts:
        await home.pass_time(29)
        await home.do(act, "rt")
    await home.pass_time(29)
    assert not {"runtimeDetached", "executionClaimLapsed"} & set(home.types(nb))
    await home.pass_time(1)
    assert home.types(nb)[-1] == "runtimeDetached"


async def test_what_others_do_renews_no_lease(home: House) -> None:
    nb, running = await _busy(home)
    other = await home.notebook()
    await home.attach(other)
    await home.pass_time(20)
    await home.comment(nb, "still there?")
    await home.do(c.RenewLease(notebook_id=other, runtime_id="r1"), "rt")
    await home.pass_time(10)
    assert home.types(nb)[-1] == "executionClaimLapsed"
    assert "runtimeDetached" not in home.types(other)
    await home.pass_time(10)
    await home.comment(nb, "hello?")
    await home.pass_time(5)
    assert (await home.state(nb)).executions[running].status == "lost"


async def test_renewals_leave_no_record(home: House) -> None:
    nb, _ = await _busy(home)
    before, commits = home.types(nb), len(home.log.commits)
    for _ in range(5):
        await home.pass_time(20)
        await home.do(c.RenewLease(notebook_id=nb, runtime_id="r1"), "rt")
    assert home.types(nb) == before
    assert len(home.log.commits) == commits


async def test_what_a_silent_runtime_runs_is_adrift_and_can_be_taken_up_again(
    home: House,
) -> None:
    nb, running = await _busy(home)
    await home.do(appending(nb, running, 0), "rt")
    await home.pass_time(30)
    assert home.types(nb)[-1] == "executionClaimLapsed"
    assert (await home.state(nb)).executions[running].status == "adrift"
    await home.refused(Conflict, appending(nb, running, 1), "rt")
    await home.pass_time(14.9)
    claimed = await home.claim(nb)
    assert (claimed.execution_id, claimed.generation) == (running, 2)
    assert claimed.next_index == 1
    await home.pass_time(29)
    await home.do(appending(nb, running, 1), "rt")
    await home.do(completing(nb, running), "rt")
    assert (await home.state(nb)).executions[running].status == "ok"


async def test_what_is_adrift_for_too_long_is_lost_and_the_queue_goes_on(home: House) -> None:
    nb, running = await _busy(home)
    queued = await home.run(nb, "next")
    await home.pass_time(30)
    await home.pass_time(14.9)
    assert (await home.state(nb)).executions[running].status == "adrift"
    await home.refused(
        Conflict, c.AttachRuntime(notebook_id=nb, runtime_id="r2", kernel=e.Kernel("p")), "rt"
    )
    await home.pass_time(0.1)
    state = await home.state(nb)
    assert state.executions[running].status == "lost"
    assert not state.runtimes
    await home.refused(Conflict, appending(nb, running, 0), "rt")
    await home.attach(nb, runtime_id="r2")
    assert (await home.claim(nb, runtime_id="r2")).execution_id == queued


async def test_a_runtime_elsewhere_may_come_back_within_a_day(home: House) -> None:
    await home.caller("runtime", name="rt")
    nb = await home.notebook()
    await home.attach(nb, capabilities=())
    running = await home.run(nb)
    await home.claim(nb)
    await home.pass_time(30)
    await home.pass_time(86_399)
    assert (await home.state(nb)).executions[running].status == "adrift"
    await home.pass_time(1)
    assert (await home.state(nb)).executions[running].status == "lost"


async def test_leases_are_granted_anew_when_the_service_starts(home: House) -> None:
    nb, running = await _busy(home)
    await home.pass_time(29)
    await home.service.close()
    home.clock.pass_time(1000)
    await home.open()
    await home.pass_time(29)
    assert (await home.state(nb)).executions[running].status == "started"
    await home.pass_time(1)
    assert (await home.state(nb)).executions[running].status == "adrift"
    await home.service.close()
    home.clock.pass_time(1000)
    await home.open()
    await home.pass_time(14)
    assert (await home.state(nb)).executions[running].status == "adrift"
    await home.pass_time(1)
    assert (await home.state(nb)).executions[running].status == "lost"


async def test_two_runtimes_that_fall_silent_together_are_both_noticed(home: House) -> None:
    await home.caller("runtime", name="rt")
    notebooks = [await home.notebook() for _ in range(3)]
    for nb in notebooks:
        await home.attach(nb)
    home.log.hold()
    home.clock.pass_time(30)
    await home.log.is_held()  # the first lapse
    leaving = asyncio.create_task(
        home.do(c.DetachRuntime(notebook_id=notebooks[1], runtime_id="r1", reason="Bye."), "rt")
    )
    renewing = asyncio.create_task(
        home.do(c.RenewLease(notebook_id=notebooks[2], runtime_id="r1"), "rt")
    )
    await ticks()
    home.log.release()
    await asyncio.gather(leaving, renewing)
    await home.settled()
    assert [home.types(nb).count("runtimeDetached") for nb in notebooks] == [1, 1, 0]
    await home.pass_time(30)
    assert [home.types(nb).count("runtimeDetached") for nb in notebooks] == [1, 1, 1]


async def test_a_renewal_counts_from_the_moment_of_its_answer(home: House) -> None:
    await home.caller("runtime", name="rt")
    first, second, other = [await home.notebook() for _ in range(3)]
    for nb in (first, second):
        await home.attach(nb)
    lapsed, renewed = threading.Event(), threading.Event()

    def steps(commit: Commit) -> bool:
        """The renewal's commit waits for `lapsed`; once the one behind it begins, it is told."""
        if other in commit.deleted:
            renewed.set()
        elif second in commit.expected:
            assert lapsed.wait(SOON_S)
        return False

    def let_the_renewal_in() -> None:
        """Between the answer to the lapse and the watcher who hears it."""
        lapsed.set()
        assert renewed.wait(SOON_S)

    def see(notebook_id: str) -> None:
        if notebook_id == first:
            asyncio.get_running_loop().call_soon(let_the_renewal_in)

    home.log.hold()
    home.log.fails = steps
    home.clock.pass_time(30)
    await home.log.is_held()  # the first lapse
    stop = home.service.watch(see)
    acts = [
        home.do(c.RenewLease(notebook_id=second, runtime_id="r1"), "rt"),
        home.comment(second, "still there?"),  # a renewal alone is not committed
        home.do(c.DeleteNotebook(notebook_id=other)),  # alone in its commit
    ]
    done = [asyncio.create_task(act) for act in acts]
    await ticks()
    home.log.release()
    await asyncio.gather(*done)
    stop()
    await home.settled()
    assert [home.types(nb).count("runtimeDetached") for nb in (first, second)] == [1, 0]


async def test_a_lapse_that_cannot_be_written_is_written_later(home: House) -> None:
    nb, running = await _busy(home)
    home.log.fails = lambda commit: True
    await home.pass_time(31)
    await home.pass_time(5)
    assert (await home.state(nb)).executions[running].status == "started"
    home.log.fails = lambda commit: False
    await home.pass_time(1)
    assert (await home.state(nb)).executions[running].status == "adrift"
    home.log.fails = lambda commit: True
    await home.pass_time(20)
    home.log.fails = lambda commit: False
    await home.pass_time(1)
    assert (await home.state(nb)).executions[running].status == "lost"
