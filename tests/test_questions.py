"""Questions to a kernel as values: what is cut, what a kernel's reply means, whose turn it is."""

import asyncio
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from intheloop.client import (
    Answer,
    Complete,
    Completions,
    Inspection,
    Match,
    NoAnswer,
    Variable,
    VariableList,
    fitted,
)
from intheloop.client.questions import VALUE_LIMIT, too_large
from intheloop.notebooks.signalling import SIGNAL_LIMIT
from intheloop.text import utf16_length
from intheloop_agents.runtime.asking import Turn
from intheloop_agents.runtime.jupyter.replies import (
    code_points,
    read_completions,
    read_inspection,
    read_variables,
)

ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=300)


def size(answer: Answer) -> int:
    return len(msgspec.json.encode(answer))


def test_the_bound_is_that_of_the_server() -> None:
    assert VALUE_LIMIT == SIGNAL_LIMIT


@given(matches=st.lists(ANY_TEXT, max_size=400), times=st.integers(1, 50))
def test_matches_are_kept_as_far_as_they_fit(matches: list[str], times: int) -> None:
    given_ = Completions(tuple(Match(text, "kind") for text in matches * times), 0, 1)
    cut = fitted(given_)
    assert isinstance(cut, Completions)
    assert size(cut) <= VALUE_LIMIT
    assert len(cut.matches) + cut.more == len(given_.matches)
    assert cut.matches == given_.matches[: len(cut.matches)]
    assert cut == given_ or size(given_) > VALUE_LIMIT - 1500


def test_a_match_that_is_too_long_hides_no_other() -> None:
    cut = fitted(Completions((Match("x" * 20_000), Match("y")), 0, 1))
    assert cut == Completions((Match("y"),), 0, 1, more=1)


@given(text=ANY_TEXT, times=st.integers(0, 400), html=ANY_TEXT)
def test_an_inspection_is_cut_and_says_of_what(text: str, times: int, html: str) -> None:
    whole = Inspection(True, text * times, html * times, "m")
    cut = fitted(whole)
    assert isinstance(cut, Inspection)
    assert size(cut) <= VALUE_LIMIT
    assert whole.text.startswith(cut.text)
    missing = len(whole.text) - len(cut.text)
    assert (f"{missing} characters of text" in cut.left_out) == bool(missing)
    assert ("html" in cut.left_out) == (cut.html != whole.html)
    assert not missing or size(cut) > VALUE_LIMIT - 512


def test_variables_are_cut_from_behind_and_the_rest_is_counted() -> None:
    many = tuple(Variable(f"v{number:04}", "int", preview='"\x00' * 20) for number in range(2000))
    cut = fitted(VariableList(many, more=7))
    assert isinstance(cut, VariableList)
    assert VALUE_LIMIT - 512 < size(cut) <= VALUE_LIMIT
    assert cut.variables == many[: len(cut.variables)]
    assert cut.more == 2007 - len(cut.variables)
    assert size(fitted(NoAnswer("é" * 20_000))) <= VALUE_LIMIT


def test_a_question_that_no_signal_carries_is_answered_at_once() -> None:
    assert too_large(Complete("x" * 16_000, 0)) is None
    refused = too_large(Complete("é" * 9_000, 0))
    assert refused is not None and "less code" in refused.reason


@given(text=ANY_TEXT, data=st.data())
def test_positions_are_those_of_the_wire_and_of_kernels(text: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(text)))
    assert code_points(text, utf16_length(text[:at])) == at


@pytest.mark.parametrize(("text", "units"), [("a😀b", 2), ("a😀", 4), ("", 1), ("é", 2)])
def test_a_place_that_is_none_is_none(text: str, units: int) -> None:
    assert code_points(text, units) is None


def test_completions_have_the_types_that_the_kernel_tells_of_the_same_matches() -> None:
    types = [{"text": "ab", "type": "function"}, {"text": "ac", "type": "<unknown>"}]
    reply = {"status": "ok", "matches": ["ab", "ac"], "cursor_start": 2, "cursor_end": 3}
    told = {**reply, "metadata": {"_jupyter_types_experimental": types}}
    known = (Match("ab", "function"), Match("ac"))
    assert read_completions(told, "😀 a") == Completions(known, 3, 4)
    other = {**told, "matches": ["ab", "x"]}
    assert read_completions(other, "😀 a") == Completions((Match("ab"), Match("x")), 3, 4)


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"matches": "abc", "cursor_start": -3, "cursor_end": 10**30},
        {"matches": [1, None, {"a": 1}, "\ud800"], "cursor_start": 2, "cursor_end": 1},
        {"matches": ["a"], "cursor_start": True, "cursor_end": "x", "metadata": [1]},
        {"matches": ["a"], "metadata": {"_jupyter_types_experimental": [None, 1]}},
        {"found": "yes", "data": {"text/plain": ["a"], "text/html": {"a": 1}}},
        {"found": True, "data": "text", "told": "[" * 100_000},
        {"told": '{"variables": [{"name": 1}]}'},
        {"told": '{"variables": [{"name": "a", "type": "b", "shape": [NaN]}]}'},
    ],
)
def test_a_reply_that_is_not_as_it_should_be_is_read_as_well_as_it_can(odd: dict[str, Any]) -> None:
    reply = {"status": "ok", **odd}
    for answer in (read_completions(reply, "abc"), read_inspection(reply), read_variables(reply)):
        assert size(fitted(answer)) <= VALUE_LIMIT
        if isinstance(answer, Completions):
            assert 0 <= answer.start <= answer.end <= 3


@pytest.mark.parametrize(("status", "why"), [("error", "UnknownSubshellError"), ("aborted", "")])
def test_a_kernel_that_refuses_is_no_answer(status: str, why: str) -> None:
    reply = {"status": status, "ename": why}
    for answer in (read_completions(reply, ""), read_inspection(reply), read_variables(reply)):
        assert answer == NoAnswer(f"The kernel could not tell it ({why or status}).")


def test_marks_for_a_terminal_are_taken_out_of_an_inspection() -> None:
    text = "\x1b[31mType:\x1b[39m  int\x1b]8;;http://a\x1b\\link\x1b]8;;\x07\x1b(B"
    data = {"text/plain": text, "text/markdown": "# int"}
    told = read_inspection({"status": "ok", "found": True, "data": data})
    assert isinstance(told, Inspection)
    assert (told.found, told.markdown, told.html) == (True, "# int", "")
    assert told.text.startswith("Type:  intlink") and "\x1b" not in told.text


@pytest.mark.anyio
async def test_turns_are_taken_one_at_a_time_and_the_latest_hurried_one_is_next() -> None:
    turn, order, let_go = Turn(), list[str](), asyncio.Event()

    async def take(name: str, first: bool) -> None:
        async with turn.taken(first=first):
            order.append(name)
            if name == "holder":
                await let_go.wait()

    async def waiting(name: str, first: bool) -> "asyncio.Task[None]":
        task = asyncio.create_task(take(name, first))
        await asyncio.sleep(0)
        return task

    names = [("holder", False), ("calm 1", False), ("hurried 1", True), ("given up", True)]
    names += [("hurried 2", True), ("calm 2", False)]
    tasks = {name: await waiting(name, first) for name, first in names}
    tasks["given up"].cancel()
    let_go.set()
    await asyncio.gather(*tasks.values(), return_exceptions=True)
    assert order == ["holder", "hurried 2", "hurried 1", "calm 1", "calm 2"]
    async with asyncio.timeout(1), turn.taken():
        order.append("free again")


@pytest.mark.anyio
async def test_a_turn_that_comes_as_its_taker_gives_up_goes_to_the_next() -> None:
    turn = Turn()

    async def take() -> str:
        async with turn.taken():
            return "had it"

    async with turn.taken():
        given_up, following = asyncio.create_task(take()), asyncio.create_task(take())
        await asyncio.sleep(0)
    given_up.cancel()  # The turn is its own by now, and it has not run since.
    async with asyncio.timeout(1):
        assert await following == "had it"
    assert given_up.cancelled()
