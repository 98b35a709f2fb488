"""What a log adds up to of executions: their life, outputs and inputs, rule by rule."""

import pytest
from immutables import Map

from intheloop import events as e
from intheloop.notebook import Input, Stream
from intheloop.reducer.execution import KEPT_LOOSE
from intheloop.values import EMPTY, ResultOutput, stream
from tests.replaying import (
    ANA,
    appended,
    asked,
    cell,
    changes_nothing,
    claimed,
    completed,
    display,
    plain,
    printed,
    recorded_at,
    redrawn,
    replayed,
    running,
    shown,
)

ABC: list[e.Event] = [cell("a", "1"), cell("b", "2", after="a"), cell("c", "3", after="b")]
ATTACHED = e.RuntimeAttached("r1", e.Kernel("python3", "python", "3.11"))


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
    ended = [*running("x", "a"), appended("x", display("1", "d")), completed("x")]
    assert replayed(cell("a"), *ended, *running("y", "a")).displays == Map()


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
