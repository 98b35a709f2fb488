"""What goes wrong on the way to the model, and what each end of an answer leads to."""

from collections.abc import Callable

import pytest

from intheloop import events as e
from intheloop_agents.assistant.model import Endpoint
from intheloop_agents.scripted_model import Fault, Reply, Say, Use, by_turn
from tests.asking import SETUP, asking
from tests.serving import Served, served

__all__ = ["served"]
pytestmark = pytest.mark.timeout(120)

SCRIPT = by_turn("It is done.")


def first(fault: Fault, times: int = 1) -> Callable[[int], Fault | None]:
    return lambda number: fault if number <= times else None


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (Fault(status=429, kind="rate_limit_error"), "429 (rate_limit_error)"),
        (Fault(status=429, headers={"retry-after": "0"}), "429"),
        (Fault(status=500, kind="api_error"), "500"),
        (Fault(status=529), "529 (overloaded_error)"),
        (Fault(error_after=2), "200 (overloaded_error)"),
        (Fault(error_after=0, kind="api_error"), "200 (api_error)"),
        (Fault(drop_after=0), "broke off"),
        (Fault(drop_after=3), "broke off"),
        (Fault(drop_after=3, chunked=True), "connection broke"),
    ],
    ids=str,
)
async def test_what_may_pass_is_tried_again_and_recorded(
    served: Served, fault: Fault, says: str
) -> None:
    async with asking(served, SCRIPT, faults=first(fault)) as at, at.agent():
        run = await at.asked()
        assert run.status == "completed"
        (retried,) = await at.of(e.ModelCallRetried)
        assert says in retried.reason and retried.attempt == 1
        assert len(at.model.requests) == 2
        assert at.model.requests[0] == at.model.requests[1]


@pytest.mark.anyio
async def test_a_model_that_stays_away_ends_the_run_with_a_sentence(served: Served) -> None:
    async with asking(served, SCRIPT, faults=first(Fault(status=529), 99)) as at, at.agent():
        run = await at.asked()
        assert run.status == "failed"
        assert run.reason is not None and "529" in run.reason
        assert len(at.model.requests) == 4
        assert len(await at.of(e.ModelCallRetried)) == 3


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (Fault(status=400, kind="invalid_request_error"), "400 (invalid_request_error)"),
        (Fault(status=401, kind="authentication_error"), "does not accept the key"),
        (Fault(status=413, kind="request_too_large"), "413"),
        (Fault(error_after=1, kind="invalid_request_error"), "200 (invalid_request_error)"),
    ],
    ids=str,
)
async def test_what_cannot_pass_is_not_tried_again(served: Served, fault: Fault, says: str) -> None:
    async with asking(served, SCRIPT, faults=first(fault)) as at, at.agent():
        run = await at.asked()
        assert run.status == "failed"
        assert run.reason is not None and says in run.reason
        assert len(at.model.requests) == 1


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("stop_reason", "status"),
    [
        ("end_turn", "completed"),
        ("stop_sequence", "completed"),
        ("refusal", "refused"),
        ("max_tokens", "limit"),
        ("model_context_window_exceeded", "limit"),
        ("tool_use", "failed"),
        ("a_reason_to_come", "failed"),
    ],
)
async def test_every_stop_reason_has_its_outcome(
    served: Served, stop_reason: str, status: str
) -> None:
    script = by_turn(Reply((Say("Well."),), stop_reason))
    async with asking(served, script) as at, at.agent():
        assert (await at.asked()).status == status


@pytest.mark.anyio
async def test_a_pause_of_the_model_goes_on(served: Served) -> None:
    script = by_turn(Reply((Say("First."),), "pause_turn"), "Second.")
    async with asking(served, script) as at, at.agent():
        assert (await at.asked()).status == "completed"
        assert at.requests()[1]["messages"][-1]["role"] == "assistant"


@pytest.mark.anyio
async def test_a_tool_in_an_answer_that_was_cut_is_never_used(served: Served) -> None:
    cut = Reply((Use("insert_cells", {"cells": [{"source": "1"}]}),), "max_tokens")
    async with asking(served, by_turn(cut, "Now it is whole.")) as at, at.agent():
        run = await at.asked(thread_id="t")
        assert run.status == "limit"
        assert not at.replica.notebook.order
        assert (await at.asked("Again.", thread_id="t")).status == "completed"
        results = at.requests()[-1]["messages"][-2]["content"]
        assert results[0]["is_error"] and "not done" in results[0]["content"]


@pytest.mark.anyio
async def test_the_key_is_in_no_record_and_no_error(served: Served) -> None:
    faults = first(Fault(status=401, kind="authentication_error"))
    async with asking(served, SCRIPT, faults=faults) as at, at.agent():
        await at.asked()
        assert at.model.keys == ["key-canary"]
        page, _ = await at.me.records(at.notebook_id, limit=1000)
        assert "key-canary" not in repr(page)
        assert "key-canary" not in repr(Endpoint("http://x", "key-canary"))
        assert b"key-canary" not in at.model.requests[0]


@pytest.mark.anyio
async def test_the_model_s_own_mistakes_are_told_to_it(served: Served) -> None:
    script = by_turn(
        [Use("no_such_tool"), Use("run_cells", {"cells": 3}), Use("read_notebook", {"at_all": 1})],
        [Use("edit_cell", {"cell_id": "c1", "source": "2", "base_rev": 999})],
        "I see.",
    )
    async with asking(served, script, "1") as at, at.agent(SETUP):
        assert (await at.asked()).status == "completed"
        done = await at.of(e.ToolCallCompleted)
        assert [one.is_error for one in done] == [True] * 4
        for one, says in zip(done, ["no tool", "do not fit", "no argument", "rev"], strict=True):
            assert says in one.text, one.text
