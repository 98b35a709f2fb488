"""Proposals: taken in parts by a person and fitted to the sources as they are, never over them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intheloop import commands as c
from intheloop import events as e
from intheloop import text
from intheloop.decider.editing import MAPPED_EDITS
from intheloop.decider.proposal import OPEN_LIMIT
from intheloop.errors import BadArgument, Conflict, Denied, NotFound, TooLarge
from intheloop.notebook import Proposal
from intheloop.views import view_notebook, words
from tests import edits
from tests.deciding import Bench, replaced
from tests.model import NB

LINES = "one\ntwo\nthree\nfour\nfive\nsix\nseven"


def proposing(bench: Bench, *changes: c.ProposedChange, by: str = "bot", **more: Any) -> Proposal:
    """A proposal."""
    command = c.ProposeChanges(notebook_id=NB, changes=list(changes), **more)
    proposed: c.Proposed = bench.do(command, by)
    return the_proposal(bench, proposed.proposal_id)


def the_proposal(bench: Bench, proposal_id: str) -> Proposal:
    """How a proposal stands."""
    return next(each for each in bench.nb.proposals if each.proposal_id == proposal_id)


def an_edit(bench: Bench, source: str, cell_id: str = "a") -> c.ProposeEdit:
    """A new text for a cell as it stands."""
    return c.ProposeEdit(cell_id=cell_id, base_rev=bench.cell(cell_id).rev, source=source)


def taking(proposal: Proposal, *hunks: int, verdict: Any = "accept", **more: Any) -> Any:
    """A person's word on some hunks, or on all."""
    return c.ResolveProposal(
        notebook_id=NB,
        proposal_id=proposal.proposal_id,
        verdict=verdict,
        hunks=list(hunks) or None,
        **more,
    )


def source(bench: Bench, cell_id: str = "a") -> str:
    """The text of a cell."""
    return bench.cell(cell_id).source


def test_a_proposal_changes_nothing_until_it_is_taken() -> None:
    bench = Bench(LINES)
    proposal = proposing(bench, an_edit(bench, LINES.upper()), rationale="Louder.")
    assert source(bench) == LINES
    assert (proposal.proposed_by, proposal.rationale) == ("bot", "Louder.")
    answer: c.ProposalResolved = bench.do(taking(proposal))
    assert source(bench) == LINES.upper()
    assert (answer.conflicts, answer.open, answer.seq) == ((), (), bench.nb.seq)


def test_what_was_taken_is_the_person_s_and_caused_by_the_proposal() -> None:
    bench = Bench("1")
    proposal = proposing(bench, an_edit(bench, "2"))
    bench.do(taking(proposal))
    records = bench.records[NB][-2:]
    assert [record.envelope.type for record in records] == ["proposalAccepted", "cellSourceEdited"]
    for record in records:
        assert record.envelope.actor.id == "ana"
        assert record.envelope.causation_id == proposal.proposal_id


def test_hunks_are_taken_one_by_one_in_any_order() -> None:
    bench = Bench(LINES)
    proposal = proposing(bench, an_edit(bench, "ONE\ntwo\nthree\nfour\nfive\nsix\nSEVEN"))
    assert len(proposal.edits) == 2
    bench.do(taking(proposal, 1))
    assert source(bench) == LINES.replace("seven", "SEVEN")
    bench.do(taking(proposal, 0, verdict="reject", reason="No."))
    assert source(bench) == LINES.replace("seven", "SEVEN")
    assert not the_proposal(bench, proposal.proposal_id).is_open


def test_changes_in_neighbouring_lines_are_one_hunk() -> None:
    bench = Bench(LINES)
    assert (
        len(proposing(bench, an_edit(bench, LINES.replace("two", "2").replace("ee", ""))).edits)
        == 1
    )


def test_a_hunk_follows_what_others_change_elsewhere() -> None:
    bench = Bench(LINES)
    proposal = proposing(bench, an_edit(bench, LINES.replace("seven", "SEVEN")))
    bench.edit(edits=replaced("one", "zero\none"))
    bench.do(taking(proposal))
    assert source(bench) == "zero\n" + LINES.replace("seven", "SEVEN")


def test_a_hunk_that_others_changed_the_place_of_is_told_and_never_overwritten() -> None:
    bench = Bench(LINES)
    proposal = proposing(bench, an_edit(bench, "ONE\ntwo\nthree\nfour\nfive\nsix\nSEVEN"))
    bench.invite("bob", "editor")
    bench.edit(by="bob", edits=replaced("seven", "se7en"))
    answer: c.ProposalResolved = bench.do(taking(proposal))
    assert source(bench) == LINES.replace("one", "ONE").replace("seven", "se7en")
    assert (answer.accepted, answer.open) == ((0,), (1,))
    (conflict,) = answer.conflicts
    assert conflict.hunk == 1 and conflict.reason.startswith("Bob changed the same place of cell a")
    assert the_proposal(bench, proposal.proposal_id).conflicted == (1,)
    again: c.ProposalResolved = bench.do(taking(proposal))
    assert again.conflicts == answer.conflicts and again.seq == answer.seq


def test_a_person_takes_a_conflicting_hunk_with_a_text_of_their_own() -> None:
    bench = Bench("one")
    proposal = proposing(bench, an_edit(bench, "ONE"))
    bench.write("1")
    bench.do(taking(proposal))
    own = c.EditedCell(cell_id="a", source="One, 1", rev=bench.cell().rev)
    bench.do(taking(proposal, edited=[own]))
    assert source(bench) == "One, 1"
    accepted = bench.events[-2]
    assert isinstance(accepted, e.ProposalAccepted) and accepted.edited == ("a",)


def test_a_text_of_one_s_own_for_another_rev_is_refused() -> None:
    bench = Bench("one")
    proposal = proposing(bench, an_edit(bench, "ONE"))
    own = c.EditedCell(cell_id="a", source="2", rev=bench.cell().rev)
    bench.write("1")
    refusal = bench.refused(Conflict, taking(proposal, edited=[own]), says="changed after you read")
    assert refusal.extra["source"] == "1"


def test_a_text_for_a_cell_that_is_not_taken_is_refused() -> None:
    bench = Bench("1", "2")
    proposal = proposing(bench, an_edit(bench, "3"))
    own = c.EditedCell(cell_id="b", source="4", rev=bench.cell("b").rev)
    bench.refused(BadArgument, taking(proposal, edited=[own]), says="No text of cell b")


def test_cells_are_added_moved_and_deleted_when_that_is_taken() -> None:
    bench = Bench("1", "2", "3")
    proposal = proposing(
        bench,
        c.ProposeInsert(source="# New", cell_type="markdown", after="a", cell_id="n"),
        c.ProposeMove(cell_id="c", after=None),
        c.ProposeDelete(cell_id="b", base_rev=bench.cell("b").rev),
    )
    bench.do(taking(proposal))
    assert [cell.cell_id for cell in bench.nb.live_cells()] == ["c", "a", "n"]
    assert bench.cell("n").cell_type == "markdown"


def test_a_cell_that_came_meanwhile_under_the_same_id_stays() -> None:
    bench = Bench("1")
    proposal = proposing(bench, c.ProposeInsert(source="2", cell_id="n"))
    bench.insert("n", "mine")
    answer: c.ProposalResolved = bench.do(taking(proposal))
    assert answer.conflicts == (e.HunkConflict(0, "A cell n is there already."),)
    assert source(bench, "n") == "mine"


def test_a_text_of_one_s_own_that_is_there_already_takes_the_hunk_and_edits_nothing() -> None:
    bench = Bench("one")
    proposal = proposing(bench, an_edit(bench, "ONE"))
    own = c.EditedCell(cell_id="a", source="one", rev=bench.cell().rev)
    events = bench.new_events(taking(proposal, edited=[own]))
    assert [type(event) for event in events] == [e.ProposalAccepted]


def test_a_hunk_for_a_source_of_long_ago_does_not_fit() -> None:
    bench = Bench(LINES)
    proposal = proposing(bench, an_edit(bench, LINES.replace("seven", "SEVEN")))
    for number in range(MAPPED_EDITS + 1):
        bench.write(f"{number}\n{LINES}")
    answer: c.ProposalResolved = bench.do(taking(proposal))
    assert answer.conflicts == (e.HunkConflict(0, "The cell a was edited too often since."),)


def test_a_person_may_change_the_text_of_a_cell_that_is_to_be_added() -> None:
    bench = Bench("1")
    proposal = proposing(bench, c.ProposeInsert(source="2", cell_id="n"))
    bench.do(taking(proposal, edited=[c.EditedCell(cell_id="n", source="3")]))
    assert source(bench, "n") == "3"


def test_what_stands_after_a_cell_that_was_not_taken_does_not_fit() -> None:
    bench = Bench("1")
    proposal = proposing(
        bench,
        c.ProposeInsert(source="2", cell_id="n"),
        c.ProposeInsert(source="3", after="n", cell_id="m"),
    )
    answer: c.ProposalResolved = bench.do(taking(proposal, 1))
    assert answer.conflicts == (
        e.HunkConflict(1, "It stands after the cell n, which was not taken."),
    )
    bench.do(taking(proposal))
    assert bench.nb.order == ("a", "n", "m")


def edit_it(bench: Bench) -> None:
    bench.write("2")


def delete_it(bench: Bench) -> None:
    bench.delete("a")


@pytest.mark.parametrize(
    ("change", "kind", "reason"),
    [
        (edit_it, "delete", "The source of cell a changed since."),
        (delete_it, "delete", "The cell a was deleted already."),
        (delete_it, "edit", "The cell a was deleted."),
        (delete_it, "move", "The cell a is not there."),
    ],
)
def test_what_became_of_a_cell_meanwhile_is_told(change: Any, kind: str, reason: str) -> None:
    bench = Bench("1", "b")
    rev = bench.cell().rev
    changes: dict[str, c.ProposedChange] = {
        "delete": c.ProposeDelete(cell_id="a", base_rev=rev),
        "edit": c.ProposeEdit(cell_id="a", base_rev=rev, source="3"),
        "move": c.ProposeMove(cell_id="a", after="b"),
    }
    proposal = proposing(bench, changes[kind])
    change(bench)
    before = bench.nb.cells, bench.nb.order
    answer: c.ProposalResolved = bench.do(taking(proposal))
    assert answer.conflicts == (e.HunkConflict(0, reason),)
    assert (bench.nb.cells, bench.nb.order) == before


def test_a_cell_that_was_deleted_and_restored_is_another_source() -> None:
    bench = Bench("1")
    proposal = proposing(bench, an_edit(bench, "2"))
    bench.delete("a")
    bench.do(c.RestoreNotebook(notebook_id=NB, cell_ids=["a"]))
    answer: c.ProposalResolved = bench.do(taking(proposal))
    assert len(answer.conflicts) == 1 and source(bench) == "1"


def test_a_deletion_that_is_taken_cancels_what_is_queued_of_the_cell() -> None:
    bench = Bench("1")
    proposal = proposing(bench, c.ProposeDelete(cell_id="a", base_rev=bench.cell().rev))
    bench.run("a")
    bench.do(taking(proposal))
    assert bench.nb.queue == ()


# ------------------------------------------------------------------- who, when


def test_who_proposed_it_takes_it_back_and_nobody_else() -> None:
    bench = Bench("1")
    proposal = proposing(bench, an_edit(bench, "2"))
    withdraw = c.WithdrawProposal(notebook_id=NB, proposal_id=proposal.proposal_id)
    bench.refused(Conflict, withdraw, says="somebody else's")
    bench.do(withdraw, "bot")
    bench.refused(Conflict, taking(proposal), says="nothing is to be decided")


def test_a_proposal_may_take_the_place_of_an_earlier_one() -> None:
    bench = Bench("1")
    first = proposing(bench, an_edit(bench, "2"))
    second = proposing(bench, an_edit(bench, "3"), replaces=first.proposal_id)
    assert not the_proposal(bench, first.proposal_id).is_open and second.is_open


def test_no_program_takes_a_proposal() -> None:
    bench = Bench("1")
    proposal = proposing(bench, an_edit(bench, "2"))
    bench.refused(Denied, taking(proposal), "bot", says="for people")


def test_a_person_s_own_credential_takes_a_proposal_unless_a_rule_holds_it_up() -> None:
    bench = Bench("1")
    bench.program("laptop", "human")
    rules = [e.Rule("human", "resolve_proposal", "ask")]
    bench.do(c.SetPolicy(notebook_id=NB, preset="act", rules=rules))
    proposal = proposing(bench, an_edit(bench, "2"))
    assert isinstance(bench.do(taking(proposal), "laptop"), c.Asked)
    bench.do(taking(proposal))
    assert source(bench) == "2"


def test_a_hunk_is_decided_once() -> None:
    bench = Bench(LINES)
    proposal = proposing(bench, an_edit(bench, "ONE\ntwo\nthree\nfour\nfive\nsix\nSEVEN"))
    bench.do(taking(proposal, 0))
    bench.refused(Conflict, taking(proposal, 0), says="those that are: 1")


def test_proposals_may_be_made_under_every_policy() -> None:
    bench = Bench("1")
    presets: tuple[e.Preset, ...] = ("ask", "propose", "act", "unattended")
    for preset in presets:
        bench.do(c.SetPolicy(notebook_id=NB, preset=preset))
        proposing(bench, an_edit(bench, preset))


def test_what_was_taken_voids_what_was_allowed_for_the_cell() -> None:
    bench = Bench("1")
    bench.do(c.SetPolicy(notebook_id=NB, preset="ask"))
    bench.do(c.RunCells(notebook_id=NB), "bot")
    bench.do(taking(proposing(bench, an_edit(bench, "2"))))
    (approval,) = bench.nb.approvals
    assert (approval.status, approval.note) == ("voided", "The source of cell a changed.")


def test_only_so_many_proposals_are_open_at_once() -> None:
    bench = Bench("1")
    for number in range(OPEN_LIMIT):
        last = proposing(bench, an_edit(bench, f"x{number}"))
    command = c.ProposeChanges(notebook_id=NB, changes=[an_edit(bench, "more")])
    bench.refused(Conflict, command, "bot", says="20 of them")
    proposing(bench, an_edit(bench, "more"), replaces=last.proposal_id)


@pytest.mark.parametrize(
    ("error", "changes", "says"),
    [
        (BadArgument, [c.ProposeEdit(cell_id="a", base_rev=2, source="1")], "changes nothing"),
        (Conflict, [c.ProposeEdit(cell_id="a", base_rev=1, source="2")], "changed after you"),
        (Conflict, [c.ProposeDelete(cell_id="a", base_rev=1)], "changed after you read it"),
        (NotFound, [c.ProposeMove(cell_id="a", after="z")], "no cell z to stand after"),
        (NotFound, [c.ProposeMove(cell_id="z", after=None)], "no cell z"),
        (
            BadArgument,
            [c.ProposeInsert(source="1", cell_id="a")],
            "was used in this notebook before",
        ),
        (BadArgument, [c.ProposeDelete(cell_id="a", base_rev=2)] * 2, "named twice"),
    ],
)
def test_a_proposal_that_does_not_fit_the_notebook_is_refused(
    error: Any, changes: list[c.ProposedChange], says: str
) -> None:
    command = c.ProposeChanges(notebook_id=NB, changes=changes)
    Bench("1").refused(error, command, "bot", says=says)


def test_more_than_anybody_reviews_is_not_proposed() -> None:
    bench = Bench("1")
    change = c.ProposeInsert(source="x" * 600_000)
    command = c.ProposeChanges(notebook_id=NB, changes=[change])
    bench.refused(TooLarge, command, "bot", says="in smaller parts")


def test_a_proposal_that_is_over_keeps_no_texts_in_state() -> None:
    bench = Bench("1")
    proposal = proposing(bench, an_edit(bench, "2"))
    bench.do(taking(proposal))
    over = the_proposal(bench, proposal.proposal_id)
    assert (over.edits, over.accepted, over.is_open) == ((), (0,), False)


def test_a_proposal_that_nobody_knows_is_not_found() -> None:
    command = c.ResolveProposal(notebook_id=NB, proposal_id="nope", verdict="accept")
    Bench("1").refused(NotFound, command, says="There is no proposal nope")


@given(old=edits.texts, new=edits.texts)
def test_the_parts_of_a_change_are_the_change(old: str, new: str) -> None:
    changes = text.diff(old, new)
    source, before = old, list[text.ChangesLike]()
    for part in text.parts(old, changes):
        mapped: text.ChangesLike = part
        for each in before:
            assert not text.touches(each, *text.span(mapped))
            mapped = text.map_changes(mapped, each, before=False)
        source = text.apply(source, mapped)
        before.append(mapped)
    assert source == new


@given(
    lines=st.lists(st.sampled_from(["a", "b", "c", ""]), min_size=6, max_size=12), data=st.data()
)
def test_whatever_is_taken_in_whatever_order_with_edits_between_loses_nobody_s_work(
    lines: list[str], data: st.DataObject
) -> None:
    bench = Bench("\n".join(lines))
    wanted = [line + data.draw(st.sampled_from(["", "", "X"])) for line in lines]
    if wanted == lines:
        return
    proposal = proposing(bench, an_edit(bench, "\n".join(wanted)))
    for hunk in data.draw(st.permutations(range(len(proposal.edits)))):
        mine = source(bench).split("\n")
        at = data.draw(st.integers(0, len(mine) - 1))
        mine[at] += "M"
        bench.write("\n".join(mine))
        before = source(bench)
        answer: c.ProposalResolved = bench.do(taking(proposal, hunk))
        if answer.conflicts:
            assert source(bench) == before
        assert source(bench).count("M") == before.count("M")


def test_whoever_reads_the_notebook_sees_what_waits_for_somebody() -> None:
    bench = Bench("1")
    query = c.ReadNotebook(notebook_id=NB)

    def nothing_there(sha256: str) -> bytes:
        raise NotFound(sha256)

    assert view_notebook(bench.nb, query, nothing_there).waiting == ""
    ids = [proposing(bench, an_edit(bench, f"{number}")).proposal_id for number in range(2, 9)]
    bench.do(c.SetPolicy(notebook_id=NB, preset="ask"))
    asked: c.Asked = bench.do(c.RunCells(notebook_id=NB), "bot")
    view = view_notebook(bench.nb, query, nothing_there)
    assert view.waiting == (
        f"approvals: {asked.approval_id} (run_cells, pending); proposals: "
        + ", ".join(f"{one} (1 of 1 hunks open)" for one in ids[-5:])
        + " and 2 before them"
    )
    assert f"Waiting for somebody: {view.waiting}" in words(view)
