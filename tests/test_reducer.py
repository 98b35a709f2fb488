"""What a log adds up to, rule by rule."""

import pytest
from immutables import Map
from msgspec import Raw

from intheloop import events as e
from intheloop.log.stored import open_stored
from intheloop.notebook import Cell, Notebook, pack, unpack
from intheloop.reducer import apply
from intheloop.values import EMPTY, inline, stream
from tests.replaying import (
    ANA,
    NOTEBOOK,
    appended,
    asked,
    cell,
    changes_nothing,
    completed,
    display,
    edited,
    order,
    printed,
    recorded_at,
    redrawn,
    replayed,
    running,
    sealed,
    shown,
    sources,
)

ABC: list[e.Event] = [cell("a", "1"), cell("b", "2", after="a"), cell("c", "3", after="b")]
ATTACHED = e.RuntimeAttached("r1", e.Kernel("python3", "python", "3.11"))


def test_a_record_always_moves_the_seq() -> None:
    assert replayed(*ABC, e.CellDeleted("unknown")).seq == 4


# Notebook


def test_a_created_notebook_has_its_title_metadata_and_time() -> None:
    imported = e.Imported("a.ipynb", "0" * 64, "4.5")
    notebook = replayed(e.NotebookCreated("Penguins", inline(b'{"a":1}'), imported))
    assert notebook.title == "Penguins"
    assert notebook.metadata == inline(b'{"a":1}')
    assert notebook.imported == imported
    assert notebook.created_at == recorded_at(1)


def test_renaming_archiving_and_new_metadata_each_change_one_thing() -> None:
    notebook = replayed(
        e.NotebookCreated("Old", EMPTY),
        e.NotebookRenamed("New"),
        e.NotebookMetadataChanged(inline(b'{"b":2}')),
        e.NotebookArchived(),
    )
    assert (notebook.title, notebook.archived) == ("New", True)
    assert notebook.metadata == inline(b'{"b":2}')
    assert not replayed(e.NotebookArchived(), e.NotebookUnarchived()).archived


def test_a_fork_tells_where_it_comes_from() -> None:
    notebook = replayed(e.NotebookForked("nb0", 7, "f" * 64, "Copy", EMPTY))
    assert notebook.forked is not None
    assert (notebook.forked.notebook_id, notebook.forked.seq) == ("nb0", 7)
    assert notebook.title == "Copy"


def test_records_of_unknown_type_are_counted_and_change_nothing_else() -> None:
    unknown = e.Unknown("cellPainted", Raw(b'{"cell_id":"a"}'))
    assert replayed(*ABC, unknown, unknown).skipped == 2
    assert sources(replayed(*ABC, unknown)) == ["1", "2", "3"]


def test_events_of_the_workspace_and_redactions_change_nothing() -> None:
    redacted = e.PayloadRedacted((1,), ("0" * 64,), "A key was in it.")
    assert changes_nothing(ABC, redacted, e.PersonAdded("ana", "Ana"))


# Order of cells


def test_later_inserts_at_one_anchor_stand_nearest_to_it() -> None:
    assert order(replayed(*ABC, cell("d", after="a"), cell("e", after="a"))) == "a e d b c"


def test_a_cell_without_anchor_stands_at_the_top() -> None:
    assert order(replayed(*ABC, cell("d"))) == "d a b c"


def test_an_insertion_after_a_deleted_cell_stands_in_its_place() -> None:
    notebook = replayed(*ABC, e.CellDeleted("b"), cell("d", after="b"))
    assert order(notebook) == "a d c"


def test_an_insertion_after_an_unknown_cell_stands_at_the_end() -> None:
    assert order(replayed(*ABC, cell("d", after="unknown"))) == "a b c d"


def test_a_new_cell_after_itself_stands_at_the_end() -> None:
    notebook = replayed(*ABC, cell("d", after="d"))
    assert order(notebook) == "a b c d"
    assert unpack(pack(notebook)) == notebook


def test_a_cell_id_that_was_ever_placed_is_not_created_again() -> None:
    assert changes_nothing(ABC, cell("b", "other", after="c"))
    assert changes_nothing([*ABC, e.CellDeleted("b")], cell("b", "other", after="c"))


@pytest.mark.parametrize(
    ("cell_id", "after", "expected"),
    [
        ("c", "a", "a c b"),
        ("c", None, "c a b"),
        ("a", "c", "b c a"),
        ("b", "b", "a b c"),
        ("a", "unknown", "b c a"),
        ("c", "b", "a b c"),
    ],
)
def test_a_moved_cell_stands_after_its_anchor(
    cell_id: str, after: str | None, expected: str
) -> None:
    assert order(replayed(*ABC, e.CellMoved(cell_id, after))) == expected


def test_a_deleted_cell_that_is_moved_comes_back_in_its_new_place() -> None:
    restored = e.CellRestored("a", "code", "1", EMPTY)
    notebook = replayed(*ABC, e.CellDeleted("a"), e.CellMoved("a", "c"), restored)
    assert order(notebook) == "b c a"


# Cells


def test_an_edit_splices_the_source_and_moves_the_rev() -> None:
    notebook = replayed(cell("a", "x = 1"), edited("a", 4, [1, "2"]))
    assert notebook.cells["a"].source == "x = 2"
    assert notebook.cells["a"].rev == 2


def test_positions_of_an_edit_are_utf16_units() -> None:
    notebook = replayed(cell("a", "é😀b"), edited("a", 3, [1, "c", "d"]))
    assert sources(notebook) == ["é😀c\nd"]


@pytest.mark.parametrize("changes", [[4], [6], [[0, "a\nb"], 5], [-1, 6], ["x"], [2, [1], 3], []])
def test_an_edit_that_does_not_fit_changes_nothing(changes: list[object]) -> None:
    assert changes_nothing([cell("a", "x😀12")], edited("a", *changes))


def test_events_of_an_unknown_cell_change_nothing() -> None:
    events: list[e.Event] = [
        edited("d", 0, [0, "x"]),
        e.CellMoved("d", "a"),
        e.CellTypeChanged("d", "raw"),
        e.CellMetadataChanged("d", inline(b"1")),
        e.CellDeleted("d"),
        e.CellRestored("d", "code", "", EMPTY),
        e.CellOutputsCleared("d"),
    ]
    assert changes_nothing(ABC, *events)


def test_a_deleted_cell_leaves_its_id_type_and_place() -> None:
    saved = cell("a", "secret", cell_type="raw", outputs=[stream("stdout", "secret")])
    notebook = replayed(saved, e.CellDeleted("a"))
    assert notebook.cells["a"] == Cell("a", "raw", "", 1, EMPTY, deleted=True)
    assert notebook.order == ("a",)
    assert order(notebook) == ""


def test_a_deleted_cell_takes_no_edits() -> None:
    gone: list[e.Event] = [cell("a", "1"), e.CellDeleted("a")]
    assert changes_nothing(
        gone, edited("a", [0, "x"]), e.CellTypeChanged("a", "raw"), e.CellDeleted("a")
    )


def test_a_restored_cell_is_complete_and_stands_in_its_place() -> None:
    restored = e.CellRestored("b", "markdown", "# 2", inline(b"[]"), execution_count=3)
    notebook = replayed(*ABC, e.CellDeleted("b"), restored)
    assert sources(notebook) == ["1", "# 2", "3"]
    assert notebook.cells["b"] == Cell("b", "markdown", "# 2", 5, inline(b"[]"), execution_count=3)


def test_a_cell_in_sight_is_not_restored() -> None:
    assert changes_nothing(ABC, e.CellRestored("b", "code", "other", EMPTY))


def test_a_cell_that_is_no_code_any_more_shows_no_outputs() -> None:
    notebook = replayed(cell("a", outputs=[display("1")]), e.CellTypeChanged("a", "markdown"))
    assert notebook.cells["a"].outputs == ()
    kept = replayed(cell("a", outputs=[display("1")]), e.CellTypeChanged("a", "code"))
    assert kept.cells["a"].outputs == (display("1"),)


def test_clearing_a_cell_that_ran_forgets_its_execution() -> None:
    ran = [cell("a"), *running("x", "a"), printed("x", "1"), completed("x")]
    notebook = replayed(*ran, e.CellOutputsCleared("a"))
    assert notebook.cells["a"].execution_id is None
    assert not notebook.executions


def test_clearing_a_cell_that_runs_keeps_what_comes_from_here_on() -> None:
    notebook = replayed(
        cell("a"),
        *running("x", "a"),
        printed("x", "before"),
        e.CellOutputsCleared("a"),
        printed("x", "after", 1),
    )
    assert notebook.cells["a"].execution_id == "x"
    assert shown(notebook, "x") == ["after"]


def test_a_display_cleared_with_a_running_cell_is_not_looked_for_later() -> None:
    notebook = replayed(
        cell("a"),
        *running("x", "a"),
        appended("x", display("1", "d")),
        e.CellOutputsCleared("a"),
        completed("x"),
        *running("y", "a"),
        redrawn("y", "d", "2"),
    )
    assert notebook.displays == Map()
    assert list(notebook.executions) == ["y"]


# Runtimes


def test_an_attached_runtime_belongs_to_who_attached_it() -> None:
    runtime = replayed(ATTACHED).runtimes["r1"]
    assert (runtime.principal_id, runtime.attached_at) == (ANA.id, recorded_at(1))
    assert not runtime.kernel_alive


def test_a_kernel_lives_from_its_start_to_its_death() -> None:
    fresh = e.KernelStarted("r1", e.Kernel("python3", "python", "3.12"))
    runtime = replayed(ATTACHED, fresh).runtimes["r1"]
    assert runtime.kernel_alive
    assert runtime.kernel.version == "3.12"
    assert not replayed(ATTACHED, fresh, e.KernelDied("r1", -9)).runtimes["r1"].kernel_alive


def test_a_restart_is_wanted_until_a_fresh_kernel_started() -> None:
    wanted: list[e.Event] = [ATTACHED, e.KernelRestartRequested("r1")]
    assert replayed(*wanted).runtimes["r1"].restart_requested
    fresh = e.KernelStarted("r1", e.Kernel("python3"))
    assert not replayed(*wanted, fresh).runtimes["r1"].restart_requested


def test_a_detached_runtime_is_gone_and_its_events_change_nothing() -> None:
    gone: list[e.Event] = [ATTACHED, e.RuntimeDetached("r1", "It left.")]
    assert not replayed(*gone).runtimes
    assert changes_nothing(
        [*gone, *running("x"), e.InputRequested("x", "i", "?")],
        e.KernelStarted("r1", e.Kernel("python3")),
        e.KernelInterruptRequested("r1"),
        e.KernelDied("r1"),
    )


# Comments


def test_a_comment_is_resolved_and_reopened() -> None:
    added = e.CommentAdded("k", "Why?", "a", "k0")
    comment = replayed(cell("a"), added).comments["k"]
    assert (comment.author_id, comment.added_at) == (ANA.id, recorded_at(2))
    assert (comment.text, comment.cell_id, comment.reply_to) == ("Why?", "a", "k0")
    assert replayed(added, e.CommentResolved("k")).comments["k"].resolved
    reopened: list[e.Event] = [added, e.CommentResolved("k"), e.CommentReopened("k")]
    assert not replayed(*reopened).comments["k"].resolved
    assert changes_nothing(ABC, e.CommentResolved("k"))


# State as a value

RERUN: list[e.Event] = [
    cell("a"),
    *running("x", "a"),
    appended("x", display("1", "d")),
    completed("x"),
    *running("y", "a"),
]


def test_a_state_is_never_changed_by_what_comes_after_it() -> None:
    records = sealed([*ABC, *RERUN[1:], edited("a", [1, "9"])])
    notebook = Notebook(NOTEBOOK)
    states = []
    for record in map(open_stored, records):
        notebook = apply(notebook, record)
        states.append((notebook, pack(notebook)))
    assert all(pack(state) == packed for state, packed in states)


def test_a_packed_notebook_unpacks_to_the_same() -> None:
    notebook = replayed(
        e.NotebookCreated("Title", EMPTY),
        ATTACHED,
        *RERUN,
        appended("y", display("1", "d"), stream("stdout", "text")),
        e.CommentAdded("k", "Why?"),
        asked("loose"),
        completed("loose"),
    )
    assert unpack(pack(notebook)) == notebook
