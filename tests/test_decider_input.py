"""What comes of questions that running code asks."""

import pytest

from intheloop import commands as c
from intheloop import events as e
from intheloop.errors import BadArgument, Conflict
from tests.deciding import Bench, cancelling, restarting
from tests.model import NB


def providing(input_id: str, value: str | None = "yes") -> c.ProvideInput:
    return c.ProvideInput(notebook_id=NB, input_id=input_id, value=value)


def asking(execution_id: str, input_id: str = "i1", password: bool = False) -> c.RequestInput:
    return c.RequestInput(
        notebook_id=NB,
        execution_id=execution_id,
        input_id=input_id,
        prompt="Sure?",
        password=password,
    )


def test_the_first_answer_wins() -> None:
    bench = Bench("input()")
    execution_id = bench.running()
    bench.do(asking(execution_id), "rt")
    assert bench.new_events(providing("i1", ""), "bot") == [
        e.InputProvided(execution_id, "i1", "", "bot")
    ]
    bench.refused(Conflict, providing("i1"), says="read_runtime shows what runs")


def test_a_question_that_stands_is_not_asked_again() -> None:
    bench = Bench("input()")
    execution_id = bench.running()
    assert len(bench.new_events(asking(execution_id), "rt")) == 1
    assert bench.new_events(asking(execution_id), "rt") == []
    assert len(bench.new_events(asking(execution_id, "i2"), "rt")) == 1
    bench.refused(Conflict, providing("i1"), says="Nobody waits")


@pytest.mark.parametrize("how", ["interrupt", "restart", "cancel", "end"])
def test_an_interrupt_voids_the_question(how: str) -> None:
    bench = Bench("input()")
    execution_id = bench.running()
    bench.do(asking(execution_id), "rt")
    match how:
        case "interrupt":
            bench.do(c.InterruptKernel(notebook_id=NB))
        case "restart":
            bench.do(restarting())
        case "cancel":
            bench.do(cancelling(execution_id))
        case _:
            bench.complete(execution_id)
    bench.refused(Conflict, providing("i1"), says="answered or taken back")


def test_an_answer_needs_a_value_and_a_question() -> None:
    bench = Bench("input()")
    bench.refused(Conflict, providing("i1"), says="Nobody waits")
    bench.do(asking(bench.running()), "rt")
    bench.refused(BadArgument, providing("i1", None), says="it may be empty")


def test_a_password_never_enters_the_log() -> None:
    bench = Bench("getpass()")
    execution_id = bench.running()
    bench.do(asking(execution_id, password=True), "rt")
    for by, value in [("ana", "hunter2"), ("rt", "hunter2"), ("ana", None)]:
        bench.refused(BadArgument, providing("i1", value), by, says="as an answer signal")
    assert bench.execution(execution_id).input is not None
    assert bench.new_events(providing("i1", None), "rt") == [e.InputProvided(execution_id, "i1")]


def test_no_other_runtime_reports_an_answer() -> None:
    bench = Bench("getpass()")
    bench.program("other", "runtime", ["notebook:read", "runtime"])
    bench.do(asking(bench.running(), password=True), "rt")
    bench.refused(Conflict, providing("i1", None), "other", says="under an id of your own")
