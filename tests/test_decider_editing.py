"""What comes of an edit of a source: merged into what came before, or refused with what helps."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intheloop import commands as c
from intheloop import events as e
from intheloop import text
from intheloop.decider import Context, decide
from intheloop.decider.editing import MAPPED_EDITS
from intheloop.errors import BadArgument, Conflict, NotFound, TooLarge
from tests import edits as drawn
from tests.deciding import Bench, replaced
from tests.model import NB


def editing(cell_id: str = "a", **how: Any) -> c.EditCell:
    return c.EditCell(notebook_id=NB, cell_id=cell_id, **how)


def last_edit(bench: Bench) -> e.CellSourceEdited:
    event = bench.events[-1]
    assert isinstance(event, e.CellSourceEdited)
    return event


# ------------------------------------------------------------------ changes


def test_changes_for_the_current_rev_are_recorded_as_they_are() -> None:
    bench = Bench("abc")
    edited = bench.edit(base_rev=2, changes=[1, [1, "B"], 1])
    assert bench.cell().source == "aBc"
    assert last_edit(bench) == e.CellSourceEdited("a", 2, [1, [1, "B"], 1])
    assert edited == c.Edited(seq=3, cell_id="a", rev=3)


def test_changes_for_an_older_rev_are_mapped_over_what_came_since() -> None:
    bench = Bench("abc")
    bench.edit(base_rev=2, changes=[[0, "xx"], 3])
    edited = bench.edit(by="bot", base_rev=2, changes=[2, [1, "C"]])
    assert bench.cell().source == "xxabC"
    assert last_edit(bench) == e.CellSourceEdited("a", 3, [4, [1, "C"]])
    assert edited.merged == ("Ana edited it (seq 3).",)


def test_at_one_position_what_is_in_the_log_stands_first() -> None:
    bench = Bench("ac")
    bench.edit(base_rev=2, changes=[1, [0, "1"], 1])
    bench.edit(by="bot", base_rev=2, changes=[1, [0, "2"], 1])
    bench.edit(by="bot", base_rev=2, changes=[1, [0, "3"], 1])
    assert bench.cell().source == "a123c"


def test_changes_are_mapped_over_edits_of_this_cell_alone() -> None:
    bench = Bench("abc", "other")
    bench.write("changed", "b")
    bench.edit(base_rev=2, changes=[3, [0, "!"]])
    assert (bench.cell().source, last_edit(bench).base_rev) == ("abc!", 2)


@given(drawn.two_edits_of_one_text())
def test_mapping_does_what_codemirror_does(case: tuple[str, text.Changes, text.Changes]) -> None:
    source, first, second = case
    bench = Bench(source)
    bench.edit(base_rev=2, changes=list(first))
    bench.edit(base_rev=2, changes=list(second))
    if text.apply(source, first) != source:
        second = text.map_changes(second, first, before=False)
        source = text.apply(source, first)
    assert bench.cell().source == text.apply(source, second)


@given(st.lists(st.integers(0, 30), min_size=3, max_size=12))
def test_what_many_insert_at_once_is_all_there_and_in_one_piece(places: list[int]) -> None:
    bench = Bench("." * 30)
    for number, place in enumerate(places):
        word = f"<{number}>"
        bench.edit(base_rev=2, changes=[place, [0, word], 30 - place])
    source = bench.cell().source
    assert source.replace(".", "") == "".join(
        f"<{number}>" for _, number in sorted((place, at) for at, place in enumerate(places))
    )


def test_changes_are_mapped_up_to_500_edits_back_and_no_further() -> None:
    bench = Bench("abc")
    for _ in range(MAPPED_EDITS):
        rev = bench.cell().rev
        bench.edit(base_rev=rev, changes=[[0, "x"], len(bench.cell().source)])
    edit = editing(base_rev=2, changes=[3, [0, "!"]])
    bench.do(edit)
    assert bench.cell().source == "x" * MAPPED_EDITS + "abc!"
    refusal = bench.refused(Conflict, edit, says="too long ago")
    assert refusal.extra["source"] == bench.cell().source


def test_changes_for_a_rev_before_a_restore_are_refused() -> None:
    bench = Bench("abc")
    bench.delete("a")
    bench.do(c.RestoreNotebook(notebook_id=NB, cell_ids=["a"]))
    edit = editing(base_rev=2, changes=[3, [0, "!"]])
    refusal = bench.refused(Conflict, edit, says="The source was replaced as a whole")
    assert "Ana restored it (seq 4)." in refusal.detail
    before_all = editing(base_rev=1, changes=[3, [0, "!"]])
    assert "Ana created it" in bench.refused(Conflict, before_all, says="replaced").detail


def test_changes_that_do_not_fit_the_source_are_refused_with_the_source() -> None:
    bench = Bench("abc")
    refusal = bench.refused(Conflict, editing(base_rev=2, changes=[9]), says="make the edit for it")
    assert refusal.extra == {"cell_id": "a", "rev": 2, "source": "abc", "changed_by": []}


@pytest.mark.parametrize("changes", [[-1], ["x"], [[1, 2]], [[0, "a\nb"]], [[]]])
def test_changes_that_are_no_change_set_are_refused_for_good(changes: list[object]) -> None:
    edit = editing(base_rev=2, changes=changes)
    Bench("abc").refused(BadArgument, edit, says="well formed")


def test_a_change_that_would_split_a_surrogate_pair_is_refused() -> None:
    bench = Bench("a😀b")
    for changes in ([2, [0, "x"], 2], [1, [1], 2], [2, [1], 1]):
        bench.refused(Conflict, editing(base_rev=2, changes=changes), says="surrogate pair")
    bench.edit(base_rev=2, changes=[1, [2], 1])
    assert bench.cell().source == "ab"


def test_positions_count_utf_16_units() -> None:
    bench = Bench("😀b")
    bench.edit(base_rev=2, changes=[2, [1, "c"]])
    assert bench.cell().source == "😀c"


def test_a_carriage_return_is_a_character() -> None:
    bench = Bench("a\r\nb")
    bench.edit(base_rev=2, changes=[2, [1, "", ""], 1])
    assert bench.cell().source == "a\r\nb"
    bench.edit(base_rev=2, changes=[1, [1], 2])
    assert bench.cell().source == "a\nb"


@pytest.mark.parametrize("changes", [[3], [1, [1, "b"], 1], [3, [0]]])
def test_an_edit_that_changes_nothing_appends_nothing(changes: list[object]) -> None:
    bench = Bench("abc")
    edited = bench.edit(base_rev=2, changes=changes)
    assert (bench.nb.seq, edited.rev) == (2, 2)


def test_an_empty_edit_changes_nothing() -> None:
    bench = Bench("", "abc")
    assert bench.edit(base_rev=2, changes=[]).rev == 2
    assert bench.edit("b", base_rev=3, source="abc").rev == 3
    assert bench.nb.seq == 3


def test_an_edit_cannot_make_a_source_too_large() -> None:
    bench = Bench("x" * 1024 * 1024)
    edit = editing(edits=replaced("x" * 1024 * 1024, "y" + "x" * 1024 * 1024))
    bench.refused(TooLarge, edit, says="split the cell")


def test_half_a_character_is_refused() -> None:
    """No JSON that reaches the decider holds one; a caller in Python might."""
    bench = Bench("abc")
    context = Context(bench.callers["ana"], bench.workspace, bench.now, "k")
    edit = editing(base_rev=2, source="\ud83d")
    with pytest.raises(BadArgument, match="send whole characters"):
        decide(bench.nb, edit, context)


def test_changes_are_not_merged_with_what_nobody_told() -> None:
    """The writer always tells what came since; without that no change is taken as it is."""
    bench = Bench("abc")
    bench.write("abcd")
    context = Context(bench.callers["ana"], bench.workspace, bench.now, "k")
    with pytest.raises(Conflict, match="too long ago"):
        decide(bench.nb, editing(base_rev=2, changes=[3]), context)


# -------------------------------------------------------------------- source


def test_a_whole_source_for_the_current_rev_is_recorded_as_what_differs() -> None:
    bench = Bench("one\ntwo\nthree")
    bench.write("one\n2\nthree")
    assert bench.cell().source == "one\n2\nthree"
    assert last_edit(bench) == e.CellSourceEdited("a", 2, [4, [3, "2"], 6])


def test_a_whole_source_for_a_stale_rev_is_refused_and_tells_who_and_what() -> None:
    bench = Bench("abc")
    bench.write("abcd")
    bench.write("abcde")
    bench.write("abcdef", by="bot")
    edit = editing(base_rev=2, source="mine")
    refusal = bench.refused(Conflict, edit, says="comes with this answer; make the edit for it")
    told = ["Ana edited it (seq 3 to 4).", "Ana's assistant edited it (seq 5)."]
    assert refusal.extra == {"cell_id": "a", "rev": 5, "source": "abcdef", "changed_by": told}
    assert " ".join(told) in refusal.detail


def test_a_refusal_tells_the_last_changes_only() -> None:
    bench = Bench("")
    for number in range(20):
        bench.write(str(number), by=("ana", "bot")[number % 2])
    refusal = bench.refused(
        Conflict, editing(base_rev=2, source="mine"), says="Ana's assistant edited it"
    )
    assert len(refusal.extra["changed_by"]) == 5
    assert refusal.extra["changed_by"][-1] == "Ana's assistant edited it (seq 22)."


def test_a_source_needs_the_rev_that_was_read() -> None:
    bench = Bench("abc")
    bench.refused(BadArgument, editing(source="x"), says="Give base_rev")
    bench.refused(BadArgument, editing(changes=[3]), says="Give base_rev")


def test_a_rev_to_come_is_refused() -> None:
    bench = Bench("abc", "x")
    forms: list[dict[str, Any]] = [
        {"source": "x"},
        {"changes": [3]},
        {"edits": replaced("a", "b")},
    ]
    for how in forms:
        edit = editing(base_rev=3, **how)
        bench.refused(BadArgument, edit, says="its rev is 2. Read it and call again")


# --------------------------------------------------------------------- edits


def test_each_old_text_is_replaced_where_it_stands() -> None:
    bench = Bench("x = 1\ny = 2\n")
    edits = [*replaced("y = 2", "y = 3"), *replaced("x = 1", "x = 2")]
    bench.edit(edits=edits)
    assert bench.cell().source == "x = 2\ny = 3\n"
    assert bench.nb.seq == 3


def test_edits_need_no_rev_and_say_what_others_changed_if_there_is_one() -> None:
    bench = Bench("x = 1\ny = 2\n")
    bench.edit(by="bot", edits=replaced("x = 1", "x = 10"))
    edited = bench.edit(base_rev=2, edits=replaced("y = 2", "y = 20"))
    assert bench.cell().source == "x = 10\ny = 20\n"
    assert edited.merged == ("Ana's assistant edited it (seq 3).",)
    assert bench.edit(edits=replaced("20", "30")).merged == ()


def test_edits_are_looked_for_in_the_current_source_and_not_in_each_other() -> None:
    bench = Bench("a")
    chained = [*replaced("a", "b"), *replaced("b", "c")]
    bench.refused(Conflict, editing(edits=chained), says="occurs 0 times")
    bench = Bench("a b")
    bench.edit(edits=[*replaced("a", "b"), *replaced("b", "a")])
    assert bench.cell().source == "b a"


def test_edits_side_by_side_keep_their_order() -> None:
    bench = Bench("abcd")
    bench.edit(edits=[*replaced("cd", "2cd"), *replaced("ab", "ab1")])
    assert bench.cell().source == "ab12cd"


def test_overlapping_edits_are_refused() -> None:
    bench = Bench("abcd")
    for other in ("bc", "abc", "a"):
        edits = [*replaced("abc", "x"), *replaced(other, "y")]
        bench.refused(BadArgument, editing(edits=edits), says="join them into one")


@pytest.mark.parametrize(
    ("old", "says"), [("zz", "occurs 0 times"), ("b", "occurs 2 times"), ("xx", "occurs 2 times")]
)
def test_an_old_text_that_does_not_occur_exactly_once_is_refused(old: str, says: str) -> None:
    bench = Bench("abc b xxx")
    refusal = bench.refused(Conflict, editing(edits=replaced(old, "y")), says=says)
    assert refusal.extra["source"] == "abc b xxx"


def test_one_bad_edit_of_several_changes_nothing() -> None:
    edits = [*replaced("a", "b"), *replaced("zz", "y")]
    Bench("a").refused(Conflict, editing(edits=edits), says="occurs 0 times")


# ----------------------------------------------------------------- the forms


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"source": "x", "changes": [1]},
        {"edits": [c.TextEdit("a", "b")], "source": "x"},
        {"edits": [c.TextEdit("a", "b")], "source": "x", "changes": [1]},
    ],
)
def test_an_edit_takes_exactly_one_form(how: dict[str, Any]) -> None:
    Bench("a").refused(BadArgument, editing(base_rev=2, **how), says="Give exactly one of")


def test_a_cell_that_is_not_in_sight_is_not_edited() -> None:
    bench = Bench("a")
    bench.refused(NotFound, editing("z", edits=replaced("a", "b")), says="read_notebook")
    bench.refused(NotFound, editing("z", base_rev=1, source="b"), says="read_notebook")
    bench.delete("a")
    bench.refused(Conflict, editing(edits=replaced("a", "b")), says="restore_notebook")
