"""An approval is for what was shown and nothing else: any difference voids it, and says so."""

from typing import Any

import pytest
from msgspec.structs import replace

from intheloop import commands as c
from intheloop import events as e
from intheloop.decider.gate import PENDING_LIMIT
from intheloop.errors import Conflict, TooLarge
from tests.deciding import Bench, detaching, replaced
from tests.gating import (
    asking,
    gated,
    granted,
    outcome,
    resolving,
    running,
    status_of,
    the_approval,
)
from tests.model import NB


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
