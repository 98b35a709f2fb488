"""Where cases are lived through: a server, a runtime, an assistant, a model by script or live."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal, TypeAlias

import msgspec
from msgspec.structs import replace

from intheloop import commands as c
from intheloop import events as e
from intheloop.access import new_session_secret, secret_sha256
from intheloop.client import Client, Replica, to_record
from intheloop.decider import Caller
from intheloop.notebook import Approval, Notebook
from intheloop.notebooks import SYSTEM
from intheloop.server import Running, local_credential, running
from intheloop.settings import Settings
from intheloop.values import inline, sha256_hex
from intheloop_agents.assistant.agent import Agent
from intheloop_agents.assistant.hiding import HIDDEN
from intheloop_agents.assistant.model import Endpoint, Model
from intheloop_agents.assistant.rebuilding import rebuilt
from intheloop_agents.assistant.request import canonical
from intheloop_agents.assistant.setup import Setup
from intheloop_agents.assistant.thread import replayed
from intheloop_agents.runtime.agent import Agent as Runtime
from intheloop_agents.scripted_model import Json, Reply, Say, ScriptedModel, serving

from .case import Case, Turn
from .outcome import Outcome

Word: TypeAlias = Literal["allow", "deny"]

KEY = "canary-key-of-the-evals"
WAIT_S = 90.0
LIVE_WAIT_S = 1900.0
"""Longer than the seconds that a run may work."""
_KERNEL_S = 60.0
_QUIET = frozenset(("promptRegistered", "credentialRevoked", "actionDenied"))
_AGENT_SCOPES: tuple[e.Scope, ...] = (
    *("notebook:read", "notebook:write", "notebook:run", "assistant"),
)


class House:
    """A server with everybody who works at it. `live` is a real model's endpoint and setup."""

    def __init__(self, up: Running, folder: Path, live: tuple[Endpoint, Setup] | None) -> None:
        self._up = up
        self._folder = folder
        self._live = live
        self._numbers = 0
        self._session: str | None = None

    def client(self, secret: str) -> Client:
        """A client with this secret."""
        return Client(self._up.url, secret, "evals", "1", patience_s=10)

    async def outcome(self, case: Case, script: tuple[Turn, ...]) -> Outcome:
        """What comes of a case when the model does this."""
        for name, text in case.files.items():
            (self._folder / name).write_text(text, encoding="utf-8")
        secret = await self._person(case.role)
        async with self.client(self._up.token) as owner, self.client(secret) as me:
            nb, other = await self._notebooks(owner, case)
            if me is not owner and case.role != "owner":
                await self._grant(nb, case.role)
            lived = Life(self, owner, me, nb, case, script)
            outcome = await lived.live(other, self._live)
            for one in (nb, other):
                await owner.call(c.DeleteNotebook(notebook_id=one))
        return outcome

    async def _notebooks(self, owner: Client, case: Case) -> tuple[str, str]:
        cells = [
            c.GivenCell(
                source,
                cell_id=f"c{at}",
                metadata=inline(
                    msgspec.json.encode({"tags": [HIDDEN]} if f"c{at}" in case.hidden else {})
                ),
            )
            for at, source in enumerate(case.cells, 1)
        ]
        made: c.Created = await owner.call(c.CreateNotebook(title=case.case_id, cells=cells))
        other: c.Created = await owner.call(c.CreateNotebook(title="Another", cells=[]))
        return made.notebook_id, other.notebook_id

    async def _person(self, role: str) -> str:
        if role == "owner":
            return self._up.token
        self._numbers += 1
        person_id, secret = f"person{self._numbers}", f"secret-of-person-{self._numbers}"
        added = c.AddPerson(name=person_id, person_id=person_id)
        await self._up.service.execute(added, SYSTEM)
        issued = c.IssueCredential(
            kind="human",
            label="evals",
            scopes=["notebook:read", "notebook:write", "notebook:run"],
            secret_sha256=sha256_hex(secret.encode()),
        )
        of = replace(SYSTEM, actor=replace(SYSTEM.actor, on_behalf_of=(person_id,)))
        await self._up.service.execute(issued, of)
        return secret

    async def _grant(self, notebook_id: str, role: Any) -> None:
        granted = c.GrantRole(
            notebook_id=notebook_id, person_id=f"person{self._numbers}", role=role
        )
        await self._up.service.execute(granted, SYSTEM)

    async def session(self) -> Caller:
        """The owner in a browser, where what waits for a person is decided."""
        if self._session is None:
            owner_id = self._up.service.sign_in(self._up.token).actor.id
            secret = new_session_secret()
            opened = c.OpenSession(
                person_id=owner_id,
                label="evals",
                secret_sha256=secret_sha256(secret),
                expires_at="2999-01-01T00:00:00Z",
            )
            await self._up.service.execute(opened, SYSTEM)
            self._session = secret
        return self._up.service.sign_in(self._session)

    async def decide(self, notebook_id: str, approval: Approval, word: Word) -> None:
        """Say it, for the rest of the run."""
        said = c.ResolveApproval(
            notebook_id=notebook_id,
            approval_id=approval.approval_id,
            verdict=word,
            resolved_sha256=approval.resolved_sha256,
            span="run" if word == "allow" else "once",
        )
        await self._up.service.execute(said, await self.session())

    async def assistant_secret(self) -> str:
        """The assistant's own credential."""
        file = self._up.settings.data / "assistant-token"
        return await local_credential(
            self._up.service, file, "assistant", "the assistant", _AGENT_SCOPES
        )


class Life:
    """One case as it is lived through."""

    def __init__(
        self,
        house: House,
        owner: Client,
        me: Client,
        notebook_id: str,
        case: Case,
        script: tuple[Turn, ...],
    ) -> None:
        self._house = house
        self._owner = owner
        self._me = me
        self._nb = notebook_id
        self._case = case
        self._script = script
        self._loop = asyncio.get_running_loop()
        self._wait_s = WAIT_S
        self._met: set[int] = set()
        self._agent: asyncio.Task[None] | None = None
        self._start: Callable[[], asyncio.Task[None]] | None = None
        self._posted: list[str] = []
        self._background: set[asyncio.Task[None]] = set()
        self._deciding: list[asyncio.Task[None]] = []

    async def live(self, other: str, live: tuple[Endpoint, Setup] | None) -> Outcome:
        """From the first message to the end, and the fresh kernel after it."""
        _, other_head = await self._owner.records(other, limit=1)
        _, workspace_head = await self._owner.records("workspace", limit=1)
        before = (await self._owner.state(self._nb)).notebook
        self._wait_s = WAIT_S if live is None else LIVE_WAIT_S
        model = ScriptedModel(self._answer, lambda number: self._case.faults.get(number))
        with serving(model):
            agent = e.Agent("assistant", "evals", "scripted")
            setup = Setup(agent=agent) if live is None else live[1]
            endpoint = Endpoint(model.url, KEY, first_wait_s=0.01) if live is None else live[0]
            async with self._working(endpoint, setup):
                await self._converse()
        records = await self._records()
        after = (await self._owner.state(self._nb)).notebook
        outcome = Outcome(
            before=before,
            after=after,
            records=records,
            runs=tuple(after.runs[run_id] for run_id in self._posted),
            requests=tuple(model.requests),
            rebuilt=await self._rebuilt(records),
            others=(await self._owner.records(other, limit=1))[1] - other_head,
            workspace=await self._workspace_since(workspace_head),
        )
        return await self._again(outcome) if self._case.kernel else outcome

    @asynccontextmanager
    async def _working(self, endpoint: Endpoint, setup: Setup) -> AsyncIterator[None]:
        secret = await self._house.assistant_secret()
        async with self._house.client(secret) as client, Model(endpoint) as model:

            def start() -> asyncio.Task[None]:
                return asyncio.create_task(Agent(client, self._house.client, model, setup).run())

            self._start, self._agent = start, start()
            try:
                yield
            finally:
                for task in (self._agent, *self._deciding):
                    task.cancel()
                await asyncio.gather(
                    self._agent, *self._deciding, *self._background, return_exceptions=True
                )

    async def _converse(self) -> None:
        async with Replica.following(self._me, self._nb) as replica:
            self._deciding.append(asyncio.create_task(self._decide(replica)))
            for text in self._case.asks:
                posted: c.Posted = await self._me.call(
                    c.PostMessage(
                        notebook_id=self._nb,
                        text=text,
                        thread_id="thread",
                        cells=list(self._case.scope) if self._case.scope else None,
                        limits=self._case.limits,
                    )
                )
                self._posted.append(posted.run_id)
                await replica.wait_for(self._is_over(posted.run_id), self._wait_s)
            await replica.wait_for(lambda state: not self._held_up(state), WAIT_S)

    async def _decide(self, replica: Replica) -> None:
        """Say the word to whatever waits for one, for ever."""
        said: set[str] = set()

        def waiting(state: Notebook) -> list[Approval]:
            return [
                one
                for one in state.approvals
                if one.status == "pending" and one.approval_id not in said
            ]

        while True:
            state = await replica.wait_for(lambda state: bool(waiting(state)))
            for approval in waiting(state):
                said.add(approval.approval_id)
                await self._house.decide(self._nb, approval, self._case.word)

    def _is_over(self, run_id: str) -> Callable[[Notebook], bool]:
        return lambda state: run_id in state.runs and not state.runs[run_id].is_open

    def _held_up(self, state: Notebook) -> bool:
        """Whether a kernel still runs something; what waits for one that never comes does not."""
        return bool(state.queue) and bool(state.runtimes)

    # --------------------------------------------------------------- the script

    def _answer(self, request: Json) -> Reply:
        """The next reply, on the server's thread; first, once, what happens meanwhile."""
        at = sum(one["role"] == "assistant" for one in request["messages"])
        event = self._case.meanwhile.get(at)
        if event is not None and at not in self._met:
            self._met.add(at)
            happening = asyncio.run_coroutine_threadsafe(self._happen(event), self._loop)
            happening.result(WAIT_S)
        turn = self._script[at] if at < len(self._script) else "There is nothing more."
        made = turn(request) if callable(turn) else turn
        if isinstance(made, Reply):
            return made
        return Reply((Say(made),) if isinstance(made, str) else tuple(made))

    async def _happen(self, event: str) -> None:
        match event:
            case "edit":
                cell = (await self._owner.state(self._nb)).notebook.cells["c1"]
                await self._owner.call(
                    c.EditCell(
                        notebook_id=self._nb,
                        cell_id="c1",
                        source=f"# by a person\n{cell.source}",
                        base_rev=cell.rev,
                    )
                )
            case "stop":
                await self._stop()
            case "stop later":
                self._later(self._stop_once_running())
            case "crash":
                self._later(self._restart())
                await asyncio.sleep(0.2)  # until the process that asked is gone
            case _:
                raise ValueError(f"Nothing called {event!r} can happen; mend the case.")

    def _later(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._background.add(task)

    async def _stop(self) -> None:
        await self._me.call(c.CancelAssistantRun(notebook_id=self._nb, run_id=self._posted[-1]))

    async def _stop_once_running(self) -> None:
        async with Replica.following(self._me, self._nb) as replica:
            await replica.wait_for(lambda state: state.held() is not None, WAIT_S)
        await self._stop()

    async def _restart(self) -> None:
        assert self._agent is not None and self._start is not None
        self._agent.cancel()
        await asyncio.gather(self._agent, return_exceptions=True)
        self._agent = self._start()

    # -------------------------------------------------------------- looking back

    async def _records(self) -> tuple[e.Record, ...]:
        found: list[e.WireRecord] = []
        while True:
            after = found[-1].seq if found else 0
            page, head = await self._owner.records(self._nb, after=after, limit=1000)
            found += page
            if not page or found[-1].seq >= head:
                return tuple(map(to_record, found))

    async def _rebuilt(self, records: tuple[e.Record, ...]) -> tuple[bytes, ...]:
        threads = replayed(records)
        bodies = [
            await rebuilt(self._owner, self._nb, threads, run_id, turn.context.turn)
            for run_id in self._posted
            for turn in threads.runs[run_id].turns
        ]
        return tuple(canonical(body) for body in bodies if body is not None)

    async def _workspace_since(self, head: int) -> tuple[str, ...]:
        page, _ = await self._owner.records("workspace", after=head, limit=1000)
        events = [to_record(one).event for one in page if one.type not in _QUIET]
        return tuple(
            e.type_name(one)
            for one in events
            if not (isinstance(one, e.CredentialIssued) and one.run_id is not None)
        )

    async def _again(self, outcome: Outcome) -> Outcome:
        """The notebook from the top in a fresh kernel, and what expressions give there."""
        nb = self._nb
        ran: c.Requested = await self._owner.call(
            c.RestartKernel(notebook_id=nb, run_all=True, wait_s=_KERNEL_S)
            if outcome.after.runtimes
            else c.RunCells(notebook_id=nb, wait_s=_KERNEL_S)
        )
        values = {}
        for expression in self._case.values:
            source = f"print(repr({expression}))"
            got: c.Requested = await self._owner.call(
                c.RunCode(notebook_id=nb, source=source, wait_s=_KERNEL_S)
            )
            outputs = got.executions[0].outputs if got.executions else ()
            values[expression] = outputs[0].text.strip() if outputs else str(got.state)
        return replace(outcome, fresh=str(ran.state), values=values)


@asynccontextmanager
async def house(folder: Path, live: tuple[Endpoint, Setup] | None = None) -> AsyncIterator[House]:
    """A house in a folder, which holds its data and is where kernels start."""
    work = folder / "work"
    work.mkdir()
    async with running(Settings(data=folder / "data", port=0)) as up:
        file = folder / "runtime-token"
        scopes: tuple[e.Scope, ...] = ("notebook:read", "runtime")
        token = await local_credential(up.service, file, "runtime", "here", scopes)
        async with Client(up.url, token, "runtime", "1", patience_s=10) as client:
            runtime = Runtime(client, work, folder / "spool", capabilities=(c.BESIDE_SERVER,))
            task = asyncio.create_task(runtime.run())
            try:
                yield House(up, work, live)
            finally:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
