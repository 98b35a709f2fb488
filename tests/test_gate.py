"""The gate: what a policy holds up waits for a person, who decides in a browser session alone."""

import pytest

from intheloop import commands as c
from intheloop import events as e
from intheloop.decider import SANDBOXED
from intheloop.errors import BadArgument, Denied
from tests.deciding import PYTHON, Bench
from tests.gating import acts, asking, gated, outcome, resolving, running, the_approval
from tests.model import NB


def test_a_run_waits_for_a_person_and_then_happens_by_the_same_call() -> None:
    bench = gated("1 + 1")
    asked = asking(bench, running(bench, "a"))
    assert bench.nb.queue == ()
    assert asked.decide_at == f"/n/{NB}?approval={asked.approval_id}"

    bench.do(resolving(the_approval(bench)))
    done: c.Requested = bench.do(running(bench, "a"), "bot")

    assert bench.nb.queue == done.execution_ids
    assert bench.since(bench.nb.seq - 4) == [
        *("approvalRequested", "approvalGranted", "approvalUsed", "executionRequested")
    ]
    assert done.seq == bench.nb.seq


def test_an_approval_shows_the_code_the_rev_and_the_runtime() -> None:
    bench = gated("1 + 1")
    bench.attach()
    asking(bench, running(bench, "a"))
    resolved = the_approval(bench).resolved
    assert (resolved.tool, resolved.place) == ("run_cells", e.Place("rt"))
    (step,) = resolved.steps
    assert (step.cell_id, step.rev, step.source) == ("a", bench.cell().rev, "1 + 1")


@pytest.mark.parametrize("by", ["bot", "rt"])
def test_no_program_resolves_an_approval(by: str) -> None:
    bench = gated("1")
    asking(bench, running(bench, "a"))
    bench.refused(Denied, resolving(the_approval(bench)), by, says="for people")


@pytest.mark.parametrize(
    ("preset", "edit", "remove", "run"),
    [
        ("ask", "asked", "asked", "asked"),
        ("propose", "denied", "denied", "asked"),
        ("act", "done", "done", "done"),
        ("unattended", "done", "denied", "done"),
    ],
)
@pytest.mark.parametrize("kind", ["assistant", "service"])
def test_a_preset_says_what_becomes_of_what_programs_do(
    preset: e.Preset, edit: str, remove: str, run: str, kind: str
) -> None:
    bench = gated("1", "2", preset=preset)
    bench.program("prog", kind)
    found = {what: outcome(bench, act, "prog") for what, act in acts(bench).items()}
    assert found == {"edit": edit, "remove": remove, "run": run, "speak": "done"}


@pytest.mark.parametrize("preset", ["ask", "propose", "unattended"])
def test_people_are_asked_by_no_preset(preset: e.Preset) -> None:
    bench = gated("1", "2", preset=preset)
    bench.program("laptop", "human")
    for by in ("ana", "laptop"):
        bench.insert(f"{by}2", by=by)
        command = c.DeleteCells(notebook_id=NB, cell_ids=[f"{by}2"])
        assert outcome(bench, command, by) == "done"


def test_a_new_notebook_lets_programs_act() -> None:
    assert Bench("1").nb.policy.preset == "act"


def test_a_rule_goes_before_the_preset_for_its_kind_and_tool_alone() -> None:
    bench = Bench("1", "2")
    bench.program("prog", "service")
    rules = [e.Rule("assistant", "run_code", "ask"), e.Rule("service", "run_code", "deny")]
    bench.do(c.SetPolicy(notebook_id=NB, preset="act", rules=rules))
    run, edit = acts(bench)["run"], acts(bench)["edit"]
    assert [outcome(bench, run, by) for by in ("bot", "prog", "ana")] == [
        *("asked", "denied", "done")
    ]
    assert outcome(bench, edit, "bot") == "done"


def test_a_denial_names_the_way_that_is_open() -> None:
    bench = gated("1", "2", preset="propose")
    bench.refused(Denied, acts(bench)["edit"], "bot", says="use propose_changes")
    rules = [e.Rule("assistant", "edit_cell", "deny"), e.Rule("assistant", "run_code", "deny")]
    bench.do(c.SetPolicy(notebook_id=NB, preset="act", rules=rules))
    bench.refused(Denied, acts(bench)["edit"], "bot", says="ask a person to do it")
    bench.do(c.SetPolicy(notebook_id=NB, preset="propose", rules=rules))
    bench.refused(Denied, acts(bench)["run"], "bot", says="ask a person to do it")


def test_a_person_s_own_credential_is_held_up_by_a_rule_for_people_and_their_session_never() -> (
    None
):
    bench = Bench("1", "2")
    bench.program("laptop", "human")
    rules = [e.Rule("human", "run_code", "ask")]
    bench.do(c.SetPolicy(notebook_id=NB, preset="act", rules=rules))
    assert outcome(bench, acts(bench)["run"], "laptop") == "asked"
    assert outcome(bench, acts(bench)["run"], "ana") == "done"


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        ([e.Rule("assistant", "add_comment", "ask")], "No policy is made for"),
        ([e.Rule("assistant", "run_code", "ask")] * 2, "Two rules"),
    ],
)
def test_a_policy_that_says_nothing_clear_is_refused(rules: list[e.Rule], says: str) -> None:
    command = c.SetPolicy(notebook_id=NB, preset="act", rules=rules)
    Bench("1").refused(BadArgument, command, says=says)


def test_the_same_policy_again_appends_nothing() -> None:
    bench = gated("1")
    assert bench.new_events(c.SetPolicy(notebook_id=NB, preset="ask")) == []


@pytest.mark.parametrize(
    ("preset", "sandboxed", "run"),
    [
        ("act", False, "asked"),
        ("act", True, "done"),
        ("unattended", False, "denied"),
        ("unattended", True, "done"),
    ],
)
def test_words_of_nobody_here_make_acting_a_question_but_in_a_sandbox(
    preset: e.Preset, sandboxed: bool, run: str
) -> None:
    bench = gated("1", "2", preset=preset)
    if sandboxed:
        command = c.AttachRuntime(
            notebook_id=NB, runtime_id="r1", kernel=PYTHON, capabilities=(SANDBOXED,)
        )
        bench.do(command, "rt")
    bench.untrusted = True
    assert outcome(bench, acts(bench)["run"], "bot") == run


def test_a_rule_for_a_tool_holds_whatever_the_caller_goes_by() -> None:
    bench = gated("1", "2", preset="act")
    rule = e.Rule("assistant", "run_code", "auto")
    bench.do(c.SetPolicy(notebook_id=NB, preset="act", rules=[rule]))
    bench.untrusted = True
    assert outcome(bench, acts(bench)["run"], "bot") == "done"
    assert outcome(bench, acts(bench)["edit"], "bot") == "asked"
