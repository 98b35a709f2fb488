"""How executions stand or ended: from state, or from the log once they have left it."""

from __future__ import annotations

import asyncio
from itertools import takewhile

from msgspec.structs import replace

from intheloop import commands as c
from intheloop import views
from intheloop.blobs import Blobs
from intheloop.errors import BadArgument, NotFound
from intheloop.events import ExecutionCompleted, ExecutionRequested
from intheloop.log import Filter, Log, open_stored
from intheloop.notebook import Execution, Notebook
from intheloop.reducer import apply

from .desk import Desk
from .waiting import Recheck, Waiting

_LOOKED_UP = 20
_AROUND = 100


class Executions:
    """Answers what is asked of executions, one or those of one request together."""

    def __init__(self, desk: Desk, log: Log, blobs: Blobs, waiting: Waiting) -> None:
        self._desk = desk
        self._log = log
        self._blobs = blobs
        self._waiting = waiting

    async def told(self, query: c.ReadExecution, recheck: Recheck) -> c.ExecutionTold:
        """One of them."""

        async def settled() -> bool:
            found = await self.found(query.notebook_id, query.execution_id)
            return not found.is_open or found.input is not None

        await self._waiting.until(query.notebook_id, query.wait_s, recheck, settled)
        state = await self._desk.existing(query.notebook_id)
        execution = await self.found(query.notebook_id, query.execution_id)
        if query.first_output > len(execution.outputs):
            raise BadArgument(
                f"The execution has {len(execution.outputs)} outputs, numbered from 0; "
                "give a first_output among them."
            )
        told = await asyncio.to_thread(
            views.view_execution,
            execution,
            views.places(state).get(execution.execution_id),
            query.first_output,
            query.characters - _AROUND,
            {"notebook_id": query.notebook_id},
            self._blobs.get,
        )
        return c.ExecutionTold(seq=state.seq, execution=told)

    async def batch(self, query: c.ReadBatch, recheck: Recheck) -> c.Batch:
        """All that were requested together."""
        await self._desk.existing(query.notebook_id)
        requested, at = await asyncio.to_thread(
            _requested, self._log, query.notebook_id, query.execution_id
        )
        told = await self.ended(requested, query.notebook_id, query.wait_s, recheck)
        state = await self._desk.existing(query.notebook_id)
        found = await self._all(state, requested)
        changed = (one.completed_at or one.started_at or at for one in found)
        return c.Batch(
            seq=told.seq, requested_at=at, changed_at=max(changed, default=at), requested=told
        )

    async def ended(
        self, requested: c.Requested, notebook_id: str, wait_s: float, recheck: Recheck
    ) -> c.Requested:
        """How these executions stand once all have ended, one asks for input, or time is up."""
        ids = frozenset(requested.execution_ids)

        async def settled() -> bool:
            state = await self._desk.existing(notebook_id)
            held = state.held()
            asks = held is not None and held.input is not None and held.execution_id in ids
            return asks or not any(one in ids for one in state.queue)

        await self._waiting.until(notebook_id, wait_s, recheck, settled)
        state = await self._desk.existing(notebook_id)
        found = await self._all(state, requested)
        return await asyncio.to_thread(
            views.view_requested, requested, state, found, self._blobs.get
        )

    async def _all(self, state: Notebook, requested: c.Requested) -> list[Execution]:
        """The executions of a batch. Those that have left the state are read from the log, each by
        itself, but of many only how they ended."""
        ids = requested.execution_ids
        left = [one for one in ids if one not in state.executions]
        if len(left) <= _LOOKED_UP:
            return [await self.found(state.notebook_id, one) for one in ids]
        ends = await asyncio.to_thread(_ends, self._log, state, requested.seq - len(ids), left)
        return [state.executions.get(one) or ends[one] for one in ids]

    async def found(self, notebook_id: str, execution_id: str) -> Execution:
        """The execution from state, or, once it has left it, replayed from its own records."""
        state = await self._desk.existing(notebook_id)
        execution = state.executions.get(execution_id)
        if execution is not None:
            return execution
        execution = await asyncio.to_thread(_replayed, self._log, notebook_id, execution_id)
        if execution is None:
            raise _unknown(notebook_id, execution_id)
        return execution


def _unknown(notebook_id: str, execution_id: str) -> NotFound:
    return NotFound(
        f"There is no execution {execution_id} in notebook {notebook_id}; "
        "read_history shows which there were."
    )


def _requested(log: Log, notebook_id: str, execution_id: str) -> tuple[c.Requested, str]:
    """What the request answered of which this execution was the first, and when it was made."""
    where = Filter(types=("executionRequested",), execution_id=execution_id)
    stored = next(iter(log.records(notebook_id, limit=1, where=where)), None)
    if stored is None:
        raise _unknown(notebook_id, execution_id)
    first = open_stored(stored).envelope
    following = map(open_stored, log.records(notebook_id, after=stored.seq - 1))
    together = takewhile(lambda one: one.envelope.command_id == first.command_id, following)
    ids = tuple(
        one.event.execution_id for one in together if isinstance(one.event, ExecutionRequested)
    )
    return c.Requested(seq=stored.seq + len(ids) - 1, execution_ids=ids), first.recorded_at


def _ends(log: Log, state: Notebook, after: int, ids: list[str]) -> dict[str, Execution]:
    """Executions without what they showed, from the records of their requests and their ends."""
    wanted = frozenset(ids)
    found: dict[str, Execution] = {}
    types = ("executionRequested", "executionCompleted")
    for stored in log.records(state.notebook_id, after=after, where=Filter(types=types)):
        if stored.execution_id not in wanted:
            continue
        record = open_stored(stored)
        match record.event:
            case ExecutionRequested(execution_id=one, cell_id=cell_id, rev=rev):
                by, at = record.envelope.actor.id, record.envelope.recorded_at
                found[one] = Execution(one, "", by, at, cell_id=cell_id, rev=rev)
            case ExecutionCompleted(execution_id=one, status=status, reason=reason):
                ended = replace(found[one], status=status, reason=reason)
                found[one] = replace(ended, completed_at=record.envelope.recorded_at)
    return found


def _replayed(log: Log, notebook_id: str, execution_id: str) -> Execution | None:
    """The execution alone, from its own records. As one without a cell it stays in state."""
    state, cell_id = Notebook(notebook_id), None
    for stored in log.records(notebook_id, where=Filter(execution_id=execution_id)):
        record = open_stored(stored)
        if isinstance(record.event, ExecutionRequested):
            cell_id = record.event.cell_id
            record = replace(record, event=replace(record.event, cell_id=None))
        state = apply(state, record)
    execution = state.executions.get(execution_id)
    return None if execution is None else replace(execution, cell_id=cell_id)
