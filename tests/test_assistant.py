"""The assistant over the wire: a real server, a scripted model over real HTTP, people who ask."""

from pathlib import Path

import pytest

from intheloop import commands as c
from intheloop import events as e
from intheloop.client import Client
from intheloop_agents.assistant import working
from intheloop_agents.scripted_model import Fault, Reply, Say, Think, Use, by_turn
from tests.asking import asking
from tests.serving import Served, served

__all__ = ["served"]
pytestmark = pytest.mark.timeout(120)

INSERT = Use("insert_cells", {"cells": [{"source": "6 * 7", "cell_id": "new"}]})


@pytest.mark.anyio
async def test_a_message_is_answered_and_every_step_is_in_the_log(served: Served) -> None:
    script = by_turn([Think("Hm."), Say("It has two cells.")])
    async with asking(served, script, "x = 1", "x") as at, at.agent():
        run = await at.asked("How many cells are there?")
        assert (run.status, run.reason) == ("completed", "It answered.")
        assert (await at.types())[3:] == [
            *("messagePosted", "assistantRunRequested", "assistantRunClaimed"),
            *("contextAssembled", "modelCallStarted", "modelCallCompleted"),
            "assistantRunFinished",
        ]
        (request,) = at.requests()
        assert "How many cells are there?" in str(request["messages"][-1])
        assert "x = 1" in str(request["messages"][0])
        (answer,) = await at.of(e.ModelCallCompleted)
        assert "It has two cells." in answer.content and "sig-3" in answer.content


@pytest.mark.anyio
async def test_tools_are_used_and_their_results_come_back(served: Served) -> None:
    script = by_turn([Say("I add a cell."), INSERT], "Done: see cell new.")
    async with asking(served, script, "x = 1") as at, at.agent():
        run = await at.asked("Add a cell.")
        assert run.status == "completed"
        assert at.replica.notebook.cells["new"].source == "6 * 7"
        first, second = at.requests()
        assert second["messages"][: len(first["messages"])] == first["messages"]
        assert second["messages"][-1]["content"][0]["type"] == "tool_result"
        records = await at.records()
        (made,) = [one for one in records if one.envelope.type == "cellCreated"][1:]
        assert made.envelope.correlation_id == run.run_id
        (proposed,) = await at.of(e.ToolCallProposed)
        assert made.envelope.causation_id == proposed.tool_call_id
        actor = made.envelope.actor
        assert (actor.kind, actor.name, actor.on_behalf_of) == (
            *("assistant", "Assistant"),
            (at.person_id,),
        )
        assert actor.agent is not None and actor.agent.model == "scripted"


@pytest.mark.anyio
async def test_cells_run_in_a_real_kernel_and_the_model_sees_what_they_give(
    served: Served, tmp_path: Path
) -> None:
    script = by_turn([INSERT], [Use("run_cells")], "It is 42.")
    async with asking(served, script) as at, at.agent(), at.runtime(tmp_path):
        run = await at.asked("What is six times seven?")
        assert (run.status, run.executions) == ("completed", ())
        (execution,) = at.replica.notebook.executions.values()
        assert execution.status == "ok"
        result = at.requests()[-1]["messages"][-1]["content"][0]
        assert "42" in result["content"]
        assert '<data from="run_cells"' in result["content"]


@pytest.mark.anyio
async def test_an_erased_answer_leaves_a_thread_that_goes_on(served: Served) -> None:
    async with asking(served, by_turn([Say("A name."), INSERT], "Ana.", "B.")) as at, at.agent():
        await at.asked("Who?", thread_id="t")
        seqs = [
            record.seq
            for record in await at.records()
            if isinstance(record.event, e.ModelCallCompleted | e.MessagePosted)
        ]
        await at.me.call(c.Redact(notebook_id=at.notebook_id, seqs=seqs, reason="A name."))
        assert (await at.asked("And now?", thread_id="t")).status == "completed"
        assert b"A name." not in at.model.requests[-1] and b"erased" in at.model.requests[-1]


@pytest.mark.anyio
async def test_a_defect_ends_the_run_with_a_sentence(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("a defect")

    monkeypatch.setattr(working, "next_action", broken)
    async with asking(served, by_turn("A.")) as at, at.agent():
        run = await at.asked()
        assert run.status == "failed" and "defect" in str(run.reason)


@pytest.mark.anyio
async def test_who_may_do_no_more_gets_an_end_and_no_answer(served: Served) -> None:
    slow = by_turn(Reply((INSERT,), fault=Fault(delay_s=0.5)))
    async with asking(served, slow) as at, at.agent():
        bob = served.person("Bob")
        served.grant(at.notebook_id, bob, "editor")
        async with Client(served.url, served.secret(bob), "bob", "1") as his:
            posted = await his.call(c.PostMessage(notebook_id=at.notebook_id, text="Do it."))
        await at.until(e.ModelCallStarted)
        served.call_as_system(c.RevokeRole(notebook_id=at.notebook_id, person_id=bob))
        run = await at.ended(posted)
        assert run.status == "failed" and not at.replica.notebook.order
