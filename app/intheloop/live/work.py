"""What there is to act on, over all notebooks: executions to run, questions to answer, runs of the
assistant, calls of programs to decide.

An index that follows published states; it holds no facts of its own.
"""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType

from intheloop.notebook import Notebook, waits_for

from .ring import Wake


class Item(Struct, frozen=True):
    """Something that somebody may act on. `runtime_id` is who serves the notebook now; of a run of
    the assistant, the principal that works on it, who alone may take it up again."""

    kind: str
    notebook_id: str
    id: str
    runtime_id: str | None = None
    kernel: str = ""
    execution_id: str | UnsetType = UNSET
    prompt: str | UnsetType = UNSET
    password: bool | UnsetType = UNSET
    tool: str | UnsetType = UNSET
    expires_at: str | UnsetType = UNSET


Key = tuple[str, str]
"""(kind, id) of an item in its notebook."""


class WorkIndex:
    """All open items, by notebook. `version` grows with each change."""

    def __init__(self) -> None:
        self._items: dict[str, dict[Key, Item]] = {}
        self._wakes: set[Wake] = set()

    def watch(self, wake: Wake) -> None:
        """Wake this sleeper whenever the items change."""
        self._wakes.add(wake)

    def leave(self, wake: Wake) -> None:
        """No longer."""
        self._wakes.discard(wake)

    def update(self, notebook_id: str, items: list[Item]) -> None:
        """The open items of a notebook are now these."""
        fresh = {(item.kind, item.id): item for item in items}
        if fresh == self._items.get(notebook_id, {}):
            return
        if fresh:
            self._items[notebook_id] = fresh
        else:
            self._items.pop(notebook_id, None)
        for wake in self._wakes:
            wake.set()

    def items(self, kinds: frozenset[str]) -> list[Item]:
        """All open items of these kinds, by notebook, oldest first."""
        return [
            item for items in self._items.values() for item in items.values() if item.kind in kinds
        ]


def open_items(state: Notebook, kernel: str) -> list[Item]:
    """What is open in this state; `kernel` is the kernelspec that the notebook asks for."""
    runtime_id = next(iter(state.runtimes), None)
    items: list[Item] = []
    for execution_id in state.queue:
        execution = state.executions[execution_id]
        if execution.status == "requested":
            items.append(Item("execution", state.notebook_id, execution_id, runtime_id, kernel))
        elif execution.input is not None:
            asked = execution.input
            items.append(
                Item(
                    kind="input",
                    notebook_id=state.notebook_id,
                    id=asked.input_id,
                    runtime_id=runtime_id,
                    execution_id=execution_id,
                    prompt=asked.prompt,
                    password=asked.password,
                )
            )
    items += (
        Item(
            kind="approval",
            notebook_id=state.notebook_id,
            id=approval.approval_id,
            runtime_id=runtime_id,
            tool=approval.resolved.tool,
            expires_at=approval.expires_at,
        )
        for approval in state.approvals
        if approval.status == "pending"
    )
    for run_id in state.run_order:
        run = state.runs[run_id]
        waits = run.status == "requested" and any(waits_for(run, one) for one in state.approvals)
        if run.is_open and not waits:
            holder = run.principal_id if run.status == "claimed" else None
            items.append(Item("assistant_run", state.notebook_id, run_id, holder))
    return items
