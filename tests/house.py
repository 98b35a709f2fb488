"""A service to test with: people and programs by short words, told time, a watched log.

`house()` opens one; what its streams send comes as typed frames. Nothing here waits for real time
but as a bound on what never comes.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar, cast

import msgspec

from intheloop import commands as c
from intheloop.blobs import Blobs, MemoryBlobs
from intheloop.canonical import digest
from intheloop.decider import ALL_SCOPES, Caller
from intheloop.errors import LoopError, Unavailable
from intheloop.events import Kernel, Record, Role, Scope
from intheloop.log import (
    Log,
    MemoryLog,
    SqlLog,
    open_stored,
    sqlite_url,
)
from intheloop.notebook import Notebook
from intheloop.notebooks import SYSTEM, Origin, Service, ServiceSettings
from intheloop.reducer import replay
from intheloop.values import stream
from tests.endings import check_endings
from tests.frames import Stream
from tests.watched import SOON_S, HandClock, WatchedLog

BEARER: tuple[Scope, ...] = tuple(scope for scope in ALL_SCOPES if scope != "approve")
"""All that a credential can hold."""

PYTHON = Kernel("python3", "python", "3.11")
START = c.Start(1)
_Refusal = TypeVar("_Refusal", bound=LoopError)


class House:
    """A service and who acts in it. `callers` holds them by the names that tests call them."""

    def __init__(
        self, log: WatchedLog, blobs: Blobs, settings: ServiceSettings, clock: HandClock
    ) -> None:
        self.log = log
        self.blobs = blobs
        self.settings = settings
        self.clock = clock
        self.callers: dict[str, Caller] = {"system": SYSTEM}

    async def open(self) -> None:
        """Begin."""
        self.service = await Service.open(
            cast(Log, self.log), self.blobs, self.settings, self.clock
        )

    async def reopen(self) -> None:
        """Stop, and begin again with what is in the store."""
        await self.service.close()
        await self.open()

    # ------------------------------------------------------------------- who

    async def person(self, name: str = "ana", *, admin: bool = False) -> Caller:
        """Somebody with a browser session. The first one is an admin."""
        await self.do(c.AddPerson(name=name.title(), person_id=name, admin=admin), SYSTEM)
        await self.session(name)
        return self.callers[name]

    async def session(
        self, person_id: str, name: str | None = None, expires_at: str = "2099-01-01T00:00:00Z"
    ) -> c.CredentialIs:
        """One more browser session of a person, who then acts under this name."""
        name = name or person_id
        opened: c.CredentialIs = await self.do(
            c.OpenSession(
                person_id=person_id,
                label=f"{name}'s browser",
                secret_sha256=_sha256(name),
                expires_at=expires_at,
            ),
            SYSTEM,
        )
        self.callers[name] = self.service.sign_in(name)
        return opened

    async def caller(
        self,
        kind: Any,
        scopes: Sequence[Scope] = BEARER,
        *,
        of: str = "ana",
        name: str | None = None,
        notebooks: list[str] | None = None,
        expires_at: str | None = None,
    ) -> Caller:
        """A program (or `human`: a credential) of a person; its credential's id is its name."""
        name = name or f"{of}-{kind}-{len(self.callers)}"
        command = c.IssueCredential(
            kind=kind,
            label=name,
            scopes=list(scopes),
            secret_sha256=_sha256(name),
            credential_id=name,
            notebooks=notebooks,
            expires_at=expires_at,
        )
        await self.do(command, of)
        self.callers[name] = self.service.sign_in(name)
        return self.callers[name]

    async def member(self, name: str, role: Role, notebook_id: str) -> Caller:
        """A person with a session and a role in a notebook."""
        caller = await self.person(name)
        await self.grant(name, role, notebook_id)
        return caller

    async def grant(self, person_id: str, role: Role | None, notebook_id: str) -> None:
        """Give a person a role in a notebook, or (None) take it away."""
        if role is None:
            await self.do(c.RevokeRole(notebook_id=notebook_id, person_id=person_id), SYSTEM)
            return
        command = c.GrantRole(notebook_id=notebook_id, person_id=person_id, role=role)
        await self.do(command, SYSTEM)

    # ------------------------------------------------------------ what they do

    async def do(
        self, command: Any, by: str | Caller = "ana", command_id: str | None = None
    ) -> Any:
        """The answer to a command or a query."""
        caller = self.callers[by] if isinstance(by, str) else by
        async with asyncio.timeout(SOON_S):
            if command.TARGET == "nothing":
                return await self.service.ask(command, caller)
            return await self.service.execute(command, caller, Origin(command_id=command_id))

    async def refused(
        self, error: type[_Refusal], command: Any, by: str | Caller = "ana", **more: Any
    ) -> _Refusal:
        """The refusal of this very type."""
        try:
            answer = await self.do(command, by, **more)
        except LoopError as refusal:
            assert type(refusal) is error, f"{type(refusal).__name__}: {refusal}"
            return refusal
        raise AssertionError(f"{command} was not refused but answered {answer}")

    async def begun(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Something that now waits for time to pass, or for what happens before."""
        before = self.clock.sleepers
        task = asyncio.create_task(work)
        async with asyncio.timeout(SOON_S):
            while self.clock.sleepers == before:
                await ticks()
        return task

    async def together(self, *sent: tuple[Any, str] | tuple[Any, str, str]) -> list[Any]:
        """Commands (with who sends them, and their command ids) of one batch: answers, refusals."""
        self.log.hold()
        ahead = asyncio.create_task(self.do(c.RecordDenials(denials=[_DENIAL]), SYSTEM))
        await self.log.is_held()
        tasks = [asyncio.create_task(self.do(*one)) for one in sent]
        await ticks()
        self.log.release()
        await ahead
        return await asyncio.gather(*tasks, return_exceptions=True)

    async def notebook(
        self, *sources: str, by: str | Caller = "ana", notebook_id: str | None = None
    ) -> str:
        """A notebook with cells a, b, c ..."""
        cells = [c.GivenCell(source, cell_id="abcdefgh"[at]) for at, source in enumerate(sources)]
        command = c.CreateNotebook(title="Penguins", cells=cells, notebook_id=notebook_id)
        created: c.Created = await self.do(command, by)
        return created.notebook_id

    async def write(self, notebook_id: str, source: str, by: str = "ana", cell: str = "a") -> Any:
        """Replace the source of a cell, as it stands."""
        rev = (await self.state(notebook_id)).cells[cell].rev
        command = c.EditCell(notebook_id=notebook_id, cell_id=cell, source=source, base_rev=rev)
        return await self.do(command, by)

    async def comment(self, notebook_id: str, *texts: str, by: str = "ana") -> None:
        """One record for each text."""
        for text in texts:
            await self.do(c.AddComment(notebook_id=notebook_id, text=text), by)

    async def attach(
        self,
        notebook_id: str,
        by: str = "rt",
        runtime_id: str = "r1",
        capabilities: tuple[str, ...] = (c.BESIDE_SERVER,),
    ) -> c.Attached:
        """A runtime comes, with a kernel that is ready; by default one beside the server."""
        attached: c.Attached = await self.do(
            c.AttachRuntime(
                notebook_id=notebook_id,
                runtime_id=runtime_id,
                kernel=PYTHON,
                capabilities=capabilities,
            ),
            by,
        )
        report = c.ReportKernel(
            notebook_id=notebook_id, runtime_id=runtime_id, report=c.KernelIsUp(PYTHON)
        )
        await self.do(report, by)
        return attached

    async def run(self, notebook_id: str, source: str = "1+1", by: str = "ana") -> str:
        """The execution of some code that is now queued."""
        asked: c.Requested = await self.do(c.RunCode(notebook_id=notebook_id, source=source), by)
        return asked.execution_ids[0]

    async def claim(self, notebook_id: str, by: str = "rt", runtime_id: str = "r1") -> c.Claim:
        """What the runtime gets to run."""
        command = c.ClaimExecution(notebook_id=notebook_id, runtime_id=runtime_id, start=START)
        claimed: c.Claimed = await self.do(command, by)
        assert claimed.claim is not None
        return claimed.claim

    async def running(self, notebook_id: str, by: str = "rt", asked_by: str = "ana") -> str:
        """An execution that a fresh runtime has started."""
        await self.attach(notebook_id, by)
        execution_id = await self.run(notebook_id, by=asked_by)
        await self.claim(notebook_id, by)
        return execution_id

    # ---------------------------------------------------------------- looking

    async def state(self, notebook_id: str) -> Notebook:
        """The committed state."""
        return await self.service.desk.notebook(notebook_id)

    def logged(self, notebook_id: str) -> list[Record]:
        """All records of a log, as they are stored."""
        return [open_stored(stored) for stored in self.log.inner.records(notebook_id)]

    def types(self, notebook_id: str, after: int = 0) -> list[str]:
        """The types of the records after a seq."""
        return [record.envelope.type for record in self.logged(notebook_id)[after:]]

    def replayed(self, notebook_id: str, upto: int | None = None) -> str:
        """The digest of the log replayed from its beginning."""
        records = self.logged(notebook_id)[:upto]
        return digest(replay(records, Notebook(notebook_id)))

    def follow(
        self, after: Mapping[str, int] | str, by: str | Caller = "ana"
    ) -> AbstractAsyncContextManager[Stream]:
        """A stream of logs; a bare id is followed from its beginning."""
        caller = self.callers[by] if isinstance(by, str) else by
        cursors = {after: 0} if isinstance(after, str) else after
        return self._streaming(self.service.streams.records(cursors, caller))

    def work(self, by: str | Caller = "rt", *kinds: str) -> AbstractAsyncContextManager[Stream]:
        """A stream of open work."""
        caller = self.callers[by] if isinstance(by, str) else by
        wanted = frozenset(kinds or ("execution",))
        return self._streaming(self.service.streams.work(caller, wanted))

    def changes(self, by: str | Caller = "ana") -> AbstractAsyncContextManager[Stream]:
        """A stream of what changed."""
        caller = self.callers[by] if isinstance(by, str) else by
        return self._streaming(self.service.streams.changes(caller))

    @asynccontextmanager
    async def _streaming(
        self, opening: AbstractAsyncContextManager[AsyncIterator[bytes]]
    ) -> AsyncIterator[Stream]:
        async with opening as chunks, Stream(chunks, self.settled) as reading:
            yield reading

    async def signal(
        self, notebook_id: str, value: Any = None, by: str | Caller = "ana", **more: Any
    ) -> None:
        """Signal something to who follows."""
        caller = self.callers[by] if isinstance(by, str) else by
        given = {"kind": "caret", "key": "k", **more}
        await self.service.signal(notebook_id, caller, value=msgspec.json.encode(value), **given)

    # ------------------------------------------------------------------- time

    async def pass_time(self, seconds: float) -> None:
        """Let time pass, and what follows from it happen."""
        self.clock.pass_time(seconds)
        await self.settled()

    async def settled(self) -> None:
        """Until all that is under way is done: on the loop, in the writer's queue, in threads."""
        quiet = 0
        while quiet < 3:
            commits = len(self.log.commits)
            await ticks()
            async with asyncio.timeout(SOON_S):
                with suppress(Unavailable):
                    await self.service.execute(c.RecordDenials(denials=[]), SYSTEM)
                await asyncio.to_thread(int)
            quiet = quiet + 1 if len(self.log.commits) == commits else 0


_DENIAL = c.Denial(SYSTEM.actor, "nothing", "workspace", "To have something to commit.")


async def ticks(count: int = 20) -> None:
    """Let the tasks of the loop go on as far as they can."""
    for _ in range(count):
        await asyncio.sleep(0)


def _sha256(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def printed(text: str) -> c.Append:
    """Text on stdout."""
    return c.Append([stream("stdout", text)])


def appending(notebook_id: str, execution_id: str, index: int, *texts: str) -> c.AppendOutputs:
    """A batch of text on stdout."""
    parts: list[c.Part] = [printed(text) for text in texts or (f"{index}\n",)]
    return c.AppendOutputs(
        notebook_id=notebook_id, execution_id=execution_id, index=index, parts=parts
    )


def completing(notebook_id: str, execution_id: str, **more: Any) -> c.CompleteExecution:
    """The end of an execution."""
    given = {"status": "ok", **more}
    return c.CompleteExecution(notebook_id=notebook_id, execution_id=execution_id, **given)


@asynccontextmanager
async def house(
    log: Log | None = None,
    *,
    settings: ServiceSettings | None = None,
    blobs: Blobs | None = None,
) -> AsyncIterator[House]:
    """A service over a log (by default in memory) with ana, who is admin."""
    watched = WatchedLog(log or MemoryLog())
    opened = House(watched, blobs or MemoryBlobs(), settings or ServiceSettings(), HandClock())
    # One thread, so that what was sent to it before is done when it answers.
    threads = ThreadPoolExecutor(1)
    asyncio.get_running_loop().set_default_executor(threads)
    await opened.open()
    try:
        if not opened.service.workspace.people:
            await opened.person("ana")
        yield opened
    finally:
        watched.release()
        await opened.service.close()
        threads.shutdown()
    check_endings(watched.inner)


def stores(folder: Path) -> dict[str, Callable[[], Log]]:
    """Each kind of store that a service runs on, by name."""
    return {"memory": MemoryLog, "sqlite": lambda: SqlLog(sqlite_url(folder / "log.db"))}
