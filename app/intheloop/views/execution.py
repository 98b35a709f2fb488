"""Executions as they are told: the state in one word, the outputs within the room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from intheloop.commands import ExecutionView, RunState
from intheloop.notebook import Cell, Execution, Notebook

from .calls import Arguments, call
from .output import Whose, view_outputs
from .plain import plain
from .value import Fetch
from .weight import fitting, shares, weight

MOST_TOLD = 20
"""Of the executions of a batch that is too large to be shown, so many are."""

MOST_OF_ONE = 6_000
"""Characters of one execution in a batch: who runs something wants to know whether it went well."""

_REASON = 600
_LEAST_ASKED = 200

URGENT: tuple[RunState, ...] = (
    *("waiting for input", "running", "adrift", "queued", "error", "lost"),
    *("cancelled", "stale", "ok"),
)
"""The states of executions, first what a reader of many wants to know of."""


def run_state(execution: Execution, cell: Cell | None = None) -> RunState:
    """How it stands; with its cell, whether that changed since."""
    if execution.is_open:
        if execution.status == "adrift":
            return "adrift"
        if execution.input is not None:
            return "waiting for input"
        return "running" if execution.is_held else "queued"
    if cell is not None and execution.rev is not None and execution.rev != cell.rev:
        return "stale"
    match execution.status:
        case "ok" | "error" | "cancelled" | "lost":
            return execution.status
        case _:
            raise AssertionError("unreachable: an execution is open or has one of the four ends")


def places(state: Notebook) -> Mapping[str, int]:
    """The places in the queue of those that nobody has claimed, from 1."""
    waiting = (one for one in state.queue if state.executions[one].status == "requested")
    return {execution_id: place for place, execution_id in enumerate(waiting, 1)}


def view_execution(
    execution: Execution, place: int | None, first: int, room: int, of: Arguments, fetch: Fetch
) -> ExecutionView:
    """The execution within the room, its outputs from number `first` on.

    `place` is the one in the queue, `of` the arguments that name its notebook.
    """
    of = {**of, "execution_id": execution.execution_id}
    view = ExecutionView(
        execution_id=execution.execution_id,
        state=run_state(execution),
        cell_id=execution.cell_id,
        rev=execution.rev,
        requested_by=execution.requested_by,
        execution_count=execution.execution_count,
        duration_ms=execution.duration_ms,
        reason=_reason(execution.reason, room // 4),
        place_in_queue=place,
    )
    view = _asking(view, execution, room // 2, of)
    left = room - weight(view) - weight(',"more":') - weight(',"outputs":[]')
    outputs, gap = view_outputs(
        execution.outputs, first, left, Whose(of, "read_execution", of), fetch
    )
    return replace(view, outputs=outputs, more=f"{view.more} {gap}".strip())


def _reason(reason: str | None, room: int) -> str | None:
    if reason is None:
        return None
    told = plain(reason)
    fits = fitting(told, min(room, _REASON))
    return told if fits == len(told) else told[:fits] + "…"


def _asking(view: ExecutionView, execution: Execution, room: int, of: Arguments) -> ExecutionView:
    """With the question that the code waits on. A password is for people alone to give."""
    asked = execution.input
    if asked is None:
        return view
    prompt = plain(asked.prompt)
    fits = fitting(prompt, max(room - _LEAST_ASKED, 0))
    if asked.password:
        more = "It asks for a password, which only a person can give, in the page."
        return replace(view, asks=prompt[:fits], more=more)
    given = {name: one for name, one in of.items() if name == "notebook_id"}
    answer = call("provide_input", given, input_id=asked.input_id, value="...")
    more = f"It waits for a line of text: {answer}"
    if fits < len(prompt):
        more += f" (the question has {len(prompt)} characters)"
    return replace(view, asks=prompt[:fits], input_id=asked.input_id, more=more)


def view_batch(
    found: Sequence[Execution],
    placed: Mapping[str, int],
    room: int,
    of: Arguments,
    fetch: Fetch,
) -> tuple[ExecutionView, ...]:
    """These executions within the room; when they do not fit, those that a reader wants to know of
    most, in the order in which they are given."""

    def view(execution: Execution, share: int) -> ExecutionView:
        place = placed.get(execution.execution_id)
        return view_execution(execution, place, 0, min(share, MOST_OF_ONE), of, fetch)

    views, left = list[ExecutionView](), room
    for one in found:
        whole = view(one, room)
        left -= weight(whole) + 1
        if left < 0:
            break
        views.append(whole)
    if len(views) == len(found):
        return tuple(views)
    shown = most_urgent(found, MOST_TOLD)
    needs = [weight(view(one, room)) + 1 for one in shown]
    given = shares(needs, room)
    return tuple(view(one, share - 1) for one, share in zip(shown, given, strict=True))


def most_urgent(found: Sequence[Execution], most: int) -> list[Execution]:
    """So many of them that a reader wants to know of most, in their order."""
    order = sorted(range(len(found)), key=lambda at: (URGENT.index(run_state(found[at])), at))
    return [found[at] for at in sorted(order[:most])]
