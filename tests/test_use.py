"""A service knows whether anybody uses it: clients, open streams and what is to run; no runtime."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from intheloop import commands as c
from tests.house import House, completing, house

pytestmark = pytest.mark.anyio

HOUR = 3600.0


@pytest.fixture
async def home() -> AsyncIterator[House]:
    async with house() as opened:
        await opened.caller("runtime", name="rt")
        yield opened


async def leaving(home: House) -> "asyncio.Task[None]":
    """Waits for the end of an hour without use."""
    return await home.begun(home.service.use.wait_for_end(HOUR))


async def test_an_hour_without_any_use_is_the_end(home: House) -> None:
    home.service.sign_in("ana")
    end = await leaving(home)
    await home.pass_time(HOUR - 0.1)
    assert not end.done()
    await home.pass_time(0.1)
    assert end.done()


async def test_each_call_of_anybody_but_a_runtime_begins_the_hour_anew(home: House) -> None:
    await home.caller("assistant", name="bot")
    await home.caller("service", name="script")
    end = await leaving(home)
    for secret in ("ana", "bot", "script"):
        await home.pass_time(HOUR - 1)
        home.service.sign_in(secret)
    await home.pass_time(HOUR - 1)
    await home.service.sign_in_assistant("bot")
    await home.pass_time(HOUR - 1)
    home.service.sign_in("rt")
    assert not end.done()
    await home.pass_time(1)
    assert end.done()


async def test_who_stays_on_a_stream_uses_it_and_a_runtime_does_not(home: House) -> None:
    nb = await home.notebook()
    end = await leaving(home)
    async with home.follow(nb), home.work("rt"):
        await home.pass_time(3 * HOUR)
        assert not end.done()
    await home.pass_time(HOUR - 1)
    assert not end.done()
    async with home.work("rt"):
        await home.pass_time(1)
        assert end.done()


async def test_what_is_queued_or_runs_is_a_use_until_it_is_over(home: House) -> None:
    nb = await home.notebook()
    await home.run(nb)
    end = await leaving(home)
    await home.pass_time(3 * HOUR)
    await home.attach(nb)
    running = (await home.claim(nb)).execution_id
    await home.pass_time(10)
    await home.do(c.RenewLease(notebook_id=nb, runtime_id="r1"), "rt")
    await home.pass_time(10)
    await home.do(completing(nb, running), "rt")
    await home.pass_time(HOUR - 1)
    assert not end.done()
    await home.pass_time(1)
    assert end.done()


async def test_what_was_left_to_run_is_a_use_after_a_restart_too(home: House) -> None:
    nb = await home.notebook()
    queued = await home.run(nb)
    await home.reopen()
    end = await leaving(home)
    await home.pass_time(3 * HOUR)
    assert not end.done()
    await home.do(c.CancelExecution(notebook_id=nb, execution_id=queued))
    await home.pass_time(HOUR)
    assert end.done()


async def test_a_notebook_that_is_deleted_with_its_queue_is_no_use(home: House) -> None:
    nb = await home.notebook()
    await home.run(nb)
    end = await leaving(home)
    await home.pass_time(HOUR)
    await home.do(c.DeleteNotebook(notebook_id=nb))
    await home.pass_time(HOUR)
    assert end.done()
