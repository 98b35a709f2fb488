"""What a run may use, how it is stopped, and that nothing of it follows."""

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from intheloop import commands as c
from intheloop import events as e
from intheloop.client import Signal
from intheloop_agents.assistant.__main__ import scripted_setup
from intheloop_agents.scripted_model import Fault, Reply, Say, Think, Use, by_turn
from tests.asking import SETUP, Asked, asking
from tests.serving import Served, served

__all__ = ["served"]
pytestmark = pytest.mark.timeout(120)

STOP_S = 2.0


def endless(request: Any) -> Reply:
    """Another tool call each time, for ever."""
    turn = sum(one["role"] == "assistant" for one in request["messages"])
    return Reply((Use("run_code", {"source": f"{turn}", "wait_s": 0}),))


def same(_: Any) -> Reply:
    """The same tool call each time, for ever."""
    return Reply((Use("read_runtime"),))


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("limits", "says"),
    [
        (e.Limits(turns=2), "asked the model 2 times"),
        (e.Limits(tool_calls=3), "3 uses of tools"),
        (e.Limits(tokens=10), "its limit is 10"),
        (e.Limits(cost=1), "its limit is $0.00"),
    ],
    ids=str,
)
async def test_a_limit_ends_the_run_with_a_sentence(
    served: Served, limits: e.Limits, says: str
) -> None:
    async with asking(served, endless) as at, at.agent():
        run = await at.asked(limits=limits)
        assert run.status == "limit"
        assert run.reason is not None and says in run.reason


@pytest.mark.anyio
async def test_a_model_that_is_wished_for_is_named_by_all_that_the_run_does(served: Served) -> None:
    script = by_turn([Use("insert_cells", {"cells": [{"source": "1"}]})], "Done.")
    async with asking(served, script) as at, at.agent():
        await at.asked(model="claude-of-my-wish")
        assert {one["model"] for one in at.requests()} == {"claude-of-my-wish"}
        acting = {one.envelope.actor.agent for one in await at.records()} - {None}
        assert acting == {e.Agent("assistant", "test", "claude-of-my-wish")}
        assert {one.usage.cost for one in await at.of(e.ModelCallCompleted)} == {0}
        await at.asked(effort="high")
        assert (await at.of(e.ModelCallCompleted))[-1].usage.cost > 0
        last = at.requests()[-1]
        assert last["output_config"] == {"effort": "high"}
        assert last["thinking"] == {"type": "adaptive", "display": "summarized"}
        assert "thinking" not in at.requests()[0]


@pytest.mark.anyio
async def test_another_model_is_not_sent_the_thoughts_of_the_first(served: Served) -> None:
    script = by_turn((Think("Hm."), Say("One.")), (Think("Ha."), Say("Two.")), "Three.")
    async with asking(served, script) as at, at.agent():
        await at.asked(thread_id="t")
        await at.asked(thread_id="t")
        await at.asked(thread_id="t", model="another")
        _, same, other = (
            [
                block["type"]
                for one in body["messages"]
                if one["role"] == "assistant"
                for block in one["content"]
            ]
            for body in at.requests()
        )
        assert (same, other) == (["thinking", "text"], ["text", "text"])


@pytest.mark.anyio
async def test_the_demo_is_the_demo_whatever_model_is_wished_for(served: Served) -> None:
    async with asking(served, by_turn("Hello.")) as at, at.agent(scripted_setup()):
        await at.asked(model="claude-of-my-wish")
        (started,) = await at.of(e.ModelCallStarted)
        (claimed,) = await at.of(e.AssistantRunClaimed)
        assert started.model == claimed.agent.model == "scripted-demo-not-an-ai"
        assert claimed.agent.name == "Scripted demo, not an AI"


@pytest.mark.anyio
async def test_a_run_of_unknown_price_is_held_by_its_tokens(served: Served) -> None:
    async with asking(served, endless) as at, at.agent():
        run = await at.asked(model="of-unknown-price", limits=e.Limits(cost=1, tokens=10))
        assert "its limit is 10" in str(run.reason)


@pytest.mark.anyio
async def test_who_asks_can_tighten_limits_and_not_widen_them(served: Served) -> None:
    own = replace(SETUP, limits=e.Limits(turns=1))
    async with asking(served, endless) as at, at.agent(own):
        assert "1 times" in str((await at.asked(limits=e.Limits(turns=9))).reason)


@pytest.mark.anyio
async def test_going_round_in_circles_ends_the_run(served: Served) -> None:
    async with asking(served, same) as at, at.agent():
        run = await at.asked()
        assert (run.status, len(at.model.requests)) == ("limit", 4)
        assert "same call of read_runtime 4 times" in str(run.reason)


@pytest.mark.anyio
async def test_time_ends_a_run_in_the_middle_of_an_answer(served: Served) -> None:
    slow = by_turn(Reply((Say("word " * 1000),), fault=Fault(pause_s=0.05)))
    async with asking(served, slow) as at, at.agent():
        run = await at.asked(limits=e.Limits(seconds=1))
        assert run.status == "limit" and "1 seconds" in str(run.reason)
        assert not await at.of(e.ModelCallCompleted)


async def stopped(at: Asked, posted: c.Posted) -> list[str]:
    """Stop the run; the types of what follows the stop, once all is quiet."""
    seq, began = at.replica.notebook.seq, time.monotonic()
    command = c.CancelAssistantRun(notebook_id=at.notebook_id, run_id=posted.run_id)
    done: c.Done = await at.me.call(command)
    run = await at.ended(posted)
    assert time.monotonic() - began < STOP_S
    assert run.status == "stopped"
    await at.replica.wait_for(lambda state: not state.queue, STOP_S)
    assert time.monotonic() - began < STOP_S
    del seq
    await asyncio.sleep(0.3)  # nothing tells that nothing comes
    return await at.types(done.seq)


@pytest.mark.anyio
async def test_a_stop_during_a_stream_ends_it(served: Served) -> None:
    slow = by_turn(Reply((Say("word " * 1000),), fault=Fault(pause_s=0.05)))
    async with asking(served, slow) as at, at.agent() as agent:
        posted = await at.post()
        await at.until(e.ModelCallStarted)
        assert await stopped(at, posted) == []
        assert not await at.of(e.ModelCallCompleted)
        assert agent.busy == 0


@pytest.mark.anyio
async def test_a_stop_during_an_execution_cancels_it(served: Served, tmp_path: Path) -> None:
    script = by_turn([Use("run_code", {"source": "import time; time.sleep(60)"})])
    async with asking(served, script) as at, at.agent(), at.runtime(tmp_path):
        posted = await at.post()
        await at.until(e.ExecutionStarted)
        after = await stopped(at, posted)
        assert set(after) <= {"outputAppended", "executionCompleted"}
        assert not await at.of(e.ToolCallCompleted)


@pytest.mark.anyio
async def test_a_stop_during_a_tool_leaves_nothing_waiting(served: Served) -> None:
    script = by_turn([Use("run_code", {"source": "1", "wait_s": 600})])
    async with asking(served, script) as at, at.agent():
        posted = await at.post()
        await at.until(e.ExecutionRequested)
        assert await stopped(at, posted) == []


@pytest.mark.anyio
async def test_a_stop_during_a_retry_ends_the_waiting(served: Served) -> None:
    away = Fault(status=429, headers={"retry-after": "30"})
    async with asking(served, by_turn("x"), faults=lambda _: away) as at, at.agent():
        posted = await at.post()
        await at.until(e.ModelCallRetried)
        assert await stopped(at, posted) == []


@pytest.mark.anyio
async def test_a_paused_assistant_does_nothing_more_until_it_is_resumed(served: Served) -> None:
    slow = Reply((Use("insert_cells", {"cells": [{"source": "1"}]}),), fault=Fault(pause_s=0.1))
    async with asking(served, by_turn(slow, "Done.")) as at, at.agent():
        posted = await at.post()
        await at.until(e.ModelCallStarted)
        principal_id = str(at.replica.notebook.runs[posted.run_id].principal_id)
        await at.me.call(c.PauseAgent(principal_id=principal_id))
        head = at.replica.notebook.seq
        await asyncio.sleep(1.5)  # nothing tells that nothing comes
        assert set(await at.types(head)) <= {"assistantRunClaimLapsed"}
        await at.me.call(c.ResumeAgent(principal_id=principal_id))
        assert (await at.ended(posted)).status == "completed"
        assert len([*at.replica.notebook.live_cells()]) == 1


@pytest.mark.anyio
async def test_a_run_whose_credential_is_revoked_does_nothing_more(served: Served) -> None:
    slow = Reply((Use("insert_cells", {"cells": [{"source": "1"}]}),), fault=Fault(pause_s=0.1))
    async with asking(served, by_turn(slow, "Done.")) as at, at.agent():
        posted = await at.post()
        await at.until(e.ModelCallStarted)
        its = str(at.replica.notebook.runs[posted.run_id].credential_id)
        head = at.replica.notebook.seq
        await at.me.call(c.RevokeCredential(credential_id=its))
        run = await at.ended(posted)
        assert run.status == "failed" and "could not go on" in str(run.reason)
        assert await at.types(head) == ["assistantRunFinished"]
        assert not [*at.replica.notebook.live_cells()]


@pytest.mark.anyio
async def test_what_the_model_writes_is_told_live_and_no_record(served: Served) -> None:
    slow = by_turn(Reply((Say("a few words, " * 10),), fault=Fault(pause_s=0.05)))
    async with asking(served, slow) as at, at.agent():
        seen: list[bytes] = []

        async def follow() -> None:
            async for item in at.me.follow({at.notebook_id: 0}):
                if isinstance(item, Signal) and item.kind == "draft":
                    seen.append(bytes(item.value))  # noqa: PERF401

        following = asyncio.create_task(follow())
        posted = await at.post()
        await at.ended(posted)
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        assert len(seen) > 2
        assert b'"kind":"text"' in seen[-1] and b"a few words" in seen[-1]
        assert posted.run_id.encode() in seen[-1]
        assert all(len(one) < 16_000 for one in seen)
        assert seen[0] in seen[-1] or len(seen[0]) < len(seen[-1])


@pytest.mark.anyio
async def test_hidden_cells_are_not_shown_and_that_is_recorded(served: Served) -> None:
    async with asking(served, by_turn("I see."), "x = 1", "secret = 2") as at, at.agent():
        tags = {"tags": ["hide-from-assistant"]}
        await at.hide("c2", tags)
        await at.asked()
        (context,) = await at.of(e.ContextAssembled)
        assert context.hidden == ("c2",)
        assert [cell.cell_id for cell in context.cells] == ["c1"]
        assert b"secret = 2" not in at.model.requests[0]
        assert b"x = 1" in at.model.requests[0]


@pytest.mark.anyio
async def test_a_message_about_some_cells_shows_these_alone(served: Served) -> None:
    async with asking(served, by_turn("I see."), "x = 1", "y = 2") as at, at.agent():
        await at.asked(cells=["c2"])
        assert b"y = 2" in at.model.requests[0] and b"x = 1" not in at.model.requests[0]


@pytest.mark.anyio
async def test_the_second_run_of_a_thread_is_told_what_others_changed(served: Served) -> None:
    async with (
        asking(served, by_turn([Use("read_runtime")], "A.", "B."), "x = 1") as at,
        at.agent(),
    ):
        await at.asked(thread_id="t")
        edit = [c.TextEdit("x = 1", "x = 99")]
        await at.me.call(c.EditCell(notebook_id=at.notebook_id, cell_id="c1", edits=edit))
        await at.asked("And now?", thread_id="t")
        last = at.requests()[-1]["messages"][-1]["content"]
        assert "What others did" in last[0]["text"] and "x = 99" in last[0]["text"]
        assert last[-1]["text"] == "And now?"
        contexts = await at.of(e.ContextAssembled)
        assert [one.since_seq is None for one in contexts] == [True, False, False]
        assert [len(one.cells) for one in contexts] == [1, 0, 1]


@pytest.mark.anyio
async def test_a_conversation_that_grew_too_long_loses_its_oldest_results(served: Served) -> None:
    script = by_turn(*[[Use("read_notebook", {"offset": turn})] for turn in range(9)], "Done.")
    small = replace(SETUP, request_limit=60_000)
    async with asking(served, script, "x = 1  # " + "long " * 1500) as at, at.agent(small):
        run = await at.asked()
        assert run.status == "completed"
        trimmed = [one.trimmed for one in await at.of(e.ContextAssembled)]
        assert any(trimmed)
        assert not set(trimmed[-1]) & set(trimmed[0])
        assert b"left out to make room" in at.model.requests[-1]
        assert all(len(one) < 75_000 for one in at.model.requests)
