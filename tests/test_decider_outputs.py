"""What comes of outputs and of the end of an execution: in kernel order, and each once."""

from intheloop import commands as c
from intheloop import events as e
from intheloop.errors import BadArgument, Conflict, NotFound, TooLarge
from intheloop.values import Blob, StreamOutput, Value, inline
from tests.deciding import (
    START,
    Bench,
    appending,
    completing,
    detaching,
    losing,
    printed,
    shown,
    two_runtimes,
)
from tests.model import NB
from tests.replaying import display, plain
from tests.replaying import shown as seen

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
    missing = c.Append([StreamOutput("stdout", sha256="ab" * 32, blob=Blob(9, "text"))])
    late = appending(execution_id, 2, missing)
    bench.refused(BadArgument, late, "rt", says="upload it there first")


def test_late_output_is_refused_once_its_runtime_is_detached() -> None:
    bench = two_runtimes("1")
    gone, execution_id = bench.running("a"), ""
    bench.complete(gone)
    execution_id = bench.running("a")
    bench.refused(Conflict, appending(gone, 0), "other", says="an id of your own")
    bench.complete(execution_id)
    bench.refused(Conflict, appending(execution_id, 0), "other", says="an id of your own")
    bench.do(detaching(), "rt")
    bench.refused(Conflict, appending(execution_id, 0), "rt", says="attach it again")
    bench.attach("r2", "other")
    bench.refused(Conflict, appending(execution_id, 0), "other", says="attach it again")


def test_what_ended_before_it_started_shows_nothing_later_either() -> None:
    bench = Bench("1")
    bench.attach()
    (execution_id,) = bench.run("a")
    bench.claim(None)
    bench.do(completing(execution_id, status="cancelled"), "rt")
    assert execution_id not in bench.nb.executions
    bench.refused(Conflict, appending(execution_id, 0), "rt", says="is over")


def test_output_of_what_never_ran_is_refused() -> None:
    bench = Bench("1", "2")
    bench.attach()
    queued = bench.do(c.RunCode(notebook_id=NB, source="1")).execution_ids[0]
    bench.do(c.CancelExecution(notebook_id=NB, execution_id=queued))
    bench.refused(Conflict, appending(queued, 0), "rt", says="before it started")
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
    assert refusal.extra["execution_status"] == "error"


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
