"""The runtime over the wire: a real server, a real kernel, and people who ask for things."""

import asyncio
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from intheloop import commands as c
from intheloop import events as e
from intheloop.client import Client, Defect, Replica
from intheloop.notebook import Notebook, Stream
from intheloop.values import inline, json_bytes
from intheloop_agents.runtime import agent as agent_module
from intheloop_agents.runtime.agent import Agent
from tests.desk import WAIT_S, desk, shown
from tests.serving import Served, served

__all__ = ["served"]
pytestmark = pytest.mark.timeout(120)


@pytest.mark.anyio
async def test_cells_are_run_in_order_with_counts_and_two_round_trips_each(
    served: Served, tmp_path: Path
) -> None:
    sources = ["print('a')", "x = 20", " ", "x + 1", "import os; os.getcwd()"]
    async with desk(served, tmp_path, *sources) as at:
        first = await at.ended(*await at.run())
        assert [one.status for one in first] == ["ok"] * 5
        assert [one.execution_count for one in first] == [1, 2, None, 3, 4]
        assert [shown(one) for one in first[:4]] == ["a\n", "", "", '"21"']
        assert tmp_path.name in shown(first[4])
        assert first[0].duration_ms is not None
        again = await at.ran("c1", "c3", "c4")
        assert [one.execution_count for one in again] == [5, None, 6]
        commands = {
            record.command_id
            for record in (await at.me.records(at.notebook_id, limit=1000))[0]
            if record.actor.kind == "runtime" and record.seq > at.replica.notebook.seq - 12
        }
        # Cell c1: its output with its end; c3: only its end; and the claim before the first.
        assert len(commands) <= 2 * 3 + 1


@pytest.mark.anyio
async def test_an_error_stops_its_batch_unless_it_is_allowed(
    served: Served, tmp_path: Path
) -> None:
    async with desk(served, tmp_path, "1/0", "2") as at:
        failed, skipped = await at.run()
        await at.replica.wait_for(lambda state: not state.queue, WAIT_S)
        (one,) = await at.ended(failed)
        assert one.status == "error"
        assert one.reason == "ZeroDivisionError: division by zero"
        assert shown(one) == "ZeroDivisionError"
        assert skipped not in at.replica.notebook.executions  # It ended before it was started.
        ends = {
            event.execution_id: event.status
            for event in await at.events()
            if isinstance(event, e.ExecutionCompleted)
        }
        assert ends == {failed: "error", skipped: "cancelled"}
        both = await at.ended(*await at.run("c1", "c2", allow_errors=True))
        assert [one.status for one in both] == ["error", "ok"]


@pytest.mark.anyio
async def test_a_display_is_updated_from_another_cell_and_output_is_cleared(
    served: Served, tmp_path: Path
) -> None:
    async with desk(
        served,
        tmp_path,
        "from IPython.display import clear_output, display\nh = display('old', display_id='d')",
        "h.update('new')",
        "print('gone'); clear_output(); print('kept')",
    ) as at:
        first, _, third = await at.ran("c1", "c2", "c3")
        assert shown(third) == "kept\n"
        (display,) = at.replica.notebook.executions[first.execution_id].outputs
        assert json_bytes(display.data["text/plain"]) == b"\"'new'\""  # type: ignore[union-attr]


@pytest.mark.anyio
async def test_a_running_cell_is_cancelled_or_interrupted_and_the_kernel_keeps_its_variables(
    served: Served, tmp_path: Path
) -> None:
    forever = "import time\nprint('begun', flush=True)\nwhile True: time.sleep(0.05)"
    async with desk(served, tmp_path, "x = 7", forever, "x") as at:
        await at.ran("c1")
        (running,), (queued,) = await at.run("c2"), await at.run("c3")
        await at.shows(running, "begun")
        await at.me.call(c.CancelExecution(notebook_id=at.notebook_id, execution_id=running))
        stopped, after = await at.ended(running, queued)
        assert (stopped.status, after.status) == ("cancelled", "ok")
        assert shown(after) == '"7"'
        (running,) = await at.run("c2")
        await at.shows(running, "begun")
        await at.me.call(c.InterruptKernel(notebook_id=at.notebook_id))
        (stopped,) = await at.ended(running)
        assert stopped.status == "error"
        assert stopped.reason == "KeyboardInterrupt: "


@pytest.mark.anyio
async def test_a_restart_ends_what_runs_and_leaves_no_variable(
    served: Served, tmp_path: Path
) -> None:
    forever = "import time\nprint('begun', flush=True)\nwhile True: time.sleep(0.05)"
    async with desk(served, tmp_path, "x = 7", forever, "x") as at:
        await at.ran("c1")
        running, queued = await at.run("c2", "c3")
        await at.shows(running, "begun")
        await at.me.call(c.RestartKernel(notebook_id=at.notebook_id, wait_s=0))
        (stopped,) = await at.ended(running)
        assert stopped.status == "cancelled"
        assert shown(stopped) == "begun\n"
        assert queued not in at.replica.notebook.executions
        (failed,) = await at.ran("c3")
        assert failed.reason == "NameError: name 'x' is not defined"
        assert failed.execution_count == 1
        kinds = [type(event) for event in await at.events()]
        assert kinds.count(e.KernelStarted) == 2
        assert kinds.count(e.ExecutionCompleted) == 4  # One for each execution.
        # Of an idle kernel, with everything run again.
        asked: c.Requested = await at.me.call(
            c.RestartKernel(notebook_id=at.notebook_id, run_all=True, wait_s=0)
        )
        await at.shows(asked.execution_ids[1], "begun")
        assert at.replica.notebook.executions[asked.execution_ids[0]].execution_count == 1


@pytest.mark.anyio
async def test_code_asks_for_a_line_and_for_a_password_that_no_log_holds(
    served: Served, tmp_path: Path
) -> None:
    source = "import getpass\nn = input('Name? ')\np = getpass.getpass('Word? ')\nn + str(len(p))"
    async with desk(served, tmp_path, source) as at:
        (asking,) = await at.run()

        def asked(prompt: str) -> Notebook:
            return at.replica.wait_for(  # type: ignore[return-value]
                lambda state: bool(
                    (one := state.executions.get(asking))
                    and one.input
                    and one.input.prompt == prompt
                ),
                WAIT_S,
            )

        line = (await asked("Name? ")).executions[asking].input  # type: ignore[misc]
        await at.me.call(
            c.ProvideInput(notebook_id=at.notebook_id, input_id=line.input_id, value="Ada")
        )
        word = (await asked("Word? ")).executions[asking].input  # type: ignore[misc]
        assert word.password
        runtime = at.replica.notebook.runtimes[at.agent.runtime_id]
        await at.me.signal(
            at.notebook_id, "answer", word.input_id, "s3cret!", to=runtime.principal_id
        )
        (done,) = await at.ended(asking)
        assert shown(done) == "\"'Ada7'\""
        given = [event for event in await at.events() if isinstance(event, e.InputProvided)]
        assert [event.value for event in given] == ["Ada", None]
        assert b"s3cret" not in b"".join(
            bytes(record.data) for record in (await at.me.records(at.notebook_id, limit=1000))[0]
        )


@pytest.mark.anyio
async def test_a_death_of_the_kernel_is_told_at_once_and_the_next_run_has_a_fresh_one(
    served: Served, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "go")
    die = "import os\nprint('last', flush=True)\nopen('go').read()\nos._exit(7)"
    async with desk(served, tmp_path, "import os; os.getpid()", die, "'here'") as at:
        (first,) = await at.ran("c1")
        lost, queued = await at.run("c2", "c3")
        # What a process leaves unsent as it ends is gone with it: let the text come first.
        await at.shows(lost, "last")
        await asyncio.to_thread((tmp_path / "go").write_text, "x")
        (ended,) = await at.ended(lost)
        assert ended.status == "lost"
        assert ended.reason == "The kernel ended with exit code 7 while it ran."
        assert shown(ended) == "last\n"
        assert queued not in at.replica.notebook.executions
        pid, alive = await at.ran("c1", "c3")
        assert (alive.status, alive.execution_count) == ("ok", 2)
        # Between executions.
        os.kill(int(shown(pid).strip('"')), signal.SIGKILL)
        await at.replica.wait_for(
            lambda state: not state.runtimes[at.agent.runtime_id].kernel_alive, WAIT_S
        )
        deaths = [event for event in await at.events() if isinstance(event, e.KernelDied)]
        assert [death.exit_code for death in deaths] == [7, -9]
        assert first.execution_count == 1


@pytest.mark.anyio
async def test_a_notebook_may_want_its_queue_to_go_on_in_a_fresh_kernel(
    served: Served, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "go")
    die = "import os\nprint('up', flush=True)\nopen('go').read()\nos._exit(7)"
    async with desk(served, tmp_path, die, "1", "'on'") as at:
        go_on = inline(b'{"intheloop":{"on_kernel_death":"go_on"}}')
        await at.me.call(c.SetMetadata(notebook_id=at.notebook_id, metadata=go_on))
        lost, rest = await at.run("c1", "c2")
        (queued,) = await at.run("c3")
        await at.shows(lost, "up")
        await asyncio.to_thread((tmp_path / "go").write_text, "x")
        ended, after = await at.ended(lost, queued)
        assert (ended.status, after.status, after.execution_count) == ("lost", "ok", 1)
        assert shown(after) == "\"'on'\""
        assert rest not in at.replica.notebook.executions  # It was of the run that went wrong.


@pytest.mark.anyio
async def test_what_threads_print_after_the_end_is_added_as_late(
    served: Served, tmp_path: Path
) -> None:
    source = (
        "import threading, time\ngo = threading.Event()\n"
        "def work():\n    go.wait()\n    print('late word', flush=True)\n"
        "threading.Thread(target=work).start()\nprint('in time')"
    )
    async with desk(served, tmp_path, source, "go.set()") as at:
        first, _ = await at.ran("c1", "c2")
        # ipykernel files a thread's text under the execution that started the thread or the latest.
        await at.replica.wait_for(
            lambda state: any("late word" in shown(one) for one in state.executions.values()),
            WAIT_S,
        )
        assert "in time" in shown(at.replica.notebook.executions[first.execution_id])


@pytest.mark.anyio
async def test_a_notebook_whose_serving_failed_is_served_again(
    served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agent_module, "_AFTER_FAILURE_S", 0.05)
    ana = served.person()
    mine = served.secret(ana)
    secret = served.secret(ana, "runtime", ["notebook:read", "runtime"])
    notebook_id = served.notebook(mine, sources=["'here'"])

    class Unlucky(Client):
        failures = 2

        async def records(self, *arguments: Any, **options: Any) -> Any:
            if self.failures:
                self.failures -= 1
                raise Defect("The answer cannot be read.")
            return await super().records(*arguments, **options)

    async with (
        Client(served.url, mine, "test", "1") as me,
        Unlucky(served.url, secret, "runtime", "1") as its,
        Replica.following(me, notebook_id) as replica,
    ):
        await me.call(c.RunCells(notebook_id=notebook_id, wait_s=0))
        task = asyncio.create_task(Agent(its, tmp_path, tmp_path / "spool").run())
        try:
            state = await replica.wait_for(
                lambda state: any(not one.is_open for one in state.executions.values()), WAIT_S
            )
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
    (ended,) = state.executions.values()
    assert shown(ended) == "\"'here'\""


@pytest.mark.anyio
async def test_large_values_become_blobs_and_long_text_is_whole(
    served: Served, tmp_path: Path
) -> None:
    async with desk(
        served,
        tmp_path,
        "print('x' * 100_000)",
        "print('y' * 3_000_000)",
        "from IPython.display import HTML\nHTML('<b>' + 'z' * 50_000 + '</b>')",
    ) as at:
        long, longer, rich = await at.ran("c1", "c2", "c3")
        assert shown(long) == "x" * 100_000 + "\n"
        (stream,) = longer.outputs
        assert isinstance(stream, Stream)
        blobs = [await at.me.get_blob(at.notebook_id, piece.sha256) for piece in stream.pieces]
        assert b"".join(blobs) == b"y" * 3_000_000 + b"\n"
        (result,) = rich.outputs
        html = result.data["text/html"]  # type: ignore[union-attr]
        assert (await at.me.get_blob(at.notebook_id, html.sha256)).startswith(b"<b>zzz")


@pytest.mark.anyio
async def test_a_runtime_that_is_told_to_stop_detaches_and_takes_its_kernels_along(
    served: Served, tmp_path: Path
) -> None:
    forever = "import os, time\nprint(os.getpid(), flush=True)\nwhile True: time.sleep(0.05)"
    async with desk(served, tmp_path, forever) as at:
        (running,) = await at.run()
        await at.shows(running, "\n")
        pid = int(shown(at.replica.notebook.executions[running]))
        at.agent_task.cancel()
        (ended,) = await at.ended(running)
        assert (ended.status, ended.reason) == ("lost", "The runtime was stopped.")
        assert not at.replica.notebook.runtimes
        await asyncio.gather(at.agent_task, return_exceptions=True)
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
