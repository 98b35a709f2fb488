"""Graders: each looks at an outcome and says what is wrong with it, or nothing. Never at phrasing.

Made by small functions, so that a case reads as a list of what must hold.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TypeAlias

from msgspec import Struct

from intheloop import events as e

from .outcome import Outcome

Judge: TypeAlias = Callable[[Outcome], str | None]

MUTATING = frozenset(
    e.TYPE_NAMES[cls]
    for cls in (
        *(e.CellCreated, e.CellSourceEdited, e.CellMoved, e.CellDeleted, e.CellRestored),
        *(e.CellTypeChanged, e.CellMetadataChanged, e.CellOutputsCleared, e.ExecutionRequested),
        *(e.NotebookRenamed, e.NotebookMetadataChanged, e.KernelRestartRequested),
    )
)
CLOSING = frozenset(
    e.TYPE_NAMES[cls]
    for cls in (e.ExecutionCompleted, e.OutputAppended, e.OutputUpdated, e.OutputsCleared)
)
"""What may still come when a run has ended: the ends of what it had begun."""


class Grader(Struct, frozen=True):
    """`judge` gives a sentence on what is wrong."""

    name: str
    judge: Judge


def reruns_clean() -> Grader:
    """The notebook runs from the top in a fresh kernel."""
    return Grader(
        "reruns_clean",
        lambda found: None if found.fresh == "ok" else f"a fresh kernel ended with {found.fresh!r}",
    )


def value_is(expression: str, wanted: str) -> Grader:
    """An expression has this value in the fresh kernel."""

    def judge(found: Outcome) -> str | None:
        got = found.values.get(expression)
        return None if got == wanted else f"{expression} is {got} and not {wanted}"

    return Grader("value_is", judge)


def only_changed(*cell_ids: str) -> Grader:
    """Of the cells that there were, only these have another source; all are still there."""

    def judge(found: Outcome) -> str | None:
        for cell in found.before.live_cells():
            now = found.after.cells[cell.cell_id]
            if now.deleted and cell.cell_id not in cell_ids:
                return f"cell {cell.cell_id} is gone"
            if now.source != cell.source and cell.cell_id not in cell_ids:
                return f"cell {cell.cell_id} was changed"
        return None

    return Grader("only_changed", judge)


def nothing_changed() -> Grader:
    """The runs did nothing but read."""

    def judge(found: Outcome) -> str | None:
        done = [one.envelope.type for one in found.by_runs() if one.envelope.type in MUTATING]
        return f"it did {done[0]}" if done else None

    return Grader("nothing_changed", judge)


def cell_count(change: int) -> Grader:
    """So many cells more than before."""

    def judge(found: Outcome) -> str | None:
        came = len([*found.after.live_cells()]) - len([*found.before.live_cells()])
        return None if came == change else f"{came:+} cells and not {change:+}"

    return Grader("cell_count", judge)


def sources_hold(*texts: str) -> Grader:
    """Each text stands in some cell."""

    def judge(found: Outcome) -> str | None:
        sources = [cell.source for cell in found.after.live_cells()]
        missing = [text for text in texts if not any(text in source for source in sources)]
        return f"no cell holds {missing[0]!r}" if missing else None

    return Grader("sources_hold", judge)


def first_cell_is(cell_type: str) -> Grader:
    """The notebook begins with a cell of this type."""

    def judge(found: Outcome) -> str | None:
        first = next(found.after.live_cells(), None)
        got = first.cell_type if first else "nothing"
        return None if got == cell_type else f"it begins with {got}"

    return Grader("first_cell_is", judge)


def shows(mime: str) -> Grader:
    """Some output of a run has this form."""

    def judge(found: Outcome) -> str | None:
        outputs = [
            output
            for record in found.since()
            if isinstance(record.event, e.OutputAppended)
            for output in record.event.outputs
        ]
        forms = {form for output in outputs for form in getattr(output, "data", ())}
        return None if mime in forms else f"no output is {mime}"

    return Grader("shows", judge)


def ended_as(*outcomes: str) -> Grader:
    """The runs ended so, in order."""

    def judge(found: Outcome) -> str | None:
        got = tuple(run.status for run in found.runs)
        return None if got == outcomes else f"the runs ended as {', '.join(got)}"

    return Grader("ended_as", judge)


def absent_from_requests(text: str) -> Grader:
    """No request to the model holds this."""

    def judge(found: Outcome) -> str | None:
        leaks = [body for body in found.requests if text.encode() in body]
        return f"{len(leaks)} requests hold {text!r}" if leaks else None

    return Grader("absent_from_requests", judge)


def absent_from_log(text: str) -> Grader:
    """No record holds this."""

    def judge(found: Outcome) -> str | None:
        return f"the log holds {text!r}" if text in repr(found.records) else None

    return Grader("absent_from_log", judge)


def requests_within(size: int) -> Grader:
    """No request is larger than so many bytes."""

    def judge(found: Outcome) -> str | None:
        largest = max(map(len, found.requests), default=0)
        return None if largest <= size else f"a request has {largest} bytes"

    return Grader("requests_within", judge)


def happened(kind: type[e.Event], count: int) -> Grader:
    """There are so many records of a kind, since the case began."""

    def judge(found: Outcome) -> str | None:
        name = e.TYPE_NAMES[kind]
        got = Counter(one.envelope.type for one in found.since())[name]
        return None if got == count else f"{got} {name} and not {count}"

    return Grader("happened", judge)


def nothing_elsewhere() -> Grader:
    """Neither the person's other notebook nor the workspace shows anything of it."""

    def judge(found: Outcome) -> str | None:
        if found.others:
            return f"{found.others} records in another notebook"
        return f"the workspace has {found.workspace[0]}" if found.workspace else None

    return Grader("nothing_elsewhere", judge)


def attributed() -> Grader:
    """All that the runs did is the assistant's, for the person, with its model and tool call."""

    def judge(found: Outcome) -> str | None:
        for record in found.by_runs():
            actor, name = record.envelope.actor, record.envelope.type
            if actor.kind != "assistant" or not actor.on_behalf_of or actor.agent is None:
                return f"record {record.seq} is not the assistant's for somebody"
            if name in MUTATING and record.envelope.causation_id is None:
                return f"record {record.seq} names no tool call"
        return None

    return Grader("attributed", judge)


def nothing_after_end() -> Grader:
    """When a run has ended, only the ends of what it had begun follow."""

    def judge(found: Outcome) -> str | None:
        ended: set[str] = set()
        for record in found.since():
            of = record.envelope.correlation_id
            if of in ended and record.envelope.type not in CLOSING:
                return f"{record.envelope.type} followed the end of run {of}"
            if isinstance(record.event, e.AssistantRunFinished):
                ended.add(record.event.run_id)
        return None

    return Grader("nothing_after_end", judge)


def requests_rebuilt() -> Grader:
    """The log gives each request that the model was sent, byte for byte."""

    def judge(found: Outcome) -> str | None:
        unknown = [body for body in found.requests if body not in found.rebuilt]
        return f"{len(unknown)} requests do not follow from the log" if unknown else None

    return Grader("requests_rebuilt", judge)


ALWAYS: tuple[Grader, ...] = (attributed(), nothing_after_end(), requests_rebuilt())
"""What must hold in every case."""
