"""A command as it would act: what an approval shows and binds, and what makes it another one.

Taken from the events that the command would append now, so that nothing of it is left out: each
cell with its rev and the sha256 of its source, the code that runs, the diff, the place.
"""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from intheloop import commands as c
from intheloop import events as e
from intheloop import text
from intheloop.errors import TooLarge
from intheloop.notebook import Notebook
from intheloop.values import sha256_hex

from .policy import DEEDS, SANDBOXED

SHOWN_LIMIT = 256 * 1024
"""Characters of code and diffs that one approval may show: nobody reads more at once."""

_OF_A_SOURCE = (e.CellSourceEdited, e.CellDeleted, e.CellTypeChanged)


def resolve(state: Notebook, command: c.Command, events: tuple[e.Event, ...]) -> e.Resolved:
    """The command as these events. Raises TooLarge for more than anybody could look at."""
    tool = type(command).tool_name()
    names = _fresh(command, events)
    steps = tuple(_step(state, event, names) for event in events)
    if sum(len(step.source or "") + len(step.diff or "") for step in steps) > SHOWN_LIMIT:
        raise TooLarge(
            "This is more than a person can be asked to look at at once; do it in smaller parts."
        )
    return e.Resolved(tool, steps, _place(state, tool))


def sha256_of(resolved: e.Resolved) -> str:
    """By what an approval is bound to the command."""
    return sha256_hex(msgspec.json.encode(resolved))


def call_sha256(command: c.Command) -> str:
    """Of the call as it was made, however long it may wait."""
    if hasattr(command, "wait_s"):
        command = replace(command, wait_s=0)
    name = type(command).tool_name().encode()
    return sha256_hex(name + b"\n" + msgspec.json.encode(command))


def difference(state: Notebook, resolved: e.Resolved) -> str | None:
    """What makes it another command in this state than it was, as a sentence; None for nothing."""
    for step in resolved.steps:
        if step.cell_id is None or step.rev is None:
            continue
        cell = state.cells.get(step.cell_id)
        if cell is None or cell.deleted:
            return f"The cell {step.cell_id} was deleted."
        if cell.rev != step.rev:
            return f"The source of cell {step.cell_id} changed."
    if _is_elsewhere(_place(state, resolved.tool), resolved.place):
        return "Another runtime serves the notebook."
    return None


def is_same(one: e.Resolved, other: e.Resolved) -> bool:
    """Whether they would do the same in the same place. Where no runtime is attached, that is
    wherever one comes from: it is a matter of minutes, and an approval lasts for days."""
    if _is_elsewhere(one.place, other.place):
        return False
    return replace(one, place=None) == replace(other, place=None)


def _is_elsewhere(one: e.Place | None, other: e.Place | None) -> bool:
    return one is not None and other is not None and one != other


def _place(state: Notebook, tool: str) -> e.Place | None:
    if DEEDS.get(tool) not in ("run", "stop"):
        return None
    for runtime in state.runtimes.values():
        return e.Place(runtime.principal_id, runtime.label, SANDBOXED in runtime.capabilities)
    return None


def _fresh(command: c.Command, events: tuple[e.Event, ...]) -> dict[str, str]:
    """Names for the ids that this very command makes up, which the next would make up anew."""
    given = command.cells if isinstance(command, c.InsertCells) else ()
    chosen = {cell.cell_id for cell in given}
    made = (each.cell_id for each in events if isinstance(each, e.CellCreated))
    return {cell_id: f"new {at}" for at, cell_id in enumerate(made) if cell_id not in chosen}


def _step(state: Notebook, event: e.Event, names: dict[str, str]) -> e.Step:
    cell_id = getattr(event, "cell_id", None)
    step = e.Step(
        type=e.type_name(event),
        data_sha256=sha256_hex(e.encode_event(_bare(event, names))),
        cell_id=None if cell_id in names else cell_id,
    )
    match event:
        case e.ExecutionRequested(source=source, rev=rev):
            digest = sha256_hex(source.encode())
            return replace(step, rev=rev, source=source, source_sha256=digest)
        case e.CellCreated(source=source) | e.CellRestored(source=source):
            return replace(step, source=source)
        case e.InputProvided(value=value):
            return replace(step, source=value)
        case _ if isinstance(event, _OF_A_SOURCE):
            return _of_source(state, event, step)
        case _:
            return step


def _of_source(
    state: Notebook,
    event: e.CellSourceEdited | e.CellDeleted | e.CellTypeChanged,
    step: e.Step,
) -> e.Step:
    cell = state.cells[event.cell_id]
    digest = sha256_hex(cell.source.encode())
    step = replace(step, rev=cell.rev, source_sha256=digest)
    if not isinstance(event, e.CellSourceEdited):
        return step
    after = text.apply(cell.source, event.changes)
    return replace(step, diff=text.unified(cell.source, event.changes, after, whole=True))


def _bare(event: e.Event, names: dict[str, str]) -> e.Event:
    match event:
        case e.ExecutionRequested():
            return replace(event, execution_id="", batch_id=event.batch_id and "")
        case e.CellCreated(cell_id=cell_id, after=after):
            anchor = names.get(after, after) if after is not None else None
            return replace(event, cell_id=names.get(cell_id, cell_id), after=anchor)
        case _:
            return event
