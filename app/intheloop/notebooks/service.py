"""The service: execute, ask, read, follow. The one way in for every door.

Checks nothing twice and decides nothing itself: commands go to the writer, which asks the decider;
reads and streams ask the same rules of access.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, cast

import msgspec
from msgspec import Raw, Struct
from msgspec.structs import replace

from intheloop import commands as c
from intheloop.blobs import Blobs
from intheloop.decider import Caller, admit, require, stamped, standing
from intheloop.errors import Denied, LoopError, NotFound, TooLarge, Unauthenticated, Unavailable
from intheloop.events import Actor, Client, Scope
from intheloop.live import Item, Signal, Signals, frame
from intheloop.log import Log, Stamp
from intheloop.notebook import WORKSPACE_ID, Workspace
from intheloop.values import sha256_hex

from .blob_room import BlobRoom
from .clock import Clock
from .denials import Denials
from .desk import Desk
from .draft import Published
from .following import Follower
from .leases import Leases
from .queries import Queries
from .settings import ServiceSettings
from .working import WorkFollower
from .writer import Order, Writer

SYSTEM = Caller(Actor("system", "system", "In The Loop"))
"""The server itself. No door lets anybody be it."""

SIGNAL_LIMIT = 16 * 1024
LONGEST_TTL_S = 300.0

_SEES: dict[str, tuple[Scope, ...]] = {WORKSPACE_ID: ("audit",)}
_WORK_SCOPES: dict[str, tuple[Scope, ...]] = {
    "execution": ("runtime",),
    "input": ("notebook:run",),
    "assistant_run": ("assistant",),
    "approval": ("approve",),
}
_CALLER_KINDS: dict[str, str] = {"session": "human"}


class Origin(Struct, frozen=True):
    """Where a command comes from, beside who sends it; kept in its records."""

    command_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    trace_id: str | None = None


class Service:
    """A workspace of notebooks in one store. All methods run on the event loop that opened it."""

    def __init__(
        self, log: Log, blobs: Blobs, settings: ServiceSettings, clock: Clock | None = None
    ) -> None:
        self.settings = settings
        self._clock = clock or Clock()
        self._log = log
        self._loop = asyncio.get_running_loop()
        self.desk = Desk(log, settings.snapshot_records)
        self._writer = Writer(log, self._clock, settings.lease_s, self._publish)
        self._leases = Leases(
            self._clock, settings.lease_s, settings.adrift_s, self._execute_as_system
        )
        self._denials = Denials(self._clock, self._record_denials)
        self._queries = Queries(self.desk, log, blobs)
        self._blobs = BlobRoom(log, blobs, self._clock)
        self._tasks: list[asyncio.Task[None]] = []
        self._closing = False

    @classmethod
    async def open(
        cls,
        log: Log,
        blobs: Blobs,
        settings: ServiceSettings | None = None,
        clock: Clock | None = None,
    ) -> Service:
        """Take a store up, grant open leases anew, and begin to work."""
        service = cls(log, blobs, settings or ServiceSettings(), clock)
        await service.desk.open()
        service.desk.on_published.append(service._leases.see)
        for notebook_id in service.desk.attached():
            state = await service.desk.notebook(notebook_id)
            service._leases.take_up(notebook_id, state)
        service._writer.start()
        service._tasks.append(asyncio.create_task(service._leases.watch()))
        service._tasks.append(asyncio.create_task(service._tidy()))
        return service

    async def close(self) -> None:
        """Finish what is queued and let go of the store, which its owner closes."""
        self._closing = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._denials.flush(everything=True)
        await asyncio.to_thread(self._writer.stop)
        await self.desk.close()

    # ------------------------------------------------------------------ who

    @property
    def workspace(self) -> Workspace:
        """The workspace as of now."""
        return self.desk.workspace

    def sign_in(self, secret: str, client: Client | None = None) -> Caller:
        """Who this secret lets somebody be. Raises Unauthenticated."""
        workspace = self.workspace
        credential_id = workspace.by_secret.get(sha256_hex(secret.encode()))
        if credential_id is None:
            raise Unauthenticated("This credential is not known here; ask for a new one.")
        credential = workspace.credentials[credential_id]
        own = credential.principal_id == credential.person_id
        kind = _CALLER_KINDS.get(credential.kind, credential.kind)
        actor = Actor(
            kind=cast(Any, kind),
            id=credential.principal_id,
            name=workspace.people[credential.person_id].name if own else credential.label,
            on_behalf_of=() if own else (credential.person_id,),
            client=client,
        )
        caller = Caller(actor, credential_id)
        standing(workspace, caller, self._clock.now())
        return caller

    async def may_see(self, notebook_id: str, caller: Caller, what: str) -> None:
        """Raises, and records the refusal, unless the caller may read this log."""
        try:
            self._require(notebook_id, caller, _SEES.get(notebook_id, ("notebook:read",)))
        except LoopError as error:
            await self._refused(caller, what, notebook_id, error)
            raise

    def _require(self, notebook_id: str, caller: Caller, scopes: tuple[Scope, ...]) -> None:
        if caller.credential_id is None:
            return
        credential = standing(self.workspace, caller, self._clock.now())
        require(self.workspace, credential, notebook_id, scopes)

    # ------------------------------------------------------------- commands

    async def execute(
        self, command: c.Command, caller: Caller, origin: Origin | None = None
    ) -> Any:
        """Do it and answer with `command.ANSWER`, once it is durable. Raises one of `errors`.

        The same `command_id` from the same principal in the same notebook answers as the first
        time. Cancelling the wait does not cancel the command.
        """
        origin = origin or Origin()
        command = stamped(command)
        order = Order(
            command=command,
            caller=caller,
            command_id=origin.command_id or self._clock.command_id(),
            args_sha256=_args_sha256(command),
            stamp=Stamp(caller.actor, self._clock.now(), "", None, None, None),
            answer=self._loop.create_future(),
        )
        stamp = replace(
            order.stamp,
            command_id=order.command_id,
            causation_id=origin.causation_id,
            correlation_id=origin.correlation_id,
            trace_id=origin.trace_id,
        )
        return await self._send(replace(order, stamp=stamp))

    async def _send(self, order: Order) -> Struct:
        if self._closing and order.caller is not SYSTEM:
            raise Unavailable("The server is stopping; send it again when it is back.")
        self._writer.put(order)
        try:
            answer = await asyncio.shield(order.answer)
        except (Denied, NotFound, Unauthenticated) as error:
            notebook_id = getattr(order.command, "notebook_id", None) or WORKSPACE_ID
            if self._is_refusal(order, error, notebook_id):
                await self._refused(
                    order.caller, type(order.command).tool_name(), notebook_id, error
                )
            raise
        self._heard(order.command)
        return answer

    def _is_refusal(self, order: Order, error: LoopError, notebook_id: str) -> bool:
        """Whether access refused it, and not the lack of a cell or the like."""
        if isinstance(error, Denied | Unauthenticated):
            return True
        try:
            place = None if order.command.TARGET == "new notebook" else notebook_id
            if not hasattr(order.command, "notebook_id"):
                place = None
            admit(self.workspace, order.caller, type(order.command), place, self._clock.now())
        except LoopError:
            return True
        return False

    async def _refused(self, caller: Caller, tool: str, notebook_id: str, error: LoopError) -> None:
        """An attempt refused by access is a fact; one at what never existed is a typing error."""
        known = notebook_id == WORKSPACE_ID or notebook_id in self.workspace.notebooks
        if known and caller.credential_id is not None:
            await self._denials.note(caller.actor, tool, notebook_id, error.detail)

    def _heard(self, command: c.Command) -> None:
        """A runtime that acts is there."""
        if command.ACTORS != c.RUNTIMES:
            return
        notebook_id = cast(c.NotebookTool, command).notebook_id
        runtime_id = getattr(command, "runtime_id", None)
        for known in self.desk.runtimes(notebook_id) if runtime_id is None else (runtime_id,):
            self._leases.renew(notebook_id, known)

    async def _execute_as_system(self, command: c.Command) -> Struct:
        return cast(Struct, await self.execute(command, SYSTEM))

    async def _record_denials(self, denials: list[c.Denial]) -> Struct:
        return await self._execute_as_system(c.RecordDenials(denials=denials))

    def _publish(self, published: list[Published], answers: list[Callable[[], None]]) -> None:
        self._loop.call_soon_threadsafe(self.desk.publish, published, answers)

    async def _tidy(self) -> None:
        """What is due from time to time: counted refusals, blobs that nobody names."""
        while True:
            await asyncio.sleep(5)
            await self._denials.flush()
            await self._blobs.sweep()

    # -------------------------------------------------------------- queries

    async def ask(self, query: c.Query, caller: Caller) -> Any:
        """Answer a query with `query.ANSWER`. Raises one of `errors`."""
        notebook_id = getattr(query, "notebook_id", None)
        try:
            tool = type(query)
            now = self._clock.now()
            if isinstance(query, c.ReadHistory):
                self._require(
                    query.notebook_id, caller, _SEES.get(query.notebook_id, ("notebook:read",))
                )
            else:
                admit(self.workspace, caller, tool, notebook_id, now)
        except LoopError as error:
            await self._refused(caller, type(query).tool_name(), notebook_id or WORKSPACE_ID, error)
            raise
        return await self._queries.answer(query, caller)

    async def records(
        self, notebook_id: str, caller: Caller, query: c.ReadHistory
    ) -> tuple[list[Raw], int]:
        """The records that a history query asks for, and the log's head."""
        history = cast(c.History, await self.ask(query, caller))
        return history.records, history.head

    async def state(
        self, notebook_id: str, caller: Caller, at: int | None = None, outputs: str = "inline"
    ) -> c.NotebookState:
        """The notebook's state with its digest."""
        detail = cast(Any, outputs)
        query = c.ReadNotebook(notebook_id=notebook_id, at=at, detail=detail)
        return cast(c.NotebookState, await self.ask(query, caller))

    # -------------------------------------------------------------- streams

    @asynccontextmanager
    async def follow(
        self, after: Mapping[str, int], caller: Caller
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        """Follow logs, each after a seq: ready bytes of server-sent events."""

        def may_see(notebook_id: str) -> None:
            self._require(notebook_id, caller, _SEES.get(notebook_id, ("notebook:read",)))

        for notebook_id in after:
            await self.may_see(notebook_id, caller, "follow")
        follower = Follower(
            self.desk, self._log, self._clock, self.settings, may_see, caller.actor.id
        )
        try:
            await follower.open(after)
            yield follower.frames()
        finally:
            follower.close()

    @asynccontextmanager
    async def work(
        self, caller: Caller, kinds: frozenset[str]
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        """Follow the open work of these kinds that the caller may act on."""
        unknown = kinds - _WORK_SCOPES.keys()
        if unknown:
            raise NotFound(
                f"There is no work of kind {', '.join(sorted(unknown))}; "
                f"the kinds are {', '.join(_WORK_SCOPES)}."
            )
        standing(self.workspace, caller, self._clock.now())

        def allowed(item: Item) -> bool:
            try:
                self._require(item.notebook_id, caller, _WORK_SCOPES[item.kind])
            except LoopError:
                return False
            return True

        def still_there() -> bool:
            try:
                standing(self.workspace, caller, self._clock.now())
            except LoopError:
                return False
            return True

        follower = WorkFollower(self.desk, kinds, allowed, self.settings.ping_s)
        follower.open()
        try:
            yield follower.frames(still_there)
        finally:
            follower.close()

    async def signal(
        self,
        notebook_id: str,
        caller: Caller,
        *,
        kind: str,
        key: str,
        value: bytes,
        to: str | None = None,
        ttl_s: float = 0,
    ) -> None:
        """Tell something to those who follow now. Leaves no record, and nothing depends on it."""
        await self.may_see(notebook_id, caller, "signal")
        if len(value) > SIGNAL_LIMIT:
            raise TooLarge(f"A signal has at most {SIGNAL_LIMIT} bytes; send less.")
        signal = Signal(
            notebook_id=notebook_id,
            kind=kind,
            key=key,
            actor=caller.actor,
            value=Raw(value),
            ttl_s=min(max(ttl_s, 0.0), LONGEST_TTL_S),
            to=msgspec.UNSET if to is None else to,
        )
        self.desk.signals.setdefault(notebook_id, Signals()).take(signal, self._clock.monotonic())
        ring = self.desk.live_ring(notebook_id)
        if ring is not None:
            ring.notify(frame("signal", signal), to)

    # ---------------------------------------------------------------- blobs

    async def put_blob(self, notebook_id: str, sha256: str, data: bytes, caller: Caller) -> None:
        """Put bytes into a notebook, or into one about to be made under this id."""
        if notebook_id in self.workspace.notebooks:
            await self._blob_access(notebook_id, caller, ("notebook:write", "runtime"))
        else:
            credential = standing(self.workspace, caller, self._clock.now())
            if "notebook:write" not in credential.scopes or credential.notebooks is not None:
                raise Denied(
                    "This credential makes no notebooks; put the blob into one that it sees."
                )
            self._blobs.reserve(notebook_id, credential.person_id)
        await self._blobs.put(notebook_id, sha256, data)

    async def get_blob(self, notebook_id: str, sha256: str, caller: Caller) -> bytes:
        """The bytes of a blob of this notebook."""
        await self._blob_access(notebook_id, caller, ("notebook:read",))
        return await self._blobs.get(notebook_id, sha256)

    async def _blob_access(
        self, notebook_id: str, caller: Caller, scopes: tuple[Scope, ...]
    ) -> None:
        try:
            self._require(notebook_id, caller, scopes)
        except LoopError as error:
            await self._refused(caller, "blob", notebook_id, error)
            raise

    # --------------------------------------------------------------- health

    async def health(self) -> dict[str, object]:
        """What can be told to anybody."""
        heads = await asyncio.to_thread(self._log.heads)
        return {
            "status": "ok",
            "store": type(self._log).__name__,
            "notebooks": sum(head.notebook_id != WORKSPACE_ID for head in heads),
            "records": sum(head.seq for head in heads),
        }


def _args_sha256(command: c.Command) -> str:
    name = type(command).tool_name().encode()
    return sha256_hex(name + b"\n" + msgspec.json.encode(command))
