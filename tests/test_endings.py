"""The check that every log of a test goes through: sound logs pass, each unsound one is found."""

import pytest

from intheloop import events as e
from intheloop.log import open_stored
from tests.endings import check_notebook
from tests.replaying import NOTEBOOK, appended, asked, claimed, completed, redrawn, sealed

ATTACHED = e.RuntimeAttached("r1", e.Kernel("python3"))
GONE = e.RuntimeDetached("r1", "It was stopped.")
STARTED = e.ExecutionStarted("x", 1)
RUNNING = [ATTACHED, asked("x"), claimed("x"), STARTED]
LAPSED = e.ExecutionClaimLapsed("x", 1)
ENDED = [*RUNNING, completed("x", "ok")]


def late(index: int) -> e.OutputAppended:
    return e.OutputAppended("x", index, [], late=True)


def check(*events: e.Event) -> None:
    check_notebook(NOTEBOOK, map(open_stored, sealed(events)))


@pytest.mark.parametrize(
    "events",
    [
        [asked("x"), asked("y"), completed("x", "cancelled")],
        [*RUNNING, appended("x", index=0), appended("x", index=1), completed("x", "ok"), late(2)],
        [*RUNNING, appended("x", index=0), LAPSED, claimed("x", 2), appended("x", index=1)],
        [*RUNNING, LAPSED, completed("x", "lost"), GONE, asked("y")],
        [*ENDED, asked("y"), claimed("y"), redrawn("x", "d", "new"), e.OutputsCleared("x", 1)],
    ],
)
def test_a_log_in_which_each_request_comes_to_one_end_is_sound(events: list[e.Event]) -> None:
    check(*events)


@pytest.mark.parametrize(
    ("events", "found"),
    [
        ([completed("x", "ok")], "nobody requested it"),
        ([asked("x"), asked("x")], "requested before"),
        ([asked("x"), completed("x", "ok")], "nobody had it"),
        ([*ENDED, completed("x", "lost")], "it ended before, as ok"),
        ([*ENDED, e.ExecutionCancelRequested("x")], "it ended before, as ok"),
        ([*RUNNING, asked("y"), claimed("y")], "x is held"),
        ([ATTACHED, asked("x"), claimed("x"), claimed("x", 2)], "somebody has it"),
        ([*RUNNING, LAPSED, claimed("x", 3)], "1 claims"),
        ([asked("x"), claimed("x")], "its runtime is not there"),
        ([ATTACHED, asked("x"), STARTED], "nobody holds it"),
        ([*RUNNING, STARTED], "started before"),
        ([*RUNNING, appended("x", index=1)], "its next index is 0"),
        ([*RUNNING, appended("x", index=0), appended("x", index=0)], "its next index is 1"),
        ([ATTACHED, asked("x"), claimed("x"), appended("x", index=0)], "it had not started"),
        ([*RUNNING, LAPSED, appended("x", index=0)], "nobody held it"),
        ([*RUNNING, GONE, appended("x", index=0)], "its runtime is gone"),
        ([*ENDED, appended("x", index=0)], "whether it is late"),
        ([*RUNNING, late(0)], "whether it is late"),
        ([*RUNNING, completed("x", "lost"), late(0)], "it was lost"),
        ([*RUNNING, completed("x", "lost"), redrawn("x", "d", "new")], "it was lost"),
    ],
)
def test_what_cannot_be_is_found_and_named(events: list[e.Event], found: str) -> None:
    with pytest.raises(AssertionError, match=found) as raised:
        check(*events)
    assert f"{NOTEBOOK}, record {len(events)}:" in str(raised.value)
