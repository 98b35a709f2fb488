"""What comes of the commands of runtimes: hold by lease, claims, adrift, the kernel's life."""

from typing import Any

import pytest

from intheloop import commands as c
from intheloop import events as e
from intheloop.errors import BadArgument, Conflict, NotFound
from intheloop.values import Blob, Value, inline
from tests.deciding import (
    PYTHON,
    START,
    Bench,
    appending,
    completing,
    detaching,
    losing,
    two_runtimes,
)
from tests.model import NB

GO_ON = inline(b'{"intheloop":{"on_kernel_death":"go_on"}}')


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


def reporting(runtime_id: str = "r1") -> c.ReportKernel:
    return c.ReportKernel(notebook_id=NB, runtime_id=runtime_id, report=c.KernelIsDown(1))


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


def test_the_environment_of_a_runtime_may_be_a_blob_that_is_there() -> None:
    bench = Bench()
    attach = attaching(environment=Value("ab" * 32, blob=Blob(40_000)))
    bench.refused(BadArgument, attach, "rt", says="upload it there first")
    bench.blobs[NB] = {"ab" * 32}
    bench.do(attach, "rt")


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


def test_an_adrift_execution_is_taken_up_although_a_restart_is_asked_for() -> None:
    """What it has printed is to be delivered; nothing else is claimed before the restart."""
    bench = Bench("1", "2")
    execution_id = bench.running()
    bench.run("b")
    bench.lapse()
    bench.do(c.RestartKernel(notebook_id=NB), "ana")
    claim = bench.claim(START)
    assert claim is not None and claim.execution_id == execution_id
    bench.append(execution_id, 0)
    bench.complete(execution_id)
    bench.run("b")
    assert bench.claim(START) is None


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
        assert refusal.extra["execution_status"] == "adrift"


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


def test_a_queue_that_is_to_go_on_waits_for_a_fresh_kernel() -> None:
    bench = Bench("1", "2", "3")
    bench.do(c.SetMetadata(notebook_id=NB, metadata=GO_ON))
    running, rest = bench.run("a", "b")
    (queued,) = bench.run("c")
    bench.attach()
    bench.claim(START)
    answer: c.Reported = bench.do(reporting(), "rt")
    assert answer.waiting == 1
    assert bench.events[-3:] == [
        e.KernelDied("r1", 1),
        e.ExecutionCompleted(running, "lost", "The kernel ended with exit code 1 while it ran."),
        e.ExecutionCompleted(
            rest, "cancelled", "An earlier cell of the same run did not end well."
        ),
    ]
    bench.report(c.KernelIsUp(PYTHON))
    claim = bench.claim(START)
    assert claim is not None and claim.execution_id == queued


def test_a_kernel_that_does_not_start_ends_even_a_queue_that_is_to_go_on() -> None:
    bench = Bench("1")
    bench.do(c.SetMetadata(notebook_id=NB, metadata=GO_ON))
    bench.attach(alive=False)
    (queued,) = bench.run("a")
    why = "There is no kernel named julia here; install it."
    assert bench.report(c.KernelIsDown(None, "", why)) == [
        e.KernelDied("r1", reason=why),
        e.ExecutionCompleted(queued, "cancelled", why),
    ]


@pytest.mark.parametrize("asked", [b'{"intheloop":1}', b'{"intheloop":{"on_kernel_death":"x"}}'])
def test_metadata_that_makes_no_sense_asks_for_nothing(asked: bytes) -> None:
    bench = Bench("1")
    bench.do(c.SetMetadata(notebook_id=NB, metadata=inline(asked)))
    bench.attach()
    bench.run("a")
    answer: c.Reported = bench.do(reporting(), "rt")
    assert answer.waiting == 0


def test_what_the_runtime_knows_of_a_death_is_the_reason() -> None:
    bench = Bench("1")
    execution_id = bench.running()
    bench.report(c.KernelIsDown(-9, "", "It held more memory than it may."))
    assert bench.execution(execution_id).reason == "It held more memory than it may."


@pytest.mark.parametrize(
    ("exit_code", "why"),
    [(None, "The kernel died while it ran."), (3, "ended with exit code 3 while it ran.")],
)
def test_the_reason_tells_how_the_kernel_ended(exit_code: int | None, why: str) -> None:
    bench = Bench("1")
    execution_id = bench.running()
    bench.report(c.KernelIsDown(exit_code))
    assert why in (bench.execution(execution_id).reason or "")


def test_an_idle_kernel_that_dies_ends_nothing_but_the_queue() -> None:
    bench = Bench("1")
    bench.attach()
    (queued,) = bench.run("a")
    why = "The kernel died before it could start."
    assert bench.report(c.KernelIsDown(1)) == [
        e.KernelDied("r1", 1),
        e.ExecutionCompleted(queued, "cancelled", why),
    ]


@pytest.mark.parametrize("report", [c.KernelIsDown(), c.KernelIsUp(PYTHON)])
def test_an_adrift_execution_is_lost_when_its_runtime_says_that_the_kernel_is_gone(
    report: c.KernelIsDown | c.KernelIsUp,
) -> None:
    bench = Bench("1")
    execution_id = bench.running()
    bench.lapse()
    bench.report(report)
    assert bench.execution(execution_id).status == "lost"


def test_the_first_kernel_of_a_runtime_ends_nothing() -> None:
    bench = Bench("1")
    bench.attach(alive=False)
    (execution_id,) = bench.run("a")
    bench.claim(None)
    assert bench.report(c.KernelIsUp(PYTHON)) == [e.KernelStarted("r1", PYTHON)]
    assert bench.execution(execution_id).status == "claimed"
