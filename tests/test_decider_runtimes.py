"""What comes of the commands of runtimes: hold by lease, claims, outputs in order, one end."""

from typing import Any

import pytest

from intheloop import commands as c
from intheloop import events as e
from intheloop.errors import BadArgument, Conflict, NotFound, TooLarge
from intheloop.values import Blob, StreamOutput, Value, inline
from tests.deciding import PYTHON, START, Bench, appending, completing, printed, shown
from tests.model import NB
from tests.replaying import display, plain
from tests.replaying import shown as seen


def attaching(runtime_id: str = "r1", **more: Any) -> c.AttachRuntime:
    return c.AttachRuntime(notebook_id=NB, runtime_id=runtime_id, kernel=PYTHON, **more)


def claiming(runtime_id: str = "r1", start: c.Start | None = START) -> c.ClaimExecution:
    return c.ClaimExecution(notebook_id=NB, runtime_id=runtime_id, start=start)


def starting(execution_id: str, runtime_id: str = "r1") -> c.StartExecution:
    return c.StartExecution(
        notebook_id=NB, runtime_id=runtime_id, execution_id=execution_id, execution_count=4
    )


def renewing(runtime_id: str = "r1") -> c.RenewLease:
    return c.RenewLease(notebook_id=NB, runtime_id=runtime_id)


def detaching(runtime_id: str = "r1") -> c.DetachRuntime:
    return c.DetachRuntime(notebook_id=NB, runtime_id=runtime_id, reason="It was stopped.")


def losing(execution_id: str) -> c.LoseExecution:
    return c.LoseExecution(notebook_id=NB, execution_id=execution_id, reason="It is gone.")


def reporting(runtime_id: str = "r1") -> c.ReportKernel:
    return c.ReportKernel(notebook_id=NB, runtime_id=runtime_id, report=c.KernelIsDown(1))


def two_runtimes(*sources: str) -> Bench:
    """A bench on which a second runtime program might act."""
    bench = Bench(*sources)
    bench.program("other", "runtime", ["notebook:read", "runtime"])
    return bench


# ------------------------------------------------------------ attach, detach


def test_a_runtime_attaches_with_what_it_is() -> None:
    bench = Bench()
    environment = inline(b'{"packages":["pandas"]}')
    attach = attaching(capabilities=("input",), environment=environment, label="Ana's laptop")
    answer = bench.do(attach, "rt")
    assert answer == c.Attached(seq=2, lease_s=30.0)
    runtime = bench.nb.runtimes["r1"]
    assert (runtime.principal_id, runtime.label) == ("rt", "Ana's laptop")
    assert (runtime.capabilities, runtime.environment) == (("input",), environment)


def test_attaching_again_renews_the_lease_and_leaves_no_record() -> None:
    bench = Bench()
    bench.do(attaching(), "rt")
    bench.lease_s = 12.0
    assert bench.do(attaching(), "rt") == c.Attached(seq=2, lease_s=12.0)
    assert bench.do(renewing(), "rt") == c.Attached(seq=2, lease_s=12.0)
    assert bench.nb.seq == 2


def test_attaching_beside_another_runtime_is_refused() -> None:
    bench = two_runtimes()
    bench.do(attaching(label="Ana's laptop"), "rt")
    for by in ("rt", "other"):
        refusal = bench.refused(Conflict, attaching("r2"), by, says="wait until it is detached")
        assert "Ana's laptop" in refusal.detail
        assert refusal.extra == {"runtime_id": "r1"}
    bench.do(detaching(), "rt")
    bench.do(attaching("r2"), "other")


def test_nobody_else_acts_as_an_attached_runtime() -> None:
    bench = two_runtimes("1")
    execution_id = bench.running()
    commands = [
        *(attaching(), renewing(), detaching(), claiming(), starting(execution_id), reporting()),
        *(appending(execution_id, 0), completing(execution_id)),
        c.RequestInput(notebook_id=NB, execution_id=execution_id, input_id="i", prompt=""),
    ]
    for command in commands:
        bench.refused(Conflict, command, "other", says="attach under an id of your own")


def test_a_runtime_that_is_not_attached_is_told_to_attach() -> None:
    bench = Bench("1")
    for command in (renewing(), detaching(), claiming(), starting("x"), reporting()):
        bench.refused(Conflict, command, "rt", says="attach it again")


def test_an_idle_runtime_that_detaches_just_goes() -> None:
    bench = Bench("1")
    bench.attach()
    (queued,) = bench.run("a")
    assert bench.new_events(detaching(), "rt") == [e.RuntimeDetached("r1", "It was stopped.")]
    assert bench.nb.queue == (queued,)


def test_what_a_runtime_runs_is_lost_when_it_detaches() -> None:
    bench = Bench("1")
    execution_id = bench.running()
    assert bench.new_events(detaching(), "rt") == [
        e.ExecutionCompleted(execution_id, "lost", "It was stopped."),
        e.RuntimeDetached("r1", "It was stopped."),
    ]
    bench.do(attaching("r2"), "rt")


# ----------------------------------------------------------------- claiming


def test_the_oldest_queued_execution_is_claimed_first() -> None:
    bench = Bench("1", "2")
    bench.attach()
    (first,), (second,) = bench.run("b"), bench.run("a", by="bot")
    claim = bench.claim(None)
    assert claim == c.Claim(execution_id=first, source="2", generation=1, cell_id="b")
    assert bench.execution(first).status == "claimed"
    bench.complete(first)
    claim = bench.claim(None)
    assert claim is not None and claim.execution_id == second


def test_with_nothing_queued_nothing_is_claimed() -> None:
    bench = Bench("1")
    bench.attach()
    assert bench.claim() is None
    assert bench.nb.seq == 4


@pytest.mark.parametrize("how", ["claimed", "started", "adrift"])
def test_none_is_claimed_while_one_is_held(how: str) -> None:
    bench = Bench("1", "2")
    bench.attach()
    bench.run("a", "b")
    bench.claim(None if how == "claimed" else START)
    if how == "adrift":
        bench.lapse()
        assert bench.claim() is not None  # its own, see below
    assert bench.claim() is None


def test_a_claim_may_start_at_once_or_later() -> None:
    bench = Bench("1", "2")
    bench.attach()
    first, second = bench.run("a", "b")
    bench.claim(c.Start(3))
    assert (bench.execution(first).status, bench.execution(first).execution_count) == ("started", 3)
    bench.complete(first)
    bench.claim(None)
    assert bench.new_events(starting(second), "rt") == [e.ExecutionStarted(second, 4)]
    assert bench.new_events(starting(second), "rt") == []


def test_only_what_is_held_is_started() -> None:
    bench = Bench("1")
    bench.attach()
    (execution_id,) = bench.run("a")
    bench.refused(Conflict, starting(execution_id), "rt", says="claim it first")
    bench.refused(NotFound, starting("nobody"), "rt", says="read_notebook shows")
    bench.claim(None)
    bench.complete(execution_id)
    bench.refused(Conflict, starting(execution_id), "rt", says="read_execution tells")


# -------------------------------------------------------------------- adrift


def test_an_idle_runtime_whose_lease_runs_out_is_detached() -> None:
    bench = Bench("1")
    bench.attach()
    why = "It was not heard from for longer than its lease."
    assert bench.lapse() == [e.RuntimeDetached("r1", why)]
    assert bench.lapse() == []


def test_what_a_busy_runtime_ran_is_adrift_and_holds_the_queue() -> None:
    bench = two_runtimes("1")
    execution_id = bench.running()
    assert bench.lapse() == [e.ExecutionClaimLapsed(execution_id, 1)]
    assert bench.lapse() == []
    bench.refused(Conflict, attaching("r2"), "other", says="wait until it is detached")


def test_the_same_runtime_takes_up_its_adrift_execution_in_the_next_generation() -> None:
    bench = Bench("1")
    execution_id = bench.running()
    bench.append(execution_id, 0)
    bench.lapse()
    claim = bench.claim(c.Start(9))
    assert claim == c.Claim(
        execution_id=execution_id, source="1", generation=2, next_index=1, cell_id="a"
    )
    execution = bench.execution(execution_id)
    assert (execution.status, execution.execution_count) == ("started", 1)
    bench.append(execution_id, 1)
    bench.complete(execution_id)
    assert bench.execution(execution_id).status == "ok"


def test_what_was_not_started_before_it_went_adrift_may_start_after() -> None:
    bench = Bench("1")
    bench.attach()
    (execution_id,) = bench.run("a")
    bench.claim(None)
    bench.lapse()
    bench.claim(c.Start(2))
    assert bench.execution(execution_id).status == "started"


def test_an_adrift_execution_must_be_claimed_again_before_its_spool_is_taken() -> None:
    bench = Bench("1")
    execution_id = bench.running()
    bench.append(execution_id, 0)
    bench.lapse()
    for command in (
        appending(execution_id, 1),
        completing(execution_id),
        starting(execution_id),
        c.RequestInput(notebook_id=NB, execution_id=execution_id, input_id="i", prompt=""),
    ):
        refusal = bench.refused(Conflict, command, "rt", says="claim it again, then go on")
        assert refusal.extra["status"] == "adrift"


def test_past_the_adrift_limit_the_execution_is_lost_and_its_runtime_detached() -> None:
    bench = two_runtimes("1", "2")
    execution_id = bench.running("a")
    (queued,) = bench.run("b")
    assert bench.new_events(losing(execution_id), "system") == []
    bench.lapse()
    assert bench.new_events(losing(execution_id), "system") == [
        e.ExecutionCompleted(execution_id, "lost", "It is gone."),
        e.RuntimeDetached("r1", "It is gone."),
    ]
    assert bench.new_events(losing(execution_id), "system") == []
    bench.attach("r2", "other")
    claim = bench.claim(START, "r2", "other")
    assert claim is not None and claim.execution_id == queued


def test_late_output_of_what_was_given_up_is_refused() -> None:
    bench = Bench("1")
    execution_id = bench.running()
    bench.lapse()
    bench.do(losing(execution_id), "system")
    bench.refused(Conflict, appending(execution_id, 0), "rt", says="no longer taken")
    bench.attach()
    bench.refused(Conflict, appending(execution_id, 0), "rt", says="no longer taken")
    bench.running()  # the lost one leaves state
    bench.refused(Conflict, appending(execution_id, 0), "rt", says="read_execution")


# ------------------------------------------------------------------- outputs


def test_outputs_are_taken_in_kernel_order() -> None:
    bench = Bench("1")
    execution_id = bench.running()
    parts = (printed("a"), shown(display("D", "d")), c.Update("d", plain("E")), printed("b"))
    assert bench.append(execution_id, 0, *parts).next_index == 1
    assert bench.append(execution_id, 1, printed("c")).next_index == 2
    assert seen(bench.nb, execution_id) == ["a", "E", "bc"]
    assert [getattr(event, "index", None) for event in bench.events[-5:]] == [0, 0, 0, 0, 1]


def test_clears_stand_in_order_too() -> None:
    bench = Bench("1")
    execution_id = bench.running()
    bench.append(execution_id, 0, printed("a"), c.Clear(), printed("b"))
    assert seen(bench.nb, execution_id) == ["b"]
    bench.append(execution_id, 1, c.Clear(wait=True))
    assert seen(bench.nb, execution_id) == ["b"]
    bench.append(execution_id, 2, printed("c"))
    assert seen(bench.nb, execution_id) == ["c"]


def test_an_index_that_is_recorded_answers_as_the_first_time() -> None:
    bench = Bench("1")
    execution_id = bench.running()
    for index in range(3):
        bench.append(execution_id, index)
    seq = bench.nb.seq
    assert bench.append(execution_id, 0, printed("other")).next_index == 1
    assert bench.append(execution_id, 2).next_index == 3
    assert bench.nb.seq == seq


def test_a_recorded_index_answers_before_any_other_check() -> None:
    bench = Bench("1")
    execution_id = bench.running()
    bench.append(execution_id, 0)
    missing = c.Append([StreamOutput("stdout", sha256="ab" * 32, blob=Blob(9, "text"))])
    assert bench.append(execution_id, 0, missing).next_index == 1
    bench.lapse()
    assert bench.append(execution_id, 0).next_index == 1
    bench.do(losing(execution_id), "system")
    assert bench.append(execution_id, 0).next_index == 1
    bench.attach()
    bench.running()
    assert execution_id not in bench.nb.executions
    assert bench.append(execution_id, 0).next_index == 1


def test_a_gap_is_refused_with_the_index_that_is_expected() -> None:
    bench = Bench("1", "2")
    execution_id = bench.running("a")
    bench.append(execution_id, 0)
    refusal = bench.refused(Conflict, appending(execution_id, 2), "rt", says="send that one first")
    assert refusal.extra == {"execution_id": execution_id, "expected_index": 1}
    bench.complete(execution_id)
    bench.complete(bench.running("a"))
    refusal = bench.refused(Conflict, appending(execution_id, 2), "rt", says="send that one first")
    assert refusal.extra["expected_index"] == 1


def test_outputs_need_a_claim_and_a_start() -> None:
    bench = Bench("1")
    bench.attach()
    (execution_id,) = bench.run("a")
    bench.refused(Conflict, appending(execution_id, 0), "rt", says="claim it first")
    bench.claim(None)
    for command in (
        appending(execution_id, 0),
        completing(execution_id, index=0, parts=[printed("x")]),
        c.RequestInput(notebook_id=NB, execution_id=execution_id, input_id="i", prompt=""),
    ):
        bench.refused(Conflict, command, "rt", says="start_execution first")
    bench.refused(NotFound, appending("nobody", 0), "rt", says="read_notebook shows")


def test_after_its_end_the_runtime_that_ran_it_may_still_append() -> None:
    bench = Bench("1", "2")
    execution_id = bench.running("a")
    bench.append(execution_id, 0, printed("a"))
    bench.complete(execution_id)
    bench.append(execution_id, 1, printed("b"))
    event = bench.events[-1]
    assert isinstance(event, e.OutputAppended) and event.late
    assert seen(bench.nb, execution_id) == ["ab"]


def test_late_output_of_what_left_the_state_is_recorded_and_shown_nowhere() -> None:
    bench = Bench("1")
    execution_id = bench.running("a")
    bench.append(execution_id, 0, printed("a"))
    bench.complete(execution_id)
    newer = bench.running("a")
    assert bench.append(execution_id, 1, printed("b")).next_index == 2
    event = bench.events[-1]
    assert isinstance(event, e.OutputAppended) and event.late and event.index == 1
    assert seen(bench.nb, newer) == []


def test_late_output_is_refused_once_its_runtime_is_detached() -> None:
    bench = two_runtimes("1")
    execution_id = bench.running("a")
    bench.complete(execution_id)
    bench.refused(Conflict, appending(execution_id, 0), "other", says="an id of your own")
    bench.do(detaching(), "rt")
    bench.refused(Conflict, appending(execution_id, 0), "rt", says="attach it again")
    bench.attach("r2", "other")
    bench.refused(Conflict, appending(execution_id, 0), "other", says="attach it again")


def test_output_of_what_never_ran_is_refused() -> None:
    bench = Bench("1", "2")
    bench.attach()
    queued = bench.do(c.RunCode(notebook_id=NB, source="1")).execution_ids[0]
    bench.do(c.CancelExecution(notebook_id=NB, execution_id=queued))
    bench.refused(Conflict, appending(queued, 0), "rt", says="no longer taken")
    (dropped,) = bench.run("a")
    bench.do(c.CancelExecution(notebook_id=NB, execution_id=dropped))
    bench.refused(Conflict, appending(dropped, 0), "rt", says="read_execution tells")


def test_large_values_must_be_blobs_that_are_there() -> None:
    bench = Bench("1")
    execution_id = bench.running()
    long = inline(b'"' + b"x" * 32 * 1024 + b'"')
    for part in (
        printed("x" * (32 * 1024 + 1)),
        shown(display("x" * 32 * 1024)),
        c.Update("d", {"text/plain": long}),
        c.Update("d", {}, long),
    ):
        large = appending(execution_id, 0, part)
        bench.refused(TooLarge, large, "rt", says="upload it as a blob and name it")
    blob = Value("ab" * 32, blob=Blob(40_000))
    for part in (
        c.Append([StreamOutput("stdout", sha256="ab" * 32, blob=Blob(40_000, "text"))]),
        c.Update("d", {"text/plain": blob}),
    ):
        bench.refused(BadArgument, appending(execution_id, 0, part), "rt", says="upload it there")
    bench.blobs[NB] = {"ab" * 32}
    bench.append(execution_id, 0, c.Update("d", {"text/plain": blob}))


def test_a_stream_is_either_text_or_a_blob() -> None:
    bench = Bench("1")
    execution_id = bench.running()
    for output in (
        StreamOutput("stdout", "text", "ab" * 32, Blob(9)),
        StreamOutput("stdout", "", "", Blob(9)),
    ):
        wrong = appending(execution_id, 0, c.Append([output]))
        bench.refused(BadArgument, wrong, "rt", says="give it so")


# ---------------------------------------------------------------- completion


def test_the_end_comes_once_and_never_changes() -> None:
    bench = Bench("1")
    execution_id = bench.running()
    bench.complete(execution_id, "error", reason="It failed.", duration_ms=5)
    execution = bench.execution(execution_id)
    assert (execution.status, execution.reason, execution.duration_ms) == (
        *("error", "It failed.", 5),
    )
    refusal = bench.refused(Conflict, completing(execution_id), "rt", says="has ended as error")
    assert refusal.extra["status"] == "error"


def test_only_who_holds_it_ends_it() -> None:
    bench = Bench("1")
    bench.attach()
    (execution_id,) = bench.run("a")
    bench.refused(Conflict, completing(execution_id), "rt", says="claim it first")
    bench.refused(NotFound, completing("nobody"), "rt", says="read_notebook shows")


def test_the_last_outputs_come_with_the_end() -> None:
    bench = Bench("1")
    execution_id = bench.running()
    bench.complete(execution_id, index=0, parts=[printed("bye")])
    assert seen(bench.nb, execution_id) == ["bye"]
    assert bench.since(bench.nb.seq - 2) == ["outputAppended", "executionCompleted"]


def test_last_outputs_follow_the_rules_of_outputs() -> None:
    bench = Bench("1")
    execution_id = bench.running()
    bench.append(execution_id, 0)
    bare = completing(execution_id, parts=[printed("x")])
    bench.refused(BadArgument, bare, "rt", says="counting on from the last batch")
    gap = completing(execution_id, index=2, parts=[printed("x")])
    assert bench.refused(Conflict, gap, "rt", says="first").extra["expected_index"] == 1
    missing = c.Append([StreamOutput("stdout", sha256="ab" * 32, blob=Blob(9, "text"))])
    blob = completing(execution_id, index=1, parts=[missing])
    bench.refused(BadArgument, blob, "rt", says="upload it there first")
    bench.complete(execution_id, index=0, parts=[printed("again")])
    assert seen(bench.nb, execution_id) == ["0\n"]
    assert bench.execution(execution_id).status == "ok"


def test_the_end_may_claim_and_start_the_next() -> None:
    bench = Bench("1", "2")
    bench.attach()
    first, second = bench.run("a", "b")
    bench.claim()
    seq = bench.nb.seq
    answer = bench.complete(first, claim_next=c.Start(2))
    assert answer.claim == c.Claim(execution_id=second, source="2", generation=1, cell_id="b")
    assert bench.since(seq) == ["executionCompleted", "executionClaimed", "executionStarted"]
    assert bench.complete(second, claim_next=c.Start(3)).claim is None


def test_a_failed_end_does_not_claim_what_it_cancels() -> None:
    bench = Bench("1", "2")
    bench.attach()
    first, _ = bench.run("a", "b")
    (alone,) = bench.run("a")
    bench.claim()
    answer = bench.complete(first, "error", claim_next=START)
    assert answer.claim is not None and answer.claim.execution_id == alone


def test_no_next_is_claimed_before_a_restart() -> None:
    bench = Bench("1", "2")
    bench.attach()
    first, _ = bench.run("a", "b")
    bench.claim()
    bench.do(c.RestartKernel(notebook_id=NB, run_all=True))
    assert bench.complete(first, claim_next=START).claim is None


# -------------------------------------------------------------------- kernel


def test_a_kernel_that_dies_takes_what_ran_and_what_waited_with_it() -> None:
    bench = Bench("1", "2")
    execution_id = bench.running("a")
    (queued,) = bench.run("b")
    events = bench.report(c.KernelIsDown(-9, "Killed"))
    assert events == [
        e.KernelDied("r1", -9, "Killed"),
        e.ExecutionCompleted(
            execution_id, "lost", "The kernel was killed by signal 9 while it ran."
        ),
        e.ExecutionCompleted(queued, "cancelled", "The kernel died before it could start."),
    ]
    assert not bench.nb.runtimes["r1"].kernel_alive
    bench.report(c.KernelIsUp(PYTHON))
    assert bench.nb.runtimes["r1"].kernel_alive
    assert bench.running("a") in bench.nb.executions


@pytest.mark.parametrize(
    ("exit_code", "why"),
    [(None, "The kernel died while it ran."), (3, "ended with exit code 3 while it ran.")],
)
def test_the_reason_tells_how_the_kernel_ended(exit_code: int | None, why: str) -> None:
    bench = Bench("1")
    execution_id = bench.running()
    bench.report(c.KernelIsDown(exit_code))
    assert why in (bench.execution(execution_id).reason or "")


def test_an_adrift_execution_is_lost_when_its_runtime_says_that_the_kernel_is_gone() -> None:
    bench = Bench("1")
    execution_id = bench.running()
    bench.lapse()
    bench.report(c.KernelIsDown())
    assert bench.execution(execution_id).status == "lost"


def test_the_first_kernel_of_a_runtime_ends_nothing() -> None:
    bench = Bench("1")
    bench.attach(alive=False)
    (execution_id,) = bench.run("a")
    bench.claim(None)
    assert bench.report(c.KernelIsUp(PYTHON)) == [e.KernelStarted("r1", PYTHON)]
    assert bench.execution(execution_id).status == "claimed"
