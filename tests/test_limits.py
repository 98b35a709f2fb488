"""The limits of a runtime over the whole path: real kernels, a real server, what people read."""

import asyncio
import json
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import pytest
from msgspec import UNSET

from intheloop import commands as c
from intheloop import events as e
from intheloop.amounts import said_size
from intheloop.cli.limits import limit_arguments
from intheloop.client import Client, to_record
from intheloop.folder import find_server, read_secret
from intheloop.notebook import Execution, Stream
from intheloop.server import COMMAND_LINE
from intheloop.settings import Settings
from intheloop_agents.runtime.__main__ import limits_of, options_of
from intheloop_agents.runtime.agent import Agent
from intheloop_agents.runtime.limits import USUAL, Limits
from tests.command_line import CommandLine, serving
from tests.desk import WAIT_S, Desk, desk, shown
from tests.serving import Served, served

__all__ = ["served"]
pytestmark = [pytest.mark.timeout(120), pytest.mark.anyio]

MIB = 2**20
FOREVER = "import time\nprint('begun', flush=True)\nwhile True: time.sleep(0.05)"
# Takes memory step by step until it holds too much, and says at each how much it holds, and when.
GROW = """
import os, time, psutil
me, held = psutil.Process(), []
while True:
    now, rss = time.time(), me.memory_info().rss
    print(now, rss, flush=True)
    if rss <= 400 * 2**20: held.append(bytearray(b'x') * 20_000_000)
    time.sleep(0.01)
"""


async def test_a_kernel_that_holds_too_much_is_ended_within_a_second_and_the_cell_says_why(
    served: Served, tmp_path: Path
) -> None:
    limits = Limits(kernel_memory=400 * MIB)
    async with desk(served, tmp_path, GROW, "1", "'here'", limits=limits) as at:
        lost, queued = await at.run("c1", "c2")
        (ended,) = await at.ended(lost)
        assert ended.status == "lost"
        told = re.fullmatch(
            r"The kernel was ended: it held (\S+) MiB of memory, more than the limit of 400 MiB\. "
            r"Use less, or raise the limit with --kernel-memory\.",
            ended.reason or "",
        )
        assert told and 400 < float(told[1]) < 450
        records = [to_record(one) for one in (await at.me.records(at.notebook_id, limit=1000))[0]]
        (death,) = [one for one in records if isinstance(one.event, e.KernelDied)]
        assert isinstance(death.event, e.KernelDied)
        assert (death.event.exit_code, death.event.reason) == (-9, ended.reason)
        steps = [(float(at), int(rss)) for at, rss in map(str.split, shown(ended).splitlines())]
        below = max(moment for moment, rss in steps if rss <= 400 * MIB)
        died = datetime.fromisoformat(death.envelope.recorded_at).timestamp()
        assert 0 < died - below < 1
        ends = [one.event for one in records if isinstance(one.event, e.ExecutionCompleted)]
        assert [(end.execution_id, end.status) for end in ends] == [
            (lost, "lost"),
            (queued, "cancelled"),
        ]
        (after,) = await at.ran("c3")
        assert (after.status, after.execution_count, shown(after)) == ("ok", 1, "\"'here'\"")


@pytest.mark.slow
async def test_what_a_kernel_started_counts_and_is_ended_with_it(
    served: Served, tmp_path: Path
) -> None:
    (tmp_path / "child.py").write_text(
        "import time\n"
        "alive = open('alive', 'w')\n"
        "held = bytearray(b'x') * 600_000_000\n"
        "time.sleep(30)\n"
        "alive.write('It was left alone.')"
    )
    source = (
        "import os, subprocess, sys\nos.mkfifo('alive')\n"
        "subprocess.Popen([sys.executable, 'child.py'], start_new_session=True)\n"
        "print('begun', flush=True)\ninput()"
    )
    async with desk(served, tmp_path, source, limits=Limits(kernel_memory=400 * MIB)) as at:
        (lost,) = await at.run("c1")
        await at.shows(lost, "begun")
        # The pipe ends when nobody has it open any more.
        assert await asyncio.to_thread((tmp_path / "alive").read_text) == ""
        (ended,) = await at.ended(lost)
        assert ended.status == "lost"
        assert "more than the limit of 400 MiB" in (ended.reason or "")


@pytest.mark.slow
async def test_an_idle_kernel_whose_thread_takes_too_much_is_ended_and_told(
    served: Served, tmp_path: Path
) -> None:
    source = (
        "import threading\ngo = threading.Event()\n"
        "def grow():\n    go.wait()\n    globals()['held'] = bytearray(b'x') * 600_000_000\n"
        "threading.Thread(target=grow).start()"
    )
    limits = Limits(kernel_memory=400 * MIB)
    async with desk(served, tmp_path, source, "go.set()", "'here'", limits=limits) as at:
        await at.ran("c1")
        await at.run("c2")
        await at.replica.wait_for(
            lambda state: any(not one.kernel_alive for one in state.runtimes.values()), WAIT_S
        )
        (death,) = [event for event in await at.events() if isinstance(event, e.KernelDied)]
        assert death.exit_code == -9
        assert "more than the limit of 400 MiB" in (death.reason or "")
        (after,) = await at.ran("c3")
        assert (after.status, after.execution_count) == ("ok", 1)


async def test_a_cell_that_runs_too_long_is_stopped_with_its_batch_and_the_kernel_lives(
    served: Served, tmp_path: Path
) -> None:
    limits = Limits(cell_time_s=1.0)
    async with desk(served, tmp_path, "x = 7", FOREVER, "x", limits=limits) as at:
        ran, stopped, queued = await at.run("c1", "c2", "c3")
        first, second = await at.ended(ran, stopped)
        assert (first.status, second.status) == ("ok", "cancelled")
        assert second.reason == "It ran longer than the limit of 1 s and was stopped."
        assert shown(second) == "begun\nKeyboardInterrupt"
        assert 1000 <= (second.duration_ms or 0) < 5000
        await at.replica.wait_for(lambda state: not state.queue, WAIT_S)
        assert queued not in at.replica.notebook.executions
        (after,) = await at.ran("c3")
        assert (after.status, shown(after)) == ("ok", '"7"')


@pytest.mark.slow
async def test_one_that_makes_a_good_end_of_the_interrupt_was_stopped_all_the_same(
    served: Served, tmp_path: Path
) -> None:
    source = "import time\ntry:\n    time.sleep(600)\nexcept BaseException:\n    print('so be it')"
    async with desk(served, tmp_path, source, limits=Limits(cell_time_s=0.5)) as at:
        (ended,) = await at.ran("c1")
        assert (ended.status, shown(ended)) == ("cancelled", "so be it\n")
        assert ended.reason == "It ran longer than the limit of 0.5 s and was stopped."


@pytest.mark.slow
async def test_one_that_does_not_mind_the_interrupt_is_ended_with_its_kernel(
    served: Served, tmp_path: Path
) -> None:
    source = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n" + FOREVER
    limits = Limits(cell_time_s=0.5)
    async with desk(served, tmp_path, source, "'here'", limits=limits) as at:
        (ended,) = await at.ran("c1")
        assert (ended.status, ended.reason) == (
            "lost",
            "The kernel was ended: a cell ran longer than the limit of 0.5 s and did not stop "
            "within 5 s of being interrupted. Make it shorter, or raise the limit with "
            "--cell-time-s.",
        )
        (after,) = await at.ran("c2")
        assert (after.status, after.execution_count) == ("ok", 1)


@asynccontextmanager
async def waiting(
    served: Served, folder: Path, limits: Limits
) -> AsyncGenerator[tuple[Desk, Execution]]:
    """A cell that has waited for an answer for more than two seconds, as another cell tells."""
    async with (
        desk(served, folder, "'Ada' + input('? ')", limits=limits) as at,
        desk(served, folder, FOREVER, limits=Limits(cell_time_s=2.0)) as beside,
    ):
        (asked,) = await at.run()
        state = await at.replica.wait_for(
            lambda state: bool((one := state.executions.get(asked)) and one.input), WAIT_S
        )
        (stopped,) = await beside.ran("c1")
        assert stopped.status == "cancelled"
        yield at, state.executions[asked]


async def answered(at: Desk, asking: Execution, value: str) -> Execution:
    assert asking.input is not None
    await at.me.call(
        c.ProvideInput(notebook_id=at.notebook_id, input_id=asking.input.input_id, value=value)
    )
    (ended,) = await at.ended(asking.execution_id)
    return ended


@pytest.mark.slow
async def test_a_cell_that_waits_for_an_answer_takes_no_time_and_is_no_rest(
    served: Served, tmp_path: Path
) -> None:
    limits = Limits(cell_time_s=1.5, idle_stop_s=0.5)
    async with waiting(served, tmp_path, limits) as (at, asking):
        ended = await answered(at, asking, "!")
        assert (ended.status, shown(ended)) == ("ok", "\"'Ada!'\"")
        assert (ended.duration_ms or 0) > 2000
        await at.replica.wait_for(lambda state: not state.runtimes, WAIT_S)


async def test_a_flood_is_kept_up_to_the_limit_and_its_end_follows(
    served: Served, tmp_path: Path
) -> None:
    source = "for n in range(40_000): print(f'{n:099}')\n1/0"
    limits = Limits(output_limit=3 * MIB)
    async with desk(served, tmp_path, source, "'here'", limits=limits) as at:
        (ended,) = await at.ran("c1")
        assert (ended.status, ended.reason) == ("error", "ZeroDivisionError: division by zero")
        whole = "".join(f"{n:099}\n" for n in range(40_000))
        head, notice, tail, _ = ended.outputs
        assert isinstance(head, Stream) and isinstance(notice, Stream) and isinstance(tail, Stream)
        assert await at.text(head) == whole[: 3 * MIB]
        assert notice.name == "stderr"
        assert await at.text(notice) == (
            "\n[In The Loop kept the first 3 MiB of this output; 818.25 KiB more were left out. "
            "The last lines follow.]\n"
        )
        assert await at.text(tail) == whole[-16 * 1024 :]
        assert shown(ended).endswith("ZeroDivisionError")
        # The log holds the first MiB, and names the rest.
        records, _ = await at.me.records(at.notebook_id, limit=1000)
        assert sum(len(bytes(record.data)) for record in records) < 1.2 * MIB
        (after,) = await at.ran("c2")
        assert after.status == "ok"


@pytest.mark.slow
async def test_a_notebook_in_which_no_code_runs_is_let_go_and_served_again_when_some_is_to(
    served: Served, tmp_path: Path
) -> None:
    source = "import time; time.sleep(1.5); x = 7"
    async with desk(served, tmp_path, source, "x", limits=Limits(idle_stop_s=1.0)) as at:
        # What runs longer than that is no rest.
        (first,) = await at.ran("c1")
        assert first.status == "ok"
        await at.replica.wait_for(lambda state: not state.runtimes, WAIT_S)
        kinds = [
            event.reason if isinstance(event, e.RuntimeDetached) else type(event)
            for event in await at.events()
        ]
        assert kinds[-2:] == [e.ExecutionCompleted, "No code ran for 1 s."]
        (again,) = await at.ran("c2")
        assert (again.status, again.execution_count) == ("error", 1)
        assert again.reason == "NameError: name 'x' is not defined"


@pytest.mark.slow
async def test_a_runtime_of_one_notebook_ends_when_that_has_rested(
    served: Served, tmp_path: Path
) -> None:
    async with desk(served, tmp_path, "1") as at:
        await at.stop_runtime()
        limits = Limits(idle_stop_s=0.5)
        alone = Agent(at.its, tmp_path, tmp_path / "spool", only=at.notebook_id, limits=limits)
        async with asyncio.timeout(WAIT_S):
            await alone.run()
        last = (await at.events())[-1]
        assert last == e.RuntimeDetached(alone.runtime_id, "No code ran for 0.5 s.")


def test_flags_of_the_runtime_process_are_those_of_the_commands_with_the_same_defaults() -> None:
    assert limits_of(options_of([])) == limits_of(options_of(limit_arguments(Settings()))) == USUAL
    given = Settings(kernel_memory=2**31, cell_time_s=0.25, output_limit=0, idle_stop_s=3600.0)
    limits = limits_of(options_of(limit_arguments(given)))
    assert limits == Limits(2**31, 0.25, 0, 3600.0)
    assert limits_of(options_of(["--kernel-memory", "2GiB"])).kernel_memory == 2**31


@pytest.mark.slow
async def test_a_flood_of_a_gigabyte_and_a_half_costs_the_runtime_little_memory(
    tmp_path: Path,
) -> None:
    flood = "for n in range(1500): print(f'{n:04}' * 250_000)"
    at = CommandLine(tmp_path / "data", tmp_path)
    with serving(at, "--output-limit", "32MiB"):
        server, token = find_server(at.data), read_secret(at.data, COMMAND_LINE)
        assert server is not None and token is not None
        async with Client(server.url, token, "test", "1") as me:
            created: c.Created = await me.call(c.CreateNotebook(title="Flood"))
            before = await ran(me, created.notebook_id, "1")
            runtime = int(json.loads((at.data / "runtime.json").read_bytes())["pid"])
            small = most_memory(runtime)
            flooded = await ran(me, created.notebook_id, flood)
            assert most_memory(runtime) - small < 350 * MIB
            after = await ran(me, created.notebook_id, "'here'")
            assert [one.status for one in (before, flooded, after)] == ["ok"] * 3
            head, notice, tail = (one for one in flooded.outputs if isinstance(one, Stream))
            sizes = [piece.blob.size for piece in head.pieces if piece.blob is not UNSET]
            assert 31 * MIB < sum(sizes) <= 32 * MIB and max(sizes) <= 4 * MIB
            more = said_size(1500 * 1_000_001 - 32 * MIB - 16 * 1024)
            assert f"kept the first 32 MiB of this output; {more} more" in text_in(notice)
            assert (await me.get_blob(created.notebook_id, tail.pieces[-1].sha256)).endswith(
                b"1499" * 4095 + b"\n"
            )


async def ran(client: Client, notebook_id: str, source: str) -> Execution:
    run = c.RunCode(notebook_id=notebook_id, source=source, wait_s=0)
    asked: c.Requested = await client.call(run)
    (execution_id,) = asked.execution_ids
    await client.call(
        c.ReadExecution(notebook_id=notebook_id, execution_id=execution_id, wait_s=300)
    )
    return (await client.state(notebook_id)).notebook.executions[execution_id]


def most_memory(pid: int) -> int:
    """The most bytes that a process has held until now."""
    status = Path(f"/proc/{pid}/status").read_text()
    return 1024 * int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0])


def text_in(stream: Stream) -> str:
    return "".join(piece.text for piece in stream.pieces)
