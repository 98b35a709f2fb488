"""What a list of notebooks shows of each, kept beside its head so that no log is opened for it."""

from __future__ import annotations

from msgspec import Struct

from intheloop.notebook import Notebook, kernel_name


class Summary(Struct, frozen=True, omit_defaults=True):
    """`open` counts executions queued or held, `runs` those of the assistant, `approvals` those
    that are to be decided or used, `to_decide` those to be decided and open proposals; `asks` tells
    that an execution waits for input; `kernel` is the kernelspec asked for."""

    title: str = ""
    created_at: str = ""
    changed_at: str = ""
    cells: int = 0
    archived: bool = False
    open: int = 0
    asks: bool = False
    runtime_id: str | None = None
    kernel: str = ""
    approvals: int = 0
    runs: int = 0
    to_decide: int = 0


def summary(notebook: Notebook, changed_at: str) -> Summary:
    """The summary of a state."""
    held = notebook.held()
    return Summary(
        title=notebook.title,
        created_at=notebook.created_at,
        changed_at=changed_at,
        cells=len(notebook.order),
        archived=notebook.archived,
        open=len(notebook.queue),
        asks=held is not None and held.input is not None,
        runtime_id=next(iter(notebook.runtimes), None),
        kernel=kernel_name(notebook.metadata),
        approvals=sum(approval.is_open for approval in notebook.approvals),
        runs=sum(run.is_open for run in notebook.runs.values()),
        to_decide=sum(approval.status == "pending" for approval in notebook.approvals)
        + sum(proposal.is_open for proposal in notebook.proposals),
    )
