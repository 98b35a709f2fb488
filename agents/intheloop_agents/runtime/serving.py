"""One notebook served: held by a lease, its log followed, what people ask for heeded.

Running code is the runner's, recording the outbox's.
"""

import asyncio
import logging
from contextlib import aclosing, suppress

import msgspec

from intheloop import commands as c
from intheloop import events as e
from intheloop.client import Client, Ended, Signal, to_record
from intheloop.errors import Conflict, LoopError
from intheloop.values import inline, utf8
from intheloop_agents.runtime.asking import Asking
from intheloop_agents.runtime.delivery.outbox import Outbox, Over
from intheloop_agents.runtime.delivery.spool import Spool
from intheloop_agents.runtime.place import Place
from intheloop_agents.runtime.rest import Rested
from intheloop_agents.runtime.runner import Runner

log = logging.getLogger(__name__)

_DETACH_S = 5.0
_LOOK_BACK = 1000
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


class Serving:
    """Serves one notebook: `run` until it is no longer to be served, or `stop`. `kernel` takes the
    place of the kernelspec that the notebook names."""

    def __init__(
        self, client: Client, notebook_id: str, place: Place, kernel: str, spool: Spool
    ) -> None:
        self._client = client
        self._notebook_id = notebook_id
        self._place = place
        self._runner = Runner(
            client,
            notebook_id,
            place,
            kernel,
            lambda took: Outbox(client, notebook_id, place.runtime_id, spool, self._attach, took),
        )
        self._asking = Asking(
            client,
            notebook_id,
            lambda: self._runner.kernel.living,
            place.secrets,
            place.limits.kernel_memory,
        )
        self._lease_s = 30.0
        self._seen = 0
        # A seq as of which the notebook was held: that it was let go before is over.
        self._held_at = 0
        self._stopping = False
        # Whether the notebook was let go in order.
        self.detached = False

    @property
    def busy(self) -> bool:
        """Whether code runs, or something is not delivered yet."""
        return self._runner.running is not None or not self._runner.outbox.empty

    async def run(self) -> None:
        """Attach and serve, until no code ran for so long that the notebook is let go. Raises
        NotServing or the refusal that ended it before; there is no kernel any more then."""
        try:
            await self._runner.announce()
            self._seen = await self._attach()
            # What an earlier serving by this process could not deliver comes first.
            self._runner.outbox.take_up()
            await self._look()
            async with asyncio.TaskGroup() as group:
                group.create_task(self._runner.outbox.run())
                group.create_task(self._renew())
                group.create_task(self._follow())
                group.create_task(self._asking.run())
                group.create_task(self._work())
        except BaseExceptionGroup as several:
            error = _first(several)
            if not isinstance(error, Rested):
                raise error from None
        finally:
            await self._runner.kernel.shutdown(now=True)

    async def stop(self, reason: str) -> None:
        """End the kernel, deliver what it said and detach, within seconds. `run` is then to be
        cancelled."""
        self._stopping = True
        with suppress(TimeoutError, LoopError, Over):
            async with asyncio.timeout(_DETACH_S):
                await self._runner.stop()
                await self._detach(reason)

    async def _work(self) -> None:
        try:
            await self._runner.run()
        except BaseExceptionGroup as several:
            error = _first(several)
            if isinstance(error, Rested) and not self._stopping:
                self._stopping = True
                await self._detach(str(error))
            raise error from None

    async def _detach(self, reason: str) -> None:
        runtime_id = self._place.runtime_id
        await self._runner.outbox.post(
            c.DetachRuntime(notebook_id=self._notebook_id, runtime_id=runtime_id, reason=reason)
        )
        self.detached = True

    async def _attach(self) -> int:
        """Hold the notebook, or hold it again after the server let an idle runtime go; the seq."""
        if self._runner.running is not None or self._stopping:
            raise NotServing("The server gave up what this runtime ran.")
        command = c.AttachRuntime(
            notebook_id=self._notebook_id,
            runtime_id=self._place.runtime_id,
            kernel=self._runner.kernel.described,
            capabilities=self._place.capabilities,
            environment=inline(utf8(self._place.environment)),
            label=self._place.label,
        )
        try:
            answer: c.Attached = await self._client.call(command)
        except Conflict as error:
            raise NotServing(error.detail) from error
        self._lease_s = answer.lease_s
        self._held_at = max(self._held_at, answer.seq)
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
                self._runner.queued.see(to_record(record).event, 0)

    async def _renew(self) -> None:
        command = c.RenewLease(notebook_id=self._notebook_id, runtime_id=self._place.runtime_id)
        while True:
            await asyncio.sleep(self._lease_s / 3)
            held_at = self._held_at
            try:
                answer: c.Attached = await self._client.call(command)
                self._lease_s = answer.lease_s
            except Conflict:
                if self._held_at == held_at:
                    await self._attach()

    async def _follow(self) -> None:
        async with aclosing(self._client.follow({self._notebook_id: self._seen})) as items:
            async for item in items:
                match item:
                    case e.WireRecord(type=kind) if kind in _NOTICED:
                        record = to_record(item)
                        await self._heed(record.event, record.seq)
                    case Signal(kind="ask"):
                        self._asking.take(item)
                    case Signal(kind="answer"):
                        self._take_password(item)
                    case Ended(reason=reason):
                        raise NotServing(reason or "The notebook is out of sight.")
        raise NotServing("There is nothing left to follow.")

    async def _heed(self, event: e.Event, seq: int) -> None:
        runner = self._runner
        runner.queued.see(event, seq)
        match event:
            case e.ExecutionRequested():
                runner.stir()
            case e.ExecutionCompleted(execution_id=execution_id):
                runner.forget(execution_id)
            case e.ExecutionCancelRequested(execution_id=execution_id):
                await runner.cancel(execution_id)
            case e.ExecutionClaimLapsed(execution_id=execution_id):
                if runner.running_as(execution_id) is not None:
                    await runner.take_up_again()
            case e.InputProvided(execution_id=execution_id, input_id=input_id, value=str(value)):
                running = runner.running_as(execution_id)
                if running is not None and running.input_id == input_id:
                    runner.answer(running, value)
            case _:
                await self._heed_for_runtime(event, seq)

    async def _heed_for_runtime(self, event: e.Event, seq: int) -> None:
        if getattr(event, "runtime_id", None) != self._place.runtime_id:
            return
        match event:
            case e.KernelInterruptRequested():
                await self._runner.interrupt()
            case e.KernelRestartRequested():
                await self._runner.restart()
            case e.RuntimeDetached() if seq > self._held_at and not self._stopping:
                await self._attach()

    def _take_password(self, signal: Signal) -> None:
        """A password comes as a signal, so that no log ever holds it; that it came is recorded."""
        running = self._runner.running
        if running is None or not running.password or signal.key != running.input_id:
            return
        try:
            text = msgspec.json.decode(signal.value, type=str)
        except msgspec.DecodeError:
            log.warning("An answer to the input %s is no JSON string.", signal.key)
            return
        self._runner.answer(running, text)
        self._runner.outbox.post(c.ProvideInput(notebook_id=self._notebook_id, input_id=signal.key))


def _first(several: BaseExceptionGroup[BaseException]) -> BaseException:
    """What went wrong first; groups may stand within groups."""
    error = several.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error
