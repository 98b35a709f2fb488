"""What events of executions do to a notebook, and which executions its state keeps."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import assert_never

from immutables import Map
from msgspec.structs import replace

from intheloop import events as e
from intheloop.notebook import Execution, Input, Notebook, Shown, Stream
from intheloop.values import DisplayOutput, Output, ResultOutput, StreamOutput

KEPT_LOOSE = 50
"""Cell-less executions that state keeps after their end."""


def apply(notebook: Notebook, event: e.ExecutionEvent, envelope: e.Envelope) -> Notebook:  # noqa: C901
    """The notebook after an event of an execution; one no longer in state changes nothing."""
    if isinstance(event, e.ExecutionRequested):
        return _requested(notebook, event, envelope)
    execution = notebook.executions.get(event.execution_id)
    if execution is None:
        return notebook
    match event:
        case e.OutputAppended():
            return _appended(notebook, execution, event)
        case e.OutputUpdated():
            return _updated(notebook, execution, event)
        case e.OutputsCleared(index=index, wait=wait):
            indexed = replace(execution, next_index=index + 1, clear_pending=wait)
            return _put(notebook, indexed) if wait else emptied(notebook, indexed)
        case e.ExecutionCompleted():
            return _completed(notebook, execution, event, envelope)
        case _ if not execution.is_open:
            return notebook
        case e.ExecutionClaimed(runtime_id=runtime_id, generation=generation):
            status = "started" if execution.started_at else "claimed"
            claimed = replace(
                execution, status=status, runtime_id=runtime_id, generation=generation
            )
            return _put(notebook, claimed)
        case e.ExecutionStarted():
            return _started(notebook, execution, event, envelope)
        case e.InputRequested(input_id=input_id, prompt=prompt, password=password):
            return _put(notebook, replace(execution, input=Input(input_id, prompt, password)))
        case e.InputProvided():
            return _put(notebook, replace(execution, input=None))
        case e.ExecutionClaimLapsed():
            return _put(notebook, replace(execution, status="adrift"))
        case e.ExecutionCancelRequested():
            return _put(notebook, replace(execution, cancel_requested=True, input=None))
        case _:
            assert_never(event)


def drop(notebook: Notebook, execution_id: str) -> Notebook:
    """The notebook without this execution, unless it is still open or not in state."""
    execution = notebook.executions.get(execution_id)
    if execution is None or execution.is_open:
        return notebook
    return replace(
        notebook,
        executions=notebook.executions.delete(execution_id),
        displays=_unlinked(notebook.displays, execution),
    )


def _put(notebook: Notebook, execution: Execution) -> Notebook:
    executions = notebook.executions.set(execution.execution_id, execution)
    return replace(notebook, executions=executions)


def _requested(notebook: Notebook, event: e.ExecutionRequested, envelope: e.Envelope) -> Notebook:
    if event.execution_id in notebook.executions:
        return notebook
    execution = Execution(
        execution_id=event.execution_id,
        source=event.source,
        requested_by=envelope.actor.id,
        requested_at=envelope.recorded_at,
        cell_id=event.cell_id,
        rev=event.rev,
        batch_id=event.batch_id,
        allow_error=event.allow_error,
    )
    notebook = _put(notebook, execution)
    return replace(notebook, queue=(*notebook.queue, event.execution_id))


def _started(
    notebook: Notebook, execution: Execution, event: e.ExecutionStarted, envelope: e.Envelope
) -> Notebook:
    if execution.started_at:
        return notebook
    running = replace(
        execution,
        status="started",
        execution_count=event.execution_count,
        started_at=envelope.recorded_at,
    )
    notebook = _put(notebook, running)
    cell = notebook.cells.get(execution.cell_id) if execution.cell_id else None
    if cell is None or cell.deleted:
        return notebook
    before = cell.execution_id
    shown = replace(cell, outputs=(), execution_count=None, execution_id=execution.execution_id)
    notebook = replace(notebook, cells=notebook.cells.set(cell.cell_id, shown))
    return drop(notebook, before) if before else notebook


def _completed(
    notebook: Notebook, execution: Execution, event: e.ExecutionCompleted, envelope: e.Envelope
) -> Notebook:
    if not execution.is_open:
        return notebook
    ended = replace(
        execution,
        status=event.status,
        completed_at=envelope.recorded_at,
        reason=event.reason,
        duration_ms=event.duration_ms,
        input=None,
        cancel_requested=False,
    )
    queue = _without(notebook.queue, execution.execution_id)
    notebook = replace(_put(notebook, ended), queue=queue)
    if execution.cell_id is None:
        return _kept_loose(notebook, execution.execution_id)
    cell = notebook.cells.get(execution.cell_id)
    if cell is not None and cell.execution_id == execution.execution_id:
        return notebook
    return drop(notebook, execution.execution_id)


def _without(queue: tuple[str, ...], execution_id: str) -> tuple[str, ...]:
    """The queue without this one. What ends is mostly at its front, and a queue may be long."""
    if execution_id not in queue:
        return queue
    at = queue.index(execution_id)
    return queue[:at] + queue[at + 1 :]


def _kept_loose(notebook: Notebook, execution_id: str) -> Notebook:
    loose = (*notebook.loose, execution_id)
    notebook = replace(notebook, loose=loose[-KEPT_LOOSE:])
    for old in loose[:-KEPT_LOOSE]:
        notebook = drop(notebook, old)
    return notebook


def _appended(notebook: Notebook, execution: Execution, event: e.OutputAppended) -> Notebook:
    displays = notebook.displays
    before = execution.outputs
    if execution.clear_pending and event.outputs:
        displays = _unlinked(displays, execution)
        before = ()
    shown = replace(
        execution,
        outputs=joined(before, event.outputs),
        next_index=event.index + 1,
        clear_pending=execution.clear_pending and not event.outputs,
    )
    for output in event.outputs:
        if isinstance(output, DisplayOutput | ResultOutput) and output.display_id:
            holders = displays.get(output.display_id, ())
            if execution.execution_id not in holders:
                displays = displays.set(output.display_id, (*holders, execution.execution_id))
    executions = notebook.executions.set(execution.execution_id, shown)
    return replace(notebook, executions=executions, displays=displays)


def joined(before: tuple[Shown, ...], outputs: Iterable[Output]) -> tuple[Shown, ...]:
    """The outputs with more behind them; neighbouring text of one stream is one stream."""
    shown = list(before)
    for output in outputs:
        if not isinstance(output, StreamOutput):
            shown.append(output)
            continue
        last = shown[-1] if shown else None
        if isinstance(last, Stream) and last.name == output.name:
            digest = chained(last.digest, output.sha256)
            shown[-1] = Stream(last.name, digest, (*last.pieces, output))
        else:
            shown.append(Stream(output.name, chained(NO_TEXT, output.sha256), (output,)))
    return tuple(shown)


NO_TEXT = "0" * 64
"""The digest of a stream before its first piece."""


def chained(digest: str, piece_sha256: str) -> str:
    """The digest of a stream with one more piece: h = sha256(h || sha256(text)), over raw bytes."""
    return hashlib.sha256(bytes.fromhex(digest + piece_sha256)).hexdigest()


def _updated(notebook: Notebook, execution: Execution, event: e.OutputUpdated) -> Notebook:
    notebook = _put(notebook, replace(execution, next_index=event.index + 1))
    for holder_id in notebook.displays.get(event.display_id, ()):
        holder = notebook.executions[holder_id]
        outputs = tuple(_redrawn(output, event) for output in holder.outputs)
        notebook = _put(notebook, replace(holder, outputs=outputs))
    return notebook


def _redrawn(output: Shown, event: e.OutputUpdated) -> Shown:
    if isinstance(output, DisplayOutput | ResultOutput) and output.display_id == event.display_id:
        return replace(output, data=event.data, metadata=event.metadata)
    return output


def emptied(notebook: Notebook, execution: Execution) -> Notebook:
    """The notebook with this execution showing nothing, its display ids among it."""
    displays = _unlinked(notebook.displays, execution)
    return _put(replace(notebook, displays=displays), replace(execution, outputs=()))


def _unlinked(
    displays: Map[str, tuple[str, ...]], execution: Execution
) -> Map[str, tuple[str, ...]]:
    for output in execution.outputs:
        display_id = output.display_id if isinstance(output, DisplayOutput | ResultOutput) else None
        if display_id is None or display_id not in displays:
            continue
        others = tuple(
            holder for holder in displays[display_id] if holder != execution.execution_id
        )
        displays = displays.set(display_id, others) if others else displays.delete(display_id)
    return displays
