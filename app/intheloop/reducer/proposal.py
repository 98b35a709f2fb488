"""What events of proposals do to a notebook. What is taken of one comes by events of cells."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from msgspec.structs import replace

from intheloop import events as e
from intheloop.notebook import Notebook, Proposal

KEPT_REVIEWED = 20
"""How many proposals stay of which nothing is to be decided any more."""


def apply(notebook: Notebook, event: e.ProposalEvent, envelope: e.Envelope) -> Notebook:
    """The notebook after an event of a proposal."""
    if isinstance(event, e.ChangesProposed):
        return _proposed(notebook, event, envelope)
    proposals = tuple(
        _changed(each, event) if each.proposal_id == event.proposal_id and each.is_open else each
        for each in notebook.proposals
    )
    return _kept(notebook, proposals)


def _proposed(notebook: Notebook, event: e.ChangesProposed, envelope: e.Envelope) -> Notebook:
    if any(each.proposal_id == event.proposal_id for each in notebook.proposals):
        return notebook
    proposal = Proposal(
        proposal_id=event.proposal_id,
        edits=event.edits,
        rationale=event.rationale,
        proposed_by=envelope.actor.id,
        proposed_at=envelope.recorded_at,
    )
    return _kept(notebook, (*notebook.proposals, proposal))


def _kept(notebook: Notebook, proposals: tuple[Proposal, ...]) -> Notebook:
    closed = [each.proposal_id for each in proposals if not each.is_open]
    gone = frozenset(closed[:-KEPT_REVIEWED])
    kept = (each for each in proposals if each.proposal_id not in gone)
    # The log has the texts of what is over, and state is bounded.
    bare = tuple(each if each.is_open else replace(each, edits=()) for each in kept)
    return replace(notebook, proposals=bare)


def _changed(
    proposal: Proposal,
    event: e.ProposalAccepted | e.ProposalRejected | e.ProposalConflicted | e.ProposalWithdrawn,
) -> Proposal:
    match event:
        case e.ProposalAccepted(hunks=hunks):
            taken = _open(proposal, hunks)
            fitting = tuple(hunk for hunk in proposal.conflicted if hunk not in taken)
            return replace(proposal, accepted=(*proposal.accepted, *taken), conflicted=fitting)
        case e.ProposalRejected(hunks=hunks):
            refused = _open(proposal, hunks)
            fitting = tuple(hunk for hunk in proposal.conflicted if hunk not in refused)
            return replace(proposal, rejected=(*proposal.rejected, *refused), conflicted=fitting)
        case e.ProposalConflicted(conflicts=conflicts):
            hunks = _open(proposal, (each.hunk for each in conflicts))
            fresh = tuple(hunk for hunk in hunks if hunk not in proposal.conflicted)
            return replace(proposal, conflicted=(*proposal.conflicted, *fresh))
        case e.ProposalWithdrawn():
            return replace(proposal, withdrawn=True)
        case _:
            assert_never(event)


def _open(proposal: Proposal, hunks: Iterable[int]) -> tuple[int, ...]:
    """Those of these that are to be decided, each once."""
    return tuple(hunk for hunk in dict.fromkeys(hunks) if hunk in proposal.open_hunks)
