"""The query that shows what became of a notebook between two moments."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import Struct, field

from intheloop.events import Scope
from intheloop.values import Count, Id, Seq

from .given import FOR_PROGRAMS
from .tool import READERS, Done, NotebookTool, Target


class CellDiff(Struct, frozen=True, omit_defaults=True):
    """What became of a cell: `diff` of its source, and in words of the rest. `by` are the ids of
    the actors who changed it."""

    cell_id: str
    change: Literal["added", "deleted", "changed"]
    by: tuple[str, ...] = ()
    diff: str = ""
    fields: tuple[str, ...] = ()


class NotebookDiff(Done, frozen=True, omit_defaults=True):
    """What is different between two seqs, cell by cell. `fields` tells of the notebook as a whole;
    there is more behind `next_after`, and `more` says how to read it."""

    from_seq: int
    to_seq: int
    cells: list[CellDiff] = []
    fields: tuple[str, ...] = ()
    next_after: str | None = None
    more: str = ""


class DiffNotebook(NotebookTool, frozen=True):
    """Show what became of the cells `from` one seq `to` another, as diffs: of all, or of those that
    one `actor` changed. `after`: next_after of an answer."""

    ANSWER: ClassVar[type[Struct]] = NotebookDiff
    FOR_MODELS: ClassVar[bool] = True
    TARGET: ClassVar[Target] = "nothing"
    SCOPES: ClassVar[tuple[Scope, ...]] = ("notebook:read",)
    ACTORS = READERS

    from_seq: Count | None = field(default=None, name="from")
    to_seq: Seq | None = field(default=None, name="to")
    actor: str | None = None
    correlation_id: Annotated[Id | None, FOR_PROGRAMS] = None
    after: Id | None = None
