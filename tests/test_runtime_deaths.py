"""Kernels that end while they run a cell, and one that has to be ended."""

import asyncio
import os
import signal
import time
from datetime import datetime
from pathlib import Path

import pytest

from intheloop import commands as c
from intheloop import events as e
from intheloop.client import to_record
from tests.desk import Desk, desk, shown
from tests.serving import Served, served

__all__ = ["served"]
pytestmark = [pytest.mark.anyio, pytest.mark.timeout(120)]

TELL = "from pathlib import Path\nimport time\nPath('end').write_text(repr(time.time()))\n"
"""The last act of a process that ends itself: it writes down when."""

DEATHS = {
    "import os\n" + TELL + "os._exit(7)": (7, "The kernel ended with exit code 7 while it ran."),
    "import ctypes\n" + TELL + "ctypes.string_at(0)": (
        -11,
        "The kernel was killed by signal 11 while it ran.",
    ),
    "import os\nprint(os.getpid(), flush=True)\nopen('never').read()": (
        -9,
        "The kernel was killed by signal 9 while it ran.",
    ),
}


@pytest.mark.parametrize("source", DEATHS, ids=["exit", "segfault", "kill"])
async def test_a_kernel_that_ends_in_a_cell_is_told_once_and_within_a_second(
    served: Served, tmp_path: Path, source: str
) -> None:
    exit_code, reason = DEATHS[source]
    os.mkfifo(tmp_path / "never")
    async with desk(served, tmp_path, source, "'here'") as at:
        (running,) = await at.run("c1")
        if exit_code == -signal.SIGKILL:
            await at.shows(running, "\n")
            pid = int(shown(at.replica.notebook.executions[running]))
            (tmp_path / "end").write_text(repr(time.time()))
            os.kill(pid, signal.SIGKILL)
        (ended,) = await at.ended(running)
        assert (ended.status, ended.reason) == ("lost", reason)
        ended_at = float((tmp_path / "end").read_text())
        found, _ = await at.me.records(at.notebook_id, limit=1000)
        told = [
            record
            for record in map(to_record, found)
            if isinstance(record.event, e.KernelDied | e.ExecutionCompleted)
        ]
        died, completed = (record.event for record in told)
        assert isinstance(died, e.KernelDied)
        assert died.exit_code == exit_code
        assert completed == e.ExecutionCompleted(running, "lost", reason)
        for record in told:
            assert 0 < seconds(record.envelope.recorded_at) - ended_at < 1
        (after,) = await at.ran("c2")
        assert shown(after) == "\"'here'\""


def seconds(recorded_at: str) -> float:
    """A time of a record, as `time.time` counts."""
    return datetime.fromisoformat(recorded_at).timestamp()


# The last line keeps every thread of the kernel from running and never looks for signals. One that
# comes before the code has got there is ignored, so that the test does not depend on when it comes.
HUNG = """import itertools, signal
signal.signal(signal.SIGINT, signal.SIG_IGN)
print('begun', flush=True)
open('go').read()
sum(itertools.repeat(0))"""


async def test_code_that_heeds_no_interrupt_is_ended_by_force_and_the_next_cell_runs(
    served: Served, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "go")
    async with desk(served, tmp_path, HUNG, "'here'") as at:
        (running,) = await at.run("c1")
        await at.shows(running, "begun")
        await asyncio.to_thread((tmp_path / "go").write_text, "x")
        asked = await cancelled(at, running)
        assert asked.outcome.endswith("if it does not, cancel with force.")
        assert at.replica.notebook.executions[running].is_open
        again = await cancelled(at, running)
        assert again.outcome.endswith("if it does not stop, cancel with force.")
        forced = await cancelled(at, running, force=True)
        assert forced.outcome.startswith("The kernel is being restarted")
        (ended,) = await at.ended(running)
        assert (ended.status, shown(ended)) == ("cancelled", "begun\n")
        assert ended.reason == "The kernel was restarted while it ran."
        (after,) = await at.ran("c2")
        assert (after.status, after.execution_count, shown(after)) == ("ok", 1, "\"'here'\"")
        kinds = [type(event) for event in await at.events()]
        assert kinds.count(e.KernelStarted) == 2
        assert e.KernelDied not in kinds


async def cancelled(at: Desk, execution_id: str, *, force: bool = False) -> c.Cancelled:
    """What the wish to cancel is answered, within a second."""
    command = c.CancelExecution(notebook_id=at.notebook_id, execution_id=execution_id, force=force)
    async with asyncio.timeout(1):
        answer: c.Cancelled = await at.me.call(command)
    return answer
