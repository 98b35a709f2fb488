"""What comes of commands to run code, stop it and answer it."""

import pytest

from intheloop import commands as c
from intheloop import events as e
from intheloop.errors import BadArgument, Conflict, NotFound, TooLarge
from intheloop.reducer.execution import KEPT_LOOSE
from intheloop.values import Value, inline
from tests.deciding import PYTHON, START, Bench, cancelling, completing, printed, restarting, tagged
from tests.model import NB


def running(*cells: tuple[str, int], **how: bool) -> c.RunCells:
    return c.RunCells(notebook_id=NB, cells=[c.CellAt(*cell) for cell in cells] or None, **how)


def statuses(bench: Bench) -> list[str]:
    """What became of all executions, in the order in which they ended."""
    return [
        f"{event.execution_id} {event.status}"
        for event in bench.events
        if isinstance(event, e.ExecutionCompleted)
    ]


# --------------------------------------------------------------- requesting


def test_a_request_fixes_the_source_that_runs() -> None:
    bench = Bench("1")
    (execution_id,) = bench.run("a", by="bot")
    bench.write("2")
    bench.attach()
    claim = bench.claim()
    assert claim is not None and claim.source == "1"
    execution = bench.execution(execution_id)
    assert (execution.cell_id, execution.rev, execution.requested_by) == ("a", 2, "bot")


def test_a_stale_rev_is_refused_like_a_stale_edit() -> None:
    bench = Bench("1", "x")
    bench.write("2")
    for rev in (2, 9):
        refusal = bench.refused(Conflict, running(("b", 3), ("a", rev)), says="and run that")
        assert refusal.extra == {"cell_id": "a", "rev": 4, "source": "2"}


def test_only_code_cells_in_sight_run() -> None:
    bench = Bench("1")
    bench.insert("m", "# Title", cell_type="markdown")
    bench.refused(BadArgument, running(("m", 3)), says="Change its type first")
    bench.refused(NotFound, running(("z", 3)), says="read_notebook")
    bench.delete("a")
    bench.refused(Conflict, running(("a", 2)), says="restore_notebook")
    bench.refused(BadArgument, running(), says="insert one first")


def test_run_all_is_one_batch_of_the_code_cells_in_cell_order() -> None:
    bench = Bench("1", "2", "3")
    bench.insert("m", "# Title", cell_type="markdown", after=None)
    bench.do(c.MoveCells(notebook_id=NB, cell_ids=["c"], after=None))
    bench.delete("a")
    ids = bench.do(running()).execution_ids
    queued = [bench.execution(one) for one in bench.nb.queue]
    assert [(one.execution_id, one.cell_id) for one in queued] == [(ids[0], "c"), (ids[1], "b")]
    assert queued[0].batch_id == queued[1].batch_id is not None
    assert queued[0].batch_id not in ids


def test_two_runs_are_not_interleaved_and_are_batches_of_their_own() -> None:
    bench = Bench("1", "2")
    first, second = bench.run("a", "b"), bench.run("b", "a", by="bot")
    assert bench.nb.queue == (*first, *second)
    assert bench.execution(first[0]).batch_id != bench.execution(second[0]).batch_id


def test_a_run_of_one_cell_is_no_batch() -> None:
    bench = Bench("1")
    assert bench.execution(bench.run("a")[0]).batch_id is None


def test_ids_of_executions_follow_from_who_asked_and_the_command() -> None:
    answers = []
    for by, command_id in [("ana", "k"), ("ana", "k"), ("bot", "k"), ("ana", "k2")]:
        bench = Bench("1", "2")
        answers.append(bench.do(running(), by, command_id).execution_ids)
    assert answers[0] == answers[1]
    assert len({*answers[1], *answers[2], *answers[3]}) == 6


def test_the_same_command_again_answers_as_the_first_time() -> None:
    bench = Bench("1")
    first = bench.do(running(), command_id="k")
    seq = bench.nb.seq
    assert bench.do(running(), command_id="k") == first
    assert bench.nb.seq == seq
    with pytest.raises(BadArgument, match="another command"):
        bench.do(running(allow_errors=True), command_id="k")


def test_an_answer_says_whether_a_runtime_is_there() -> None:
    bench = Bench("1")
    assert bench.do(running()).waiting_for_runtime
    bench.attach()
    assert not bench.do(running()).waiting_for_runtime


def test_code_without_a_cell_runs_too() -> None:
    bench = Bench()
    (execution_id,) = bench.do(c.RunCode(notebook_id=NB, source="1 + 1"), "bot").execution_ids
    assert bench.execution(execution_id).cell_id is None
    large = c.RunCode(notebook_id=NB, source="x" * (1024 * 1024 + 1))
    bench.refused(TooLarge, large, says="at most")


# ----------------------------------------------------------------- the batch


@pytest.mark.parametrize("status", ["error", "cancelled", "lost"])
def test_what_does_not_end_well_cancels_the_rest_of_its_batch_in_the_same_command(
    status: str,
) -> None:
    bench = Bench("1", "2", "3")
    bench.attach()
    first, second, third = bench.run("a", "b", "c")
    alone = bench.run("a")
    bench.claim()
    events = bench.new_events(completing(first, status), "rt")
    why = "An earlier cell of the same run did not end well."
    assert events[1:] == [
        e.ExecutionCompleted(second, "cancelled", why),
        e.ExecutionCompleted(third, "cancelled", why),
    ]
    assert bench.nb.queue == alone


def test_a_run_that_is_no_batch_takes_nothing_with_it() -> None:
    bench = Bench("1", "2")
    bench.attach()
    (first,), (second,) = bench.run("a"), bench.run("b")
    bench.claim()
    bench.complete(first, "error")
    assert bench.nb.queue == (second,)


def test_a_good_end_leaves_the_batch_alone() -> None:
    bench = Bench("1", "2")
    bench.attach()
    first, second = bench.run("a", "b")
    bench.claim()
    bench.complete(first)
    assert bench.nb.queue == (second,)


def test_with_allow_errors_the_batch_goes_on() -> None:
    bench = Bench("1", "2")
    bench.attach()
    first, second = bench.run("a", "b", allow_errors=True)
    claim = bench.claim()
    assert claim is not None and claim.allow_error
    bench.complete(first, "error")
    assert bench.nb.queue == (second,)


@pytest.mark.parametrize(
    ("metadata", "allowed"),
    [
        (tagged("x", "raises-exception"), True),
        (tagged("raises exception"), False),
        (inline(b'{"tags":"raises-exception"}'), False),
        (inline(b'{"tags":[1,"raises-exception"]}'), False),
        (inline(b'{"x":{"tags":["raises-exception"]}}'), False),
    ],
)
def test_a_cell_tagged_raises_exception_may_fail(metadata: Value, allowed: bool) -> None:
    bench = Bench()
    bench.insert("t", "1 / 0", metadata=metadata)
    (execution_id,) = bench.run("t")
    assert bench.execution(execution_id).allow_error is allowed


# ----------------------------------------------------------------- cancelling


def test_a_queued_execution_is_cancelled_at_once() -> None:
    bench = Bench("1", "2")
    first, second = bench.run("a", "b")
    answer = bench.do(cancelling(first), "bot")
    assert answer == c.Cancelled(
        seq=bench.nb.seq, execution_id=first, outcome="It was cancelled before it started."
    )
    assert bench.nb.queue == (second,)
    assert statuses(bench) == [f"{first} cancelled"]


def test_a_running_execution_is_asked_to_stop_once() -> None:
    bench = Bench("1")
    execution_id = bench.running()
    assert bench.new_events(cancelling(execution_id)) == [e.ExecutionCancelRequested(execution_id)]
    answer = bench.do(cancelling(execution_id))
    assert answer.outcome == (
        "The kernel was asked already; if it does not stop, cancel with force."
    )
    assert answer.seq == bench.nb.seq == 8
    bench.complete(execution_id, "cancelled")
    assert statuses(bench) == [f"{execution_id} cancelled"]


def test_a_claimed_execution_is_asked_to_stop_too() -> None:
    bench = Bench("1")
    bench.attach()
    (execution_id,) = bench.run("a")
    bench.claim(start=None)
    assert bench.new_events(cancelling(execution_id)) == [e.ExecutionCancelRequested(execution_id)]


def test_with_force_the_kernel_restarts_and_the_queue_is_cancelled() -> None:
    bench = Bench("1", "2")
    execution_id = bench.running("a")
    (queued,) = bench.run("b")
    events = bench.new_events(cancelling(execution_id, force=True))
    assert events == [
        e.ExecutionCancelRequested(execution_id),
        e.ExecutionCompleted(queued, "cancelled", "The kernel was restarted."),
        e.KernelRestartRequested("r1"),
    ]
    assert bench.new_events(cancelling(execution_id, force=True)) == []
    bench.report(c.KernelIsUp(PYTHON))
    assert statuses(bench) == [f"{queued} cancelled", f"{execution_id} cancelled"]


def test_an_adrift_execution_cannot_be_stopped_but_given_up() -> None:
    bench = Bench("1")
    execution_id = bench.running()
    bench.lapse()
    answer = bench.do(cancelling(execution_id))
    assert "cancel with force to give it up" in answer.outcome
    events = bench.new_events(cancelling(execution_id, force=True))
    assert events == [
        e.ExecutionCompleted(execution_id, "lost", "It was given up while adrift."),
        e.RuntimeDetached("r1", "It could not be reached, and what it ran was given up."),
    ]


@pytest.mark.parametrize("force", [False, True])
def test_what_has_ended_cannot_be_cancelled(force: bool) -> None:
    bench = Bench("1", "2")
    shown = bench.running("a")
    bench.complete(shown)
    refusal = bench.refused(Conflict, cancelling(shown, force), says="nothing to cancel")
    assert refusal.extra == {"execution_id": shown, "execution_status": "ok"}
    (dropped,) = bench.run("b")
    bench.do(cancelling(dropped))
    bench.refused(Conflict, cancelling(dropped, force), says="read_execution tells how")
    bench.refused(NotFound, cancelling("nobody", force), says="read_notebook shows")


# ------------------------------------------------------- interrupt, restart


def test_an_interrupt_goes_to_the_runtime_that_is_there() -> None:
    bench = Bench("1")
    interrupting = c.InterruptKernel(notebook_id=NB)
    bench.refused(Conflict, interrupting, says="start one with `intheloop runtime`")
    bench.attach()
    assert bench.new_events(interrupting, "bot") == [e.KernelInterruptRequested("r1")]


def test_a_restart_cancels_the_queue_and_what_runs_ends_when_the_fresh_kernel_is_there() -> None:
    bench = Bench("1", "2")
    execution_id = bench.running("a")
    (queued,) = bench.run("b")
    answer = bench.do(restarting())
    assert answer.execution_ids == ()
    assert statuses(bench) == [f"{queued} cancelled"]
    assert bench.execution(execution_id).is_held
    events = bench.report(c.KernelIsUp(PYTHON))
    why = "The kernel was restarted while it ran."
    assert events == [
        e.ExecutionCompleted(execution_id, "cancelled", why),
        e.KernelStarted("r1", PYTHON),
    ]


def test_restart_and_run_all_queues_all_cells_after_the_restart() -> None:
    bench = Bench("1", "2")
    before = bench.running("a")
    (queued,) = bench.run("b")
    first, second = bench.do(restarting(run_all=True)).execution_ids
    assert statuses(bench) == [f"{queued} cancelled"]
    assert bench.nb.queue == (before, first, second)
    bench.report(c.KernelIsUp(PYTHON))
    claim = bench.claim()
    assert claim is not None and claim.execution_id == first


def test_nothing_is_claimed_between_the_wish_for_a_restart_and_the_fresh_kernel() -> None:
    bench = Bench("1")
    bench.attach()
    bench.do(restarting())
    (execution_id,) = bench.run("a")
    assert bench.claim() is None
    bench.report(c.KernelIsUp(PYTHON))
    claim = bench.claim()
    assert claim is not None and claim.execution_id == execution_id


def test_a_restart_that_could_not_be_done_holds_nothing_back() -> None:
    bench = Bench("1")
    bench.attach()
    bench.do(restarting())
    bench.report(c.KernelIsDown(None, "", "No kernel 'julia' is installed."))
    (queued,) = bench.run("a")
    claim = bench.claim(c.Start())
    assert claim is not None and claim.execution_id == queued


def test_a_restart_under_way_is_not_asked_for_again() -> None:
    bench = Bench("1")
    bench.attach()
    assert bench.new_events(restarting()) == [e.KernelRestartRequested("r1")]
    (queued,) = bench.run("a")
    why = "The kernel was restarted."
    assert bench.new_events(restarting()) == [e.ExecutionCompleted(queued, "cancelled", why)]


def test_without_a_runtime_there_is_nothing_to_restart() -> None:
    bench = Bench("1")
    bench.run("a")
    bench.refused(Conflict, restarting(run_all=True), says="start one with `intheloop runtime`")


def test_a_restart_to_run_all_needs_no_code_cell() -> None:
    bench = Bench()
    bench.attach()
    assert bench.do(restarting(run_all=True)).execution_ids == ()


# ---------------------------------------------------------------- what stays


def test_a_cell_keeps_its_last_started_execution_and_the_open_ones() -> None:
    bench = Bench("1")
    old = bench.running("a")
    bench.complete(old)
    (cancelled,) = bench.run("a")
    bench.do(cancelling(cancelled))
    assert set(bench.nb.executions) == {old}
    new = bench.running("a")
    assert set(bench.nb.executions) == {new}


def test_of_code_without_cells_the_last_50_stay() -> None:
    bench = Bench()
    bench.attach()
    for _ in range(KEPT_LOOSE + 3):
        (execution_id,) = bench.do(c.RunCode(notebook_id=NB, source="1")).execution_ids
        bench.claim(START)
        bench.append(execution_id, 0, printed("x"))
        bench.complete(execution_id)
    assert len(bench.nb.executions) == KEPT_LOOSE
    assert execution_id in bench.nb.executions
