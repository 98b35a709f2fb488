"""What comes of restoring: new events that make cells, or the whole notebook, what they were."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from intheloop import commands as c
from intheloop import events as e
from intheloop.errors import BadArgument, Conflict, NotFound
from intheloop.values import AttachmentChanges, DisplayOutput, inline, stream
from tests.deciding import Bench, printed, shown, tagged
from tests.model import NB
from tests.replaying import display, order, sources


def restoring(*cell_ids: str) -> c.RestoreNotebook:
    return c.RestoreNotebook(notebook_id=NB, cell_ids=list(cell_ids))


def back_to(seq: int) -> c.RestoreNotebook:
    return c.RestoreNotebook(notebook_id=NB, to_seq=seq)


def what_is_seen(bench: Bench, seq: int | None = None) -> list[Any]:
    """All that restoring gives back: title, metadata, and the cells in order, but for outputs."""
    notebook = bench.nb if seq is None else bench.at(seq)
    cells = [
        (cell.cell_id, cell.cell_type, cell.source, cell.metadata, cell.attachments, cell.extra)
        for cell in notebook.live_cells()
    ]
    return [notebook.title, notebook.metadata, cells]


# --------------------------------------------------------------------- cells


def test_a_deleted_cell_comes_back_whole_in_its_place() -> None:
    bench = Bench("1", "2", "3")
    given = c.GivenCell(
        "saved",
        "markdown",
        "n",
        tagged("t"),
        {"a.png": {"image/png": inline(b'"iVBO"')}},
        [stream("stdout", "kept")],
        7,
        inline(b'{"keys":{}}'),
    )
    bench.do(c.InsertCells(notebook_id=NB, cells=[given], after="a"))
    bench.write("# Saved", "n")
    before = bench.cell("n")
    bench.delete("n")
    (event,) = bench.new_events(restoring("n"))
    assert isinstance(event, e.CellRestored)
    assert order(bench.nb) == "a n b c"
    after = bench.cell("n")
    assert after.rev == bench.nb.seq > before.rev
    assert (after.source, after.metadata) == ("# Saved", tagged("t"))
    assert (after.attachments, after.extra) == (before.attachments, before.extra)
    assert (after.outputs, after.execution_count) == ((stream("stdout", "kept"),), 7)


def test_what_a_cell_showed_when_it_was_deleted_comes_back_as_saved_outputs() -> None:
    bench = Bench("1")
    execution_id = bench.running("a")
    bench.append(execution_id, 0, printed("one\n"), printed("two\n"), shown(display("D", "d")))
    bench.complete(execution_id)
    bench.delete("a")
    bench.do(restoring("a"))
    cell = bench.cell()
    assert cell.execution_id is None and cell.execution_count == 1
    assert cell.outputs[:2] == (stream("stdout", "one\n"), stream("stdout", "two\n"))
    assert isinstance(cell.outputs[2], DisplayOutput)


def test_a_cell_deleted_twice_comes_back_as_it_last_was() -> None:
    bench = Bench("first")
    bench.delete("a")
    bench.do(restoring("a"))
    bench.write("second")
    bench.delete("a")
    bench.do(restoring("a"))
    assert bench.cell().source == "second"


def test_cells_deleted_at_different_times_come_back_together() -> None:
    bench = Bench("1", "2", "3")
    bench.delete("b")
    bench.write("edited", "c")
    bench.delete("c", "a")
    assert len(bench.new_events(restoring("c", "b", "a", "b"))) == 3
    assert sources(bench.nb) == ["1", "2", "edited"]


def test_a_cell_that_is_there_is_left_alone() -> None:
    bench = Bench("1", "2")
    assert bench.new_events(restoring("a")) == []
    bench.delete("b")
    assert len(bench.new_events(restoring("a", "b"))) == 1


def test_a_cell_that_never_was_is_refused() -> None:
    bench = Bench("1")
    bench.refused(NotFound, restoring("z"), says="read_history tells which cells were deleted")
    bench.delete("a")
    bench.refused(NotFound, restoring("a", "z"), says="read_history tells")


# ------------------------------------------------------------------ the whole


def test_the_whole_notebook_becomes_what_it_was() -> None:
    bench = Bench("1", "2", "3")
    then = bench.nb.seq
    bench.do(c.RenameNotebook(notebook_id=NB, title="Other"))
    bench.do(c.SetMetadata(notebook_id=NB, metadata=tagged("t")))
    bench.do(c.SetMetadata(notebook_id=NB, metadata=tagged("t"), cell_id="b"))
    bench.write("changed 😀", "a")
    bench.do(c.ChangeCellType(notebook_id=NB, cell_id="c", cell_type="markdown"))
    bench.do(c.SetMetadata(notebook_id=NB, metadata=tagged("t"), cell_id="c"))
    bench.do(c.ChangeCellType(notebook_id=NB, cell_id="b", cell_type="raw"))
    files: AttachmentChanges = {"a.png": {"image/png": inline(b'"iVBORw0KGgo="')}}
    bench.do(c.AttachFiles(notebook_id=NB, cell_id="a", attachments=files))
    bench.do(c.MoveCells(notebook_id=NB, cell_ids=["c"], after=None))
    bench.delete("b")
    bench.insert("new", "x", after="a")
    now = bench.nb.seq
    bench.do(back_to(then), "bot")
    assert what_is_seen(bench) == what_is_seen(bench, then)
    bench.do(back_to(now))
    assert what_is_seen(bench) == what_is_seen(bench, now)


def test_restoring_what_is_there_appends_nothing() -> None:
    bench = Bench("1", "2")
    assert bench.new_events(back_to(bench.nb.seq)) == []
    bench.do(c.MoveCells(notebook_id=NB, cell_ids=["b"], after=None))
    bench.do(c.MoveCells(notebook_id=NB, cell_ids=["a"], after=None))
    assert bench.new_events(back_to(3)) == []
    bench.insert("n")
    bench.delete("n")
    assert bench.new_events(back_to(3)) == []


def test_a_notebook_goes_back_to_before_its_first_cell() -> None:
    bench = Bench("1", "2")
    bench.do(back_to(1))
    assert order(bench.nb) == ""


def test_an_edit_is_taken_back_by_the_edit_that_differs() -> None:
    bench = Bench("one\ntwo\n")
    bench.write("one\n2\n")
    assert bench.new_events(back_to(2)) == [e.CellSourceEdited("a", 3, [4, [1, "two"], 1])]


def test_only_cells_out_of_order_are_moved() -> None:
    bench = Bench("1", "2", "3", "4", "5")
    bench.do(c.MoveCells(notebook_id=NB, cell_ids=["e"], after=None))
    assert bench.new_events(back_to(6)) == [e.CellMoved("e", "d")]
    bench.do(c.MoveCells(notebook_id=NB, cell_ids=["a"], after="e"))
    assert bench.new_events(back_to(6)) == [e.CellMoved("a", None)]
    bench.insert("n", after="b")
    assert bench.new_events(back_to(6)) == [e.CellDeleted("n")]


@given(st.permutations("abcdef"), st.sets(st.sampled_from("abcdef")), st.booleans())
def test_any_order_and_any_deletion_is_taken_back(
    moved: list[str], deleted: set[str], inserting: bool
) -> None:
    bench = Bench(*"123456")
    for cell_id in moved:
        bench.do(c.MoveCells(notebook_id=NB, cell_ids=[cell_id], after=None))
    if deleted:
        bench.delete(*deleted)
    if inserting:
        bench.insert("new", after="c")
    bench.do(back_to(7))
    assert what_is_seen(bench) == what_is_seen(bench, 7)


def test_what_is_queued_of_a_cell_that_goes_is_cancelled() -> None:
    bench = Bench("1")
    bench.insert("n", "2")
    (queued,) = bench.run("n")
    events = bench.new_events(back_to(2))
    why = "Its cell was deleted while it was queued."
    assert events == [e.ExecutionCompleted(queued, "cancelled", why), e.CellDeleted("n")]


def test_a_seq_to_come_is_refused() -> None:
    Bench("1").refused(BadArgument, back_to(3), says="go from 1 to 2; name one of these")


def test_either_a_seq_or_cells_are_named() -> None:
    bench = Bench("1")
    both = c.RestoreNotebook(notebook_id=NB, to_seq=1, cell_ids=["a"])
    for command in (both, c.RestoreNotebook(notebook_id=NB)):
        bench.refused(BadArgument, command, says="Give either to_seq or cell_ids")


def test_a_cell_whose_past_is_gone_is_refused() -> None:
    """The log always tells it; a context that does not is refused and not guessed at."""
    bench = Bench("1")
    bench.delete("a")
    for past in (None, bench.nb):
        bench._past = lambda state, wanted, past=past: past  # type: ignore[misc,method-assign]
        bench.refused(Conflict, restoring("a"), says="with to_seq")
