"""What several actors do to one notebook at once, drawn by Hypothesis as data.

A `Deed` is resolved to a command when its round begins, from the state that everybody sees then:
the deeds of a round therefore meet each other, and some are refused.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeAlias

import msgspec
from hypothesis import strategies as st
from msgspec import Struct

from intheloop import commands as c
from intheloop.events import Kernel, Preset, Step
from intheloop.notebook import Cell, Execution, Notebook
from intheloop.values import DisplayOutput, Value, inline, stream
from tests.edits import texts

NB = "nb"
PYTHON = Kernel("python3", "python", "3.11")
RUNTIMES = ("rt", "other-rt")
WRITERS = ("ana", "bob", "bot")


class Deed(Struct, frozen=True):
    """What somebody does. `numbers` choose among what is there, `text` is what is said."""

    kind: str
    by: int
    numbers: tuple[int, int, int]
    text: str


class Round(Struct, frozen=True):
    """Deeds of one moment: in one batch of the writer, or as they come."""

    deeds: list[Deed]
    at_once: bool


class Doing(Struct, frozen=True):
    """A command and who gives it."""

    command: Any
    by: str


def _cells(state: Notebook) -> list[Cell]:
    return [state.cells[cell_id] for cell_id in state.order]


def _cell(state: Notebook, deed: Deed) -> Cell:
    cells = _cells(state)
    return cells[deed.numbers[0] % len(cells)]


def _held(state: Notebook) -> Execution:
    """What runs, or else any execution: most is refused then, and some is a late output."""
    held = state.held()
    if held is not None:
        return held
    return max(state.executions.values(), key=lambda one: one.requested_at + one.execution_id)


def _metadata(deed: Deed) -> Value:
    tags = ["raises-exception"] if deed.numbers[1] % 2 else []
    return inline(msgspec.json.encode({"tags": tags, "note": deed.text}))


def _insert(state: Notebook, deed: Deed) -> Any:
    after = None if deed.numbers[1] % 3 == 0 else _cell(state, deed).cell_id
    types: list[Any] = ["code", "code", "markdown", "raw"]
    count = 1 + deed.numbers[2] % 2
    cells = [c.GivenCell(deed.text, types[(deed.numbers[1] + at) % 4]) for at in range(count)]
    return c.InsertCells(notebook_id=NB, cells=cells, after=after)


def _change(state: Notebook, deed: Deed) -> Any:
    """A change set for the source as it stands: a cut of some units and an insertion."""
    cell = _cell(state, deed)
    units = len(cell.source.encode("utf-16-le", "surrogatepass")) // 2
    start = deed.numbers[1] % (units + 1)
    cut = deed.numbers[2] % (units - start + 1)
    sections: list[Any] = []
    if start:
        sections.append(start)
    sections.append([cut, *deed.text.split("\n")])
    if units - start - cut:
        sections.append(units - start - cut)
    return c.EditCell(notebook_id=NB, cell_id=cell.cell_id, changes=sections, base_rev=cell.rev)


def _write(state: Notebook, deed: Deed) -> Any:
    cell = _cell(state, deed)
    return c.EditCell(notebook_id=NB, cell_id=cell.cell_id, source=deed.text, base_rev=cell.rev)


def _part(deed: Deed) -> c.Part:
    display_id = f"d{deed.numbers[1] % 2}"
    data = {"text/plain": inline(msgspec.json.encode(deed.text))}
    match deed.numbers[2] % 5:
        case 0:
            shown = DisplayOutput(data=data, metadata=inline(b"{}"), display_id=display_id)
            return c.Append([shown])
        case 1:
            return c.Update(display_id=display_id, data=data)
        case 2:
            return c.Clear(wait=bool(deed.numbers[1] % 2))
        case _:
            return c.Append([stream("stdout", deed.text), stream("stderr", "!")])


def _append(state: Notebook, deed: Deed) -> Any:
    held = _held(state)
    return c.AppendOutputs(
        notebook_id=NB, execution_id=held.execution_id, index=held.next_index, parts=[_part(deed)]
    )


def _complete(state: Notebook, deed: Deed) -> Any:
    held = _held(state)
    statuses: list[Literal["ok", "error", "cancelled", "lost"]] = ["ok", "ok", "error", "lost"]
    return c.CompleteExecution(
        notebook_id=NB,
        execution_id=held.execution_id,
        status=statuses[deed.numbers[0] % 4],
        index=held.next_index,
        parts=[_part(deed)] if deed.numbers[1] % 2 else [],
        claim_next=c.Start(deed.numbers[2]) if deed.numbers[2] % 2 else None,
    )


def _provide(state: Notebook, deed: Deed) -> Any:
    held = _held(state)
    asked = held.input.input_id if held.input else "nothing"
    return c.ProvideInput(notebook_id=NB, input_id=asked, value=deed.text)


def _report(state: Notebook, deed: Deed) -> Any:
    up = deed.numbers[0] % 3
    report: Any = c.KernelIsUp(PYTHON) if up else c.KernelIsDown(-9, deed.text)
    return c.ReportKernel(notebook_id=NB, runtime_id=_runtime(state, deed), report=report)


def _runtime(state: Notebook, deed: Deed) -> str:
    """Mostly the attached runtime; a stranger now and then."""
    if state.runtimes and deed.by % 6:
        return next(iter(state.runtimes))
    return RUNTIMES[deed.by % 2]


def _restore(state: Notebook, deed: Deed) -> Any:
    if deed.numbers[1] % 2:
        return c.RestoreNotebook(notebook_id=NB, to_seq=1 + deed.numbers[0] % state.seq)
    return c.RestoreNotebook(notebook_id=NB, cell_ids=[_cell(state, deed).cell_id])


def _redact(state: Notebook, deed: Deed) -> Any:
    seqs = sorted({1 + number % state.seq for number in deed.numbers})
    return c.Redact(notebook_id=NB, seqs=seqs, reason="it was a secret")


def _propose(state: Notebook, deed: Deed) -> Any:
    cell = _cell(state, deed)
    first, second = deed.numbers[1], deed.numbers[2]
    after = None if second % 3 == 0 else state.order[second % len(state.order)]
    changes: list[c.ProposedChange] = [
        c.ProposeEdit(cell_id=cell.cell_id, base_rev=cell.rev, source=deed.text),
        c.ProposeInsert(source=deed.text, after=after),
        c.ProposeDelete(cell_id=cell.cell_id, base_rev=cell.rev),
        c.ProposeMove(cell_id=cell.cell_id, after=after),
    ]
    return c.ProposeChanges(notebook_id=NB, changes=[changes[first % 4], changes[1]])


def _review(state: Notebook, deed: Deed) -> Any:
    proposal = state.proposals[deed.numbers[0] % len(state.proposals)]
    hunks = [deed.numbers[1] % len(proposal.edits)] if deed.numbers[2] % 2 else None
    verdict: Literal["accept", "reject"] = "reject" if deed.numbers[1] % 3 == 0 else "accept"
    return c.ResolveProposal(
        notebook_id=NB, proposal_id=proposal.proposal_id, verdict=verdict, hunks=hunks
    )


def _word(state: Notebook, deed: Deed) -> Any:
    """A person's word on what waits, or on what is decided already."""
    approval = state.approvals[-1 - deed.numbers[0] % min(len(state.approvals), 3)]
    return c.ResolveApproval(
        notebook_id=NB,
        approval_id=approval.approval_id,
        verdict="deny" if deed.numbers[1] % 4 == 0 else "allow",
        resolved_sha256=approval.resolved_sha256,
        reason=deed.text[:50],
    )


def _go_on(state: Notebook, deed: Deed) -> Any:
    """What was asked for to run, once more: allowed by now, or not."""
    asked = [one for one in state.approvals if one.is_open and one.resolved.tool in _AGAIN]
    approval = asked[-1 - deed.numbers[0] % min(len(asked), 3)]
    return _AGAIN[approval.resolved.tool](approval.resolved.steps)


_AGAIN: dict[str, Callable[[tuple[Step, ...]], Any]] = {
    "run_code": lambda steps: c.RunCode(notebook_id=NB, source=steps[0].source or ""),
    "run_cells": lambda steps: c.RunCells(
        notebook_id=NB, cells=[c.CellAt(one.cell_id or "", one.rev or 0) for one in steps]
    ),
    "clear_outputs": lambda steps: c.ClearOutputs(notebook_id=NB),
}


def _undo(state: Notebook, deed: Deed) -> Any:
    actor = WRITERS[deed.numbers[0] % len(WRITERS)]
    return c.RevertChanges(notebook_id=NB, actor=actor, after=deed.numbers[1] % state.seq)


def _policy(_: Notebook, deed: Deed) -> Any:
    presets: list[Preset] = ["ask", "ask", "propose", "act", "unattended"]
    return c.SetPolicy(notebook_id=NB, preset=presets[deed.numbers[0] % 5])


_Resolve: TypeAlias = Callable[[Notebook, Deed], Any]

_WRITING: dict[str, _Resolve] = {
    "insert": _insert,
    "change": _change,
    "change again": _change,
    "write": _write,
    "delete": lambda s, d: c.DeleteCells(notebook_id=NB, cell_ids=[_cell(s, d).cell_id]),
    "move": lambda s, d: c.MoveCells(
        notebook_id=NB,
        cell_ids=[_cell(s, d).cell_id],
        after=None if d.numbers[1] % 3 == 0 else s.order[d.numbers[2] % len(s.order)],
    ),
    "type": lambda s, d: c.ChangeCellType(
        notebook_id=NB,
        cell_id=_cell(s, d).cell_id,
        cell_type="markdown" if d.numbers[1] % 2 else "code",
    ),
    "attach": lambda s, d: c.AttachFiles(
        notebook_id=NB, cell_id=_cell(s, d).cell_id, attachments={d.text[:9] or "a": {}}
    ),
    "clear": lambda s, d: c.ClearOutputs(notebook_id=NB),
    "restore": _restore,
    "rename": lambda s, d: c.RenameNotebook(notebook_id=NB, title=d.text[:100] or "Untitled"),
    "metadata": lambda s, d: c.SetMetadata(notebook_id=NB, metadata=_metadata(d)),
    "cell metadata": lambda s, d: c.SetMetadata(
        notebook_id=NB, metadata=_metadata(d), cell_id=_cell(s, d).cell_id
    ),
    "comment": lambda s, d: c.AddComment(notebook_id=NB, text=d.text or "hm"),
    "run": lambda s, d: c.RunCells(notebook_id=NB),
    "run one": lambda s, d: c.RunCells(
        notebook_id=NB, cells=[c.CellAt(_cell(s, d).cell_id, _cell(s, d).rev)]
    ),
    "run code": lambda s, d: c.RunCode(notebook_id=NB, source=d.text),
    "cancel": lambda s, d: c.CancelExecution(
        notebook_id=NB, execution_id=_held(s).execution_id, force=bool(d.numbers[1] % 2)
    ),
    "interrupt": lambda s, d: c.InterruptKernel(notebook_id=NB),
    "restart": lambda s, d: c.RestartKernel(notebook_id=NB, run_all=bool(d.numbers[1] % 2)),
    "provide": _provide,
    "propose": _propose,
    "review": _review,
    "undo": _undo,
}
_RUNNING: dict[str, _Resolve] = {
    "attach": lambda s, d: c.AttachRuntime(
        notebook_id=NB, runtime_id=_runtime(s, d), kernel=PYTHON, label=d.text[:50]
    ),
    "claim": lambda s, d: c.ClaimExecution(
        notebook_id=NB,
        runtime_id=_runtime(s, d),
        start=c.Start(d.numbers[0]) if d.numbers[1] % 4 else None,
    ),
    "start": lambda s, d: c.StartExecution(
        notebook_id=NB, runtime_id=_runtime(s, d), execution_id=_held(s).execution_id
    ),
    "append": _append,
    "append again": _append,
    "complete": _complete,
    "report": _report,
    "ask": lambda s, d: c.RequestInput(
        notebook_id=NB, execution_id=_held(s).execution_id, input_id="q1", prompt=d.text
    ),
    "detach": lambda s, d: c.DetachRuntime(
        notebook_id=NB, runtime_id=_runtime(s, d), reason="It stops."
    ),
}
_OWNING: dict[str, _Resolve] = {
    "redact": _redact,
    "policy": _policy,
    "word": _word,
    "word again": _word,
}
_ASSISTING: dict[str, _Resolve] = {"go on": _go_on, "go on again": _go_on}
_SYSTEM: dict[str, _Resolve] = {
    "lapse": lambda s, d: c.LapseLease(notebook_id=NB, runtime_id=_runtime(s, d)),
    "lose": lambda s, d: c.LoseExecution(
        notebook_id=NB, execution_id=_held(s).execution_id, reason="It was silent."
    ),
}


_KINDS = {**_WRITING, **_RUNNING, **_OWNING, **_ASSISTING, **_SYSTEM}


def resolved(state: Notebook, deed: Deed) -> Doing | None:
    """The command in this state; None when there is nothing to do it to."""
    try:
        command = _KINDS[deed.kind](state, deed)
    except (ValueError, ZeroDivisionError):
        return None  # no cell, or no execution, is there
    if deed.kind in _RUNNING:
        return Doing(command, _runtime(state, deed))
    if deed.kind in _SYSTEM:
        return Doing(command, "system")
    if deed.kind in _ASSISTING:
        return Doing(command, "bot")
    return Doing(command, "ana" if deed.kind in _OWNING else WRITERS[deed.by % len(WRITERS)])


_number = st.integers(0, 1000)
_often = (
    *("run", "run one", "run code", "attach", "claim", "append", "append again", "complete"),
    *("word", "go on"),
)
_kinds = st.sampled_from([*_KINDS, *_often * 2])
deeds = st.builds(
    Deed,
    kind=_kinds,
    by=_number,
    numbers=st.tuples(_number, _number, _number),
    text=texts,
)
rounds = st.lists(
    st.builds(Round, deeds=st.lists(deeds, min_size=1, max_size=5), at_once=st.booleans()),
    min_size=5,
    max_size=15,
)


_held_up = ("run one", "run code", "clear", "word", "go on", "write", "delete", "undo", "policy")
gated_deeds = st.builds(
    Deed,
    kind=st.sampled_from([*_held_up, *("run code", "word", "go on") * 3]),
    by=st.sampled_from([0, 2, 2, 2]),
    numbers=st.tuples(_number, _number, _number),
    text=texts,
)
gated_rounds = st.lists(
    st.builds(Round, deeds=st.lists(gated_deeds, min_size=1, max_size=4), at_once=st.booleans()),
    min_size=8,
    max_size=20,
)
"""Rounds in a notebook whose owner is asked: an assistant that acts, and ana's word on it."""
