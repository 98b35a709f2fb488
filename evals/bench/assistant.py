"""The assistant: from a message to the first words in a second reader, against the model's own.

The model is the scripted one, which answers at once, so that all that is measured is ours. The
floor asks it for the very same request without us.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager
from itertools import pairwise
from pathlib import Path

import httpx2
import msgspec
from msgspec import Struct

from intheloop import commands as c
from intheloop.client import Client, Replica, Signal
from intheloop.folder import read_secret
from intheloop.server import COMMAND_LINE
from intheloop_agents.scripted_model import Json, Reply, Say, ScriptedModel, Use, serving

from .figures import OVER, Figure, Pair, compared
from .process import process

ROUNDS = 15
TURNS = 30
CELLS = 200
WAIT_S = 60.0
_BAR_MS = 60.0


class Desk(Struct, frozen=True):
    """A server with its assistant, somebody who writes, somebody who reads."""

    model: ScriptedModel
    writer: Client
    reader: Client


def assistant() -> Iterator[Figure]:
    """All of it with one server and one assistant."""
    yield from asyncio.run(_figures())


async def _figures() -> list[Figure]:
    async with _desk() as at:
        nb = await _notebook(at, 1)
        await _first_words(at, nb)  # the assistant's process starts with the first message
        pairs = [Pair(await _first_words(at, nb), _floor(at)) for _ in range(ROUNDS)]
        return [
            compared(
                "message to first words elsewhere",
                pairs,
                "ms",
                measure=OVER,
                bar=_BAR_MS,
                at_least=False,
                note="floor: the model's own first words",
            ),
            *await _long_run(at),
            await _context(at),
        ]


def _answer(request: Json) -> Reply:
    """Words at once; or, if told to go on, a tool in each turn."""
    said = str(request["messages"])
    turn = sum(one["role"] == "assistant" for one in request["messages"])
    if "Go on." in said and turn < TURNS - 1:
        return Reply((Use("run_code", {"source": f"{turn}", "wait_s": 0}),))
    return Reply((Say("It is done."),))


@asynccontextmanager
async def _desk() -> AsyncIterator[Desk]:
    with tempfile.TemporaryDirectory() as data, serving(ScriptedModel(_answer)) as model:
        options = ("--port", "0", "--data", data, "--no-browser", "--no-runtime", "--json")
        variables = {"INTHELOOP_ASSISTANT_URL": model.url, "INTHELOOP_ASSISTANT_KEY": "bench"}
        with process("intheloop", "serve", *options, **variables) as line:
            url = msgspec.json.decode(line)["url"]
            token = read_secret(Path(data), COMMAND_LINE) or ""
            async with (
                Client(url, token, "writer", "1") as writer,
                Client(url, token, "reader", "1") as reader,
            ):
                yield Desk(model, writer, reader)


async def _notebook(at: Desk, cells: int) -> str:
    given = [c.GivenCell(f"value_{number} = {number}\nvalue_{number}") for number in range(cells)]
    made: c.Created = await at.writer.call(c.CreateNotebook(title="Bench", cells=given))
    return made.notebook_id


async def _first_words(at: Desk, nb: str) -> float:
    """Milliseconds from the message until somebody else reads the first words."""
    posted = asyncio.Event()
    came = asyncio.create_task(_draft(at, nb, posted))
    await asyncio.sleep(0.05)  # the reader stands
    began = time.perf_counter()
    message: c.Posted = await at.writer.call(c.PostMessage(notebook_id=nb, text="Say it."))
    posted.set()
    at_ms = (await asyncio.wait_for(came, WAIT_S) - began) * 1000
    await _ended(at, nb, message.run_id)
    return at_ms


async def _draft(at: Desk, nb: str, posted: asyncio.Event) -> float:
    head = (await at.reader.records(nb, limit=1))[1]
    async with aclosing(at.reader.follow({nb: head})) as items:
        async for item in items:
            recent = isinstance(item, Signal) and item.kind == "draft" and not item.gone
            if recent and posted.is_set():
                return time.perf_counter()
    raise AssertionError("the stream ended without a word")


async def _ended(at: Desk, nb: str, run_id: str) -> None:
    async with Replica.following(at.reader, nb) as replica:
        await replica.wait_for(
            lambda state: run_id in state.runs and not state.runs[run_id].is_open, WAIT_S
        )


def _floor(at: Desk) -> float:
    """Milliseconds until the model's first words, for the same request."""
    began = time.perf_counter()
    body = at.model.requests[-1]
    url = f"{at.model.url}/v1/messages"
    with httpx2.stream("POST", url, content=body, trust_env=False) as response:
        for line in response.iter_lines():
            if "text_delta" in line:
                return (time.perf_counter() - began) * 1000
    raise AssertionError("the model said nothing")


async def _long_run(at: Desk) -> list[Figure]:
    """A run of many turns: its records, and how much of each request is that of the one before."""
    nb, first = await _notebook(at, 1), len(at.model.requests)
    before = (await at.writer.records(nb, limit=1))[1]
    posted: c.Posted = await at.writer.call(c.PostMessage(notebook_id=nb, text="Go on."))
    await _ended(at, nb, posted.run_id)
    after = (await at.writer.records(nb, limit=1))[1]
    sent = [msgspec.json.decode(body) for body in at.model.requests[first:]]
    kept = sum(
        later["messages"][: len(one["messages"])] == one["messages"]
        and (later["system"], later["tools"]) == (one["system"], one["tools"])
        for one, later in pairwise(sent)
    )
    share = 100 * kept / max(1, len(sent) - 1)
    return [
        _told("requests that begin with the last one", share, "%", 100, f"{len(sent)} turns"),
        _told("records a turn", (after - before) / len(sent), "", None, "one tool a turn"),
    ]


async def _context(at: Desk) -> Figure:
    """How large the first request on a long notebook is."""
    nb = await _notebook(at, CELLS)
    posted: c.Posted = await at.writer.call(c.PostMessage(notebook_id=nb, text="Say it."))
    await _ended(at, nb, posted.run_id)
    size = len(at.model.requests[-1]) / 1024
    return _told("first request, long notebook", size, "KiB", None, f"{CELLS} cells")


def _told(name: str, value: float, unit: str, bar: float | None, note: str) -> Figure:
    return Figure(
        name=name, ours=value, floor=0, unit=unit, score=value, counted="", bar=bar, note=note
    )
