"""What a log adds up to, rule by rule."""

from collections.abc import Sequence

import pytest
from immutables import Map
from msgspec import Raw

from intheloop import events as e
from intheloop.log.stored import open_stored
from intheloop.notebook import Cell, Input, Notebook, Stream, pack, unpack
from intheloop.reducer import apply
from intheloop.reducer.execution import KEPT_LOOSE
from intheloop.values import EMPTY, ResultOutput, inline, stream
from tests.replaying import (
    ANA,
    NOTEBOOK,
    appended,
    asked,
    cell,
    claimed,
    completed,
    display,
    edited,
    order,
    plain,
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


def changes_nothing(before: Sequence[e.Event], *events: e.Event) -> bool:
    """Whether events after those `before` leave all but the seq as it was."""
    one, other = pack(replayed(*before)), pack(replayed(*before, *events))
    fields = set(one.__struct_fields__) - {"seq"}
    return all(getattr(one, field) == getattr(other, field) for field in fields)


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


# Executions


def test_a_request_waits_in_the_queue_with_its_source_and_who_asked() -> None:
    notebook = replayed(
        cell("a", "1"), e.ExecutionRequested("x", "1", "a", 1, "batch", allow_error=True)
    )
    execution = notebook.executions["x"]
    assert notebook.queue == ("x",)
    assert (execution.status, execution.source, execution.rev) == ("requested", "1", 1)
    assert (execution.requested_by, execution.requested_at) == (ANA.id, recorded_at(2))
    assert execution.allow_error


def test_an_execution_id_in_state_is_not_requested_again() -> None:
    assert changes_nothing([cell("a"), asked("x", "a")], asked("x", source="other"))


def test_a_claim_names_runtime_and_generation() -> None:
    notebook = replayed(asked("x"), claimed("x", 3))
    execution = notebook.executions["x"]
    assert (execution.status, execution.runtime_id, execution.generation) == ("claimed", "r1", 3)
    assert notebook.held() is execution
    assert notebook.next_queued() is None


def test_a_started_execution_replaces_what_its_cell_showed() -> None:
    saved = cell("a", outputs=[stream("stdout", "old")], execution_count=7)
    notebook = replayed(saved, asked("x", "a"))
    assert notebook.cells["a"].outputs
    notebook = replayed(saved, *running("x", "a"))
    assert notebook.cells["a"].outputs == ()
    assert notebook.cells["a"].execution_count is None
    assert notebook.cells["a"].execution_id == "x"
    assert notebook.executions["x"].started_at == recorded_at(4)


def test_a_cell_keeps_its_last_started_execution_and_the_open_ones() -> None:
    ran = [cell("a"), *running("x", "a"), completed("x"), asked("y", "a"), asked("z", "a")]
    assert set(replayed(*ran).executions) == {"x", "y", "z"}
    again = [*ran, claimed("y"), e.ExecutionStarted("y", 2)]
    assert set(replayed(*again).executions) == {"y", "z"}
    assert set(replayed(*again, completed("z", "cancelled")).executions) == {"y"}


def test_an_execution_whose_cell_was_deleted_goes_with_its_end() -> None:
    ran = [cell("a"), *running("x", "a"), e.CellDeleted("a")]
    assert "x" in replayed(*ran).executions
    assert not replayed(*ran, completed("x")).executions


def test_of_cell_less_executions_the_last_fifty_stay() -> None:
    ids = [f"x{number}" for number in range(KEPT_LOOSE + 2)]
    ended = [event for each in ids for event in (asked(each), completed(each))]
    notebook = replayed(*ended, asked("open"))
    assert notebook.loose == tuple(ids[2:])
    assert set(notebook.executions) == {*ids[2:], "open"}


def test_an_open_execution_is_never_forgotten() -> None:
    ended = [
        event
        for number in range(KEPT_LOOSE + 1)
        for event in (asked(f"x{number}"), completed(f"x{number}"))
    ]
    assert "open" in replayed(asked("open"), *ended).executions


def test_a_completed_status_never_changes() -> None:
    ran = [*running("x"), completed("x", "error", "It raised.")]
    execution = replayed(*ran).executions["x"]
    assert (execution.status, execution.reason, execution.duration_ms) == (
        "error",
        "It raised.",
        5,
    )
    assert changes_nothing(
        ran,
        completed("x", "ok"),
        claimed("x", 2),
        e.ExecutionStarted("x", 9),
        e.ExecutionClaimLapsed("x", 1),
        e.ExecutionCancelRequested("x"),
        e.InputRequested("x", "i", "?"),
    )


def test_a_completed_execution_leaves_the_queue() -> None:
    assert replayed(asked("x"), asked("y"), completed("x", "cancelled")).queue == ("y",)


def test_an_execution_starts_once() -> None:
    assert changes_nothing(running("x"), e.ExecutionStarted("x", 9))


def test_a_lapsed_execution_is_adrift_and_still_held() -> None:
    notebook = replayed(*running("x"), e.ExecutionClaimLapsed("x", 1))
    assert notebook.executions["x"].status == "adrift"
    assert notebook.held() is notebook.executions["x"]


def test_one_taken_up_again_goes_on_where_it_was() -> None:
    lapsed = [*running("x"), printed("x", "a"), e.ExecutionClaimLapsed("x", 1)]
    notebook = replayed(*lapsed, claimed("x", 2), printed("x", "b", 1))
    execution = notebook.executions["x"]
    assert (execution.status, execution.generation) == ("started", 2)
    assert shown(notebook, "x") == ["ab"]
    not_started = replayed(asked("y"), claimed("y"), e.ExecutionClaimLapsed("y", 1), claimed("y"))
    assert not_started.executions["y"].status == "claimed"


def test_events_of_an_execution_that_is_not_in_state_change_nothing() -> None:
    assert changes_nothing(
        ABC,
        claimed("x"),
        e.ExecutionStarted("x"),
        printed("x", "1"),
        redrawn("x", "d", "1"),
        e.OutputsCleared("x", 0),
        completed("x"),
    )


# Outputs


def test_neighbouring_text_of_one_stream_is_one_stream() -> None:
    notebook = replayed(
        *running("x"),
        appended("x", stream("stdout", "a"), stream("stdout", "b"), stream("stderr", "c")),
        printed("x", "d", 1, "stderr"),
        printed("x", "e", 2),
    )
    assert shown(notebook, "x") == ["ab", "cd", "e"]
    assert notebook.executions["x"].next_index == 3


def test_the_digest_of_a_stream_does_not_tell_batches_from_pieces() -> None:
    one, other = stream("stdout", "a"), stream("stdout", "b")
    together = replayed(*running("x"), appended("x", one, other)).executions["x"].outputs[0]
    apart = replayed(*running("x"), appended("x", one), appended("x", other, index=1))
    assert apart.executions["x"].outputs[0] == together
    assert isinstance(together, Stream)


def test_late_output_is_shown_and_changes_no_status() -> None:
    notebook = replayed(*running("x"), completed("x"), printed("x", "late"))
    assert shown(notebook, "x") == ["late"]
    assert notebook.executions["x"].status == "ok"
    assert notebook.queue == ()


def test_outputs_are_cleared_at_once() -> None:
    notebook = replayed(*running("x"), printed("x", "1"), e.OutputsCleared("x", 1))
    assert notebook.executions["x"].outputs == ()
    assert notebook.executions["x"].next_index == 2


def test_a_clear_that_waits_clears_with_the_next_output() -> None:
    waiting = [*running("x"), printed("x", "1"), e.OutputsCleared("x", 1, wait=True)]
    assert shown(replayed(*waiting), "x") == ["1"]
    empty = replayed(*waiting, appended("x", index=2))
    assert shown(empty, "x") == ["1"]
    assert empty.executions["x"].clear_pending
    notebook = replayed(*waiting, printed("x", "2", 2), printed("x", "3", 3))
    assert shown(notebook, "x") == ["23"]
    assert not notebook.executions["x"].clear_pending


def test_an_update_changes_every_output_with_its_display_id() -> None:
    notebook = replayed(
        cell("a"),
        cell("b"),
        *running("x", "a"),
        appended("x", display("1", "d"), display("1", "other"), display("1", "d")),
        completed("x"),
        *running("y", "b"),
        appended("y", ResultOutput(plain("1"), EMPTY, 4, "d")),
        redrawn("y", "d", "2", 1),
    )
    assert shown(notebook, "x") == ["2", "1", "2"]
    assert notebook.executions["y"].outputs == (ResultOutput(plain("2"), EMPTY, 4, "d"),)
    assert notebook.executions["y"].next_index == 2


def test_an_update_of_a_display_that_is_gone_changes_no_output() -> None:
    ran = [*running("x"), appended("x", display("1", "d")), e.OutputsCleared("x", 1)]
    notebook = replayed(*ran, redrawn("x", "d", "2", 2))
    assert notebook.executions["x"].outputs == ()
    assert notebook.executions["x"].next_index == 3


def test_displays_of_forgotten_executions_are_forgotten() -> None:
    notebook = replayed(
        cell("a"), *running("x", "a"), appended("x", display("1", "d")), *running("y", "a")
    )
    assert notebook.displays == Map({"d": ("x",)})
    assert replayed(*_displayed_then_rerun()).displays == Map()


def _displayed_then_rerun() -> list[e.Event]:
    first = [*running("x", "a"), appended("x", display("1", "d")), completed("x")]
    return [cell("a"), *first, *running("y", "a")]


def test_a_pending_clear_forgets_its_displays_when_it_comes() -> None:
    notebook = replayed(
        *running("x"),
        appended("x", display("1", "d")),
        e.OutputsCleared("x", 1, wait=True),
        printed("x", "2", 2),
    )
    assert notebook.displays == Map()


# Inputs


def test_a_question_stands_until_it_is_answered() -> None:
    asking = [*running("x"), e.InputRequested("x", "i1", "Name?", password=True)]
    assert replayed(*asking).executions["x"].input == Input("i1", "Name?", True)
    assert replayed(*asking, e.InputProvided("x", "i1", by="ana")).executions["x"].input is None


@pytest.mark.parametrize(
    "event",
    [
        e.ExecutionCancelRequested("x"),
        completed("x", "cancelled"),
        e.KernelInterruptRequested("r1"),
        e.KernelRestartRequested("r1"),
    ],
)
def test_a_question_is_void_once_the_code_is_stopped(event: e.Event) -> None:
    asking = [ATTACHED, *running("x"), e.InputRequested("x", "i1", "Name?")]
    assert replayed(*asking, event).executions["x"].input is None


def test_a_cancel_request_holds_until_the_end() -> None:
    cancelled = [*running("x"), e.ExecutionCancelRequested("x")]
    assert replayed(*cancelled).executions["x"].cancel_requested
    assert not replayed(*cancelled, completed("x", "cancelled")).executions["x"].cancel_requested


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


def test_a_state_is_never_changed_by_what_comes_after_it() -> None:
    records = sealed([*ABC, *_displayed_then_rerun()[1:], edited("a", [1, "9"])])
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
        *_displayed_then_rerun(),
        appended("y", display("1", "d"), stream("stdout", "text")),
        e.CommentAdded("k", "Why?"),
        asked("loose"),
        completed("loose"),
    )
    assert unpack(pack(notebook)) == notebook
