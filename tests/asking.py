"""A notebook with an assistant on a real server, and a model that follows a script."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from intheloop import commands as c
from intheloop import events as e
from intheloop.client import Client, Replica, to_record
from intheloop.notebook import AssistantRun, Notebook
from intheloop.values import inline
from intheloop_agents.assistant.agent import Agent
from intheloop_agents.assistant.model import Endpoint, Model
from intheloop_agents.assistant.pricing import Prices
from intheloop_agents.assistant.setup import DEFAULT_MODEL, Setup
from intheloop_agents.runtime.agent import Agent as Runtime
from intheloop_agents.scripted_model import Answer, ScriptedModel, serving
from tests.serving import Served

WAIT_S = 20.0
SETUP = Setup(
    agent=e.Agent("assistant", "test", "scripted"),
    label="Assistant",
    prices={DEFAULT_MODEL: Prices(3, 15)},
)
AGENT_SCOPES: tuple[e.Scope, ...] = (
    *("notebook:read", "notebook:write", "notebook:run", "assistant"),
)


class Asked:
    """A person who asks, what the notebook says, and what the model was asked."""

    def __init__(
        self, served: Served, me: Client, notebook_id: str, replica: Replica, model: ScriptedModel
    ) -> None:
        self.served = served
        self.me = me
        self.notebook_id = notebook_id
        self.replica = replica
        self.model = model
        self.secrets: list[str] = []

    async def post(self, text: str = "Do it.", **more: Any) -> c.Posted:
        """Write to the assistant."""
        posted: c.Posted = await self.me.call(
            c.PostMessage(notebook_id=self.notebook_id, text=text, **more)
        )
        return posted

    async def hide(self, cell_id: str, metadata: dict[str, Any]) -> None:
        """Give a cell this metadata."""
        value = inline(msgspec.json.encode(metadata))
        await self.me.call(
            c.SetMetadata(notebook_id=self.notebook_id, cell_id=cell_id, metadata=value)
        )

    async def ran(self, cell_id: str, answer: str) -> str:
        """Run a cell that asks for one line of input; the id of its execution once it is over."""
        rev = self.replica.notebook.cells[cell_id].rev
        cells = [c.CellAt(cell_id, rev)]
        run = c.RunCells(notebook_id=self.notebook_id, cells=cells, wait_s=20)
        requested: c.Requested = await self.me.call(run)
        (execution_id,) = requested.execution_ids
        (told,) = requested.executions
        given = c.ProvideInput(
            notebook_id=self.notebook_id, input_id=str(told.input_id), value=answer
        )
        await self.me.call(given)
        await self.replica.wait_for(lambda state: not state.queue, WAIT_S)
        return execution_id

    async def ended(self, posted: c.Posted) -> AssistantRun:
        """The run once it is over."""

        def over(state: Notebook) -> bool:
            return posted.run_id in state.runs and not state.runs[posted.run_id].is_open

        state = await self.replica.wait_for(over, WAIT_S)
        return state.runs[posted.run_id]

    async def asked(self, text: str = "Do it.", **more: Any) -> AssistantRun:
        """The run that answers a message."""
        return await self.ended(await self.post(text, **more))

    async def until(self, kind: type[e.Event], count: int = 1) -> list[e.Record]:
        """The records once there are so many of a kind."""
        name = e.TYPE_NAMES[kind]
        while True:
            seq = self.replica.notebook.seq
            records = await self.records()
            if sum(record.envelope.type == name for record in records) >= count:
                return records
            await self.replica.wait_for(lambda state: state.seq > seq, WAIT_S)  # noqa: B023

    async def records(self) -> list[e.Record]:
        """The whole log."""
        found: list[e.WireRecord] = []
        while True:
            page, head = await self.me.records(
                self.notebook_id, after=found[-1].seq if found else 0, limit=1000
            )
            found += page
            if not page or found[-1].seq >= head:
                return [to_record(one) for one in found]

    async def types(self, after: int = 0) -> list[str]:
        """The types of all records after a seq."""
        return [record.envelope.type for record in (await self.records())[after:]]

    async def of(self, kind: type[Any]) -> list[Any]:
        """All events of a kind."""
        return [one.event for one in await self.records() if isinstance(one.event, kind)]

    def requests(self) -> list[dict[str, Any]]:
        """What the model was asked, in order."""
        return [msgspec.json.decode(one) for one in self.model.requests]

    @asynccontextmanager
    async def agent(
        self, setup: Setup = SETUP, client: type[Client] = Client, **endpoint: Any
    ) -> AsyncIterator[Agent]:
        """An assistant that works while the block runs; always the same program."""
        if not self.secrets:
            self.secrets.append(
                self.served.secret(self.person_id, "assistant", AGENT_SCOPES, label="the assistant")
            )
        given = {"tries": 4, "first_wait_s": 0.01, **endpoint}

        def connect(secret: str) -> Client:
            return client(self.served.url, secret, "intheloop-assistant", "test")

        async with (
            connect(self.secrets[0]) as own,
            Model(Endpoint(self.model.url, "key-canary", **given)) as model,
        ):
            agent = Agent(own, connect, model, setup)
            task = asyncio.create_task(agent.run())
            try:
                yield agent
            finally:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    @asynccontextmanager
    async def runtime(
        self, folder: Path, capabilities: tuple[str, ...] = (c.BESIDE_SERVER,)
    ) -> AsyncIterator[None]:
        """A runtime with real kernels that serves while the block runs."""
        secret = self.served.secret(
            self.person_id, "runtime", ["notebook:read", "runtime"], label="Desk"
        )
        async with Client(self.served.url, secret, "runtime", "1") as client:
            runtime = Runtime(client, folder, folder / "spool", capabilities=capabilities)
            task = asyncio.create_task(runtime.run())
            try:
                yield
            finally:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    person_id = ""


@asynccontextmanager
async def asking(
    served: Served, answer: Answer, *sources: str, faults: Any = None
) -> AsyncIterator[Asked]:
    """A notebook with these cells, its owner, and a model that answers so."""
    person_id = served.person()
    secret = served.secret(person_id)
    notebook_id = served.notebook(secret, "Penguins", list(sources))
    scripted = ScriptedModel(answer, faults) if faults else ScriptedModel(answer)
    async with AsyncExitStack() as stack:
        stack.enter_context(serving(scripted))
        me = await stack.enter_async_context(Client(served.url, secret, "test", "1"))
        replica = await stack.enter_async_context(Replica.following(me, notebook_id))
        asked = Asked(served, me, notebook_id, replica, scripted)
        asked.person_id = person_id
        yield asked


def texts(blocks: Sequence[dict[str, Any]]) -> str:
    """The words in blocks."""
    return "".join(block.get("text", "") for block in blocks)
