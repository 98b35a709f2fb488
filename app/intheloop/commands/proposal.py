"""Commands on proposals: to make one, to take or refuse parts of it, to take it back."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from msgspec import UNSET, Meta, Struct, UnsetType

from intheloop.events import HunkConflict, Scope
from intheloop.values import CellType, Count, Id

from .cell import TextEdit
from .given import FOR_PROGRAMS
from .tool import PEOPLE, Deed, Done, NotebookTool

_WRITE: tuple[Scope, ...] = ("notebook:write",)
_SPEAK: tuple[Scope, ...] = ("notebook:write", "notebook:run")


class ProposeEdit(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="edit"
):
    """Change a source: give `edits` or the whole `source`, as edit_cell takes them."""

    cell_id: Id
    base_rev: int
    edits: list[TextEdit] | None = None
    source: str | None = None
    changes: Annotated[list[Any] | None, FOR_PROGRAMS] = None


class ProposeInsert(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="insert"
):
    """Add a cell after another, at the top (null), or at the end (left out). By a `cell_id` of
    your own the other changes can name it."""

    source: str
    cell_type: CellType = "code"
    after: Id | UnsetType | None = UNSET
    cell_id: Annotated[Id | None, FOR_PROGRAMS] = None


class ProposeDelete(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="delete"
):
    """Delete a cell."""

    cell_id: Id
    base_rev: int


class ProposeMove(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="move"
):
    """Move a cell after another, or to the top (null)."""

    cell_id: Id
    after: Id | None


ProposedChange: TypeAlias = ProposeEdit | ProposeInsert | ProposeDelete | ProposeMove


class Proposed(Done, frozen=True, omit_defaults=True):
    """The proposal, in so many hunks that a person takes one by one in the page, at `decide_at`.

    `diff` shows what would become of the sources.
    """

    proposal_id: str
    hunks: int
    decide_at: str
    diff: str = ""


class ProposeChanges(NotebookTool, frozen=True):
    """Propose changes for a person to review: nothing changes until they take them.

    `changes`: `kind` edit (as edit_cell takes them, with the `base_rev` that you read), insert
    (`after` a cell; null is the top), delete, move. `rationale` tells why; `replaces` takes an
    earlier proposal of yours back.
    """

    ANSWER: ClassVar[type[Struct]] = Proposed
    FOR_MODELS: ClassVar[bool] = True
    SCOPES: ClassVar[tuple[Scope, ...]] = _SPEAK

    changes: list[ProposedChange]
    rationale: Annotated[str, Meta(max_length=10_000)] | None = None
    replaces: Id | None = None


class EditedCell(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole text that a person wants in a cell instead of the proposed one. `rev` is of the
    cell that they saw; a cell that is to be added has none."""

    cell_id: Id
    source: str
    rev: int | None = None


class ProposalResolved(Done, frozen=True, omit_defaults=True):
    """The hunks that were taken, those that do not fit any more and why, and those still open."""

    accepted: tuple[int, ...] = ()
    conflicts: tuple[HunkConflict, ...] = ()
    open: tuple[int, ...] = ()


class ResolveProposal(NotebookTool, frozen=True):
    """Take or refuse a proposal: the hunks that are named, or all that are open. For people.

    What is taken is fitted to the sources as they are now. A hunk does not fit where others changed
    the same place meanwhile; it is left out, and the answer tells why. `edited` gives the text that
    a cell is to have instead.
    """

    ANSWER: ClassVar[type[Struct]] = ProposalResolved
    SCOPES: ClassVar[tuple[Scope, ...]] = _WRITE
    DEED: ClassVar[Deed | None] = "edit"
    ACTORS = PEOPLE

    proposal_id: Id
    verdict: Literal["accept", "reject"]
    hunks: Annotated[list[Count], Meta(min_length=1, max_length=10_000)] | None = None
    edited: Annotated[list[EditedCell], Meta(max_length=200)] = []
    reason: Annotated[str, Meta(max_length=1000)] = ""


class WithdrawProposal(NotebookTool, frozen=True):
    """Take a proposal of your own back, as far as nobody has taken or refused it."""

    ANSWER: ClassVar[type[Struct]] = Done
    SCOPES: ClassVar[tuple[Scope, ...]] = _SPEAK

    proposal_id: Id
    reason: Annotated[str, Meta(max_length=1000)] = ""
