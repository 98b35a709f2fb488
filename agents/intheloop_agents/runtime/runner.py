"""Runs the executions of one notebook, one by one, in a kernel that it starts and replaces.

One task alone (`run`) claims, runs and replaces the kernel, so that these never overlap; what
others ask for meanwhile is noted here. How outputs are recorded is the outbox's.
"""

import asyncio
import logging
import secrets
import time
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import aclosing, suppress
from functools import partial
from typing import Any, Literal

import msgspec

from intheloop import commands as c
from intheloop.client import Client
from intheloop.errors import Conflict
from intheloop.notebook import kernel_language, kernel_name
from intheloop_agents.runtime.delivery.buffer import Batch
from intheloop_agents.runtime.delivery.outbox import Outbox, Over
from intheloop_agents.runtime.delivery.outlet import Outlets, batches
from intheloop_agents.runtime.jupyter.choosing import Wanted
from intheloop_agents.runtime.jupyter.outputs import Finished, InputRequest, Part
from intheloop_agents.runtime.limits import over_time
from intheloop_agents.runtime.notebook_kernel import NoKernel, NotebookKernel
from intheloop_agents.runtime.place import Place
from intheloop_agents.runtime.queued import Queued
from intheloop_agents.runtime.rest import Rest, Rested
from intheloop_agents.runtime.time_limit import TimeLimit

log = logging.getLogger(__name__)

# A kernel that has not yet begun what it was sent takes no notice of an interrupt.
_BEGIN_S = 0.25
_REASON = 1000


class Running(msgspec.Struct):
    """The execution that the kernel has, and the question that it asks, if any."""

    claim: c.Claim
    since: float
    time: TimeLimit
    cancelled: bool = False
    input_id: str = ""
    password: bool = False


class Runner:
    """`run` until it raises Rested or is cancelled. `kernel` takes the place of the kernelspec that
    the notebook names. `make_outbox` is told whom to tell of a claim that comes by itself."""

    def __init__(
        self,
        client: Client,
        notebook_id: str,
        place: Place,
        kernel: str,
        make_outbox: Callable[[Callable[[c.Claim], None]], Outbox],
    ) -> None:
        self._client = client
        self._notebook_id = notebook_id
        self._place = place
        self._only_kernel = kernel
        limits = place.limits
        self.kernel = NotebookKernel(
            place.workdir, self._report, limits.kernel_memory, place.secrets
        )
        self._cell_time_s = limits.cell_time_s
        self._outlets = Outlets(limits.output_limit, place.secrets)
        self._rest = Rest(limits.idle_stop_s)
        self.outbox = make_outbox(self._took)
        self.queued = Queued()
        self.running: Running | None = None
        self._idle = asyncio.Event()
        self._idle.set()
        self._stopping = False
        self._restart_wanted = False
        self._ever_started = False
        self._cancelled: set[str] = set()
        self._claims: deque[c.Claim] = deque()
        self._stirred = asyncio.Event()
        self._stirred.set()

    # ------------------------------------------------------- what others ask

    def stir(self) -> None:
        """Look whether there is something to run."""
        self._stirred.set()

    def running_as(self, execution_id: str) -> Running | None:
        """What the kernel has, if it is this."""
        running = self.running
        return running if running and running.claim.execution_id == execution_id else None

    async def cancel(self, execution_id: str) -> None:
        """Stop an execution, now or as soon as it comes."""
        running = self.running_as(execution_id)
        if running is None:
            self._cancelled.add(execution_id)
        else:
            running.cancelled = True
            await self._interrupt(running)

    def forget(self, execution_id: str) -> None:
        """It has ended: there is nothing to cancel any more."""
        self._cancelled.discard(execution_id)

    async def interrupt(self) -> None:
        """Interrupt what runs, if anything does."""
        if self.running is not None:
            await self._interrupt(self.running)

    async def restart(self) -> None:
        """Have a fresh kernel; what runs ends with the present one."""
        self._restart_wanted = True
        if self.running is not None:
            await self.kernel.shutdown(now=True)
        self.stir()

    def answer(self, running: Running, text: str) -> None:
        """Give the code that asks its line."""
        running.input_id = ""
        running.time.go_on()
        self.kernel.answer(text)

    async def announce(self) -> None:
        """Describe the kernel as the one that is wanted, while there is none."""
        self.kernel.announce(await self._wanted())

    async def take_up_again(self) -> None:
        """The claim on what runs has lapsed."""
        command = self._claiming(self._foretold())
        with suppress(Conflict):
            answer: c.Claimed = await self._client.call(command)
            if answer.claim is not None:
                self._took(answer.claim)

    async def stop(self) -> None:
        """End the kernel, and wait until what it said is in the outbox."""
        self._stopping = True
        await self.kernel.shutdown(now=self.running is not None)
        await self._idle.wait()

    # ------------------------------------------------------------- the work

    async def run(self) -> None:
        """Claim and run what is requested, replace the kernel when it is wanted, until it has
        rested long enough: then it is ended, and Rested is raised."""
        async with asyncio.TaskGroup() as group:
            while await self._rest.ends_by(self._stirred):
                self._stirred.clear()
                if self._stopping:
                    continue
                self.kernel.tell_death()
                if self._restart_wanted:
                    await self._freshen(group)
                claim = await self._next_claim(group)
                while claim is not None:
                    claim = await self._run(claim)
            await self.stop()
            raise Rested(self._rest.longest_s)

    async def _interrupt(self, running: Running) -> None:
        wait_s = running.since + _BEGIN_S - time.monotonic()
        if wait_s > 0:
            await asyncio.sleep(wait_s)
        if self.running is running:
            running.time.go_on()
            await self.kernel.interrupt()

    def _report(self, report: c.KernelIsUp | c.KernelIsDown) -> None:
        answer = self.outbox.post(
            c.ReportKernel(
                notebook_id=self._notebook_id, runtime_id=self._place.runtime_id, report=report
            )
        )
        if isinstance(report, c.KernelIsDown):
            answer.add_done_callback(self._told_of_death)

    def _told_of_death(self, answer: asyncio.Future[Any]) -> None:
        """Some notebooks want their queue to go on, with a fresh kernel."""
        if not answer.cancelled() and answer.exception() is None and answer.result().waiting:
            self.queued.ask_again()
            self.stir()

    async def _freshen(self, group: asyncio.TaskGroup) -> bool:
        try:
            await self.kernel.freshen(await self._wanted())
        except NoKernel as why:
            log.warning("%s", why)
            self._restart_wanted = False
            await self._say_why_not(why)
            return False
        self._restart_wanted = False
        self._outlets.clear()
        group.create_task(self._stir_at_death())
        if not self._ever_started:
            self._ever_started = True
            group.create_task(self._deliver_late())
        # What stayed in the queue over a restart asks for nothing more by itself.
        self.queued.ask_again()
        return True

    async def _wanted(self) -> Wanted:
        """Asked for at each start, so that another kernelspec counts from the next one on."""
        if self._only_kernel:
            return Wanted(self._only_kernel, alone=True)
        at = await self._client.state(self._notebook_id, outputs="refs")
        metadata = at.notebook.metadata
        return Wanted(kernel_name(metadata), kernel_language(metadata))

    async def _say_why_not(self, why: NoKernel) -> None:
        """People look for the reason where they asked: what is queued fails with it, each in its
        own place. With nothing queued the log alone tells it."""
        told = False
        while (claim := await self._next_or_none(c.Start())) is not None:
            running = self._begun(claim)
            await self._end(running, [why.as_output()], "error", why.sentence)
            told = True
        if not told:
            self.kernel.tell_absence(why)

    async def _stir_at_death(self) -> None:
        await self.kernel.wait_for_death()
        self.stir()

    async def _next_claim(self, group: asyncio.TaskGroup) -> c.Claim | None:
        if not self._claims and not self.queued.may_hold_some:
            return None
        if not self.kernel.alive and not await self._freshen(group):
            return None
        return await self._next_or_none(self._foretold())

    async def _next_or_none(self, start: c.Start) -> c.Claim | None:
        """What is held already, or else what is next in the queue."""
        if self._claims:
            return self._claims.popleft()
        return await self._claimed(self.outbox.post(self._claiming(start)))

    def _foretold(self) -> c.Start:
        return self.queued.foretold(self.kernel.count)

    def _claiming(self, start: c.Start) -> c.ClaimExecution:
        return c.ClaimExecution(
            notebook_id=self._notebook_id, runtime_id=self._place.runtime_id, start=start
        )

    async def _claimed(self, answer: Awaitable[c.Claimed]) -> c.Claim | None:
        """What an answer gives to run, once it is there."""
        try:
            claimed = await answer
        except (Over, Conflict) as error:
            log.info("%s", error)
            self.queued.ask_again()
            return None
        self.queued.answered(claimed)
        return claimed.claim

    def _took(self, claim: c.Claim) -> None:
        """What came of taking up a lapsed one: that itself, which the kernel has or has had, or one
        to run after it."""
        if claim.generation == 1:
            self._claims.append(claim)
            self.stir()

    def _begun(self, claim: c.Claim) -> Running:
        self.outbox.begin(claim)
        time_limit = TimeLimit(self._cell_time_s, asyncio.get_running_loop())
        return Running(claim, time.monotonic(), time_limit)

    async def _run(self, claim: c.Claim) -> c.Claim | None:
        """Run one execution to its end; the next one, if that was claimed with it."""
        running = self._begun(claim)
        if claim.execution_id in self._cancelled:
            return await self._end(running, [], "cancelled", "It was cancelled before it ran.")
        if self._restart_wanted:
            reason = "The kernel was restarted before it ran."
            return await self._end(running, [], "cancelled", reason)
        self.running = running
        self._idle.clear()
        interrupt = partial(self._interrupt, running)
        minding = asyncio.create_task(running.time.enforce(interrupt, self.kernel.kill))
        try:
            outputs = self.kernel.execute(claim.source, claim.execution_id)
            outlet = self._outlets.of(claim.execution_id)
            async with aclosing(batches(outputs, outlet)) as all_batches:
                async for batch in all_batches:
                    if isinstance(batch.then, Finished):
                        minding.cancel()
                        return await self._finish(running, batch.parts, batch.then)
                    self._pass_on(running, batch)
            raise AssertionError("unreachable: outputs end in Finished")
        finally:
            minding.cancel()
            self.running = None
            self._rest.begin()
            self._idle.set()

    def _pass_on(self, running: Running, batch: Batch) -> None:
        if batch.parts:
            self.outbox.append(running.claim.execution_id, batch.parts)
        if isinstance(batch.then, InputRequest):
            running.input_id, running.password = secrets.token_hex(8), batch.then.password
            running.time.stand_still()
            self.outbox.post(
                c.RequestInput(
                    notebook_id=self._notebook_id,
                    execution_id=running.claim.execution_id,
                    input_id=running.input_id,
                    prompt=batch.then.prompt[:10_000],
                    password=batch.then.password,
                )
            )

    async def _finish(
        self, running: Running, parts: list[Part], finished: Finished
    ) -> c.Claim | None:
        # The kernel is done with it: what is asked for from here on concerns the next one.
        self.running = None
        if finished.execution_count is not None:
            self.kernel.count = finished.execution_count
        if running.time.over.is_set() and finished.status != "died":
            return await self._end(running, parts, "cancelled", over_time(self._cell_time_s))
        match finished.status:
            case "ok":
                return await self._end(running, parts, "ok", None)
            case "error" if not running.cancelled:
                return await self._end(running, parts, "error", finished.error)
            case "error" | "aborted":
                return await self._end(running, parts, "cancelled", "It was stopped as it ran.")
        if self._restart_wanted and not self._stopping:
            reason = "The kernel was restarted while it ran."
            return await self._end(running, parts, "cancelled", reason)
        # The report of the death, or the detaching, ends it at the server.
        self.outbox.append(running.claim.execution_id, parts)
        if not self._stopping:
            self.kernel.tell_death(finished)
        return None

    async def _end(
        self,
        running: Running,
        parts: list[Part],
        status: Literal["ok", "error", "cancelled"],
        reason: str | None,
    ) -> c.Claim | None:
        go_on = self.kernel.alive and not (self._restart_wanted or self._stopping)
        end = c.CompleteExecution(
            notebook_id=self._notebook_id,
            execution_id=running.claim.execution_id,
            status=status,
            reason=None if reason is None else reason[:_REASON],
            duration_ms=round((time.monotonic() - running.since) * 1000),
            claim_next=self._foretold() if go_on else None,
        )
        claim = await self._claimed(self.outbox.complete(end, parts))
        if claim is None:
            # Where the end was refused nothing was claimed with it, and what waits asks no more.
            self.stir()
        return claim

    async def _deliver_late(self) -> None:
        """What threads say after their execution has ended."""
        async for execution_id, batch in self._outlets.late_batches(self.kernel.late):
            self.outbox.append(execution_id, batch.parts)
