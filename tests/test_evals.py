"""The assistant's cases by script: good models pass, broken ones do not, no grader is silent."""

from pathlib import Path

import pytest
from evals.assistant.__main__ import CASES, Verdict, line, never_said_no, verdict
from evals.assistant.house import house

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
