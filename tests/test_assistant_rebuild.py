"""Every request is made again from the log, byte for byte, and each one begins with the last."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from intheloop import commands as c
from intheloop import events as e
from intheloop.client import Client
from intheloop.errors import BadArgument
from intheloop.values import inline
from intheloop_agents.assistant.hiding import HIDDEN
from intheloop_agents.assistant.rebuilding import rebuilt
from intheloop_agents.assistant.request import canonical, request_sha256
from intheloop_agents.assistant.thread import Threads, replayed
from intheloop_agents.assistant.tools import shows_outputs, told
from intheloop_agents.scripted_model import Json, Reply, Say, Think, Use, by_turn
from tests.asking import SETUP, WAIT_S, Asked, asking
from tests.serving import Served, served

__all__ = ["served"]
pytestmark = pytest.mark.timeout(300)

CONVERSATIONS = 50


def improvised(seed: int) -> Any:
    """A model that does something else in each turn, always the same for the same request."""

    def answer(request: Json) -> Reply:
        turn = sum(one["role"] == "assistant" for one in request["messages"])
        chance = random.Random(f"{seed} {turn}")
        parts: list[Say | Think | Use] = [
            Think(f"Thought {turn} \N{PENGUIN}"),
            Use("insert_cells", {"cells": [{"source": f"x = {turn}\n# '</data>'"}]}),
            Use("run_code", {"source": "1 +\n1", "wait_s": 0}),
            Use("read_notebook", {"detail": chance.choice(["outline", "full"])}),
            Use("no_such_tool"),
            Use("edit_cell", {"cell_id": "c1", "edits": [{"old": "nowhere", "new": "\u2028"}]}),
            Say("So \ud83d\ude00?".encode("utf-16", "surrogatepass").decode("utf-16")),
        ]
        return Reply(tuple(chance.sample(parts, chance.randint(1, 4))))

    return answer


async def disturb(at: Asked, chance: random.Random) -> None:
    """Something that a person does in between."""
    nb = at.notebook_id
    cell = at.replica.notebook.cells["c1"]
    commands: Sequence[Any] = (
        c.EditCell(notebook_id=nb, cell_id="c1", edits=[c.TextEdit(cell.source, "y = 2\n")]),
        c.InsertCells(notebook_id=nb, cells=[c.GivenCell("# by a person")]),
        c.RenameNotebook(notebook_id=nb, title=f"Penguins {chance.random()}"),
        c.SetMetadata(
            notebook_id=nb,
            cell_id="c2",
            metadata=inline(
                b'{"tags":["%b"]}' % HIDDEN.encode() if chance.random() < 0.5 else b"{}"
            ),
        ),
    )
    done = await at.me.call(chance.choice(commands))
    await at.replica.wait_for(lambda state: state.seq >= done.seq, WAIT_S)


async def check(at: Asked, run_ids: Sequence[str]) -> None:
    """Each request is rebuilt with an equal hash, and begins with the one before."""
    records = await at.records()
    threads: Threads = replayed(records)
    before: list[Any] = []
    sent = list(at.model.requests)
    for run_id in run_ids:
        for turn in threads.runs[run_id].turns:
            body = await rebuilt(at.me, at.notebook_id, threads, run_id, turn.context.turn)
            assert body is not None and turn.started is not None
            assert request_sha256(body) == turn.started.request_sha256
            assert sent.pop(0) == canonical(body)
            assert body["messages"][: len(before)] == before
            before = body["messages"]
    assert not sent


@pytest.mark.slow
@pytest.mark.anyio
@pytest.mark.parametrize("part", range(5))
async def test_seeded_conversations_are_rebuilt_byte_for_byte(served: Served, part: int) -> None:
    for seed in range(part, CONVERSATIONS, 5):
        chance = random.Random(seed)
        setup = replace(SETUP, limits=e.Limits(turns=3))
        async with asking(served, improvised(seed), "x = 1\n", "secret = 1") as at, at.agent(setup):
            run_ids = []
            for number in range(3):
                run = await at.asked(f"Question {number} of {seed}", thread_id="t")
                run_ids.append(run.run_id)
                for _ in range(chance.randint(0, 2)):
                    await disturb(at, chance)
            await check(at, run_ids)


@pytest.mark.anyio
async def test_another_reader_rebuilds_what_the_model_saw(served: Served) -> None:
    async with asking(served, improvised(1), "x = 1") as at, at.agent():
        run = await at.asked()
        threads = replayed(await at.records())
        viewer = served.person("Vic")
        served.grant(at.notebook_id, viewer, "viewer")
        secret = served.secret(viewer, "human", ["notebook:read"])
        async with Client(served.url, secret, "viewer", "1") as theirs:
            body = await rebuilt(theirs, at.notebook_id, threads, run.run_id, 1)
        assert body is not None and canonical(body) == at.model.requests[0]


PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJg"
    "gg=="
)


@pytest.mark.anyio
async def test_an_image_is_looked_at_and_the_request_is_rebuilt_with_it(
    served: Served, tmp_path: Path
) -> None:
    look = Use("read_output", {"cell_id": "c1", "output": 0, "form": "image"})
    script = by_turn([look], [Use("insert_cells", {"cells": [{"source": "1"}]})], "A dot.")
    source = f"from IPython.display import Image, display\ndisplay(Image(data='{PNG}'))"
    shown = f"import base64\n{source.replace(repr(PNG), f'base64.b64decode({PNG!r})')}"
    async with asking(served, script, shown) as at, at.agent():
        async with at.runtime(tmp_path):
            await at.me.call(c.RunCells(notebook_id=at.notebook_id, wait_s=20))
        posted = await at.post("What does it show?")
        await at.until(e.ApprovalRequested)  # it goes by an output
        (_, second) = at.requests()
        result = second["messages"][-1]["content"][0]
        source_of = {"type": "base64", "media_type": "image/png", "data": PNG}
        assert result["content"][1] == {"type": "image", "source": source_of}
        threads = replayed(await at.records())
        body = await rebuilt(at.me, at.notebook_id, threads, posted.run_id, 2)
        assert body is not None and canonical(body) == at.model.requests[1]
        (completed,) = await at.of(e.ToolCallCompleted)
        assert shows_outputs(completed.text)


def test_an_image_that_is_too_large_is_refused_with_the_next_step() -> None:
    large = c.OutputText(seq=1, text="", total=1, mime="image/png", image="A" * 2_000_001)
    with pytest.raises(BadArgument, match="make it smaller"):
        told(large, c.ReadOutput(notebook_id="nb1", cell_id="c1", form="image"))
