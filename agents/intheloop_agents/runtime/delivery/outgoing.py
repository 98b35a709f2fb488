"""What waits in an outbox: outputs and commands, before and after they were written down."""

import asyncio
from typing import Any

import msgspec

from intheloop import commands as c
from intheloop_agents.runtime.delivery import spool
from intheloop_agents.runtime.jupyter.outputs import Part


class Waiting(msgspec.Struct, kw_only=True, eq=False):
    """Something to deliver. Once `sealed` it is delivered as it is, under its `index`; `kept` is
    what is on disk or need not be, and `place` where its parts are then."""

    parts: list[Part] = []
    since: float = 0.0
    sealed: bool = False
    index: int | None = None
    kept: bool = False
    place: spool.Place | None = None


class WaitingOutputs(Waiting, eq=False):
    """Outputs of one execution."""

    execution_id: str
    size: int = 0


class WaitingCall(Waiting, eq=False):
    """A command, and who waits for its answer."""

    tool: c.Tool
    answer: asyncio.Future[Any]


Outgoing = WaitingOutputs | WaitingCall


def execution_of(item: Outgoing) -> str:
    """The execution that it is about; "" if none."""
    if isinstance(item, WaitingOutputs):
        return item.execution_id
    execution_id: str = getattr(item.tool, "execution_id", "")
    return execution_id


def entry_of(item: Outgoing) -> spool.Entry:
    """How it is written down: outputs, and the end of an execution without its wish for more."""
    if isinstance(item, WaitingOutputs):
        return spool.Outputs(item.execution_id, item.index or 0, item.parts)
    end = item.tool
    assert isinstance(end, c.CompleteExecution), "only ends of executions are written down"
    reason, duration_ms = end.reason, end.duration_ms
    return spool.End(end.execution_id, item.index, item.parts, end.status, reason, duration_ms)


def written(entry: spool.Entry, place: spool.Place, notebook_id: str) -> Outgoing:
    """What an entry of an earlier process stands for."""
    item: Outgoing
    if isinstance(entry, spool.Outputs):
        item = WaitingOutputs(execution_id=entry.execution_id)
    else:
        end = c.CompleteExecution(
            notebook_id=notebook_id,
            execution_id=entry.execution_id,
            status=entry.status,
            reason=entry.reason,
            duration_ms=entry.duration_ms,
        )
        item = WaitingCall(tool=end, answer=unheeded())
    item.sealed, item.kept, item.index, item.place = True, True, entry.index, place
    return item


def unheeded() -> asyncio.Future[Any]:
    """An answer that need not be awaited; a refusal of it is in the diagnostic log."""
    answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    answer.add_done_callback(lambda done: done.cancelled() or done.exception())
    return answer
