"""What every log must say of its executions: each request comes to one end, its outputs in order.

Reads what a test has left behind, record by record; what the rules of the decider are, it ignores.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from intheloop import events as e
from intheloop.events import Record
from intheloop.log import Log, open_stored
from intheloop.notebook import WORKSPACE_ID, Notebook
from intheloop.reducer import replay

Output: TypeAlias = e.OutputAppended | e.OutputUpdated | e.OutputsCleared


def check_endings(log: Log) -> None:
    """Check every notebook of a store."""
    for head in log.heads():
        if head.notebook_id != WORKSPACE_ID:
            check_notebook(head.notebook_id, map(open_stored, log.records(head.notebook_id)))


def check_notebook(notebook_id: str, records: Iterable[Record]) -> None:
    """Check a whole log. Raises AssertionError, which names the record that cannot be."""
    told = list(records)
    history = _History()
    for record in told:
        try:
            history.take(record)
        except AssertionError as wrong:
            raise AssertionError(
                f"{notebook_id}, record {record.seq}: {wrong}\n{record.event}"
            ) from None
    open_now = [one for one, run in history.runs.items() if run.end is None]
    queue = replay(told, Notebook(notebook_id)).queue
    assert list(queue) == open_now, f"{notebook_id}: open are {open_now}, the queue is {queue}"


@dataclass
class _Run:
    """What a log has told of one execution so far. `batch` is the command of its last outputs."""

    runtime_id: str | None = None
    generation: int = 0
    started: bool = False
    adrift: bool = False
    next_index: int = 0
    batch: str = ""
    end: str | None = None


class _History:
    """All executions of a log, in the order of their requests."""

    def __init__(self) -> None:
        self.runs: dict[str, _Run] = {}
        self._attached: set[str] = set()
        self._held: str | None = None

    def take(self, record: Record) -> None:
        """Look at one more record."""
        match event := record.event:
            case e.RuntimeAttached(runtime_id=runtime_id):
                self._attached.add(runtime_id)
            case e.RuntimeDetached(runtime_id=runtime_id):
                self._attached.discard(runtime_id)
            case e.ExecutionRequested(execution_id=execution_id):
                assert execution_id not in self.runs, "it was requested before"
                self.runs[execution_id] = _Run()
            case e.OutputAppended() | e.OutputUpdated() | e.OutputsCleared():
                self._output(self._run(event.execution_id), event, record.envelope.command_id)
            case e.ExecutionCompleted(execution_id=execution_id, status=status):
                self._end(self._run(execution_id), event)
                self.runs[execution_id].end = status
                self._held = None if self._held == execution_id else self._held
            case _:
                self._on_the_way(event)

    def _run(self, execution_id: str) -> _Run:
        run = self.runs.get(execution_id)
        assert run is not None, "nobody requested it"
        return run

    def _end(self, run: _Run, event: e.ExecutionCompleted) -> None:
        assert run.end is None, f"it ended before, as {run.end}"
        assert run.runtime_id or event.status == "cancelled", "nobody had it"

    def _output(self, run: _Run, event: Output, command_id: str) -> None:
        if event.index != run.next_index - 1 or command_id != run.batch:
            assert event.index == run.next_index, f"its next index is {run.next_index}"
            run.next_index, run.batch = event.index + 1, command_id
        assert run.started, "it had not started"
        assert run.runtime_id in self._attached, "its runtime is gone"
        assert not run.adrift, "nobody held it"
        assert run.end != "lost", "it was lost"
        late = getattr(event, "late", run.end is not None)
        assert late == (run.end is not None), "it is wrong about whether it is late"

    def _on_the_way(self, event: e.Event) -> None:
        """What may happen only between a request and its end."""
        execution_id = getattr(event, "execution_id", None)
        if execution_id is None:
            return
        run = self._run(execution_id)
        assert run.end is None, f"it ended before, as {run.end}"
        match event:
            case e.ExecutionClaimed(runtime_id=runtime_id, generation=generation):
                assert self._held in (None, execution_id), f"{self._held} is held"
                assert runtime_id in self._attached, "its runtime is not there"
                assert generation == run.generation + 1, f"it had {run.generation} claims"
                assert run.adrift or not run.runtime_id, "somebody has it"
                assert run.runtime_id in (None, runtime_id), f"it is for {run.runtime_id}"
                run.runtime_id, run.generation, run.adrift = runtime_id, generation, False
                self._held = execution_id
                return
            case e.ExecutionStarted():
                assert not run.started, "it started before"
                run.started = True
            case e.ExecutionClaimLapsed(generation=generation):
                assert not run.adrift, "it is adrift"
                assert generation == run.generation, f"it had {run.generation} claims"
                run.adrift = True
        assert self._held == execution_id, "nobody holds it"
