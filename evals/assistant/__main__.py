"""`python -m evals.assistant [CASE ...]`: every case by script, and with `--live` by a real model.

Each grader must pass the good script and each case must fail with the broken one: a grader that
never says no says nothing. Exit code 1 when something is not as it should be.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from intheloop import events as e
from intheloop.settings import read_settings
from intheloop_agents.assistant.model import Endpoint
from intheloop_agents.assistant.pricing import prices_of
from intheloop_agents.assistant.setup import DEFAULT_MODEL, Setup

from . import conduct_cases, data_cases
from .case import Case
from .graders import ALWAYS, Grader
from .house import House, house
from .outcome import Outcome

CASES: tuple[Case, ...] = (*data_cases.CASES, *conduct_cases.CASES)


class Verdict(Struct, frozen=True):
    """How a case went: what its graders said of the good outcome and of the broken one."""

    case_id: str
    seconds: float
    wrong: tuple[str, ...]
    caught_by: tuple[str, ...]

    @property
    def good(self) -> bool:
        """Whether it is as it should be."""
        return not self.wrong and bool(self.caught_by)


def said(graders: Sequence[Grader], outcome: Outcome) -> dict[str, str]:
    """What is wrong with an outcome, by the names of the graders that say so."""
    found = {one.name: one.judge(outcome) for one in graders}
    return {name: words for name, words in found.items() if words is not None}


async def verdict(at: House, case: Case) -> Verdict:
    """A case by its good script and its broken one."""
    began = time.monotonic()
    graders = (*case.graders, *ALWAYS)
    good = await at.outcome(case, case.script)
    wrong = tuple(f"{name}: {words}" for name, words in said(graders, good).items())
    if case.broken is not None:
        bad = await at.outcome(case, case.broken)
    else:
        assert case.spoil is not None, case.case_id
        bad = case.spoil(good)
    caught = tuple(said(graders, bad))
    return Verdict(case.case_id, time.monotonic() - began, wrong, caught)


async def by_script(cases: Sequence[Case]) -> list[Verdict]:
    """All of these, one after the other."""
    verdicts = []
    with tempfile.TemporaryDirectory() as folder:
        async with house(Path(folder)) as at:
            for case in cases:
                verdicts.append(await verdict(at, case))
                print(line(verdicts[-1]), flush=True)
    return verdicts


def line(one: Verdict) -> str:
    """A verdict as a line."""
    mark = "ok  " if one.good else "FAIL"
    why = "; ".join(one.wrong) or ("" if one.caught_by else "no grader says no to the broken one")
    return f"{mark} {one.seconds:5.1f} s  {one.case_id}" + (f"  -- {why}" if why else "")


def never_said_no(cases: Sequence[Case], verdicts: Sequence[Verdict]) -> tuple[str, ...]:
    """The graders that no broken outcome made say no."""
    names = {one.name for case in cases for one in (*case.graders, *ALWAYS)}
    return tuple(sorted(names - {name for one in verdicts for name in one.caught_by}))


async def live(cases: Sequence[Case], endpoint: Endpoint, model: str, times: int) -> bool:
    """Each case so many times with a real model; what passed every time counts as passed."""
    prices = prices_of(read_settings(os.environ).assistant_prices)
    setup = Setup(agent=e.Agent("assistant", "evals", model), model=model, prices=prices)
    passed, cost = 0, 0
    able = [case for case in cases if not case.meanwhile and not case.faults]
    with tempfile.TemporaryDirectory() as folder:
        async with house(Path(folder), (endpoint, setup)) as at:
            for case in able:
                outcomes = [await at.outcome(case, ()) for _ in range(times)]
                graders = (*case.graders, ALWAYS[0], ALWAYS[1])
                wrong = [words for one in outcomes for words in said(graders, one).values()]
                cost += sum(run.usage.cost for one in outcomes for run in one.runs)
                passed += not wrong
                print(f"{'FAIL' if wrong else 'ok  '} {case.case_id}  {'; '.join(wrong)}")
    dollars = f"${cost / 1e6:.2f}" if model in prices else f"the cost of {model} is not known"
    print(f"live: {passed} of {len(able)} passed each of {times} times; {dollars}")
    return passed == len(able)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run and report."""
    parser = argparse.ArgumentParser(prog="python -m evals.assistant", description=__doc__)
    parser.add_argument("cases", nargs="*", metavar="CASE", help="part of a name; all without any")
    parser.add_argument("--live", action="store_true", help="with ANTHROPIC_API_KEY, too")
    parser.add_argument("--model", default=DEFAULT_MODEL)
    parser.add_argument("--url", default="", help="another endpoint of the Messages API")
    parser.add_argument("--times", type=int, default=3)
    options = parser.parse_args(arguments)
    cases = [
        case
        for case in CASES
        if not options.cases or any(part in case.case_id for part in options.cases)
    ]
    began = time.monotonic()
    verdicts = asyncio.run(by_script(cases))
    good = sum(one.good for one in verdicts)
    silent = never_said_no(cases, verdicts) if not options.cases else ()
    if silent:
        print(f"FAIL these graders said no to nothing: {', '.join(silent)}")
    print(f"by script: {good} of {len(cases)} in {time.monotonic() - began:.0f} s")
    key = os.environ.get("ANTHROPIC_API_KEY", "")
    if not options.live or not key:
        print("live: NOT RUN" + ("" if key else "; it needs ANTHROPIC_API_KEY and --live"))
        return 0 if good == len(cases) and not silent else 1
    fine = asyncio.run(live(cases, Endpoint(options.url, key), options.model, options.times))
    return 0 if good == len(cases) and fine and not silent else 1


if __name__ == "__main__":
    sys.exit(main())
