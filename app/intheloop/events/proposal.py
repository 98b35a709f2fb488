"""Events of proposals: changes that somebody would make, for somebody to review."""

from __future__ import annotations

from typing import Any, TypeAlias

from msgspec import Struct

from intheloop.values import CellType


class EditProposed(Struct, frozen=True, tag_field="kind", tag="edit"):
    """A part of a source's change that can be taken by itself: a change set for the source at
    `rev`."""

    cell_id: str
    rev: int
    changes: list[Any]


class InsertProposed(Struct, frozen=True, tag_field="kind", tag="insert"):
    """A new cell under this id, after that one."""

    cell_id: str
    cell_type: CellType
    source: str
    after: str | None


class DeleteProposed(Struct, frozen=True, tag_field="kind", tag="delete"):
    """A cell is to go, as its source is at `rev`."""

    cell_id: str
    rev: int


class MoveProposed(Struct, frozen=True, tag_field="kind", tag="move"):
    """A cell is to stand after that one."""

    cell_id: str
    after: str | None


Hunk: TypeAlias = EditProposed | InsertProposed | DeleteProposed | MoveProposed


class HunkConflict(Struct, frozen=True):
    """Why a hunk does not fit any more; its number counts from 0."""

    hunk: int
    reason: str


class ChangesProposed(Struct, frozen=True, omit_defaults=True):
    """Somebody would change this. Each of the `edits` is a hunk that can be taken by itself."""

    proposal_id: str
    edits: tuple[Hunk, ...]
    rationale: str = ""


class ProposalAccepted(Struct, frozen=True, omit_defaults=True):
    """Somebody takes these hunks; what comes of them follows, caused by the proposal.

    `edited` names the cells whose text they changed as they took it.
    """

    proposal_id: str
    hunks: tuple[int, ...]
    edited: tuple[str, ...] = ()


class ProposalRejected(Struct, frozen=True, omit_defaults=True):
    """Somebody does not want these hunks."""

    proposal_id: str
    hunks: tuple[int, ...]
    reason: str = ""


class ProposalConflicted(Struct, frozen=True):
    """These hunks were to be taken and did not fit: others changed what they are about."""

    proposal_id: str
    conflicts: tuple[HunkConflict, ...]


class ProposalWithdrawn(Struct, frozen=True, omit_defaults=True):
    """Who proposed it no longer does."""

    proposal_id: str
    reason: str = ""
