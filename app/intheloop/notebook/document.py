"""The notebook that one log adds up to. Values only: a change makes a new one, sharing the rest."""

from __future__ import annotations

from collections.abc import Iterator

from immutables import Map
from msgspec import Struct

from intheloop.events import Imported
from intheloop.values import EMPTY, Value

from .approval import Approval, Permission, Policy
from .assistant import AssistantRun
from .cell import Cell
from .comment import Comment
from .execution import Execution
from .proposal import Proposal
from .runtime import Runtime


class Forked(Struct, frozen=True):
    """Where a fork comes from; the hash is of the last record that it holds."""

    notebook_id: str
    seq: int
    hash: str


class Notebook(Struct, frozen=True):
    """State at `seq`; 0 is the empty log.

    `order` holds every cell id ever placed, tombstones too. `cells` is by cell id, `executions` by
    execution id: of each cell the last started and the open ones, of cell-less code the last 50.
    `queue` holds the open executions, oldest first. `displays` tells which executions in state show
    a display id. `approvals` and `proposals` hold the open ones and the last that were decided,
    oldest first. `runs` are by run id, in `run_order`: the open ones and the last 20. `skipped`
    counts the records of unknown type.
    """

    notebook_id: str
    seq: int = 0
    title: str = ""
    metadata: Value = EMPTY
    created_at: str = ""
    archived: bool = False
    imported: Imported | None = None
    forked: Forked | None = None
    order: tuple[str, ...] = ()
    cells: Map[str, Cell] = Map()
    executions: Map[str, Execution] = Map()
    queue: tuple[str, ...] = ()
    loose: tuple[str, ...] = ()
    displays: Map[str, tuple[str, ...]] = Map()
    runtimes: Map[str, Runtime] = Map()
    comments: Map[str, Comment] = Map()
    policy: Policy = Policy()
    approvals: tuple[Approval, ...] = ()
    permissions: tuple[Permission, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    runs: Map[str, AssistantRun] = Map()
    run_order: tuple[str, ...] = ()
    skipped: int = 0

    def live_cells(self) -> Iterator[Cell]:
        """The cells in sight, from top to bottom."""
        for cell_id in self.order:
            cell = self.cells[cell_id]
            if not cell.deleted:
                yield cell

    def held(self) -> Execution | None:
        """The execution that a runtime has or had (adrift); at most one."""
        for execution_id in self.queue:
            execution = self.executions[execution_id]
            if execution.is_held:
                return execution
        return None

    def next_queued(self) -> Execution | None:
        """The oldest execution that nobody has claimed."""
        for execution_id in self.queue:
            execution = self.executions[execution_id]
            if execution.status == "requested":
                return execution
        return None
