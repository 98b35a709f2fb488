"""A value of the runtime's environment, and keys: in nothing that is kept, sent or shown."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest

from intheloop import commands as c
from intheloop.client import Client, Inspect, Inspection, Replica, VariableList, Variables, ask
from intheloop.folder import credential_file, find_server, secret_in
from intheloop.notebook import Notebook
from intheloop_agents.masking import MASK
from intheloop_agents.scripted_model import ScriptedModel, Use, by_turn
from intheloop_agents.scripted_model import serving as model_serving
from tests.command_line import CommandLine, serving

pytestmark = [pytest.mark.timeout(180), pytest.mark.slow]

WAIT_S = 60.0
VALUE = "Zk3-canary/0f=the-environment"
KEY_BODY = "aB3_" * 8
KEY = "sk-" + "ant-api03-" + KEY_BODY
HEAD = (
    f"import os, sys, time\nv = os.environ['HOUSE_TOKEN']\nk = 'sk-' + 'ant-api03-' + '{KEY_BODY}'"
)
# Each in a way of its own; the last ones fail, and end the kernel.
SOURCES = (
    HEAD,
    "print(v, k)\nprint(repr(v), {'k': k})\nprint(v, k, file=sys.stderr)",
    "for part in (v, k):\n    for one in part: print(one, end='', flush=True)\n    print()",
    "for part in (v, k):\n"
    "    for at in range(0, len(part), 6):\n"
    "        print(part[at:at+6], end='', flush=True); time.sleep(0.02)\n"
    "    print()",
    "(v, k)",
    "from IPython.display import HTML\ndisplay(HTML(f'<b title={v}>{k}</b>'))\n"
    "display({'application/json': {v: [k]}, 'text/plain': 'json'}, raw=True)",
    "print('x' * 400_000, v, k)\ndisplay({'text/plain': f'{v} {k};' * 3000}, raw=True)",
    "input(f'{v} {k}? ')",
    "import threading\n"
    "def late(): time.sleep(0.3); print('late', v, k, flush=True)\n"
    "threading.Thread(target=late).start()",
    "from pathlib import Path\nprint('beg' + 'un', flush=True)\n"
    "while not Path('go').exists(): time.sleep(0.01)\n"
    "for n in range(50): print(v, k, n, flush=True); time.sleep(0.05)",
    "def fail(): raise ValueError(f'{v} and {k}')\ntry: fail()\nexcept ValueError as e:\n"
    "    raise KeyError(v, k) from e",
    "os.write(2, f'\\n{v} {k}\\n'.encode())\nos._exit(3)",
)
ENDS = {"c11": "error", "c12": "lost"}
ASKED, SPEAKS_LATE, PAUSED = "c1", "c9", "c10"


class House:
    """A notebook that is run, and all bytes of it that anybody was sent."""

    def __init__(self, at: CommandLine, server: subprocess.Popen[str], me: Client, nb: str) -> None:
        self.at, self.server, self.me, self.nb = at, server, me, nb
        self.got = bytearray()
        self.begun = asyncio.Event()

    async def follow(self, url: str, secret: str) -> None:
        """Keep what a follower gets, as it comes."""
        headers = {"Authorization": f"Bearer {secret}", "Accept": "text/event-stream"}
        path = f"{url}/api/notebooks/{self.nb}/events?after=0"
        async with (
            httpx2.AsyncClient(trust_env=False, timeout=None) as client,
            client.stream("GET", path, headers=headers) as answer,
        ):
            async for some in answer.aiter_raw():
                self.begun.set()
                self.got += some

    async def run(self, replica: Replica) -> None:
        """Run the cells one by one, to the end."""
        for cell_id in (f"c{number}" for number in range(1, len(SOURCES) + 1)):
            command = c.RunCells(
                notebook_id=self.nb,
                cells=[c.CellAt(cell_id, replica.notebook.cells[cell_id].rev)],
                wait_s=0,
            )
            asked: c.Requested = await self.me.call(command)
            (execution_id,) = asked.execution_ids

            def seen(state: Notebook, execution_id: str = execution_id) -> bool:
                one = state.executions.get(execution_id)
                return one is not None and (one.input is not None or not one.is_open)

            def over(state: Notebook, execution_id: str = execution_id) -> bool:
                return seen(state) and not state.executions[execution_id].is_open

            if cell_id == PAUSED:
                await replica.wait_for(lambda state: "begun" in str(state.executions), WAIT_S)
                await self._while_the_server_stands_still()
            state = await replica.wait_for(seen, WAIT_S)
            if (asks := state.executions[execution_id].input) is not None:
                answer = c.ProvideInput(notebook_id=self.nb, input_id=asks.input_id, value="yes")
                await self.me.call(answer)
            state = await replica.wait_for(over, WAIT_S)
            ended = state.executions[execution_id]
            assert (cell_id, ended.status) == (cell_id, ENDS.get(cell_id, "ok")), ended
            if cell_id == ASKED:
                await self._ask(replica)
            if cell_id == SPEAKS_LATE:
                await replica.wait_for(lambda state: "late" in str(state.executions), WAIT_S)

    async def _ask(self, replica: Replica) -> None:
        (runtime,) = replica.notebook.runtimes.values()
        told = await ask(self.me, self.nb, runtime.principal_id, Variables())
        seen = await ask(self.me, self.nb, runtime.principal_id, Inspect("k", 1))
        assert isinstance(told, VariableList) and isinstance(seen, Inspection)
        assert MASK in repr(told) and MASK in seen.text
        check("the answers", repr((told, seen)).encode())

    async def _while_the_server_stands_still(self) -> None:
        os.kill(self.server.pid, signal.SIGSTOP)
        try:
            (self.at.here / "go").touch()
            async with asyncio.timeout(WAIT_S):
                # Nobody tells of a file that grew.
                while not (kept := self._kept()):  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
            check("the spool", kept)
            assert MASK.encode() in kept
        finally:
            os.kill(self.server.pid, signal.SIGCONT)

    def _kept(self) -> bytes:
        files = (self.at.data / "spool").rglob("*")
        return b"".join(file.read_bytes() for file in files if file.is_file())


def check(where: object, found: bytes) -> None:
    """Neither secret stands in these bytes."""
    for secret in (VALUE, KEY):
        at = found.find(secret.encode())
        assert at < 0, f"{secret} stands in {where}: {found[max(0, at - 300) : at + 100]!r}"


@asynccontextmanager
async def house(at: CommandLine, server: subprocess.Popen[str]) -> AsyncIterator[House]:
    found = find_server(at.data)
    secret = secret_in(credential_file(at.data, "command-line")) or ""
    assert found is not None
    async with Client(found.url, secret, "test", "1") as me:
        cells = [
            c.GivenCell(cell_type="code", source=source, cell_id=f"c{number}")
            for number, source in enumerate(SOURCES, 1)
        ]
        created: c.Created = await me.call(c.CreateNotebook(title="Canary", cells=cells))
        one = House(at, server, me, created.notebook_id)
        following = asyncio.create_task(one.follow(found.url, secret))
        try:
            await one.begun.wait()
            yield one
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)


async def look(at: CommandLine, server: subprocess.Popen[str]) -> None:
    """Run everything, have the assistant read it, and look at what anybody was sent."""
    async with house(at, server) as one, Replica.following(one.me, one.nb) as replica:
        await one.run(replica)
        posted: c.Posted = await one.me.call(c.PostMessage(notebook_id=one.nb, text="Look."))

        def answered(state: Notebook) -> bool:
            return posted.run_id in state.runs and not state.runs[posted.run_id].is_open

        await replica.wait_for(answered, WAIT_S)
        check("what a follower got", bytes(one.got))
        assert one.got.count(MASK.encode()) > 20
        assert b"masked 2 secrets in this output" in one.got
        for export in (("export", one.nb), ("export", one.nb, "--log")):
            check(export, (await asyncio.to_thread(at.ok, *export)).encode())


def test_a_secret_that_code_prints_is_kept_nowhere_and_shown_to_nobody(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    script = by_turn([Use("read_notebook", {"detail": "full"})], "I see.")
    with model_serving(ScriptedModel(script)) as model:
        variables = {
            "HOUSE_TOKEN": VALUE,
            "ANTHROPIC_API_KEY": "",
            "INTHELOOP_ASSISTANT_KEY": "sk-of-the-model",
            "INTHELOOP_ASSISTANT_URL": model.url,
        }
        at = CommandLine(tmp_path / "data", tmp_path / "here", variables)
        with serving(at) as server:
            asyncio.run(look(at, server))
        for request in model.requests:
            check("a request to the model", request)
        assert len(model.requests) == 2 and MASK.encode() in model.requests[1]
    assert server.stdout is not None
    for file in tmp_path.rglob("*"):
        if file.is_file():
            check(file, file.read_bytes())
