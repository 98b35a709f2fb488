"""`kill -9` of the server, and of the runtime, while code runs: no line lost, nothing run twice."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, closing
from pathlib import Path
from random import Random

import pytest

from intheloop import commands as c
from intheloop import events as e
from intheloop.access import new_credential_secret, secret_sha256
from intheloop.client import Client, Replica, to_record
from intheloop.errors import Conflict, Denied
from intheloop.folder import STORE
from intheloop.log import SqlLog, sqlite_url
from intheloop.notebooks import ServiceSettings
from intheloop.values import StreamOutput, stream
from intheloop_agents.runtime.delivery.leftovers import GONE
from tests.accounts import check_store
from tests.desk import WAIT_S, shown
from tests.killable_server import POINTS
from tests.pipe import Pipe
from tests.runtime_process import RuntimeProcess
from tests.server_process import ServerProcess, steady_port
from tests.serving import serving

pytestmark = pytest.mark.anyio

USUAL = ServiceSettings()
LINES = 10_000
LEASE_S = 1.0
KILLED = -9
ROUNDS, ROUNDS_IN_TORTURE = 10, 100
AT_A_LINE = "never"
"""The point of a server that is killed by the test, when the code has come to a line."""

# `runs` shows that one kernel lives through all rounds and runs the code once in each. The code
# tells the test when it has come to a line, and may wait at another until the server is back.
COUNTING = f"""runs = globals().get('runs', 0) + 1
line, pause = map(int, open('plan').read().split())
for n in range({LINES}):
    print(n, flush=True)
    if n == line: _ = open('here', 'w').write('x')
    if n == pause: _ = open('go', 'rb', 0).read(1)"""
WHOLE = "".join(f"{n}\n" for n in range(LINES))


@pytest.mark.slow
@pytest.mark.torture
@pytest.mark.parametrize("watched", [True, False], ids=["watched", "unwatched"])
async def test_a_server_killed_while_code_prints_gets_every_line_once_when_it_is_back(
    seed: int, torture: bool, tmp_path: Path, watched: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    began, rounds = time.monotonic(), ROUNDS_IN_TORTURE if torture else ROUNDS
    with ExitStack() as servers:
        trial = Trial(Random(f"{seed} {watched}"), tmp_path, servers)
        await trial.settle()
        async with trial.watching() if watched else AsyncExitStack():
            for number in range(rounds):
                await trial.round(number)
        trial.end()
    with capsys.disabled():
        print(f"\n{rounds} kills, {trial.lapses} lapsed leases, {LINES} lines each time, ", end="")
        print(f"in {time.monotonic() - began:.0f} s")


class Trial:
    """One notebook, one runtime with one kernel, and the servers that die on them."""

    def __init__(self, random: Random, folder: Path, ends: ExitStack) -> None:
        self._random = random
        self._folder = folder
        self._ends = ends
        self._data = folder / "data"
        self._here = ends.enter_context(Pipe(folder / "here"))
        self._go = ends.enter_context(Pipe(folder / "go"))
        self._environ = {
            "INTHELOOP_PORT": str(steady_port()),
            "INTHELOOP_LEASE_S": str(LEASE_S),
            "INTHELOOP_REMOTE_ADRIFT_S": "600",
        }
        self._server = self._started()
        self._seen = 0
        self._replica: Replica | None = None
        self.lapses = 0

    async def settle(self) -> None:
        """A notebook of two cells, and the runtime."""
        secret = new_credential_secret()
        cells = [c.GivenCell(COUNTING, cell_id="c1"), c.GivenCell("runs", cell_id="c2")]
        async with self._client() as me:
            created: c.Created = await me.call(c.CreateNotebook(title="Lines", cells=cells))
            await me.call(
                c.IssueCredential(
                    kind="runtime",
                    label="runtime",
                    scopes=["notebook:read", "runtime"],
                    secret_sha256=secret_sha256(secret),
                )
            )
        self._notebook_id = created.notebook_id
        self._runtime = self._ends.enter_context(
            RuntimeProcess(self._server.url, secret, self._folder)
        )

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Somebody follows the notebook through all that happens inside the block."""
        async with (
            self._client() as me,
            Replica.following(me, self._notebook_id) as self._replica,
        ):
            yield

    async def round(self, number: int) -> None:
        """A server dies while the code runs, and another one has it all in the end."""
        line = self._random.randrange(LINES)
        pause = self._random.choice([-1, self._random.randrange(line, LINES)])
        print(f"round {number}: the code tells at line {line} and waits at {pause}")
        (self._folder / "plan").write_text(f"{line} {pause}")
        async with self._client() as me:
            execution_id = await ask(me, self._notebook_id, "c1")
        self._server.arm()
        dying = asyncio.create_task(asyncio.to_thread(self._server.wait_for_end))
        told = asyncio.create_task(self._here.take())
        await asyncio.wait((dying, told), return_when=asyncio.FIRST_COMPLETED)
        self._server.kill()
        assert await dying == KILLED
        await asyncio.sleep(3 * LEASE_S)
        self._server = self._started()
        if pause >= 0:
            self._go.give()
        await self._check(number, execution_id)
        await told

    def end(self) -> None:
        """The runtime and the last server end well, and what they leave is whole."""
        assert self._runtime.stop() == 0
        assert self._server.stop() == 0
        with closing(SqlLog(sqlite_url(self._data / STORE))) as log:
            check_store(log)
        assert "too late" not in self._runtime.errors.read_text()
        assert "set aside" not in self._runtime.errors.read_text()

    def _started(self) -> ServerProcess:
        point = self._random.choice([AT_A_LINE, *(one for one in POINTS if one != "erasing")])
        fate = (point, self._random.randint(1, 12), self._random.randint(1, 8))
        print(f"a server that is to die at {fate}")
        return self._ends.enter_context(ServerProcess(self._data, *fate, environ=self._environ))

    def _client(self) -> Client:
        return Client(self._server.url, self._server.token, "test", "1")

    async def _check(self, number: int, execution_id: str) -> None:
        async with self._client() as me, Replica.following(me, self._notebook_id) as fresh:
            await fresh.wait_for(lambda state: not state.queue, WAIT_S)
            told = await self._new_events(me)
            assert printed(told, execution_id) == WHOLE
            ends = [one for one in told if isinstance(one, e.ExecutionCompleted)]
            assert [(one.execution_id, one.status) for one in ends] == [(execution_id, "ok")]
            after = await ask(me, self._notebook_id, "c2")
            for replica in (fresh, self._replica or fresh):
                await replica.wait_for(
                    lambda state: after in state.executions and not state.queue, WAIT_S
                )
                assert shown(replica.notebook.executions[after]) == f'"{number + 1}"'
                assert shown(replica.notebook.executions[execution_id]) == WHOLE
            await self._new_events(me)

    async def _new_events(self, me: Client) -> list[e.Event]:
        found: list[e.Event] = []
        head = self._seen + 1
        while self._seen < head:
            records, head = await me.records(self._notebook_id, after=self._seen, limit=1000)
            found += [to_record(record).event for record in records]
            self._seen += len(records)
        self.lapses += sum(isinstance(one, e.ExecutionClaimLapsed) for one in found)
        return found


async def ask(me: Client, notebook_id: str, cell_id: str) -> str:
    """The execution of a cell as it stands."""
    state = (await me.state(notebook_id)).notebook
    cells = [c.CellAt(cell_id, state.cells[cell_id].rev)]
    asked: c.Requested = await me.call(c.RunCells(notebook_id=notebook_id, cells=cells, wait_s=0))
    return asked.execution_ids[0]


def printed(events: list[e.Event], execution_id: str) -> str:
    """What an execution printed, in the order of the log."""
    return "".join(
        output.text
        for event in events
        if isinstance(event, e.OutputAppended) and event.execution_id == execution_id
        for output in event.outputs
        if isinstance(output, StreamOutput)
    )


HANGING = "print('begun', flush=True)\nopen('never').read()"


@pytest.mark.slow
@pytest.mark.parametrize("same_folder", [False, True], ids=["elsewhere", "in its folder"])
async def test_what_a_killed_runtime_ran_is_lost_once_and_the_next_one_goes_on(
    tmp_path: Path, same_folder: bool
) -> None:
    """Given up after its limit, or at once by the next runtime on its folder, which can tell."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        os.mkfifo(tmp_path / name / "never")
    with serving() as served:
        ana = served.person()
        mine = served.secret(ana)
        old = served.secret(ana, "runtime", ["notebook:read", "runtime"])
        new = old if same_folder else served.secret(ana, "runtime", ["notebook:read", "runtime"])
        notebook_id = served.notebook(mine, sources=[HANGING, "'next'"])
        async with (
            Client(served.url, mine, "test", "1") as me,
            Client(served.url, old, "late", "1") as late,
            Replica.following(me, notebook_id) as replica,
        ):
            with RuntimeProcess(served.url, old, tmp_path / "one") as runtime:
                running = await ask(me, notebook_id, "c1")
                queued = await ask(me, notebook_id, "c2")
                await replica.wait_for(
                    lambda state: shown(state.executions.get(running)) == "begun\n", WAIT_S
                )
                (gone,) = replica.notebook.runtimes
                runtime.kill()
            folder = tmp_path / ("one" if same_folder else "two")
            with RuntimeProcess(served.url, new, folder) as runtime:
                if not same_folder:
                    served.push_time(USUAL.lease_s)
                    await replica.wait_for(
                        lambda state: state.executions[running].status == "adrift", WAIT_S
                    )
                    served.push_time(USUAL.remote_adrift_s)
                state = await replica.wait_for(lambda state: not state.queue, WAIT_S)
                lost, after = state.executions[running], state.executions[queued]
                assert (lost.status, shown(lost)) == ("lost", "begun\n")
                assert lost.reason == (
                    GONE if same_folder else "Its runtime was not heard from again."
                )
                assert (after.status, shown(after)) == ("ok", "\"'next'\"")
                assert after.runtime_id not in (None, gone)
                # A credential may add to what any runtime with it has run.
                others = [] if same_folder else [queued]
                for tool in what_it_may_still_say(notebook_id, gone, running, *others):
                    with pytest.raises((Conflict, Denied)):
                        await late.call(tool)
                assert (await me.state(notebook_id)).seq == state.seq
                assert runtime.stop() == 0


def what_it_may_still_say(notebook_id: str, runtime_id: str, *ended: str) -> Iterator[c.Tool]:
    """What a runtime that is no more could send after all, of these executions too."""
    nb, parts = notebook_id, [c.Append([stream("stdout", "late")])]
    for one in ended:
        yield c.AppendOutputs(notebook_id=nb, execution_id=one, index=1, parts=[*parts])
        yield c.CompleteExecution(notebook_id=nb, execution_id=one, status="ok")
        yield c.RequestInput(notebook_id=nb, execution_id=one, input_id="i", prompt="?")
    yield c.ClaimExecution(notebook_id=nb, runtime_id=runtime_id)
    yield c.RenewLease(notebook_id=nb, runtime_id=runtime_id)
    yield c.ReportKernel(notebook_id=nb, runtime_id=runtime_id, report=c.KernelIsDown(1))
    yield c.AttachRuntime(notebook_id=nb, runtime_id=runtime_id, kernel=e.Kernel("python3"))
