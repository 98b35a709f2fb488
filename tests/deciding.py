"""A bench for tests of deciding: one notebook, who acts in it, and short words for what they do."""

from typing import Any

import msgspec

from intheloop import commands as c
from intheloop import events as e
from intheloop.notebook import Cell, Execution, Notebook
from intheloop.values import Output, inline, stream
from tests.model import NB, Model

PYTHON = e.Kernel("python3", "python", "3.11")
START = c.Start(1)


class Bench(Model):
    """A model with one notebook: ana owns it and is admin, rt is a runtime, bot an assistant."""

    def __init__(self, *sources: str) -> None:
        super().__init__()
        self.person("ana")
        self.program("rt", "runtime", ["notebook:read", "runtime"])
        self.program("bot", "assistant")
        cells = [c.GivenCell(source, cell_id="abcdefgh"[at]) for at, source in enumerate(sources)]
        self.do(c.CreateNotebook(title="Penguins", notebook_id=NB, cells=cells))

    @property
    def nb(self) -> Notebook:
        """The notebook."""
        return self.notebooks[NB]

    @property
    def events(self) -> list[e.Event]:
        """What happened in it."""
        return [record.event for record in self.records[NB]]

    def cell(self, cell_id: str = "a") -> Cell:
        """One of its cells."""
        return self.nb.cells[cell_id]

    def execution(self, execution_id: str) -> Execution:
        """One of its executions."""
        return self.nb.executions[execution_id]

    def since(self, seq: int) -> list[str]:
        """The types of the events after a seq."""
        return [record.envelope.type for record in self.records[NB][seq:]]

    def new_events(self, command: Any, by: str = "ana") -> list[e.Event]:
        """What comes of a command."""
        before = self.nb.seq
        self.do(command, by)
        return [record.event for record in self.records[NB][before:]]

    # ----------------------------------------------------------------- cells

    def insert(self, cell_id: str, source: str = "", by: str = "ana", **more: Any) -> None:
        """One more cell, at the end unless `after` is given."""
        given = c.GivenCell(source, cell_id=cell_id, **{k: more.pop(k) for k in _given(more)})
        self.do(c.InsertCells(notebook_id=NB, cells=[given], **more), by)

    def edit(self, cell_id: str = "a", by: str = "ana", **how: Any) -> c.Edited:
        """An edit of a cell."""
        edited: c.Edited = self.do(c.EditCell(notebook_id=NB, cell_id=cell_id, **how), by)
        return edited

    def write(self, source: str, cell_id: str = "a", by: str = "ana") -> c.Edited:
        """The whole source of a cell."""
        return self.edit(cell_id, by, source=source, base_rev=self.cell(cell_id).rev)

    def delete(self, *cell_ids: str) -> None:
        """Delete cells."""
        self.do(c.DeleteCells(notebook_id=NB, cell_ids=list(cell_ids)))

    # --------------------------------------------------------------- running

    def run(self, *cell_ids: str, by: str = "ana", **how: Any) -> tuple[str, ...]:
        """The executions of cells that are to run as they stand, as one batch."""
        cells = [c.CellAt(cell_id, self.cell(cell_id).rev) for cell_id in cell_ids]
        asked: c.Requested = self.do(c.RunCells(notebook_id=NB, cells=cells, **how), by)
        return asked.execution_ids

    def attach(self, runtime_id: str = "r1", by: str = "rt", *, alive: bool = True) -> None:
        """A runtime comes, with a kernel that is ready."""
        self.do(c.AttachRuntime(notebook_id=NB, runtime_id=runtime_id, kernel=PYTHON), by)
        if alive:
            self.report(c.KernelIsUp(PYTHON), runtime_id, by)

    def report(
        self, report: c.KernelIsUp | c.KernelIsDown, runtime_id: str = "r1", by: str = "rt"
    ) -> list[e.Event]:
        """What comes of the kernel's start or death."""
        return self.new_events(
            c.ReportKernel(notebook_id=NB, runtime_id=runtime_id, report=report), by
        )

    def claim(
        self, start: c.Start | None = START, runtime_id: str = "r1", by: str = "rt"
    ) -> c.Claim | None:
        """What the runtime gets to run."""
        command = c.ClaimExecution(notebook_id=NB, runtime_id=runtime_id, start=start)
        claimed: c.Claimed = self.do(command, by)
        return claimed.claim

    def running(self, cell_id: str = "a") -> str:
        """The execution of a cell that a fresh runtime has started."""
        if not self.nb.runtimes:
            self.attach()
        (execution_id,) = self.run(cell_id)
        claim = self.claim()
        assert claim is not None and claim.execution_id == execution_id
        return execution_id

    def append(self, execution_id: str, index: int, *parts: c.Part, by: str = "rt") -> c.Appended:
        """A batch of outputs."""
        answer: c.Appended = self.do(appending(execution_id, index, *parts), by)
        return answer

    def complete(self, execution_id: str, status: Any = "ok", by: str = "rt", **more: Any) -> Any:
        """The end of an execution."""
        return self.do(completing(execution_id, status, **more), by)

    def lapse(self, runtime_id: str = "r1") -> list[e.Event]:
        """The runtime was not heard from for too long."""
        return self.new_events(c.LapseLease(notebook_id=NB, runtime_id=runtime_id), "system")


def appending(execution_id: str, index: int, *parts: c.Part) -> c.AppendOutputs:
    """A batch of outputs to append; by default a line of text."""
    given = list(parts) or [printed(f"{index}\n")]
    return c.AppendOutputs(notebook_id=NB, execution_id=execution_id, index=index, parts=given)


def completing(execution_id: str, status: Any = "ok", **more: Any) -> c.CompleteExecution:
    """The end of an execution to tell."""
    return c.CompleteExecution(notebook_id=NB, execution_id=execution_id, status=status, **more)


def detaching(runtime_id: str = "r1") -> c.DetachRuntime:
    """A runtime that leaves."""
    return c.DetachRuntime(notebook_id=NB, runtime_id=runtime_id, reason="It was stopped.")


def losing(execution_id: str) -> c.LoseExecution:
    """An execution that went adrift for too long."""
    return c.LoseExecution(notebook_id=NB, execution_id=execution_id, reason="It is gone.")


def two_runtimes(*sources: str) -> Bench:
    """A bench on which a second runtime program might act."""
    bench = Bench(*sources)
    bench.program("other", "runtime", ["notebook:read", "runtime"])
    return bench


def cancelling(execution_id: str, force: bool = False) -> c.CancelExecution:
    """A wish to have an execution stopped."""
    return c.CancelExecution(notebook_id=NB, execution_id=execution_id, force=force)


def restarting(run_all: bool = False) -> c.RestartKernel:
    """A wish for a fresh kernel."""
    return c.RestartKernel(notebook_id=NB, run_all=run_all)


def printed(text: str) -> c.Append:
    """Text on stdout."""
    return shown(stream("stdout", text))


def shown(*outputs: Output) -> c.Append:
    """Outputs to show."""
    return c.Append(list(outputs))


def replaced(old: str, new: str) -> list[c.TextEdit]:
    """One replacement."""
    return [c.TextEdit(old, new)]


def tagged(*tags: str) -> Any:
    """Metadata of a cell with these tags."""
    return inline(msgspec.json.encode({"tags": tags}))


def _given(more: dict[str, Any]) -> list[str]:
    return [key for key in more if key in c.GivenCell.__struct_fields__]
