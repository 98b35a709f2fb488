"""Commands that make, name, file away and erase notebooks."""

from __future__ import annotations

from typing import Annotated, ClassVar, TypeAlias

from msgspec import Meta, Struct, field

from intheloop.events import Imported, Scope
from intheloop.values import Id, Seq, Value, empty

from .given import FOR_PROGRAMS, ChosenId, GivenCell
from .tool import PEOPLE, Deed, Done, NotebookTool, Target, Tool

Title: TypeAlias = Annotated[str, Meta(min_length=1, max_length=200)]


class Created(Done, frozen=True):
    """The notebook that was made, and the ids of its cells in order."""

    notebook_id: str
    cell_ids: tuple[str, ...] = ()
    more: str = ""


class CreateNotebook(Tool, frozen=True):
    """Make a new notebook. You own it."""

    ANSWER: ClassVar[type[Struct]] = Created
    FOR_MODELS: ClassVar[bool] = True
    TARGET: ClassVar[Target] = "new notebook"
    SCOPES: ClassVar[tuple[Scope, ...]] = ("notebook:write",)

    title: Title = "Untitled"
    notebook_id: ChosenId = None
    metadata: Annotated[Value, FOR_PROGRAMS] = field(default_factory=empty)
    cells: list[GivenCell] = []


class ImportNotebook(Tool, frozen=True):
    """Make a new notebook from an .ipynb file that was already read. Blobs are uploaded before.

    Its outputs are kept as saved outputs; nothing is run.
    """

    ANSWER: ClassVar[type[Struct]] = Created
    TARGET: ClassVar[Target] = "new notebook"
    SCOPES: ClassVar[tuple[Scope, ...]] = ("notebook:write",)

    title: Title
    imported: Imported
    notebook_id: Id | None = None
    metadata: Value = field(default_factory=empty)
    cells: Annotated[list[GivenCell], Meta(max_length=10_000)] = []


class RenameNotebook(NotebookTool, frozen=True):
    """Give the notebook another title."""

    ANSWER: ClassVar[type[Struct]] = Done
    FOR_MODELS: ClassVar[bool] = True
    SCOPES: ClassVar[tuple[Scope, ...]] = ("notebook:write",)
    DEED: ClassVar[Deed | None] = "edit"

    title: Title


class SetMetadata(NotebookTool, frozen=True):
    """Replace the whole metadata of the notebook, or of one cell."""

    ANSWER: ClassVar[type[Struct]] = Done
    DESTRUCTIVE: ClassVar[bool] = True
    SCOPES: ClassVar[tuple[Scope, ...]] = ("notebook:write",)
    DEED: ClassVar[Deed | None] = "edit"

    metadata: Value
    cell_id: Id | None = None


class ArchiveNotebook(NotebookTool, frozen=True):
    """Put the notebook out of sight, or (`archived` false) back. It stays readable."""

    ANSWER: ClassVar[type[Struct]] = Done
    DESTRUCTIVE: ClassVar[bool] = True
    SCOPES: ClassVar[tuple[Scope, ...]] = ("notebook:write",)
    DEED: ClassVar[Deed | None] = "remove"

    archived: bool = True


class DeleteNotebook(NotebookTool, frozen=True):
    """Erase the notebook for good, outputs and blobs too. Only its last seq and hash stay."""

    ANSWER: ClassVar[type[Struct]] = Done
    DESTRUCTIVE: ClassVar[bool] = True
    SCOPES: ClassVar[tuple[Scope, ...]] = ("notebook:admin",)
    ACTORS = PEOPLE


class Redact(NotebookTool, frozen=True):
    """Erase what some records say, for good. Their place, author and time stay visible."""

    ANSWER: ClassVar[type[Struct]] = Done
    DESTRUCTIVE: ClassVar[bool] = True
    SCOPES: ClassVar[tuple[Scope, ...]] = ("notebook:admin",)
    ACTORS = PEOPLE

    seqs: Annotated[list[Seq], Meta(min_length=1, max_length=10_000)]
    reason: Annotated[str, Meta(min_length=1, max_length=1000)]
