"""Two clocks of a runtime by hand: how long code may run, and how long a kernel may rest."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from intheloop_agents.runtime.rest import Rest
from intheloop_agents.runtime.time_limit import TimeLimit


class Alarm:
    """A call that comes when the clock gets there."""

    def __init__(self, at: float, call: Callable[[], Any]) -> None:
        self.at = at
        self.call = call
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


class HandClock:
    """Time passes when the test says so."""

    def __init__(self) -> None:
        self._now = 100.0
        self.alarms: list[Alarm] = []

    def time(self) -> float:
        return self._now

    def call_later(self, delay: float, callback: Callable[[], Any], /) -> Alarm:
        self.alarms.append(Alarm(self._now + delay, callback))
        return self.alarms[-1]

    def pass_time(self, seconds: float) -> None:
        self._now += seconds
        for alarm in self.alarms:
            if not alarm.cancelled and alarm.at <= self._now:
                alarm.cancelled = True
                alarm.call()


def test_the_time_is_over_when_it_has_run_so_long() -> None:
    clock = HandClock()
    limit = TimeLimit(60.0, clock)
    clock.pass_time(1000)
    limit.go_on()
    clock.pass_time(59.9)
    assert not limit.over.is_set()
    clock.pass_time(0.1)
    assert limit.over.is_set()


def test_what_passes_while_it_stands_still_does_not_count() -> None:
    clock = HandClock()
    limit = TimeLimit(60.0, clock)
    limit.go_on()
    for _ in range(3):
        clock.pass_time(15)
        limit.stand_still()
        clock.pass_time(1000)
        limit.stand_still()
        clock.pass_time(1000)
        limit.go_on()
        limit.go_on()
    clock.pass_time(14)
    assert not limit.over.is_set()
    clock.pass_time(1)
    assert limit.over.is_set()


def test_without_a_limit_it_is_never_over_and_nobody_waits() -> None:
    clock = HandClock()
    limit = TimeLimit(0.0, clock)
    limit.stand_still()
    limit.go_on()
    clock.pass_time(1e9)
    assert not limit.over.is_set()
    assert not clock.alarms


@pytest.mark.anyio
async def test_an_execution_that_ends_in_time_leaves_no_alarm_behind() -> None:
    clock, done = HandClock(), list[str]()

    async def interrupt() -> None:
        done.append("interrupted")

    def kill(reason: str) -> None:
        done.append(reason)

    limit = TimeLimit(60.0, clock)
    enforcing = asyncio.create_task(limit.enforce(interrupt, kill))
    await asyncio.sleep(0)
    assert clock.alarms
    enforcing.cancel()
    await asyncio.gather(enforcing, return_exceptions=True)
    clock.pass_time(60)
    assert not limit.over.is_set()
    assert not done


@pytest.mark.anyio
async def test_a_rest_is_long_enough_so_many_seconds_after_the_last_execution() -> None:
    clock, event = HandClock(), asyncio.Event()
    rest = Rest(3600.0, clock.time)
    clock.pass_time(3000)
    assert rest.left_s == 600
    rest.begin()
    assert rest.left_s == 3600
    clock.pass_time(4000)
    assert rest.left_s == 0
    assert not await rest.ends_by(event)
    event.set()
    assert await rest.ends_by(event)


@pytest.mark.anyio
async def test_a_rest_without_end_waits_for_what_ends_it() -> None:
    clock, event = HandClock(), asyncio.Event()
    rest = Rest(0.0, clock.time)
    clock.pass_time(1e9)
    assert rest.left_s is None
    waiting = asyncio.create_task(rest.ends_by(event))
    await asyncio.sleep(0)
    assert not waiting.done()
    event.set()
    assert await waiting
