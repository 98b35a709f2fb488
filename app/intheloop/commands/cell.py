"""Commands that make, change, move and delete cells."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from msgspec import UNSET, Meta, Struct, UnsetType

from intheloop.events import Scope
from intheloop.values import AttachmentChanges, CellType, Id, Seq

from .given import FOR_PROGRAMS, GivenCell
from .tool import Deed, Done, NotebookTool

_WRITE: tuple[Scope, ...] = ("notebook:write",)


class Inserted(Done, frozen=True, omit_defaults=True):
    """The ids of the new cells, in order."""

    cell_ids: tuple[str, ...]
    more: str = ""


class InsertCells(NotebookTool, frozen=True):
    """Insert cells, in order, after a cell, at the top (null), or at the end (left out)."""

    ANSWER: ClassVar[type[Struct]] = Inserted
    FOR_MODELS: ClassVar[bool] = True
    SCOPES: ClassVar[tuple[Scope, ...]] = _WRITE
    DEED: ClassVar[Deed | None] = "edit"

    cells: Annotated[list[GivenCell], Meta(min_length=1, max_length=1000)]
    after: Annotated[
        Id | UnsetType | None, Meta(description="The cell before; null for the top.")
    ] = UNSET


class TextEdit(Struct, frozen=True, forbid_unknown_fields=True):
    """Replace `old`, which must occur exactly once in the current source, by `new`."""

    old: Annotated[str, Meta(min_length=1)]
    new: str


class Edited(Done, frozen=True, omit_defaults=True):
    """The cell's rev now. `merged` tells whose changes came in between, as sentences.

    `diff` shows what became of the source, as a unified diff, after `edits` or `source`.
    """

    cell_id: str
    rev: int
    merged: tuple[str, ...] = ()
    diff: str = ""


class EditCell(NotebookTool, frozen=True):
    """Change the source of a cell. Give either `edits` or `source`, and the rev that you read.

    `edits`: old text, occurring exactly once in the current source, and the new text for it; they
    also apply when others changed something else meanwhile, and `merged` says who did.
    `source`: the whole new text; refused if anybody changed the cell since `base_rev`.
    """

    ANSWER: ClassVar[type[Struct]] = Edited
    FOR_MODELS: ClassVar[bool] = True
    DESTRUCTIVE: ClassVar[bool] = True
    SCOPES: ClassVar[tuple[Scope, ...]] = _WRITE
    DEED: ClassVar[Deed | None] = "edit"

    cell_id: Id
    base_rev: Annotated[int | None, Meta(description="The rev of the cell that you read.")] = None
    edits: Annotated[list[TextEdit], Meta(min_length=1, max_length=100)] | None = None
    source: str | None = None
    changes: Annotated[
        list[Any] | None,
        Meta(description="A CodeMirror change set over UTF-16 units, made for `base_rev`."),
        FOR_PROGRAMS,
    ] = None


class MoveCells(NotebookTool, frozen=True):
    """Move cells, keeping the given order, to stand after a cell, or at the top (null)."""

    ANSWER: ClassVar[type[Struct]] = Done
    FOR_MODELS: ClassVar[bool] = True
    SCOPES: ClassVar[tuple[Scope, ...]] = _WRITE
    DEED: ClassVar[Deed | None] = "edit"

    cell_ids: Annotated[list[Id], Meta(min_length=1, max_length=1000)]
    after: Annotated[Id | None, Meta(description="The cell before; null for the top.")]


class DeleteCells(NotebookTool, frozen=True):
    """Delete cells. What is queued of them is cancelled; `restore_notebook` brings them back."""

    ANSWER: ClassVar[type[Struct]] = Done
    FOR_MODELS: ClassVar[bool] = True
    DESTRUCTIVE: ClassVar[bool] = True
    SCOPES: ClassVar[tuple[Scope, ...]] = _WRITE
    DEED: ClassVar[Deed | None] = "remove"

    cell_ids: Annotated[list[Id], Meta(min_length=1, max_length=1000)]


class ChangeCellType(NotebookTool, frozen=True):
    """Make a cell code, markdown or raw. Outputs of what is no longer code go out of sight."""

    ANSWER: ClassVar[type[Struct]] = Done
    FOR_MODELS: ClassVar[bool] = True
    DESTRUCTIVE: ClassVar[bool] = True
    SCOPES: ClassVar[tuple[Scope, ...]] = _WRITE
    DEED: ClassVar[Deed | None] = "edit"

    cell_id: Id
    cell_type: CellType


class AttachFiles(NotebookTool, frozen=True):
    """Give a cell files that its text names as `attachment:NAME`, such as images of a note.

    Each is a value by its mime type. Others that the cell has stay; null takes one away.
    """

    ANSWER: ClassVar[type[Struct]] = Done
    SCOPES: ClassVar[tuple[Scope, ...]] = _WRITE
    DEED: ClassVar[Deed | None] = "edit"

    cell_id: Id
    attachments: Annotated[AttachmentChanges, Meta(min_length=1, max_length=100)]


class ClearOutputs(NotebookTool, frozen=True):
    """Clear what these cells show, or (without `cell_ids`) what all cells show."""

    ANSWER: ClassVar[type[Struct]] = Done
    DESTRUCTIVE: ClassVar[bool] = True
    SCOPES: ClassVar[tuple[Scope, ...]] = _WRITE
    DEED: ClassVar[Deed | None] = "remove"

    cell_ids: list[Id] | None = None


class RestoreNotebook(NotebookTool, frozen=True):
    """Bring back deleted cells (`cell_ids`), or make the whole notebook what it was at `to_seq`.

    Restoring is new events on top: nothing that happened since is lost from the log.
    """

    ANSWER: ClassVar[type[Struct]] = Done
    FOR_MODELS: ClassVar[bool] = True
    DESTRUCTIVE: ClassVar[bool] = True
    SCOPES: ClassVar[tuple[Scope, ...]] = _WRITE
    DEED: ClassVar[Deed | None] = "remove"

    to_seq: Seq | None = None
    cell_ids: Annotated[list[Id], Meta(min_length=1, max_length=1000)] | None = None
