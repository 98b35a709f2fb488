"""A proposal, as its log adds up."""

from __future__ import annotations

from msgspec import Struct

from intheloop.events import Hunk


class Proposal(Struct, frozen=True, omit_defaults=True):
    """Changes that somebody would make. Hunks are numbered from 0, as `edits` stand.

    `conflicted` are those which did not fit when they were to be taken; they are still open, for
    a person may take them with a text of their own. One of which nothing is to be decided any more
    has no edits: the log has them.
    """

    proposal_id: str
    edits: tuple[Hunk, ...]
    rationale: str
    proposed_by: str
    proposed_at: str
    accepted: tuple[int, ...] = ()
    rejected: tuple[int, ...] = ()
    conflicted: tuple[int, ...] = ()
    withdrawn: bool = False

    @property
    def open_hunks(self) -> tuple[int, ...]:
        """Those that nobody has taken or refused."""
        if self.withdrawn:
            return ()
        decided = {*self.accepted, *self.rejected}
        return tuple(hunk for hunk in range(len(self.edits)) if hunk not in decided)

    @property
    def is_open(self) -> bool:
        """Whether something of it is still to be decided."""
        return bool(self.open_hunks)
