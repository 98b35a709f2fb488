"""One notebook served: held by a lease, its requests heeded, its executions run one by one.

How outputs are recorded is the outbox's, how a kernel is driven the kernel's. One task alone (in
`_work`) claims, runs and replaces the kernel, so that these never overlap.
"""

import asyncio
import logging
import secrets
import time
from collections import deque
from collections.abc import Awaitable
from contextlib import aclosing, suppress
from pathlib import Path
from typing import Literal

import msgspec

from intheloop import commands as c
from intheloop import events as e
from intheloop.client import Client, Ended, Signal, to_record
from intheloop.errors import Conflict, LoopError
from intheloop.values import inline, utf8
from intheloop_agents.runtime.buffer import Batch, batches
from intheloop_agents.runtime.notebook_kernel import NotebookKernel
from intheloop_agents.runtime.outbox import Outbox, Over
from intheloop_agents.runtime.outputs import Finished, InputRequest, Part

log = logging.getLogger(__name__)

# A kernel that has not yet begun what it was sent takes no notice of an interrupt.
_BEGIN_S = 0.25
# Late output is gathered for so long before it is sent.
_LATE_S = 0.05
_DETACH_S = 5.0
_LOOK_BACK = 1000
_REASON = 1000
_NOTICED = frozenset(
    e.TYPE_NAMES[cls]
    for cls in (
        e.ExecutionRequested,
        e.ExecutionClaimed,
        e.ExecutionCompleted,
        e.ExecutionCancelRequested,
        e.ExecutionClaimLapsed,
        e.InputProvided,
        e.KernelInterruptRequested,
        e.KernelRestartRequested,
        e.RuntimeDetached,
    )
)


class NotServing(Exception):
    """This notebook is no longer this runtime's to serve; the message says why."""


class Place(msgspec.Struct, frozen=True):
    """What all notebooks that a process serves have in common."""

    runtime_id: str
    label: str
    workdir: Path
    environment: dict[str, str]


class _Running(msgspec.Struct):
    """The execution that the kernel has, and the question that it asks, if any."""

    claim: c.Claim
    since: float
    cancelled: bool = False
    input_id: str = ""
    password: bool = False


class Serving:
    """Serves one notebook: `run` until it is no longer to be served, or `stop`."""

    def __init__(self, client: Client, notebook_id: str, place: Place, kernel: str) -> None:
        self._client = client
        self._notebook_id = notebook_id
        self._place = place
        self._kernel = NotebookKernel(kernel, place.workdir, self._report)
        self._outbox = Outbox(client, notebook_id, place.runtime_id, self._attach, self._took)
        self._lease_s = 30.0
        self._seen = 0
        self._running: _Running | None = None
        self._idle = asyncio.Event()
        self._idle.set()
        self._stopping = False
        self._restart_wanted = False
        self._ever_started = False
        # What the log says is queued: execution id to whether its source is blank.
        self._queued: dict[str, bool] = {}
        self._cancelled: set[str] = set()
        self._claims: deque[c.Claim] = deque()
        # The seq of the last request, and up to where all that was requested has been claimed.
        self._requested, self._asked = 0, -1
        self._stirred = asyncio.Event()
        self._stirred.set()

    async def run(self) -> None:
        """Attach and serve. Raises NotServing or the refusal that ended it; there is no kernel any
        more then."""
        try:
            self._seen = await self._attach()
            await self._look()
            async with asyncio.TaskGroup() as group:
                group.create_task(self._outbox.run())
                group.create_task(self._renew())
                group.create_task(self._follow())
                group.create_task(self._work(group))
        except BaseExceptionGroup as several:
            raise several.exceptions[0] from None
        finally:
            await self._kernel.shutdown(now=True)

    async def stop(self, reason: str) -> None:
        """End the kernel, deliver what it said and detach, within seconds. `run` is then to be
        cancelled."""
        self._stopping = True
        with suppress(TimeoutError, LoopError, Over):
            async with asyncio.timeout(_DETACH_S):
                await self._kernel.shutdown(now=self._running is not None)
                await self._idle.wait()
                await self._outbox.post(
                    c.DetachRuntime(
                        notebook_id=self._notebook_id,
                        runtime_id=self._place.runtime_id,
                        reason=reason,
                    )
                )

    async def _attach(self) -> int:
        """Hold the notebook, or hold it again after the server let an idle runtime go; the seq."""
        if self._running is not None or self._stopping:
            raise NotServing("The server gave up what this runtime ran.")
        command = c.AttachRuntime(
            notebook_id=self._notebook_id,
            runtime_id=self._place.runtime_id,
            kernel=self._kernel.described,
            environment=inline(utf8(self._place.environment)),
            label=self._place.label,
        )
        try:
            answer: c.Attached = await self._client.call(command)
        except Conflict as error:
            raise NotServing(error.detail) from error
        self._lease_s = answer.lease_s
        return answer.seq

    async def _look(self) -> None:
        """See what was queued before this runtime came, so that counts can be foretold. It need not
        be all: a wrong count is only shown, and the next one is right again."""
        after = max(0, self._seen - _LOOK_BACK)
        for kind in ("executionRequested", "executionCompleted"):
            found, _ = await self._client.records(
                self._notebook_id, after=after, limit=_LOOK_BACK, event_type=kind
            )
            for record in found:
                self._count_in(to_record(record).event)

    def _count_in(self, event: e.Event) -> None:
        match event:
            case e.ExecutionRequested(execution_id=execution_id, source=source):
                self._queued[execution_id] = not source.strip()
            case e.ExecutionClaimed() | e.ExecutionCompleted():
                self._queued.pop(event.execution_id, None)

    async def _renew(self) -> None:
        command = c.RenewLease(notebook_id=self._notebook_id, runtime_id=self._place.runtime_id)
        while True:
            await asyncio.sleep(self._lease_s / 3)
            try:
                answer: c.Attached = await self._client.call(command)
                self._lease_s = answer.lease_s
            except Conflict:
                await self._attach()

    async def _follow(self) -> None:
        async with aclosing(self._client.follow({self._notebook_id: self._seen})) as items:
            async for item in items:
                match item:
                    case e.WireRecord(type=kind) if kind in _NOTICED:
                        record = to_record(item)
                        await self._heed(record.event, record.seq)
                    case Signal(kind="answer"):
                        self._take_password(item)
                    case Ended(reason=reason):
                        raise NotServing(reason or "The notebook is out of sight.")
        raise NotServing("There is nothing left to follow.")

    async def _heed(self, event: e.Event, seq: int) -> None:
        self._count_in(event)
        match event:
            case e.ExecutionRequested():
                self._requested = seq
                self._stirred.set()
            case e.ExecutionCompleted(execution_id=execution_id):
                self._cancelled.discard(execution_id)
            case e.ExecutionCancelRequested(execution_id=execution_id):
                if (running := self._running_as(execution_id)) is None:
                    self._cancelled.add(execution_id)
                else:
                    running.cancelled = True
                    await self._interrupt(running)
            case e.ExecutionClaimLapsed(execution_id=execution_id):
                if self._running_as(execution_id) is not None:
                    await self._take_up_again()
            case e.InputProvided(execution_id=execution_id, input_id=input_id, value=str(value)):
                running = self._running_as(execution_id)
                if running is not None and running.input_id == input_id:
                    self._answer(running, value)
            case _:
                await self._heed_for_runtime(event)

    async def _heed_for_runtime(self, event: e.Event) -> None:
        if getattr(event, "runtime_id", None) != self._place.runtime_id:
            return
        match event:
            case e.KernelInterruptRequested() if self._running is not None:
                await self._interrupt(self._running)
            case e.KernelRestartRequested():
                self._restart_wanted = True
                if self._running is not None:
                    await self._kernel.shutdown(now=True)
                self._stirred.set()
            case e.RuntimeDetached() if not self._stopping:
                await self._attach()

    def _running_as(self, execution_id: str) -> _Running | None:
        running = self._running
        return running if running and running.claim.execution_id == execution_id else None

    async def _interrupt(self, running: _Running) -> None:
        wait_s = running.since + _BEGIN_S - time.monotonic()
        if wait_s > 0:
            await asyncio.sleep(wait_s)
        if self._running is running:
            await self._kernel.interrupt()

    def _take_password(self, signal: Signal) -> None:
        """A password comes as a signal, so that no log ever holds it; that it came is recorded."""
        running = self._running
        if running is None or not running.password or signal.key != running.input_id:
            return
        try:
            text = msgspec.json.decode(signal.value, type=str)
        except msgspec.DecodeError:
            log.warning("An answer to the input %s is no JSON string.", signal.key)
            return
        self._answer(running, text)
        self._outbox.post(c.ProvideInput(notebook_id=self._notebook_id, input_id=signal.key))

    def _answer(self, running: _Running, text: str) -> None:
        running.input_id = ""
        self._kernel.answer(text)

    def _report(self, report: c.KernelIsUp | c.KernelIsDown) -> None:
        self._outbox.post(
            c.ReportKernel(
                notebook_id=self._notebook_id, runtime_id=self._place.runtime_id, report=report
            )
        )

    async def _work(self, group: asyncio.TaskGroup) -> None:
        """Claim and run what is requested, replace the kernel when it is wanted, for ever."""
        while True:
            await self._stirred.wait()
            self._stirred.clear()
            if self._stopping:
                continue
            self._kernel.tell_death()
            if self._restart_wanted:
                await self._freshen(group)
            claim = await self._next_claim(group)
            while claim is not None:
                claim = await self._run(claim)

    async def _freshen(self, group: asyncio.TaskGroup) -> bool:
        started = await self._kernel.freshen()
        self._restart_wanted = False
        if started:
            group.create_task(self._stir_at_death())
            if not self._ever_started:
                self._ever_started = True
                group.create_task(self._deliver_late())
            # What stayed in the queue over a restart asks for nothing more by itself.
            self._asked = -1
        else:
            self._asked = self._requested
        return started

    async def _stir_at_death(self) -> None:
        await self._kernel.wait_for_death()
        self._stirred.set()

    async def _next_claim(self, group: asyncio.TaskGroup) -> c.Claim | None:
        if not self._claims and self._requested <= self._asked:
            return None
        if not self._kernel.alive and not await self._freshen(group):
            return None
        if self._claims:
            return self._claims.popleft()
        return await self._claimed(
            self._outbox.post(
                c.ClaimExecution(
                    notebook_id=self._notebook_id,
                    runtime_id=self._place.runtime_id,
                    start=self._foretold(),
                )
            )
        )

    async def _claimed(self, answer: Awaitable[c.Claimed]) -> c.Claim | None:
        """What an answer gives to run, once it is there."""
        try:
            claimed = await answer
        except (Over, Conflict) as error:
            log.info("%s", error)
            return None
        self._asked = claimed.seq
        if claimed.claim is not None:
            self._queued.pop(claimed.claim.execution_id, None)
        return claimed.claim

    def _took(self, claim: c.Claim) -> None:
        """A claim that came while another runs: the lapsed one itself, or one to run after it."""
        if self._running_as(claim.execution_id) is None:
            self._claims.append(claim)
            self._stirred.set()

    async def _take_up_again(self) -> None:
        command = c.ClaimExecution(
            notebook_id=self._notebook_id,
            runtime_id=self._place.runtime_id,
            start=self._foretold(),
        )
        with suppress(Conflict):
            answer: c.Claimed = await self._client.call(command)
            if answer.claim is not None:
                self._took(answer.claim)

    def _foretold(self) -> c.Start:
        """The count that the kernel will give to the next in the queue; blank code is not counted
        by it."""
        blank = next(iter(self._queued.values()), False)
        return c.Start(None if blank else self._kernel.count + 1)

    async def _run(self, claim: c.Claim) -> c.Claim | None:
        """Run one execution to its end; the next one, if that was claimed with it."""
        self._outbox.begin(claim)
        running = _Running(claim, time.monotonic())
        if claim.execution_id in self._cancelled:
            return await self._end(running, [], "cancelled", "It was cancelled before it ran.")
        if self._restart_wanted:
            reason = "The kernel was restarted before it ran."
            return await self._end(running, [], "cancelled", reason)
        self._running = running
        self._idle.clear()
        try:
            outputs = self._kernel.execute(claim.source, claim.execution_id)
            async with aclosing(batches(outputs)) as all_batches:
                async for batch in all_batches:
                    if isinstance(batch.then, Finished):
                        return await self._finish(running, batch.parts, batch.then)
                    self._pass_on(running, batch)
            raise AssertionError("unreachable: outputs end in Finished")
        finally:
            self._running = None
            self._idle.set()

    def _pass_on(self, running: _Running, batch: Batch) -> None:
        if batch.parts:
            self._outbox.append(running.claim.execution_id, batch.parts)
        if isinstance(batch.then, InputRequest):
            running.input_id, running.password = secrets.token_hex(8), batch.then.password
            self._outbox.post(
                c.RequestInput(
                    notebook_id=self._notebook_id,
                    execution_id=running.claim.execution_id,
                    input_id=running.input_id,
                    prompt=batch.then.prompt[:10_000],
                    password=batch.then.password,
                )
            )

    async def _finish(
        self, running: _Running, parts: list[Part], finished: Finished
    ) -> c.Claim | None:
        # The kernel is done with it: what is asked for from here on concerns the next one.
        self._running = None
        if finished.execution_count is not None:
            self._kernel.count = finished.execution_count
        match finished.status:
            case "ok":
                return await self._end(running, parts, "ok", None)
            case "error" if not running.cancelled:
                reason = f"{finished.ename}: {finished.evalue}"
                return await self._end(running, parts, "error", reason)
            case "error" | "aborted":
                return await self._end(running, parts, "cancelled", "It was stopped as it ran.")
        if self._restart_wanted and not self._stopping:
            reason = "The kernel was restarted while it ran."
            return await self._end(running, parts, "cancelled", reason)
        # The report of the death, or the detaching, ends it at the server.
        self._outbox.append(running.claim.execution_id, parts)
        if not self._stopping:
            self._kernel.tell_death(finished)
        return None

    async def _end(
        self,
        running: _Running,
        parts: list[Part],
        status: Literal["ok", "error", "cancelled"],
        reason: str | None,
    ) -> c.Claim | None:
        go_on = self._kernel.alive and not (self._restart_wanted or self._stopping)
        end = c.CompleteExecution(
            notebook_id=self._notebook_id,
            execution_id=running.claim.execution_id,
            status=status,
            reason=None if reason is None else reason[:_REASON],
            duration_ms=round((time.monotonic() - running.since) * 1000),
            claim_next=self._foretold() if go_on else None,
        )
        return await self._claimed(self._outbox.complete(end, parts))

    async def _deliver_late(self) -> None:
        """What threads say after their execution has ended."""
        while True:
            some = await self._kernel.late.wait_for_some()
            await asyncio.sleep(_LATE_S)
            for key, part in some + self._kernel.late.take():
                self._outbox.append(key, [part])
