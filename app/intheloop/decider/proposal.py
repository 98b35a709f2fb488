"""What comes of proposals: their hunks, and what a person takes of them by events of cells.

A proposal never overwrites: what is taken is fitted to the sources as they are, and a hunk that
others changed the place of is told as a conflict.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from msgspec import UnsetType

from intheloop import commands as c
from intheloop import events as e
from intheloop import text
from intheloop.errors import BadArgument, Conflict, NotFound, TooLarge
from intheloop.notebook import Notebook, Proposal
from intheloop.values import utf8

from . import editing
from .context import Context, Decision, changed, derived_id
from .finding import checked_source, the_anchor, the_cell, unused
from .since import Since
from .taking import Taking

CELL_ID_LENGTH = 8
PROPOSAL_ID_LENGTH = 14

OPEN_LIMIT = 20
"""How many proposals of one actor may be open in one notebook."""

HUNKS_LIMIT = 1000

TEXT_LIMIT = 512 * 1024
"""Bytes of JSON that the hunks of one proposal may have."""

SHOWN = 8_000
"""Characters of diffs in the answer to a proposal."""


def decide(state: Notebook, command: c.ProposalCommand, context: Context) -> Decision:
    """The decision on a command about a proposal."""
    match command:
        case c.ProposeChanges():
            return _propose(state, command, context)
        case c.ResolveProposal(verdict="reject"):
            return _reject(state, command)
        case c.ResolveProposal():
            return _accept(state, command, context)
        case c.WithdrawProposal(proposal_id=proposal_id, reason=reason):
            event = _withdrawal(state, proposal_id, context, reason)
            return Decision((event,), c.Done(seq=changed(state, event)))
        case _:
            assert_never(command)


def _propose(state: Notebook, command: c.ProposeChanges, context: Context) -> Decision:
    gone: tuple[e.Event, ...] = ()
    if command.replaces is not None:
        gone = (_withdrawal(state, command.replaces, context, "Another one takes its place."),)
    own = sum(
        each.is_open and each.proposed_by == context.caller.actor.id for each in state.proposals
    )
    if own - len(gone) >= OPEN_LIMIT:
        raise Conflict(
            f"Too many proposals of yours are open in this notebook, {own} of them; withdraw or "
            "replace one, or wait until some are reviewed."
        )
    if not command.changes:
        raise BadArgument("Nothing is proposed; give at least one of changes.")
    drawn = _Drawn(state, context)
    for position, change in enumerate(command.changes):
        drawn.add(position, change)
    size = len(utf8(drawn.hunks))
    if len(drawn.hunks) > HUNKS_LIMIT or size > TEXT_LIMIT:
        raise TooLarge("Nobody reviews so much at once; propose it in smaller parts.")
    taken = {each.proposal_id for each in state.proposals}
    proposal_id = derived_id(context, 0, PROPOSAL_ID_LENGTH, taken.__contains__)
    event = e.ChangesProposed(proposal_id, tuple(drawn.hunks), command.rationale or "")
    answer = c.Proposed(
        seq=changed(state, *gone, event),
        proposal_id=proposal_id,
        hunks=len(drawn.hunks),
        decide_at=f"/n/{state.notebook_id}?proposal={proposal_id}",
        diff=_shown(drawn.diffs),
    )
    return Decision((*gone, event), answer)


class _Drawn:
    """The hunks of a proposal as they are drawn from what was given."""

    def __init__(self, state: Notebook, context: Context) -> None:
        self._state = state
        self._context = context
        self._edited: set[str] = set()
        self._fresh: set[str] = set()
        self.hunks: list[e.Hunk] = []
        self.diffs: list[str] = []

    def add(self, position: int, change: c.ProposedChange) -> None:
        """One more change. Raises a refusal unless it fits the notebook as it is."""
        match change:
            case c.ProposeEdit():
                self._edit(change)
            case c.ProposeInsert():
                self._insert(position, change)
            case c.ProposeDelete(cell_id=cell_id, base_rev=rev):
                self._once(cell_id)
                cell = the_cell(self._state, cell_id)
                if cell.rev != rev:
                    raise self._since().refusal(cell, "The source changed after you read it")
                self.hunks.append(e.DeleteProposed(cell_id, cell.rev))
            case c.ProposeMove(cell_id=cell_id, after=after):
                if cell_id not in self._fresh:
                    the_cell(self._state, cell_id)
                self.hunks.append(e.MoveProposed(cell_id, self._anchor(after)))
            case _:
                assert_never(change)

    def _since(self) -> Since:
        return Since((), self._context.workspace.people)

    def _once(self, cell_id: str) -> None:
        if cell_id in self._edited:
            raise BadArgument(f"The cell {cell_id} is named twice; join the changes of one cell.")
        self._edited.add(cell_id)

    def _anchor(self, after: str | None) -> str | None:
        return after if after in self._fresh else the_anchor(self._state, after)

    def _edit(self, change: c.ProposeEdit) -> None:
        self._once(change.cell_id)
        cell = the_cell(self._state, change.cell_id)
        if cell.rev != change.base_rev and change.edits is None:
            raise self._since().refusal(cell, "The source changed after you read it")
        edit = c.EditCell(
            notebook_id=self._state.notebook_id,
            cell_id=change.cell_id,
            base_rev=change.base_rev,
            edits=change.edits,
            source=change.source,
            changes=change.changes,
        )
        decided = editing.decide(self._state, edit, self._context)
        if not decided.events:
            raise BadArgument(f"This changes nothing in cell {cell.cell_id}; leave it out.")
        (event,) = decided.events
        assert isinstance(event, e.CellSourceEdited)
        self.hunks += (
            e.EditProposed(cell.cell_id, cell.rev, list(text.to_json(part)))
            for part in text.parts(cell.source, event.changes)
        )
        after = text.apply(cell.source, event.changes)
        diff = text.unified(cell.source, event.changes, after)
        self.diffs.append(f"cell {cell.cell_id}\n{diff}")

    def _insert(self, position: int, change: c.ProposeInsert) -> None:
        state = self._state
        wanted = change.cell_id
        clash = wanted in state.cells or wanted in self._fresh
        cell_id = unused(wanted, clash, "cell") or derived_id(
            self._context,
            position,
            CELL_ID_LENGTH,
            lambda one: one in state.cells or one in self._fresh,
        )
        if isinstance(change.after, UnsetType):
            after = state.order[-1] if state.order else None
        else:
            after = self._anchor(change.after)
        self._fresh.add(cell_id)
        source = checked_source(change.source)
        self.hunks.append(e.InsertProposed(cell_id, change.cell_type, source, after))


def _shown(diffs: list[str]) -> str:
    """As many of the diffs as an answer has room for."""
    shown, left = list[str](), SHOWN
    for diff in diffs:
        left -= len(diff)
        if left < 0:
            shown.append(f"({len(diffs) - len(shown)} more cells)")
            break
        shown.append(diff)
    return "\n".join(shown)


def _accept(state: Notebook, command: c.ResolveProposal, context: Context) -> Decision:
    proposal = _the_proposal(state, command.proposal_id)
    hunks = _named(proposal, command.hunks)
    taking = Taking(state, proposal, hunks, command.edited, context)
    accepted, events = taking.taken()
    conflicts = tuple(e.HunkConflict(hunk, why) for hunk, why in sorted(taking.conflicts.items()))
    happened = tuple(_taken(proposal, accepted, events, conflicts, command.edited))
    decided = {*proposal.accepted, *proposal.rejected, *accepted}
    answer = c.ProposalResolved(
        seq=changed(state, *happened),
        accepted=accepted,
        conflicts=conflicts,
        open=tuple(hunk for hunk in proposal.open_hunks if hunk not in decided),
    )
    return Decision(happened, answer, causation_id=proposal.proposal_id)


def _taken(
    proposal: Proposal,
    accepted: tuple[int, ...],
    events: tuple[e.Event, ...],
    conflicts: tuple[e.HunkConflict, ...],
    edited: list[c.EditedCell],
) -> Iterator[e.Event]:
    if accepted:
        cells = {getattr(proposal.edits[hunk], "cell_id", None) for hunk in accepted}
        own = tuple(each.cell_id for each in edited if each.cell_id in cells)
        yield e.ProposalAccepted(proposal.proposal_id, accepted, own)
        yield from events
    fresh = tuple(each for each in conflicts if each.hunk not in proposal.conflicted)
    if fresh:
        yield e.ProposalConflicted(proposal.proposal_id, fresh)


def _reject(state: Notebook, command: c.ResolveProposal) -> Decision:
    if command.edited:
        raise BadArgument("What is refused has no text of yours; leave `edited` out.")
    proposal = _the_proposal(state, command.proposal_id)
    hunks = _named(proposal, command.hunks)
    event = e.ProposalRejected(proposal.proposal_id, hunks, command.reason)
    left = tuple(hunk for hunk in proposal.open_hunks if hunk not in hunks)
    answer = c.ProposalResolved(seq=changed(state, event), open=left)
    return Decision((event,), answer, causation_id=proposal.proposal_id)


def _named(proposal: Proposal, hunks: list[int] | None) -> tuple[int, ...]:
    named = proposal.open_hunks if hunks is None else tuple(sorted(set(hunks)))
    for hunk in named:
        if hunk not in proposal.open_hunks:
            raise Conflict(
                f"The hunk {hunk} of proposal {proposal.proposal_id} is not open; those that are: "
                f"{', '.join(map(str, proposal.open_hunks))}. Name some of these.",
                proposal_id=proposal.proposal_id,
                open=list(proposal.open_hunks),
            )
    return named


def _the_proposal(state: Notebook, proposal_id: str) -> Proposal:
    for proposal in state.proposals:
        if proposal.proposal_id == proposal_id:
            break
    else:
        raise NotFound(
            f"There is no proposal {proposal_id} in notebook {state.notebook_id} that is open or "
            "was reviewed lately; reload the notebook."
        )
    if not proposal.is_open:
        raise Conflict(
            f"Of proposal {proposal_id} nothing is to be decided any more; reload the notebook to "
            "see what became of it.",
            proposal_id=proposal_id,
        )
    return proposal


def _withdrawal(
    state: Notebook, proposal_id: str, context: Context, reason: str
) -> e.ProposalWithdrawn:
    proposal = _the_proposal(state, proposal_id)
    if proposal.proposed_by != context.caller.actor.id:
        raise Conflict(
            f"The proposal {proposal_id} is somebody else's; a person may reject it, or ask "
            "them to withdraw it.",
            proposal_id=proposal_id,
        )
    return e.ProposalWithdrawn(proposal_id, reason)
