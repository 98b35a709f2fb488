"""Undoing what somebody did: by new changes on top, and never over the work of others."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intheloop import commands as c
from intheloop.errors import BadArgument, Conflict
from intheloop.values import inline
from tests.deciding import Bench, replaced
from tests.house import house
from tests.model import NB

LINES = "one\ntwo\nthree\nfour"


@contextmanager
def a_run(bench: Bench, name: str = "run1") -> Iterator[None]:
    """What is done inside the block belongs to one run."""
    bench.correlation_id = name
    yield
    bench.correlation_id = None


def reverting(**which: Any) -> c.RevertChanges:
    """A wish to undo; by default the run."""
    return c.RevertChanges(notebook_id=NB, **(which or {"correlation_id": "run1"}))


def cells(bench: Bench) -> dict[str, str]:
    """The cells in sight with their texts, in order."""
    return {cell.cell_id: cell.source for cell in bench.nb.live_cells()}


def metadata(text: str) -> Any:
    """Metadata that says something."""
    return inline(f'{{"x":"{text}"}}'.encode())


def act(bench: Bench, what: str, by: str = "bot") -> None:
    """One thing of each kind, to cell b."""
    match what:
        case "edit":
            bench.edit("b", by, edits=replaced("two", "2"))
        case "create":
            bench.insert("n", "new", by, after="a")
        case "delete":
            bench.do(c.DeleteCells(notebook_id=NB, cell_ids=["b"]), by)
        case "move":
            bench.do(c.MoveCells(notebook_id=NB, cell_ids=["b"], after="c"), by)
        case "type":
            bench.do(c.ChangeCellType(notebook_id=NB, cell_id="b", cell_type="raw"), by)
        case "metadata":
            command = c.SetMetadata(notebook_id=NB, cell_id="b", metadata=metadata(by))
            bench.do(command, by)
        case "rename":
            bench.do(c.RenameNotebook(notebook_id=NB, title=f"By {by}"), by)
        case "whole metadata":
            bench.do(c.SetMetadata(notebook_id=NB, metadata=metadata(by)), by)


KINDS = ("edit", "create", "delete", "move", "type", "metadata", "rename", "whole metadata")


def document(bench: Bench) -> Any:
    """What undoing is to bring back."""
    nb = bench.nb
    told = [(one.cell_id, one.cell_type, one.source, one.metadata) for one in nb.live_cells()]
    return nb.title, nb.metadata, told


@pytest.mark.parametrize("what", KINDS)
def test_what_a_run_did_is_undone(what: str) -> None:
    bench = Bench("one", "two", "three")
    before = document(bench)
    with a_run(bench):
        act(bench, what)
    assert document(bench) != before
    answer: c.Reverted = bench.do(reverting())
    assert document(bench) == before
    assert (answer.conflicts, answer.seq) == ((), bench.nb.seq)
    assert bench.records[NB][-1].envelope.actor.id == "ana"
    assert bench.records[NB][-1].envelope.causation_id == "run1"


def test_all_that_a_run_did_is_undone_at_once() -> None:
    bench = Bench("one", "two", "three")
    before = document(bench)
    with a_run(bench):
        for what in ("edit", "create", "move", "type", "metadata", "rename", "delete"):
            act(bench, what)
    bench.do(reverting())
    assert document(bench) == before


def test_undoing_twice_changes_nothing_more() -> None:
    bench = Bench("one", "two")
    with a_run(bench):
        act(bench, "edit")
    bench.do(reverting())
    assert bench.new_events(reverting()) == []


def test_what_others_did_elsewhere_in_a_text_stays() -> None:
    bench = Bench(LINES)
    with a_run(bench):
        bench.edit(by="bot", edits=replaced("four", "4"))
    bench.edit(edits=replaced("one", "zero\none"))
    with a_run(bench):
        bench.edit(by="bot", edits=replaced("two", "2"))
    answer: c.Reverted = bench.do(reverting())
    assert cells(bench) == {"a": "zero\n" + LINES}
    assert answer.conflicts == ()


def test_where_somebody_changed_the_same_place_it_stays_and_is_told() -> None:
    bench = Bench(LINES)
    bench.invite("bob", "editor")
    with a_run(bench):
        bench.edit(by="bot", edits=replaced("four", "4444"))
        bench.edit(by="bot", edits=replaced("one", "1"))
    bench.edit(by="bob", edits=replaced("4444", "44x44"))
    answer: c.Reverted = bench.do(reverting())
    assert cells(bench) == {"a": LINES.replace("four", "44x44")}
    (told,) = answer.conflicts
    assert told.startswith("Bob changed the same place of cell a (seq ")


@pytest.mark.parametrize(
    ("what", "after", "says"),
    [
        ("create", "write new", "changed cell n, which was to go"),
        ("move", "move", "moved cell b"),
        ("type", "type", "changed the type of cell b"),
        ("metadata", "metadata", "changed the metadata of cell b"),
        ("rename", "rename", "renamed the notebook"),
        ("whole metadata", "whole metadata", "changed the metadata of the notebook"),
    ],
)
def test_what_somebody_changed_since_stays_and_is_told(what: str, after: str, says: str) -> None:
    bench = Bench("one", "two", "three")
    with a_run(bench):
        act(bench, what)
    if after == "write new":
        bench.write("mine", "n")
    elif after == "type":
        bench.do(c.ChangeCellType(notebook_id=NB, cell_id="b", cell_type="markdown"))
    elif after == "move":
        bench.do(c.MoveCells(notebook_id=NB, cell_ids=["b"], after=None))
    else:
        act(bench, after, "ana")
    before = document(bench)
    answer: c.Reverted = bench.do(reverting())
    assert document(bench) == before
    assert [says in told for told in answer.conflicts] == [True]


def test_a_cell_that_somebody_else_deleted_stays_deleted() -> None:
    bench = Bench("one", "two")
    with a_run(bench):
        act(bench, "edit")
    bench.delete("b")
    bench.do(reverting())
    assert cells(bench) == {"a": "one"}


def test_a_deleted_cell_comes_back_as_others_had_left_it_and_with_what_it_showed() -> None:
    bench = Bench("one", LINES)
    execution_id = bench.running("b")
    bench.append(execution_id, 0)
    bench.complete(execution_id)
    with a_run(bench):
        bench.edit("b", "bot", edits=replaced("four", "4"))
    bench.edit("b", edits=replaced("one", "1"))
    with a_run(bench):
        act(bench, "delete")
    bench.do(reverting())
    assert cells(bench)["b"] == LINES.replace("one", "1")
    assert bench.cell("b").outputs


def test_a_cell_that_was_brought_back_by_others_is_theirs() -> None:
    bench = Bench("one", "two")
    with a_run(bench):
        act(bench, "delete")
    bench.do(c.RestoreNotebook(notebook_id=NB, cell_ids=["b"]))
    before = document(bench)
    bench.do(reverting())
    assert document(bench) == before


def test_what_came_of_a_proposal_is_undone_by_its_id() -> None:
    bench = Bench("one", "two")
    change = c.ProposeEdit(cell_id="a", base_rev=bench.cell().rev, source="1")
    proposed: c.Proposed = bench.do(c.ProposeChanges(notebook_id=NB, changes=[change]), "bot")
    proposal_id = proposed.proposal_id
    bench.do(c.ResolveProposal(notebook_id=NB, proposal_id=proposal_id, verdict="accept"))
    bench.do(reverting(causation_id=proposal_id))
    assert cells(bench)["a"] == "one"


def test_what_one_actor_did_in_a_stretch_is_undone() -> None:
    bench = Bench("one", "two", "three")
    act(bench, "edit")
    start = bench.nb.seq
    act(bench, "create")
    upto = bench.nb.seq
    act(bench, "type")
    bench.write("ONE", "a")
    bench.do(reverting(actor="bot", after=start, upto=upto))
    assert cells(bench) == {"a": "ONE", "b": "2", "c": "three"}
    assert bench.cell("b").cell_type == "raw"


def test_what_cannot_be_undone_is_told() -> None:
    bench = Bench("one", "two")
    with a_run(bench):
        bench.run("a", by="bot")
    answer: c.Reverted = bench.do(reverting())
    assert answer.stays == ("1 run was asked for; what its code did stays.",)


def test_who_does_not_say_what_to_undo_is_refused() -> None:
    bench = Bench("one")
    bench.refused(BadArgument, reverting(after=3), says="Say what to undo")


def test_undoing_is_held_up_as_taking_away_is() -> None:
    bench = Bench("one", "two")
    with a_run(bench):
        act(bench, "edit")
    bench.do(c.SetPolicy(notebook_id=NB, preset="ask"))
    assert isinstance(bench.do(reverting(), "bot"), c.Asked)
    bench.do(c.SetPolicy(notebook_id=NB, preset="act"))
    assert isinstance(bench.do(reverting(), "bot"), c.Reverted)


words = st.sampled_from(["one", "two", "three", "four"])


@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["bot", "ana"]), st.integers(0, 3), st.sampled_from("XYZ")),
        min_size=1,
        max_size=10,
    )
)
def test_whatever_came_between_the_work_of_others_is_never_lost(
    steps: list[tuple[str, int, str]],
) -> None:
    bench = Bench(LINES)
    for by, line, letter in steps:
        mark = letter.lower() if by == "ana" else letter
        lines = bench.cell().source.split("\n")
        lines[line] += mark
        bench.correlation_id = "run1" if by == "bot" else None
        bench.edit(by=by, source="\n".join(lines), base_rev=bench.cell().rev)
    bench.correlation_id = None
    answer: c.Reverted | None = None
    if any(by == "bot" for by, _, _ in steps):
        answer = bench.do(reverting())
    source = bench.cell().source
    for letter in "xyz":
        assert source.count(letter) == sum(
            by == "ana" and mark.lower() == letter for by, _, mark in steps
        )
    if answer is not None and not answer.conflicts:
        assert not set(source) & set("XYZ")


@pytest.mark.anyio
async def test_a_store_undoes_a_run_too() -> None:
    async with house() as home:
        nb = await home.notebook("one", "two")
        await home.caller("assistant", name="bot")
        rev = (await home.state(nb)).cells["a"].rev
        edit = c.EditCell(notebook_id=nb, cell_id="a", source="1", base_rev=rev)
        await home.do(edit, "bot")
        await home.write(nb, "2", cell="b")
        undo = c.RevertChanges(notebook_id=nb, actor="bot", after=1)
        answer: c.Reverted = await home.do(undo)
        state = await home.state(nb)
        assert (state.cells["a"].source, state.cells["b"].source) == ("one", "2")
        assert answer.cell_ids == ("a",)
        await home.refused(
            Conflict, c.EditCell(notebook_id=nb, cell_id="a", source="x", base_rev=rev)
        )
