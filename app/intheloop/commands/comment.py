"""Commands on comments."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta, Struct

from intheloop.events import Scope
from intheloop.values import Id

from .given import ChosenId
from .tool import Done, NotebookTool

_SPEAK: tuple[Scope, ...] = ("notebook:write", "notebook:run")


class Commented(Done, frozen=True):
    """The comment's id."""

    comment_id: str


class AddComment(NotebookTool, frozen=True):
    """Comment on the notebook, on a cell, or in reply to another comment."""

    ANSWER: ClassVar[type[Struct]] = Commented
    FOR_MODELS: ClassVar[bool] = True
    SCOPES: ClassVar[tuple[Scope, ...]] = _SPEAK

    text: Annotated[str, Meta(min_length=1, max_length=10_000)]
    cell_id: Id | None = None
    reply_to: Annotated[Id | None, Meta(description="The comment that this answers.")] = None
    comment_id: ChosenId = None


class ResolveComment(NotebookTool, frozen=True):
    """Mark a comment as dealt with."""

    ANSWER: ClassVar[type[Struct]] = Done
    FOR_MODELS: ClassVar[bool] = True
    SCOPES: ClassVar[tuple[Scope, ...]] = _SPEAK

    comment_id: Id


class ReopenComment(NotebookTool, frozen=True):
    """Mark a comment as not dealt with after all."""

    ANSWER: ClassVar[type[Struct]] = Done
    SCOPES: ClassVar[tuple[Scope, ...]] = _SPEAK

    comment_id: Id
