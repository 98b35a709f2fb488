"""The gate: what a policy holds up waits for a person, who decides in a browser session alone."""

from typing import Any

import pytest
from msgspec.structs import replace

from intheloop import commands as c
from intheloop import events as e
from intheloop.decider import SANDBOXED
from intheloop.decider.gate import PENDING_LIMIT
from intheloop.errors import BadArgument, Conflict, Denied, NotFound, TooLarge
from intheloop.notebook import Approval
from tests.deciding import PYTHON, Bench, detaching, replaced
from tests.model import NB


def gated(*sources: str, preset: e.Preset = "ask") -> Bench:
    """A bench whose owner wants to be asked."""
    bench = Bench(*sources)
    bench.do(c.SetPolicy(notebook_id=NB, preset=preset))
    return bench


def running(bench: Bench, *cell_ids: str, **how: Any) -> c.RunCells:
    """A wish to run cells as they stand."""
    cells = [c.CellAt(cell_id, bench.cell(cell_id).rev) for cell_id in cell_ids]
    return c.RunCells(notebook_id=NB, cells=cells or None, **how)


def asking(bench: Bench, command: Any, by: str = "bot") -> c.Asked:
    """What a call answers that waits."""
    asked = bench.do(command, by)
    assert isinstance(asked, c.Asked)
    return asked


def resolving(approval: Approval, verdict: Any = "allow", **more: Any) -> c.ResolveApproval:
    """A person's word on what they saw."""
    return c.ResolveApproval(
        notebook_id=NB,
        approval_id=approval.approval_id,
        verdict=verdict,
        resolved_sha256=approval.resolved_sha256,
        **more,
    )


def the_approval(bench: Bench) -> Approval:
    """The last one."""
    return bench.nb.approvals[-1]


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


# ------------------------------------------------------------------- the policy


def acts(bench: Bench) -> dict[str, Any]:
    """One act of each kind."""
    return {
        "edit": c.EditCell(
            notebook_id=NB, cell_id="a", source=f"{bench.nb.seq}", base_rev=bench.cell().rev
        ),
        "remove": c.DeleteCells(notebook_id=NB, cell_ids=["b"]),
        "run": c.RunCode(notebook_id=NB, source="1"),
        "speak": c.AddComment(notebook_id=NB, text="Why?"),
    }


def outcome(bench: Bench, command: Any, by: str) -> str:
    """What becomes of a call."""
    try:
        answer = bench.do(command, by)
    except Denied:
        return "denied"
    return "asked" if isinstance(answer, c.Asked) else "done"


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


# --------------------------------------------------------------- what is bound


def granted(bench: Bench, command: Any, by: str = "bot", **more: Any) -> Approval:
    """An approval that a person granted."""
    asking(bench, command, by)
    bench.do(resolving(the_approval(bench), **more))
    approval = the_approval(bench)
    assert approval.status == "granted"
    return approval


def status_of(bench: Bench, approval: Approval) -> str:
    """How it stands now."""
    found = {one.approval_id: one.status for one in bench.nb.approvals}
    return found[approval.approval_id]


def test_an_approval_is_used_once() -> None:
    bench = gated("1")
    approval = granted(bench, running(bench, "a"))
    bench.do(running(bench, "a"), "bot")
    assert status_of(bench, approval) == "used"
    again = asking(bench, running(bench, "a"))
    assert again.approval_id != approval.approval_id


def test_the_same_call_asks_once_however_often_it_is_made() -> None:
    bench = gated("1")
    first = asking(bench, running(bench, "a"))
    assert bench.new_events(running(bench, "a", wait_s=3), "bot") == []
    assert asking(bench, running(bench, "a")).approval_id == first.approval_id


def test_the_same_command_id_answers_anew_once_it_is_allowed() -> None:
    bench = gated("1")
    asked = bench.do(running(bench, "a"), "bot", command_id="one")
    assert asked == bench.do(running(bench, "a"), "bot", command_id="one")
    bench.do(resolving(the_approval(bench)))
    done = bench.do(running(bench, "a"), "bot", command_id="one")
    assert done == bench.do(running(bench, "a"), "bot", command_id="one")
    assert bench.nb.queue == done.execution_ids


def test_what_was_allowed_to_one_program_is_allowed_to_no_other() -> None:
    bench = gated("1")
    bench.program("other", "assistant")
    approval = granted(bench, running(bench, "a"))
    asking(bench, running(bench, "a"), "other")
    assert status_of(bench, approval) == "granted"


def by_the_requester(bench: Bench) -> None:
    bench.do(c.SetPolicy(notebook_id=NB, preset="act"))
    bench.write("2", by="bot")
    bench.do(c.SetPolicy(notebook_id=NB, preset="ask"))


def by_a_third(bench: Bench) -> None:
    bench.invite("bob", "editor")
    bench.write("2", by="bob")


def by_its_deletion(bench: Bench) -> None:
    bench.delete("a")


def by_its_restoring(bench: Bench) -> None:
    bench.do(c.RestoreNotebook(notebook_id=NB, to_seq=bench.nb.seq - 1))
    bench.write("2")
    bench.do(c.RestoreNotebook(notebook_id=NB, to_seq=bench.nb.seq - 1))


def by_another_runtime(bench: Bench) -> None:
    bench.do(detaching(), "rt")
    bench.program("other", "runtime")
    bench.attach("r2", "other")


@pytest.mark.parametrize(
    "change", [by_the_requester, by_a_third, by_its_deletion, by_its_restoring, by_another_runtime]
)
@pytest.mark.parametrize("decided", [True, False])
def test_any_difference_voids_an_approval_at_once(change: Any, decided: bool) -> None:
    bench = gated("1", "2")
    bench.attach()
    asking(bench, running(bench, "a"))
    if decided:
        bench.do(resolving(the_approval(bench)))
    approval = the_approval(bench)
    change(bench)
    assert status_of(bench, approval) == "voided"
    bench.refused(Conflict, resolving(approval), says="voided already")


def test_another_process_of_the_same_runtime_voids_nothing() -> None:
    bench = gated("1")
    bench.attach()
    approval = granted(bench, running(bench, "a"))
    bench.do(detaching(), "rt")
    bench.attach("r2")
    bench.do(running(bench, "a"), "bot")
    assert status_of(bench, approval) == "used"


@pytest.mark.parametrize("attached_first", [True, False])
def test_what_was_allowed_runs_by_whichever_runtime_comes_where_none_is(
    attached_first: bool,
) -> None:
    bench = gated("1")
    if attached_first:
        bench.attach()
    approval = granted(bench, running(bench, "a"))
    if attached_first:
        bench.do(detaching(), "rt")
    else:
        bench.attach()
    bench.do(running(bench, "a"), "bot")
    assert status_of(bench, approval) == "used"


def test_a_change_of_another_cell_voids_nothing() -> None:
    bench = gated("1", "2")
    approval = granted(bench, running(bench, "a"))
    bench.write("3", "b")
    assert status_of(bench, approval) == "granted"


def test_an_approved_edit_that_was_done_voids_what_else_waits_for_its_cell() -> None:
    bench = gated("1")
    waits = granted(bench, running(bench, "a"))
    edit = c.EditCell(notebook_id=NB, cell_id="a", edits=replaced("1", "1 + 1"))
    used = granted(bench, edit)
    edited: c.Edited = bench.do(edit, "bot")
    assert (status_of(bench, used), status_of(bench, waits)) == ("used", "voided")
    assert edited.rev == bench.cell().rev and edited.seq == bench.nb.seq


def test_the_same_call_that_would_do_something_else_voids_what_was_allowed_and_asks_anew() -> None:
    bench = gated("1", "2")
    approval = granted(bench, running(bench))
    bench.insert("c", "3")
    asked = asking(bench, running(bench, wait_s=3))
    assert status_of(bench, approval) == "voided"
    assert asked.voided == "The same call would now do something else."
    assert len(the_approval(bench).resolved.steps) == 3


def test_a_source_that_was_erased_is_not_what_was_allowed() -> None:
    bench = gated("secret")
    approval = granted(bench, running(bench, "a"))
    bench.do(c.Redact(notebook_id=NB, seqs=[2], reason="A secret."))
    asking(bench, running(bench, "a"))
    assert status_of(bench, approval) == "voided"


def test_an_approval_is_for_what_was_seen() -> None:
    bench = gated("1")
    asking(bench, running(bench, "a"))
    approval = the_approval(bench)
    seen = replace(approval, resolved_sha256="0" * 64)
    bench.refused(Conflict, resolving(seen), says="something else than what you saw")


def test_an_insert_shows_its_text_and_binds_no_id_that_is_made_anew() -> None:
    bench = gated("1")
    cells = [c.GivenCell("x = 1"), c.GivenCell("# y", "markdown")]
    insert = c.InsertCells(notebook_id=NB, cells=cells, after="a")
    approval = granted(bench, insert)
    assert [step.source for step in approval.resolved.steps] == ["x = 1", "# y"]
    inserted: c.Inserted = bench.do(insert, "bot")
    assert bench.nb.order == ("a", *inserted.cell_ids)


def test_an_edit_shows_its_whole_diff() -> None:
    lines = [f"line {number}" for number in range(400)]
    bench = gated("\n".join(lines))
    edit = c.EditCell(
        notebook_id=NB, cell_id="a", source="\n".join(lines).upper(), base_rev=bench.cell().rev
    )
    asking(bench, edit)
    (step,) = the_approval(bench).resolved.steps
    assert step.diff is not None and step.diff.count("\n") == 800


def test_more_than_anybody_could_look_at_is_not_asked() -> None:
    bench = gated("x" * 300_000)
    bench.refused(TooLarge, running(bench, "a"), "bot", says="in smaller parts")


# ------------------------------------------------------------- a person's word


def test_what_a_person_denied_is_not_asked_again_in_the_same_run() -> None:
    bench = gated("1")
    asking(bench, running(bench, "a"))
    bench.do(resolving(the_approval(bench), "deny", reason="Too slow."))
    bench.refused(Denied, running(bench, "a"), "bot", says="Too slow.")
    bench.correlation_id = "another-run"
    asking(bench, running(bench, "a"))


def test_a_no_to_a_call_that_names_no_run_holds_for_ten_minutes() -> None:
    bench = gated("1")
    asking(bench, running(bench, "a"))
    bench.do(resolving(the_approval(bench), "deny"))
    bench.pass_time(599)
    bench.refused(Denied, running(bench, "a"), "bot", says="did not allow this")
    bench.pass_time(1)
    asking(bench, running(bench, "a"))


def test_a_no_holds_for_all_of_its_run() -> None:
    bench = gated("1")
    bench.correlation_id = "run1"
    asking(bench, running(bench, "a"))
    bench.do(resolving(the_approval(bench), "deny"))
    bench.pass_time(86_400)
    bench.refused(Denied, running(bench, "a"), "bot", says="did not allow this")
    bench.correlation_id = None
    asking(bench, running(bench, "a"))


def test_a_word_is_given_once() -> None:
    bench = gated("1")
    approval = granted(bench, running(bench, "a"))
    bench.refused(Conflict, resolving(approval, "deny"), says="granted already")


def test_an_approval_that_nobody_knows_is_not_found() -> None:
    bench = gated("1")
    asking(bench, running(bench, "a"))
    approval = replace(the_approval(bench), approval_id="nope")
    bench.refused(NotFound, resolving(approval), says="There is no approval nope")


def test_time_ends_an_approval_that_was_not_decided_or_not_used() -> None:
    bench = gated("1", "2")
    used = granted(bench, running(bench, "a"))
    asking(bench, running(bench, "b"))
    pending = the_approval(bench)
    bench.pass_time(7 * 86_400)
    bench.refused(Conflict, resolving(pending), says="expired at")
    assert isinstance(bench.do(running(bench, "a"), "bot"), c.Asked)
    for approval in (used, pending):
        expire = c.ExpireApproval(notebook_id=NB, approval_id=approval.approval_id)
        bench.do(expire, "system")
        assert status_of(bench, approval) == "expired"


def test_only_what_is_named_expires() -> None:
    bench = gated("1", "2")
    asking(bench, running(bench, "a"))
    asking(bench, running(bench, "b"))
    bench.pass_time(7 * 86_400)
    expire = c.ExpireApproval(notebook_id=NB, approval_id=bench.nb.approvals[0].approval_id)
    assert len(bench.new_events(expire, "system")) == 1


def test_an_approval_does_not_expire_before_its_time() -> None:
    bench = gated("1")
    approval = granted(bench, running(bench, "a"))
    expire = c.ExpireApproval(notebook_id=NB, approval_id=approval.approval_id)
    assert bench.new_events(expire, "system") == []


def test_many_calls_may_wait_but_not_any_number() -> None:
    bench = gated("1")
    for number in range(PENDING_LIMIT):
        asking(bench, c.RunCode(notebook_id=NB, source=f"{number}"))
    more = c.RunCode(notebook_id=NB, source="more")
    bench.refused(Conflict, more, "bot", says="20 of them")
    bench.program("other", "assistant")
    asking(bench, more, "other")


def test_a_paused_program_does_not_use_what_was_allowed() -> None:
    bench = gated("1")
    approval = granted(bench, running(bench, "a"))
    bench.do(c.PauseAgent(principal_id="bot"))
    bench.refused(Denied, running(bench, "a"), "bot", says="is paused")
    bench.do(c.ResumeAgent(principal_id="bot"))
    bench.do(running(bench, "a"), "bot")
    assert status_of(bench, approval) == "used"


def test_what_the_policy_denies_is_denied_whatever_was_allowed_before() -> None:
    bench = gated("1")
    granted(bench, running(bench, "a"))
    rules = [e.Rule("assistant", "run_cells", "deny")]
    bench.do(c.SetPolicy(notebook_id=NB, preset="act", rules=rules))
    bench.refused(Denied, running(bench, "a"), "bot", says="lets no assistants use run_cells")


# ------------------------------------------------------------ for the whole run


def test_what_is_allowed_for_a_run_asks_no_more_in_it_and_what_waits_of_it_is_allowed() -> None:
    bench = gated("1", "2")
    bench.correlation_id = "run1"
    asking(bench, running(bench, "b"))
    waits = the_approval(bench)
    granted(bench, running(bench, "a"), span="run")
    assert status_of(bench, waits) == "granted"
    for _ in range(2):
        assert isinstance(bench.do(running(bench, "a"), "bot"), c.Requested)
    assert outcome(bench, acts(bench)["edit"], "bot") == "asked"


def test_what_is_allowed_for_a_run_allows_nothing_else_that_waits() -> None:
    bench = gated("1", "2", "3")
    bench.program("other", "assistant")
    run = running(bench, "a")
    waiting: dict[str, Approval] = {}
    for name, by, run_id, call in (
        ("another program's", "other", "run1", run),
        ("of another run", "bot", "run2", running(bench, "b")),
        ("of no run", "bot", None, running(bench, "c")),
        ("of another tool", "bot", "run1", c.RunCode(notebook_id=NB, source="1")),
    ):
        bench.correlation_id = run_id
        asking(bench, call, by)
        waiting[name] = the_approval(bench)
    bench.correlation_id = "run1"
    asking(bench, c.RunCells(notebook_id=NB), "bot")
    bench.do(resolving(the_approval(bench), "deny"))
    denied = the_approval(bench)
    before = bench.nb.seq
    granted(bench, run, span="run")
    assert {name: status_of(bench, one) for name, one in waiting.items()} == dict.fromkeys(
        waiting, "pending"
    )
    assert status_of(bench, denied) == "denied"
    assert bench.since(before) == ["approvalRequested", "approvalGranted", "permissionGranted"]


def test_what_ran_out_is_not_allowed_for_a_run_with_what_did_not() -> None:
    bench = gated("1", "2")
    bench.correlation_id = "run1"
    asking(bench, running(bench, "a"))
    bench.pass_time(7 * 86_400)
    before = bench.nb.seq
    granted(bench, running(bench, "b"), span="run")
    assert bench.since(before) == ["approvalRequested", "approvalGranted", "permissionGranted"]


def allowed_for_a_run() -> Bench:
    bench = gated("1")
    bench.correlation_id = "run1"
    granted(bench, running(bench, "a"), span="run")
    bench.do(running(bench, "a"), "bot")
    return bench


def test_a_permission_is_for_its_run_its_program_and_a_day() -> None:
    bench = allowed_for_a_run()
    bench.program("other", "assistant")
    assert outcome(bench, running(bench, "a"), "other") == "asked"
    bench.correlation_id = "run2"
    assert outcome(bench, running(bench, "a"), "bot") == "asked"
    bench.correlation_id = "run1"
    assert outcome(bench, running(bench, "a"), "bot") == "done"
    bench.pass_time(86_400)
    assert outcome(bench, running(bench, "a"), "bot") == "asked"


def test_a_permission_that_was_revoked_permits_nothing_more() -> None:
    bench = allowed_for_a_run()
    (permission,) = bench.nb.permissions
    assert (permission.principal_id, permission.granted_by) == ("bot", "ana")
    revoke = c.RevokePermission(notebook_id=NB, permission_id=permission.permission_id)
    bench.do(revoke)
    assert bench.new_events(revoke) == []
    assert outcome(bench, running(bench, "a"), "bot") == "asked"


def test_a_call_that_names_no_run_is_allowed_once() -> None:
    bench = gated("1")
    asking(bench, running(bench, "a"))
    bench.refused(BadArgument, resolving(the_approval(bench), span="run"), says="allow it once")


# ----------------------------------------------------------------- nothing more


def test_what_would_change_nothing_is_not_asked() -> None:
    bench = gated("1")
    same = c.EditCell(notebook_id=NB, cell_id="a", source="1", base_rev=bench.cell().rev)
    assert outcome(bench, same, "bot") == "done"
    assert bench.nb.approvals == ()


def test_who_is_in_the_page_is_held_up_where_a_model_acts_for_them() -> None:
    bench = gated("1")
    person = bench.callers["ana"]
    actor = replace(person.actor, kind="assistant", id="anas-model", on_behalf_of=("ana",))
    bench.callers["anas-model"] = replace(person, actor=actor)
    assert outcome(bench, running(bench, "a"), "anas-model") == "asked"


def test_what_was_denied_is_no_answer_to_another_call() -> None:
    bench = gated("1", "2")
    asking(bench, running(bench, "a"))
    bench.do(resolving(the_approval(bench), "deny"))
    assert outcome(bench, running(bench, "b"), "bot") == "asked"


def test_what_is_over_is_voided_by_nothing() -> None:
    bench = gated("1")
    granted(bench, running(bench))
    bench.do(running(bench), "bot")
    edit = c.EditCell(notebook_id=NB, cell_id="a", source="2", base_rev=bench.cell().rev)
    assert [type(event) for event in bench.new_events(edit)] == [e.CellSourceEdited]
    assert [type(event) for event in bench.new_events(running(bench), "bot")] == [
        e.ApprovalRequested
    ]


def test_an_approval_that_is_over_keeps_no_texts_in_state() -> None:
    bench = gated("1")
    granted(bench, running(bench, "a"))
    assert the_approval(bench).resolved.steps[0].source == "1"
    bench.do(running(bench, "a"), "bot")
    assert the_approval(bench).resolved.steps[0].source is None


def test_what_is_over_does_not_count_as_waiting() -> None:
    bench = gated("1")
    for number in range(PENDING_LIMIT + 1):
        asking(bench, c.RunCode(notebook_id=NB, source=f"{number}"))
        bench.do(resolving(the_approval(bench), "deny"))


def test_an_approval_of_one_tool_is_none_for_another_that_would_do_the_same() -> None:
    bench = gated("1")
    granted(bench, c.DeleteCells(notebook_id=NB, cell_ids=["a"]))
    undo = c.RestoreNotebook(notebook_id=NB, to_seq=1)
    assert outcome(bench, undo, "bot") == "asked"


def test_an_approved_batch_binds_its_order_and_how_errors_are_taken() -> None:
    bench = gated("1", "2")
    approval = granted(bench, running(bench, "a", "b"))
    assert outcome(bench, running(bench, "b", "a"), "bot") == "asked"
    assert outcome(bench, running(bench, "a", "b", allow_errors=True), "bot") == "asked"
    assert status_of(bench, approval) == "granted"
    assert outcome(bench, running(bench, "a", "b"), "bot") == "done"


def test_what_is_to_be_answered_to_the_code_is_shown() -> None:
    bench = Bench("input()")
    execution_id = bench.running("a")
    ask = c.RequestInput(notebook_id=NB, execution_id=execution_id, input_id="i", prompt="?")
    bench.do(ask, "rt")
    bench.do(c.SetPolicy(notebook_id=NB, preset="ask"))
    asking(bench, c.ProvideInput(notebook_id=NB, input_id="i", value="yes"))
    assert [step.source for step in the_approval(bench).resolved.steps] == ["yes"]


def test_what_is_bound_to_no_cell_or_place_is_voided_by_none() -> None:
    bench = gated("1", "2")
    approvals = [
        granted(bench, c.RunCode(notebook_id=NB, source="1")),
        granted(bench, c.MoveCells(notebook_id=NB, cell_ids=["b"], after=None)),
        granted(bench, c.InsertCells(notebook_id=NB, cells=[c.GivenCell("3")], after="a")),
    ]
    bench.write("changed", "a")
    assert {status_of(bench, one) for one in approvals} == {"granted"}


def test_an_edit_is_bound_to_no_runtime() -> None:
    bench = gated("1")
    bench.attach()
    edit = c.EditCell(notebook_id=NB, cell_id="a", edits=replaced("1", "2"))
    approval = granted(bench, edit)
    by_another_runtime(bench)
    bench.do(edit, "bot")
    assert status_of(bench, approval) == "used"
