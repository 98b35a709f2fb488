"""A crash at every boundary of a run: whoever takes it up goes on from the log, and does no more.

The boundaries are the calls to the server and to the model, each before it is sent and after it was
answered. A process that has crashed does nothing more; another one of the same program follows.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from intheloop import commands as c
from intheloop import events as e
from intheloop.client import Client
from intheloop.notebook import AssistantRun
from intheloop_agents.assistant.agent import Agent
from intheloop_agents.assistant.model import Answered, Endpoint, Model
from intheloop_agents.scripted_model import Say, Think, Use, by_turn
from tests.asking import SETUP, Asked, asking
from tests.serving import Served, served

__all__ = ["served"]
pytestmark = [pytest.mark.timeout(600), pytest.mark.slow]

NOTHING = 10**9
SCRIPT = by_turn(
    [
        *(Think("Two things at once."), Say("I begin.")),
        Use("insert_cells", {"cells": [{"source": "1", "cell_id": "n1"}]}),
        Use("insert_cells", {"cells": [{"source": "2"}], "after": "n1"}),
        Use("run_code", {"source": "print(1)", "wait_s": 0}),
    ],
    [Use("run_cells", {"wait_s": 0}), Use("read_notebook", {"detail": "outline"})],
    "It is done.",
)


class Boundaries:
    """Counts what a process does, and stops it for ever at the one of this number."""

    def __init__(self, crash_at: int) -> None:
        self.crash_at = crash_at
        self.count = 0
        self.crashed = asyncio.Event()

    async def pass_one(self) -> None:
        """One more; from the fatal one on there is no way back."""
        self.count += 1
        if self.count >= self.crash_at:
            self.crashed.set()
            await asyncio.Event().wait()


class FragileClient(Client):
    """A client that may crash with its process, before and after each call that changes a log."""

    boundaries: Boundaries

    async def call(self, tool: c.Tool, *args: Any, **more: Any) -> Any:
        if tool.TARGET == "nothing" or isinstance(tool, c.RenewAssistantRun | c.RegisterPrompt):
            return await super().call(tool, *args, **more)
        await self.boundaries.pass_one()
        answer = await super().call(tool, *args, **more)
        await self.boundaries.pass_one()
        return answer


class FragileModel(Model):
    """The same for the model."""

    def __init__(self, endpoint: Endpoint, boundaries: Boundaries) -> None:
        super().__init__(endpoint)
        self._boundaries = boundaries

    async def _once(self, body: bytes, heard: Any) -> Answered:
        await self._boundaries.pass_one()
        answered = await super()._once(body, heard)
        await self._boundaries.pass_one()
        return answered


async def process(at: Asked, secret: str, crash_at: int, posted: c.Posted) -> int:
    """One process of the assistant until the run is over or it has crashed; what it passed."""
    boundaries = Boundaries(crash_at)

    def connect(with_secret: str) -> Client:
        client = FragileClient(at.served.url, with_secret, "assistant", "test")
        client.boundaries = boundaries
        return client

    async with (
        connect(secret) as client,
        FragileModel(Endpoint(at.model.url, "key", first_wait_s=0.01), boundaries) as model,
    ):
        working = asyncio.create_task(Agent(client, connect, model, SETUP).run())
        ends = [
            asyncio.create_task(at.ended(posted)),
            asyncio.create_task(boundaries.crashed.wait()),
        ]
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        for task in (working, *ends):
            task.cancel()
        await asyncio.gather(working, *ends, return_exceptions=True)
    return boundaries.count


async def lived(served: Served, *crashes: int) -> tuple[Asked, AssistantRun, int]:
    """A run in which the processes crash where they are told to; the last one does not."""
    async with asking(served, SCRIPT, "0") as at:
        secret = served.secret(
            at.person_id,
            "assistant",
            ["notebook:read", "notebook:write", "notebook:run", "assistant"],
        )
        posted = await at.post()
        for crash_at in crashes:
            await process(at, secret, crash_at, posted)
        passed = await process(at, secret, NOTHING, posted)
        run = await at.ended(posted)
        check(await at.records(), run, at.model.requests, len(crashes))
        sources = [cell.source for cell in at.replica.notebook.live_cells()]
        assert sources == ["0", "1", "2"]
        return at, run, passed


def check(
    records: Sequence[e.Record], run: AssistantRun, requests: Sequence[bytes], crashes: int
) -> None:
    """Each effect once, each result once, and every request of a turn the same bytes."""
    kinds = Counter(record.envelope.type for record in records)
    assert run.status == "completed"
    assert kinds["cellCreated"] == 3, kinds
    assert kinds["executionRequested"] == 3 + 1, kinds
    for kind, count in (("toolCallProposed", 5), ("toolCallCompleted", 5), ("messagePosted", 1)):
        assert kinds[kind] == count, kinds
    assert kinds["modelCallCompleted"] == 3 and kinds["assistantRunFinished"] == 1
    assert len(requests) <= 3 + crashes
    of_turn = defaultdict(set)
    for body in requests:
        turns = sum(one["role"] == "assistant" for one in msgspec.json.decode(body)["messages"])
        of_turn[turns].add(body)
    assert {turn: len(bodies) for turn, bodies in of_turn.items()} == {0: 1, 1: 1, 2: 1}


@pytest.mark.slow
@pytest.mark.anyio
async def test_a_crash_at_any_boundary_doubles_nothing(served: Served) -> None:
    _, _, passed = await lived(served)
    assert passed > 30
    for number in range(1, passed + 1):
        await lived(served, number)


@pytest.mark.slow
@pytest.mark.anyio
async def test_crash_after_crash_the_run_comes_to_its_end(served: Served) -> None:
    await lived(served, *range(2, 14))
