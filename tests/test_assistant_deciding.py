"""What comes next in a run, from its log alone; answers put together from their streams."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intheloop import events as e
from intheloop.log.stored import open_stored
from intheloop_agents.assistant.blocks import Answering
from intheloop_agents.assistant.deciding import (
    Action,
    ApplyTool,
    Assemble,
    CallModel,
    Done,
    Finish,
    Wait,
    next_action,
)
from intheloop_agents.assistant.limits import REPEATS, tightened
from intheloop_agents.assistant.pricing import Prices, prices_of, usage_of
from intheloop_agents.assistant.thread import Run, Threads, replayed
from intheloop_agents.assistant.trimming import to_trim
from intheloop_agents.scripted_model import Say, Think, Use
from intheloop_agents.scripted_model.reply import Part, Reply, blocks, events
from tests.replaying import sealed
from tests.runs import PROMPT, TOOLS

Q, NO_LIMITS, USED = "q", e.Limits(), e.Usage(1, 1)
ASKED: list[e.Event] = [
    e.MessagePosted("m", "t", "Do it."),
    e.AssistantRunRequested(Q, "t", "m", "ana", ("notebook:read",)),
    e.AssistantRunClaimed(Q, 1, "k", e.Agent("assistant")),
]


def assembled(turn: int = 1, **more: Any) -> e.ContextAssembled:
    return e.ContextAssembled(Q, turn, 1, "ef" * 32, PROMPT, TOOLS, **more)


def started(turn: int = 1) -> e.ModelCallStarted:
    return e.ModelCallStarted(Q, turn, 1, "m", "01" * 32, 100)


def answered(
    turn: int = 1, reason: str = "end_turn", usage: e.Usage = USED
) -> e.ModelCallCompleted:
    return e.ModelCallCompleted(Q, turn, "[]", reason, "m", usage)


def wanted(call_id: str, turn: int = 1, tool: str = "run_code") -> e.ToolCallProposed:
    return e.ToolCallProposed(Q, turn, call_id, tool, "{}")


def done(call_id: str, text: str = "42") -> e.ToolCallCompleted:
    return e.ToolCallCompleted(Q, call_id, text)


def threads(*events_: e.Event) -> Threads:
    return replayed(map(open_stored, sealed([*ASKED, *events_])))


def run_of(*events_: e.Event) -> Run:
    return threads(*events_).runs[Q]


def following(*events_: e.Event, limits: e.Limits = NO_LIMITS, elapsed_s: float = 0) -> Action:
    return next_action(run_of(*events_), limits, elapsed_s, {})


ONE_TURN = (assembled(), started(), answered(reason="tool_use"))


def test_a_run_looks_asks_uses_tools_and_looks_again() -> None:
    assert following() == Assemble(1)
    assert following(assembled()) == CallModel(1)
    assert following(assembled(), started()) == CallModel(1)  # its answer was lost
    both = (*ONE_TURN, wanted("c1"), wanted("c2"))
    first = following(*both)
    assert isinstance(first, ApplyTool) and first.use.proposed.tool_call_id == "c1"
    second = following(*both, done("c1"))
    assert isinstance(second, ApplyTool) and second.use.proposed.tool_call_id == "c2"
    assert following(*both, done("c1"), done("c2")) == Assemble(2)
    assert isinstance(following(assembled(), started(), answered()), Finish)


def test_a_run_that_is_over_has_no_next_action() -> None:
    end = e.AssistantRunFinished(Q, "stopped", "Ana stopped it.")
    assert following(end) == Done()
    assert following(*ONE_TURN, wanted("c1"), end) == Done()


def test_a_tool_that_waits_for_approval_holds_the_run() -> None:
    run = run_of(*ONE_TURN, wanted("c1"), wanted("c2"))
    assert next_action(run, NO_LIMITS, 0, {"c1": "a1"}) == Wait("c1", "a1")
    assert isinstance(next_action(run, NO_LIMITS, 0, {"c2": "a1"}), ApplyTool)


def test_a_call_that_was_given_up_ends_the_run() -> None:
    failed = e.ModelCallFailed(Q, 1, "No answer came.")
    assert following(assembled(), started(), failed) == Finish("failed", "No answer came.")


@pytest.mark.parametrize("reason", ["end_turn", "refusal", "max_tokens", "stop_sequence"])
def test_an_answer_is_not_lost_to_a_limit(reason: str) -> None:
    limits = e.Limits(turns=1, tokens=1, cost=1, seconds=1)
    usage = e.Usage(10, 10, cost=10)
    end = following(
        assembled(), started(), answered(reason=reason, usage=usage), limits=limits, elapsed_s=9
    )
    assert isinstance(end, Finish) and "limit is" not in end.reason


@pytest.mark.parametrize(
    ("limits", "elapsed_s", "says"),
    [
        (e.Limits(seconds=5), 5.0, "5 seconds"),
        (e.Limits(tokens=2), 0.0, "2 tokens"),
        (e.Limits(cost=1), 0.0, "cost"),
        (e.Limits(tool_calls=1), 0.0, "1 uses"),
    ],
    ids=str,
)
def test_limits_end_a_run_before_the_next_tool(
    limits: e.Limits, elapsed_s: float, says: str
) -> None:
    costly = answered(reason="tool_use", usage=e.Usage(1, 1, cost=5))
    end = following(
        *(assembled(), started(), costly, wanted("c1"), wanted("c2")),
        limits=limits,
        elapsed_s=elapsed_s,
    )
    assert isinstance(end, Finish) and (end.outcome, says in end.reason) == ("limit", True)


def test_the_last_turn_s_tools_are_used_before_the_limit_of_turns_ends_the_run() -> None:
    one = e.Limits(turns=1)
    assert isinstance(following(*ONE_TURN, wanted("c1"), limits=one), ApplyTool)
    assert isinstance(following(*ONE_TURN, wanted("c1"), done("c1"), limits=one), Finish)


def test_the_same_call_again_and_again_ends_the_run() -> None:
    calls = [wanted(f"c{number}") for number in range(REPEATS)]
    assert isinstance(following(*ONE_TURN, *calls), Finish)
    calls[1] = wanted("c1", tool="read_notebook")
    assert isinstance(following(*ONE_TURN, *calls), ApplyTool)


def test_of_two_limits_the_tighter_counts() -> None:
    own, asked = e.Limits(turns=5, tokens=7), e.Limits(turns=9, tokens=3, cost=1)
    assert tightened(own, asked) == e.Limits(turns=5, tokens=3, cost=1)


def test_the_oldest_long_results_go_first_and_the_last_stay() -> None:
    calls = [f"c{number}" for number in range(6)]
    texts = ["x" * 1000, "short", *["y" * 1000] * 4]
    results = [done(call, text) for call, text in zip(calls, texts, strict=True)]
    run = run_of(*ONE_TURN, *map(wanted, calls), *results)
    assert to_trim([run], 5000, 6000) == ()
    assert to_trim([run], 5000, 4500) == ("c0", "c2")
    assert to_trim([run], 5000, 7000 // 2 + 1400) == ("c0", "c2")
    assert to_trim([run], 5000, 0) == ()


def test_a_price_is_that_of_fresh_cached_and_answered_tokens() -> None:
    reported = {
        "input_tokens": 100,
        "cache_read_input_tokens": 1000,
        "cache_creation_input_tokens": 40,
        "output_tokens": 10,
    }
    assert usage_of(reported, Prices(3, 15)) == e.Usage(100, 10, 1000, 40, 900)
    assert usage_of(reported, Prices(3, 15, 1)) == e.Usage(100, 10, 1000, 40, 1600)
    assert usage_of({}, Prices(3, 15)) == e.Usage()


def test_no_cost_is_made_up_for_a_model_whose_price_is_not_known() -> None:
    assert usage_of({"input_tokens": 100, "output_tokens": 10}, None) == e.Usage(100, 10)
    told = prices_of("claude-sonnet-5-5=2/10/0.1, my/model=0.5/1.5")
    assert told == {"claude-sonnet-5-5": Prices(2, 10, 0.1), "my/model": Prices(0.5, 1.5)}
    assert prices_of("") == {}


parts: st.SearchStrategy[Part] = st.one_of(
    st.builds(Say, st.text()),
    st.builds(Think, st.text()),
    st.builds(Use, st.sampled_from(["a", "b"]), st.dictionaries(st.text(), st.text())),
)


@given(st.lists(parts, max_size=5))
def test_an_answer_is_put_together_as_it_was_taken_apart(given_: list[Part]) -> None:
    content = blocks(Reply(tuple(given_)), "x")
    answering = Answering()
    for event in events(content, "end_turn", {"input_tokens": 3, "output_tokens": 4}, "x"):
        assert not answering.complete
        answering.add(event)
    assert answering.complete
    assert answering.blocks() == content
    assert answering.usage == {"input_tokens": 3, "output_tokens": 4}


@given(st.lists(parts, min_size=1, max_size=3), st.integers(0, 5))
def test_an_answer_that_breaks_off_is_none(given_: list[Part], left_out: int) -> None:
    told = [*events(blocks(Reply(tuple(given_)), "x"), "end_turn", {}, "x")]
    answering = Answering()
    for event in told[: len(told) - 1 - left_out]:
        answering.add(event)
    assert not answering.complete
