"""Ordered delivery: what a runtime has to say about one notebook, in order, each thing once.

It tries until the server has it. What has waited for a moment is on disk too, in the notebook's
spool, and in memory by its place alone, so that the server may be away for however long.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import Any

import msgspec

from intheloop import commands as c
from intheloop.client import Client, Defect, fresh_command_id
from intheloop.errors import BadArgument, Conflict, TooLarge
from intheloop_agents.runtime.delivery import spool
from intheloop_agents.runtime.delivery.buffer import size_of
from intheloop_agents.runtime.delivery.outgoing import (
    Outgoing,
    Waiting,
    WaitingCall,
    WaitingOutputs,
    entry_of,
    execution_of,
    unheeded,
    written,
)
from intheloop_agents.runtime.delivery.recorded import prepare
from intheloop_agents.runtime.jupyter.outputs import Part, Stream

log = logging.getLogger(__name__)

# Outputs that wait are sent together up to this size, so that a slow server is caught up with.
_TOGETHER_BYTES = 256 * 1024
_TOGETHER_PARTS = 1000
# What has waited for so long is written down, all of it in one go.
_KEEP_AFTER_S = 0.5
_LOT_BYTES = 8 * 1024 * 1024


class Over(Exception):
    """The server says that this execution has ended: nothing more of it can be recorded."""


class Outbox:
    """What is put in is delivered in that order by `run`, which one task must be in.

    `attach` makes this runtime the notebook's again after the server let it go; what it raises
    ends `run`, as does every refusal that no next try can mend (access withdrawn, notebook gone).
    `claimed` is told what was claimed in taking up again what had lapsed.
    """

    def __init__(
        self,
        client: Client,
        notebook_id: str,
        runtime_id: str,
        kept: spool.Spool,
        attach: Callable[[], Awaitable[object]],
        claimed: Callable[[c.Claim], None],
    ) -> None:
        self._client = client
        self._notebook_id = notebook_id
        self._runtime_id = runtime_id
        self._spool = kept
        self._attach = attach
        self._claimed = claimed
        self._queue: deque[Outgoing] = deque()
        self._stirred = asyncio.Event()
        self._disk = asyncio.Lock()
        self._next_index: dict[str, int] = {}

    @property
    def empty(self) -> bool:
        """Whether all was delivered."""
        return not self._queue

    def take_up(self) -> None:
        """Put in what an earlier process has left in the spool."""
        for place, entry in self._spool.entries():
            self._queue.append(written(entry, place, self._notebook_id))
        self._stirred.set()

    def begin(self, claim: c.Claim) -> None:
        """Say where the outputs of a claimed execution go on."""
        self._next_index.setdefault(claim.execution_id, claim.next_index)

    def append(self, execution_id: str, parts: list[Part]) -> None:
        """Outputs of an execution, behind all that was put in before."""
        parts = [part for part in parts if not _says_nothing(part)]
        last = self._last_of(execution_id)
        size = sum(map(size_of, parts))
        if (
            last is not None
            and last.size + size <= _TOGETHER_BYTES
            and len(last.parts) + len(parts) <= _TOGETHER_PARTS
        ):
            last.parts += parts
            last.size += size
            return
        for at in range(0, len(parts), _TOGETHER_PARTS):
            some = parts[at : at + _TOGETHER_PARTS]
            self._put(WaitingOutputs(execution_id=execution_id, parts=some, size=size))

    def post(self, tool: c.Tool) -> asyncio.Future[Any]:
        """A command behind all that was put in before; its answer or refusal may be awaited."""
        call = WaitingCall(tool=tool, answer=unheeded(), parts=[], kept=True)
        self._put(call)
        return call.answer

    async def complete(self, end: c.CompleteExecution, parts: list[Part]) -> c.Claimed:
        """The end of an execution with its last outputs, in one call. Raises Over if it has ended
        already in some other way."""
        last = self._last_of(end.execution_id)
        if last is not None:
            self._queue.pop()
            parts = last.parts + parts
        parts = [part for part in parts if not _says_nothing(part)]
        if len(parts) > _TOGETHER_PARTS:
            self.append(end.execution_id, parts)
            parts = []
        call = WaitingCall(tool=end, answer=unheeded(), parts=parts)
        self._put(call)
        answer: c.Claimed = await call.answer
        return answer

    async def run(self) -> None:
        """Deliver for ever. What is not delivered when it ends is on disk."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._keep())
                while True:
                    while self._queue:
                        await self._deliver(self._queue[0])
                        self._queue.popleft()
                    self._stirred.clear()
                    if self._spool.size:
                        await self._clear()
                    await self._stirred.wait()
        finally:
            await self._write_down(self._not_kept_since(time.monotonic()))

    def _put(self, item: Outgoing) -> None:
        item.since = time.monotonic()
        self._queue.append(item)
        self._stirred.set()

    def _last_of(self, execution_id: str) -> WaitingOutputs | None:
        """What was put in last, if it can take more outputs of this execution."""
        last = self._queue[-1] if self._queue else None
        if (
            isinstance(last, WaitingOutputs)
            and not last.sealed
            and last.execution_id == execution_id
        ):
            return last
        return None

    def _seal(self, item: Outgoing) -> None:
        if item.sealed:
            return
        item.sealed = True
        if item.parts:
            execution_id = execution_of(item)
            item.index = self._next_index.get(execution_id, 0)
            self._next_index[execution_id] = item.index + 1

    # ------------------------------------------------------------------ disk

    async def _keep(self) -> None:
        """Write down what waits, for ever."""
        while True:
            await self._stirred.wait()
            await asyncio.sleep(_KEEP_AFTER_S)
            await self._write_down(self._not_kept_since(time.monotonic() - _KEEP_AFTER_S))

    def _not_kept_since(self, moment: float) -> list[Outgoing]:
        found = []
        for item in reversed(self._queue):
            if item.place is not None:
                break
            if not item.kept and item.since <= moment:
                found.append(item)
        return found[::-1]

    async def _write_down(self, items: list[Outgoing]) -> None:
        for item in items:
            self._seal(item)
        for some in _in_lots(items):
            async with self._disk:
                try:
                    entries = [entry_of(item) for item in some]
                    places = await asyncio.to_thread(self._spool.append, entries)
                except (OSError, RecursionError) as error:
                    log.warning("What waits for the server cannot be written down: %s", error)
                    return
            for item, place in zip(some, places, strict=True):
                item.kept, item.place, item.parts = True, place, []

    async def _clear(self) -> None:
        async with self._disk:
            if not self._queue and self._spool.size:
                await asyncio.to_thread(self._spool.clear)

    async def _parts_of(self, item: Waiting) -> list[Part]:
        if item.place is None:
            return item.parts
        return (await asyncio.to_thread(self._spool.read, item.place)).parts

    # -------------------------------------------------------------- delivery

    async def _deliver(self, item: Outgoing) -> None:
        self._seal(item)
        parts = await self._parts_of(item)
        if isinstance(item, WaitingOutputs):
            await self._deliver_outputs(item, parts)
        else:
            await self._deliver_call(item, parts)

    async def _deliver_outputs(self, item: WaitingOutputs, parts: list[Part]) -> None:
        def appending(prepared: list[c.Part]) -> c.Tool:
            return c.AppendOutputs(
                notebook_id=self._notebook_id,
                execution_id=item.execution_id,
                index=item.index or 0,
                parts=prepared,
            )

        try:
            await self._send_with(item, parts, appending)
        except Over as error:
            log.warning("Output came too late to be recorded: %s", error)

    async def _deliver_call(self, item: WaitingCall, parts: list[Part]) -> None:
        try:
            if isinstance(item.tool, c.CompleteExecution):
                ending = partial(_ending, item.tool, item.index)
                answer = await self._send_with(item, parts, ending)
            else:
                answer = await self._send(item.tool)
        except (Over, Conflict, BadArgument, TooLarge, Defect) as error:
            log.info("%s was refused: %s", item.tool.tool_name(), error)
            if not item.answer.done():
                item.answer.set_exception(error)
        else:
            if not item.answer.done():
                item.answer.set_result(answer)

    async def _send_with(
        self, item: Outgoing, parts: list[Part], tool: Callable[[list[c.Part]], c.Tool]
    ) -> Any:
        """Send a command that carries outputs; outputs that are refused for good are set aside and
        a notice takes their place, so that neither what follows nor what is beside is held up."""
        sizes = list(map(size_of, parts))
        left = set(range(len(parts)))
        while True:
            try:
                return await self._send(tool(await self._prepared(parts)))
            except (BadArgument, TooLarge, Defect) as error:
                if not left:
                    raise
                # What is too large is the largest; what else is wrong may be wrong with any.
                largest = max(left, key=sizes.__getitem__)
                refused = {largest} if isinstance(error, TooLarge) else left
                parts = await self._without(item, parts, refused, error)
                left = left - refused

    async def _without(
        self, item: Outgoing, parts: list[Part], refused: set[int], error: Exception
    ) -> list[Part]:
        log.warning("An output of %s is set aside. %s", execution_of(item), error)
        await self._set_aside(item, [parts[at] for at in sorted(refused)])
        notice = Stream("stderr", f"[In The Loop could not record an output here: {error}]\n")
        told_at = min(refused)
        return [
            notice if at == told_at else part
            for at, part in enumerate(parts)
            if at == told_at or at not in refused
        ]

    async def _set_aside(self, item: Outgoing, parts: list[Part]) -> None:
        entry = spool.Outputs(execution_of(item), item.index or 0, parts)
        try:
            await asyncio.to_thread(self._spool.set_aside, entry)
        except (OSError, RecursionError) as error:
            log.warning("It could not be kept on disk either: %s", error)

    async def _prepared(self, parts: list[Part]) -> list[c.Part]:
        prepared = prepare(parts)
        for sha256, data in prepared.blobs.items():
            await self._client.put_blob(self._notebook_id, sha256, data)
        return prepared.parts

    async def _send(self, tool: c.Tool) -> Any:
        """Call until it is taken. A lost hold on the notebook or the execution is taken up again;
        Over when the execution has ended."""
        command_id = fresh_command_id()
        while True:
            try:
                return await self._client.call(tool, command_id)
            except Conflict as error:
                await self._regain(tool, error)

    async def _regain(self, tool: c.Tool, error: Conflict) -> None:
        if error.extra.get("runtime_id") == self._runtime_id:
            await self._attach()
        elif error.extra.get("execution_status") == "adrift":
            await self._reclaim()
        elif "execution_id" in error.extra and "expected_index" not in error.extra:
            raise Over(error.detail) from error
        else:
            raise error

    async def _reclaim(self) -> None:
        command = c.ClaimExecution(
            notebook_id=self._notebook_id, runtime_id=self._runtime_id, start=c.Start()
        )
        try:
            answer: c.Claimed = await self._client.call(command)
        except Conflict as error:
            raise Over(error.detail) from error
        if answer.claim is not None:
            self._claimed(answer.claim)


def _in_lots(items: list[Outgoing]) -> Iterator[list[Outgoing]]:
    """The items in lots that are written in one go, so that a flood is not in memory twice."""
    lot: list[Outgoing] = []
    size = 0
    for item in items:
        lot.append(item)
        size += sum(map(size_of, item.parts))
        if size >= _LOT_BYTES:
            yield lot
            lot, size = [], 0
    if lot:
        yield lot


def _ending(end: c.CompleteExecution, index: int | None, parts: list[c.Part]) -> c.Tool:
    return msgspec.structs.replace(end, parts=parts, index=index if parts else None)


def _says_nothing(part: Part) -> bool:
    return isinstance(part, Stream) and not part.text
