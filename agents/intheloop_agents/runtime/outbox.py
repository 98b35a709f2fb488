"""Ordered delivery: what a runtime has to say about one notebook, in order, each thing once.

Keeps what is not delivered in memory and tries until the server has it, so nothing is lost while
the server is away. A spool on disk would take the place of the queue here; nobody else need know.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import msgspec

from intheloop import commands as c
from intheloop.client import Client, Defect, fresh_command_id
from intheloop.errors import BadArgument, Conflict, TooLarge
from intheloop_agents.runtime.buffer import size_of
from intheloop_agents.runtime.outputs import Part, Stream
from intheloop_agents.runtime.recorded import prepare

log = logging.getLogger(__name__)

# Outputs that wait are sent together up to this size, so that a slow server is caught up with.
_TOGETHER_BYTES = 256 * 1024
_TOGETHER_PARTS = 1000


class Over(Exception):
    """The server says that this execution has ended: nothing more of it can be recorded."""


class _Outputs(msgspec.Struct):
    """Outputs of one execution that wait to be sent."""

    execution_id: str
    parts: list[Part]
    size: int


class _Call(msgspec.Struct):
    """A command that waits for its turn, and who waits for its answer."""

    tool: c.Tool
    answer: asyncio.Future[Any]
    parts: list[Part]


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
        attach: Callable[[], Awaitable[object]],
        claimed: Callable[[c.Claim], None],
    ) -> None:
        self._client = client
        self._notebook_id = notebook_id
        self._runtime_id = runtime_id
        self._attach = attach
        self._claimed = claimed
        self._queue: deque[_Outputs | _Call] = deque()
        self._stirred = asyncio.Event()
        self._next_index: dict[str, int] = {}

    def begin(self, claim: c.Claim) -> None:
        """Say where the outputs of a claimed execution go on."""
        self._next_index.setdefault(claim.execution_id, claim.next_index)

    def append(self, execution_id: str, parts: list[Part]) -> None:
        """Outputs of an execution, behind all that was put in before."""
        parts = [part for part in parts if not _says_nothing(part)]
        last = self._queue[-1] if self._queue else None
        size = sum(map(size_of, parts))
        if (
            isinstance(last, _Outputs)
            and last.execution_id == execution_id
            and last.size + size <= _TOGETHER_BYTES
            and len(last.parts) + len(parts) <= _TOGETHER_PARTS
        ):
            last.parts += parts
            last.size += size
            return
        for at in range(0, len(parts), _TOGETHER_PARTS):
            self._queue.append(_Outputs(execution_id, parts[at : at + _TOGETHER_PARTS], size))
        self._stirred.set()

    def post(self, tool: c.Tool) -> asyncio.Future[Any]:
        """A command behind all that was put in before; its answer or refusal may be awaited."""
        return self._put(tool, [])

    async def complete(self, end: c.CompleteExecution, parts: list[Part]) -> c.Claimed:
        """The end of an execution with its last outputs, in one call. Raises Over if it has ended
        already in some other way."""
        last = self._queue[-1] if self._queue else None
        if isinstance(last, _Outputs) and last.execution_id == end.execution_id:
            self._queue.pop()
            parts = last.parts + parts
        if len(parts) > _TOGETHER_PARTS:
            self.append(end.execution_id, parts)
            parts = []
        answer: c.Claimed = await self._put(end, parts)
        return answer

    async def run(self) -> None:
        """Deliver for ever."""
        while True:
            while self._queue:
                item = self._queue.popleft()
                if isinstance(item, _Outputs):
                    await self._deliver_outputs(item)
                else:
                    await self._deliver_call(item)
            self._stirred.clear()
            await self._stirred.wait()

    def _put(self, tool: c.Tool, parts: list[Part]) -> asyncio.Future[Any]:
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        # Not everybody wants to know; a refusal that nobody awaits is in the diagnostic log.
        answer.add_done_callback(lambda done: done.cancelled() or done.exception())
        self._queue.append(_Call(tool, answer, parts))
        self._stirred.set()
        return answer

    async def _deliver_outputs(self, item: _Outputs) -> None:
        def appending(parts: list[c.Part], index: int) -> c.Tool:
            return c.AppendOutputs(
                notebook_id=self._notebook_id,
                execution_id=item.execution_id,
                index=index,
                parts=parts,
            )

        try:
            await self._send_with(item.execution_id, item.parts, appending)
        except Over as error:
            log.warning("Output came too late to be recorded: %s", error)

    async def _deliver_call(self, item: _Call) -> None:
        try:
            if isinstance(item.tool, c.CompleteExecution):
                end = item.tool
                answer = await self._send_with(end.execution_id, item.parts, partial(_ending, end))
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
        self,
        execution_id: str,
        parts: list[Part],
        tool: Callable[[list[c.Part], int], c.Tool],
    ) -> Any:
        """Send a command that carries outputs; outputs that are refused for good are replaced by a
        notice under the same index, so that what follows is not held up."""
        index = self._next_index.get(execution_id, 0)
        prepared: list[c.Part] = []
        try:
            prepared = await self._prepared(parts)
            answer = await self._send(tool(prepared, index))
        except (BadArgument, TooLarge, Defect) as error:
            log.warning("An output of %s is set aside. %s", execution_id, error)
            notice = f"[In The Loop could not record an output here: {error}]\n"
            prepared = await self._prepared([Stream("stderr", notice)])
            answer = await self._send(tool(prepared, index))
        if prepared:
            self._next_index[execution_id] = index + 1
        return answer

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
        elif error.extra.get("status") == "adrift":
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


def _ending(end: c.CompleteExecution, parts: list[c.Part], index: int) -> c.Tool:
    return msgspec.structs.replace(end, parts=parts, index=index if parts else None)


def _says_nothing(part: Part) -> bool:
    return isinstance(part, Stream) and not part.text
