"""The assistant's cases by script: good models pass, broken ones do not, no grader is silent."""

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest
from evals.assistant.__main__ import CASES, Verdict, line, live, main, never_said_no, verdict
from evals.assistant.house import house

from intheloop_agents.assistant.model import Endpoint
from intheloop_agents.scripted_model import ScriptedModel, by_turn, serving

QUICK = ("an explanation changes nothing", "a refusal of the model does nothing")


def test_there_are_cases_enough_and_each_has_a_broken_side() -> None:
    assert len(CASES) >= 25
    assert len({case.case_id for case in CASES}) == len(CASES)
    for case in CASES:
        assert (case.broken is None) != (case.spoil is None), case.case_id


@pytest.mark.anyio
async def test_some_cases_that_need_no_kernel(tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        for case in CASES:
            if case.case_id in QUICK:
                found = await verdict(at, case)
                assert found.good, line(found)


CASE = next(case for case in CASES if case.case_id == QUICK[0])
GOOD: Any = CASE.script


@pytest.mark.parametrize(
    ("turns", "passed", "says"),
    [(GOOD, True, "1 of 1 passed"), (CASE.broken, False, "0 of 1 passed")],
    ids=["good", "broken"],
)
def test_a_live_model_is_asked_at_any_address_so_many_times(
    turns: Any, passed: bool, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving(ScriptedModel(by_turn(*turns))) as model:
        endpoint = Endpoint(model.url, "key-of-the-endpoint")
        assert asyncio.run(live([CASE], endpoint, "a-model-of-theirs", 2)) is passed
        assert set(model.keys) == {"key-of-the-endpoint"}
        asked = [msgspec.json.decode(one) for one in model.requests]
    assert {one["model"] for one in asked} == {"a-model-of-theirs"}
    assert sum(len(one["messages"]) == 1 for one in asked) == 2
    told = capsys.readouterr().out
    assert f"live: {says} each of 2 times; the cost of a-model-of-theirs is not known" in told


def test_the_command_line_says_which_model_where_and_how_often(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "a-key")
    with serving(ScriptedModel(by_turn(*GOOD))) as model:
        named = ["--url", model.url, "--model", "claude-sonnet-5-5", "--times", "1"]
        assert main(["--live", *named, CASE.case_id]) == 0
        assert set(model.keys) == {"a-key"}
    assert "live: 1 of 1 passed each of 1 times; $0." in capsys.readouterr().out


def test_without_a_key_the_live_mode_says_that_it_did_not_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    assert main(["--live", QUICK[1]]) == 0
    assert "live: NOT RUN; it needs ANTHROPIC_API_KEY" in capsys.readouterr().out


@pytest.mark.anyio
@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_every_case(tmp_path: Path) -> None:
    verdicts: list[Verdict] = []
    async with house(tmp_path) as at:
        for case in CASES:
            verdicts.append(await verdict(at, case))  # noqa: PERF401
    assert [line(one) for one in verdicts if not one.good] == []
    assert never_said_no(CASES, verdicts) == ()
