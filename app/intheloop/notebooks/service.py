"""The service: execute, ask, signal; its streams tell what happens. The one way in for every door.

Checks nothing twice and decides nothing itself: commands go to the writer, which asks the decider;
reads and streams ask the same rules of access.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Coroutine
from functools import partial
from typing import Any, cast

from msgspec import Struct
from msgspec.structs import replace

from intheloop import commands as c
from intheloop.blobs import Blobs
from intheloop.decider import Caller, stamped
from intheloop.errors import Denied, LoopError, Unavailable
from intheloop.events import Actor, Client
from intheloop.log import Log, Stamp
from intheloop.notebook import WORKSPACE_ID, Workspace

from .acts import Acts
from .approvals import Approvals
from .blob_room import BlobRoom
from .clock import Clock
from .denials import Denials
from .desk import Desk
from .draft import Published
from .drafts import watch_drafts
from .executions import Executions
from .guard import Guard, assistant_of
from .leases import Leases
from .origin import Origin, args_sha256, checked
from .queries import Queries
from .settings import ServiceSettings
from .signalling import Telling, signal
from .streams import Streams
from .use import Use
from .uses import Uses
from .waiting import Waiting
from .writer import Order, Writer

SYSTEM = Caller(Actor("system", "system", "In The Loop"))
"""The server itself. No door lets anybody be it."""

TIDY_EVERY_S = 5.0

_logger = logging.getLogger(__name__)


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
        self._writer = Writer(log, self._clock, settings, self._publish)
        self._leases = Leases(self._clock, settings, self._execute_as_system)
        self._denials = Denials(self._clock, self._record_denials)
        self._uses = Uses(log, self._clock)
        self._guard = Guard(self.desk, self._clock, self._denials, self._uses)
        waiting = Waiting(self.desk, self._clock)
        self._approvals = Approvals(self._clock, self.desk, waiting, self._execute_as_system)
        self._executions = Executions(self.desk, log, blobs, waiting)
        self._queries = Queries(self.desk, log, blobs, waiting, self._executions, self._uses)
        self._blobs = BlobRoom(log, blobs, self._clock)
        self.use = Use(self._clock)
        self.streams = Streams(
            self.desk, log, self._clock, settings, self._guard, self._uses, self.use
        )
        self.acts = Acts(self._guard.is_of_interest)
        self._tasks: list[asyncio.Task[None]] = []
        self._background: set[asyncio.Task[None]] = set()
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
        leases, approvals, use = service._leases, service._approvals, service.use
        service.desk.on_taken_up += [leases.take_up, approvals.take_up, use.take_up]
        service.desk.on_published += [leases.see, approvals.see, use.see, service.acts.see]
        watch_drafts(service.desk)
        await service.desk.open()
        await service._uses.open()
        service._writer.start()
        service._tasks.append(asyncio.create_task(leases.watch()))
        service._tasks.append(asyncio.create_task(approvals.watch()))
        service._tasks.append(asyncio.create_task(service._tidy()))
        return service

    async def close(self) -> None:
        """Finish what is queued and let go of the store, which its owner closes."""
        self._closing = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, *self._background, return_exceptions=True)
        await self._denials.flush(everything=True)
        await self._uses.keep(self.workspace, now=True)
        await asyncio.to_thread(self._writer.stop)
        await self.desk.close()

    # ------------------------------------------------------------------ who

    @property
    def workspace(self) -> Workspace:
        """The workspace as of now."""
        return self.desk.workspace

    def sign_in(self, secret: str, client: Client | None = None) -> Caller:
        """Who this secret lets somebody be. Raises Unauthenticated."""
        caller = self._guard.sign_in(secret, client)
        self.use.called(caller.actor.kind)
        return caller

    async def sign_in_assistant(self, secret: str) -> Caller:
        """The same at a door for models: a person's own credential lets in an assistant that acts
        on their behalf. Raises Unauthenticated, or Denied, which is noted, for a credential that
        opens nothing there."""
        caller = assistant_of(self.sign_in(secret))
        await self._guard.entering(caller)
        return caller

    async def stranger_refused(self, door: str, reason: str) -> None:
        """Note that somebody was refused at a door of whom nothing is known."""
        await self._guard.stranger_refused(door, reason)

    def sees(self, notebook_id: str, caller: Caller) -> bool:
        """Whether the caller may read this log now; nothing is noted."""
        return self._guard.sees(notebook_id, caller)

    def watch(self, changed: Callable[[str], None]) -> Callable[[], None]:
        """Call `changed` with the id of each log that grows, until what is given back is called."""

        def notice(published: Published) -> None:
            changed(published.notebook_id)

        self.desk.on_published.append(notice)
        return lambda: self.desk.on_published.remove(notice)

    async def may_see(self, notebook_id: str, caller: Caller, what: str) -> None:
        """Raises, and notes the refusal of `what`, unless the caller may read this log."""
        await self._guard.reading(notebook_id, caller, what)

    # ------------------------------------------------------------- commands

    async def execute(
        self, command: c.Command, caller: Caller, origin: Origin | None = None
    ) -> Any:
        """Do it and answer with `command.ANSWER`, once it is durable. Raises one of `errors`.

        The same `command_id` from the same principal in the same notebook answers as the first
        time. Cancelling the wait does not cancel the command.
        """
        origin = checked(origin or Origin())
        command = stamped(command)
        if isinstance(command, c.CreateNotebook | c.ImportNotebook) and command.notebook_id:
            owner_id = self._blobs.reserved_for(command.notebook_id)
            if owner_id is not None and owner_id != self._guard.person(caller):
                raise Denied("Somebody else is about to make this notebook; choose another id.")
        order = Order(
            command=command,
            caller=caller,
            command_id=origin.command_id or self._clock.command_id(),
            args_sha256=args_sha256(command),
            stamp=Stamp(caller.actor, self._clock.now(), "", None, None, None),
            answer=self._loop.create_future(),
            succeeded=partial(self._heard, command),
            untrusted=origin.untrusted,
        )
        stamp = replace(
            order.stamp,
            command_id=order.command_id,
            causation_id=origin.causation_id,
            correlation_id=caller.run_id or origin.correlation_id,
            trace_id=origin.trace_id,
        )
        return await self._send(replace(order, stamp=stamp))

    async def _send(self, order: Order) -> Struct:
        if self._closing and order.caller is not SYSTEM:
            raise Unavailable("The server is stopping; send it again when it is back.")
        self._writer.put(order)
        try:
            answer = await asyncio.shield(order.answer)
        except asyncio.CancelledError:
            self._in_background(self._conclude(order))
            raise
        except LoopError as error:
            await self._guard.command_refused(order.command, order.caller, error)
            raise
        if order.alone:
            await self._free_blobs()
        return answer

    async def _conclude(self, order: Order) -> None:
        """Nobody waits for the answer any more; what else comes of it does not depend on that."""
        await asyncio.wait((order.answer,))
        error = order.answer.exception()
        if isinstance(error, LoopError):
            await self._guard.command_refused(order.command, order.caller, error)

    async def _free_blobs(self) -> None:
        """Erased blobs leave the disk before the answer; a failure is made up for by `_tidy`."""
        try:
            await self._blobs.free()
        except LoopError:
            _logger.warning("Erased blobs could not be removed; it is tried again.", exc_info=True)

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    def _heard(self, command: c.Command) -> None:
        """Who acts is there, whether or not it still waits for the answer."""
        if isinstance(command, c.ClaimAssistantRun | c.RenewAssistantRun | c.RecordStep):
            self._leases.heard_of_run(command.notebook_id, command.run_id)
        if command.ACTORS == c.RUNTIMES:
            notebook_id = cast(c.NotebookTool, command).notebook_id
            self._leases.heard(notebook_id, getattr(command, "runtime_id", None))

    async def _execute_as_system(self, command: c.Command) -> Struct:
        return cast(Struct, await self.execute(command, SYSTEM))

    async def _record_denials(self, denials: list[c.Denial]) -> Struct:
        return await self._execute_as_system(c.RecordDenials(denials=denials))

    def _publish(self, published: list[Published], answers: list[Callable[[], None]]) -> None:
        self._loop.call_soon_threadsafe(self.desk.publish, published, answers)

    async def _tidy(self) -> None:
        """What is due from time to time: counted refusals, last uses, blobs that nobody names."""
        never = asyncio.Event()
        while not await self._clock.wait(never, TIDY_EVERY_S):
            await self._denials.flush()
            await self._uses.keep(self.workspace)
            try:
                await self._blobs.sweep()
            except Exception:  # it comes by again
                _logger.exception("Blobs that nobody names could not be removed.")

    async def call(self, tool: c.Tool, caller: Caller, origin: Origin | None = None) -> Any:
        """Use a tool as doors offer it: a query, or a command and, if it says so, the wait for
        a person's word on it and for what it started. The wait ends with its time or its caller,
        what was started goes on."""
        if tool.TARGET == "nothing":
            return await self.ask(cast(c.Query, tool), caller)
        command, until = cast(c.Command, tool), self._clock.monotonic()
        until += getattr(tool, "wait_s", 0)
        answer = await self.execute(command, caller, origin)
        if isinstance(answer, c.Asked) and await self._decided(answer, tool, caller, until):
            answer = await self.execute(command, caller, origin)
        left = until - self._clock.monotonic()
        if left > 0 and isinstance(answer, c.Requested):
            notebook_id = cast(c.NotebookTool, tool).notebook_id
            check = self._still_reads(notebook_id, caller)
            return await self._executions.ended(answer, notebook_id, left, check)
        return answer

    async def _decided(self, asked: c.Asked, tool: c.Tool, caller: Caller, until: float) -> bool:
        """Whether a person's word came, or was no longer to come, before this time."""
        left = until - self._clock.monotonic()
        if left <= 0:
            return False
        notebook_id = cast(c.NotebookTool, tool).notebook_id
        check = self._still_reads(notebook_id, caller)
        return await self._approvals.decided(asked, notebook_id, left, check)

    def _still_reads(self, notebook_id: str, caller: Caller) -> Callable[[], None]:
        """What raises once the caller may not read the notebook any more."""
        return partial(self._guard.query, c.ReadNotebook(notebook_id=notebook_id), caller)

    # -------------------------------------------------------------- queries

    async def ask(self, query: c.Query, caller: Caller) -> Any:
        """Answer a query with `query.ANSWER`. Raises one of `errors`."""
        refusals: list[LoopError] = []

        def check() -> None:
            try:
                self._guard.query(query, caller)
            except LoopError as error:
                refusals.append(error)
                raise

        try:
            check()
            return await self._queries.answer(query, caller, check)
        except LoopError as error:
            if error in refusals:
                notebook_id = getattr(query, "notebook_id", None) or WORKSPACE_ID
                await self._guard.refused(caller, type(query).tool_name(), notebook_id, error)
            raise

    async def state(
        self,
        notebook_id: str,
        caller: Caller,
        at: int | None = None,
        outputs: str = "inline",
        cell_ids: Collection[str] | None = None,
    ) -> c.NotebookState:
        """The notebook's state with its digest, or a part of it: these cells."""
        await self._guard.reading(notebook_id, caller, "read_notebook")
        return await self._queries.state(notebook_id, at, outputs == "refs", cell_ids)

    # -------------------------------------------------------------- signals

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
        """Tell something to those who follow now. Leaves no record, and nothing depends on it.

        Who may read may signal; who asks a kernel something or answers it must be able to run.
        """
        await self._guard.signalling(notebook_id, caller, kind)
        told = Telling(kind, key, value, to, ttl_s)
        signal(self.desk, self._clock, notebook_id, caller.actor, told)

    # ---------------------------------------------------------------- blobs

    async def put_blob(self, notebook_id: str, sha256: str, data: bytes, caller: Caller) -> None:
        """Put bytes into a notebook, or into one about to be made under this id."""
        may_make = self._guard.may_make_notebooks(caller)
        if notebook_id in self.workspace.notebooks or not may_make:
            await self._guard.putting(notebook_id, caller)
        else:
            self._blobs.reserve(notebook_id, self._guard.person(caller))
        await self._blobs.put(notebook_id, sha256, data)

    async def get_blob(self, notebook_id: str, sha256: str, caller: Caller) -> bytes:
        """The bytes of a blob of this notebook."""
        await self._guard.reading(notebook_id, caller, "blob")
        return await self._blobs.get(notebook_id, sha256)

    # --------------------------------------------------------------- health

    async def health(self) -> dict[str, object]:
        """What can be told to anybody."""
        heads = await asyncio.to_thread(self._log.heads)
        return {
            "status": "ok",
            "store": type(self._log).__name__,
            "durability": self._log.durability,
            "notebooks": sum(head.notebook_id != WORKSPACE_ID for head in heads),
            "records": sum(head.seq for head in heads),
        }
