"""A notebook on a desk: its owner follows it, a runtime serves it, both over the wire."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from msgspec import UNSET, Struct

from intheloop import commands as c
from intheloop import events as e
from intheloop.client import Client, Replica, to_record
from intheloop.notebook import Execution, Notebook, Stream
from intheloop.values import EMPTY, ErrorOutput, ResultOutput, Value, json_bytes
from intheloop_agents.runtime.agent import Agent
from intheloop_agents.runtime.delivery.spool import Entry, Spools
from intheloop_agents.runtime.limits import USUAL, Limits
from tests.serving import Served

WAIT_S = 60.0


class Desk(Struct):
    """A notebook with cells c1, c2 ..., followed by its owner, and a runtime that may serve it."""

    me: Client
    notebook_id: str
    replica: Replica
    agent: Agent
    agent_task: "asyncio.Task[None]"
    its: Client
    folder: Path

    async def run(self, *cells: str, allow_errors: bool = False) -> list[str]:
        """Ask for these cells to be run, in one batch; all of them when none is named."""
        state = self.replica.notebook.cells
        named = [c.CellAt(one, state[one].rev) for one in cells] or None
        command = c.RunCells(
            notebook_id=self.notebook_id, cells=named, allow_errors=allow_errors, wait_s=0
        )
        asked: c.Requested = await self.me.call(command)
        return list(asked.execution_ids)

    async def ended(self, *execution_ids: str) -> list[Execution]:
        """These executions once all of them have ended."""

        def over(state: Notebook) -> bool:
            return all(
                one in state.executions and not state.executions[one].is_open
                for one in execution_ids
            )

        state = await self.replica.wait_for(over, WAIT_S)
        return [state.executions[one] for one in execution_ids]

    async def ran(self, *cells: str) -> list[Execution]:
        """Run these cells to the end."""
        return await self.ended(*await self.run(*cells))

    async def shows(self, execution_id: str, text: str) -> None:
        """Wait until an execution shows this text."""
        await self.replica.wait_for(
            lambda state: text in shown(state.executions.get(execution_id)), WAIT_S
        )

    async def stop_runtime(self) -> None:
        """End the runtime as a process ends that is told to."""
        self.agent_task.cancel()
        await asyncio.gather(self.agent_task, return_exceptions=True)

    def start_another_runtime(self) -> None:
        """One that finds what the one before it has left."""
        self.agent = Agent(
            self.its, self.folder, self.folder / "spool", capabilities=(c.BESIDE_SERVER,)
        )
        self.agent_task = asyncio.create_task(self.agent.run())

    async def written_down(self, kind: type[Entry]) -> None:
        """Wait until the runtime's spool holds an entry of this kind."""
        spool = Spools(self.folder / "spool" / self.agent.runtime_id).of(self.notebook_id)
        async with asyncio.timeout(WAIT_S):
            # Nobody tells of a file that grew.
            while not any(isinstance(entry, kind) for _, entry in spool.entries()):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        spool.close(remove=False)

    async def text(self, stream: Stream) -> str:
        """The text of a stream, that in blobs too."""
        pieces = [
            piece.text.encode()
            if piece.blob is UNSET
            else await self.me.get_blob(self.notebook_id, piece.sha256)
            for piece in stream.pieces
        ]
        return b"".join(pieces).decode()

    async def events(self) -> list[e.Event]:
        """The whole log."""
        records, head = await self.me.records(self.notebook_id, limit=1000)
        assert len(records) == head
        return [to_record(record).event for record in records]


def shown(execution: Execution | None) -> str:
    """The stream text and plain results that an execution shows."""
    parts = []
    for output in execution.outputs if execution is not None else ():
        match output:
            case Stream(pieces=pieces):
                parts += [piece.text for piece in pieces]
            case ResultOutput(data=data):
                parts.append(json_bytes(data["text/plain"]).decode())
            case ErrorOutput(ename=ename):
                parts.append(ename)
    return "".join(parts)


@asynccontextmanager
async def desk(
    served: Served,
    folder: Path,
    *sources: str,
    through: str = "",
    kernel: str = "",
    metadata: Value = EMPTY,
    limits: Limits = USUAL,
) -> AsyncGenerator[Desk]:
    """A fresh notebook and a runtime that reaches the server at `through`, or directly."""
    ana = served.person()
    mine = served.secret(ana)
    runtimes = served.secret(ana, "runtime", ["notebook:read", "runtime"], label="Desk")
    notebook_id = served.notebook(mine, sources=sources, metadata=metadata)
    async with (
        Client(served.url, mine, "test", "1") as me,
        Client(through or served.url, runtimes, "runtime", "1") as its,
        Replica.following(me, notebook_id) as replica,
    ):
        agent = Agent(
            its,
            folder,
            folder / "spool",
            kernel=kernel,
            capabilities=(c.BESIDE_SERVER,),
            limits=limits,
        )
        task = asyncio.create_task(agent.run())
        at = Desk(me, notebook_id, replica, agent, task, its, folder)
        try:
            yield at
        finally:
            await at.stop_runtime()
