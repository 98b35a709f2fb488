"""What must be looked up before a command is decided: said by the rules, fetched by the writer."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from intheloop import commands as c
from intheloop.events import EditProposed
from intheloop.notebook import Notebook

from .stamping import may_hold_values, named_blobs


class Needs(Struct, frozen=True):
    """Look-ups, most of them empty for most commands.

    - `edits_of`: (cell id, rev): what changed the cell's source after that rev.
    - `edits_of_each`: the same for some cells.
    - `past_seq`: the notebook at this seq.
    - `past_cells`: deleted cells, as they were just before they were deleted.
    - `execution_id`: what the log says of it, as state no longer holds it.
    - `blobs`: which of these are in the notebook.
    - `seqs`: these records.
    - `history`: what this command is to undo and all that came since, and the notebook before it.
    """

    edits_of: tuple[str, int] | None = None
    edits_of_each: tuple[tuple[str, int], ...] = ()
    past_seq: int | None = None
    past_cells: tuple[str, ...] = ()
    execution_id: str | None = None
    blobs: frozenset[str] = frozenset()
    seqs: tuple[int, ...] = ()
    history: c.RevertChanges | None = None


NOTHING = Needs()


def needs(state: Notebook, command: c.Command) -> Needs:
    """The look-ups that this command needs in this state."""
    blobs = frozenset(named_blobs(command)) if may_hold_values(command) else frozenset()
    match command:
        case c.EditCell(cell_id=cell_id, base_rev=base_rev):
            cell = state.cells.get(cell_id)
            if base_rev is None or cell is None or base_rev == cell.rev:
                return NOTHING
            return Needs(edits_of=(cell_id, base_rev))
        case c.RevertChanges():
            return Needs(history=command)
        case c.ResolveProposal(verdict="accept", proposal_id=proposal_id):
            return Needs(edits_of_each=tuple(_edited(state, proposal_id)))
        case c.RestoreNotebook(to_seq=to_seq, cell_ids=cell_ids):
            gone = tuple(one for one in cell_ids or () if _is_deleted(state, one))
            inside = to_seq is not None and to_seq <= state.seq
            return Needs(past_seq=to_seq if inside else None, past_cells=gone)
        case c.Redact(seqs=seqs):
            return Needs(seqs=tuple(sorted({seq for seq in seqs if seq <= state.seq})))
        case (
            c.AppendOutputs(execution_id=execution_id)
            | c.CompleteExecution(execution_id=execution_id)
            | c.CancelExecution(execution_id=execution_id)
            | c.RequestInput(execution_id=execution_id)
            | c.StartExecution(execution_id=execution_id)
        ):
            absent = execution_id if execution_id not in state.executions else None
            return Needs(execution_id=absent, blobs=blobs) if absent or blobs else NOTHING
        case _:
            return Needs(blobs=blobs) if blobs else NOTHING


def _edited(state: Notebook, proposal_id: str) -> Iterator[tuple[str, int]]:
    """The cells that a proposal is to edit and that changed since, with the rev that it is for."""
    for proposal in state.proposals:
        if proposal.proposal_id != proposal_id:
            continue
        revs = {each.cell_id: each.rev for each in proposal.edits if isinstance(each, EditProposed)}
        for cell_id, rev in revs.items():
            cell = state.cells.get(cell_id)
            if cell is not None and cell.rev != rev:
                yield cell_id, rev


def _is_deleted(state: Notebook, cell_id: str) -> bool:
    cell = state.cells.get(cell_id)
    return cell is not None and cell.deleted
