"""What of a notebook is still to be decided by somebody, in one line."""

from __future__ import annotations

from collections.abc import Sequence

from intheloop.notebook import Notebook

_TOLD = 5


def waiting(state: Notebook) -> str:
    """The approvals and proposals that are open, the last ones by their ids; "" for none."""
    approvals = [
        f"{one.approval_id} ({one.resolved.tool}, {one.status})"
        for one in state.approvals
        if one.is_open
    ]
    proposals = [
        f"{one.proposal_id} ({len(one.open_hunks)} of {len(one.edits)} hunks open)"
        for one in state.proposals
        if one.is_open
    ]
    told = (_listed("approval", approvals), _listed("proposal", proposals))
    return "; ".join(one for one in told if one)


def _listed(noun: str, open_: Sequence[str]) -> str:
    if not open_:
        return ""
    more = f" and {len(open_) - _TOLD} before them" if len(open_) > _TOLD else ""
    return f"{noun}s: {', '.join(open_[-_TOLD:])}{more}"
