"""The command that undoes what somebody did, and leaves what others did since."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta, Struct

from intheloop.events import Scope
from intheloop.values import Count, Id, Seq

from .tool import Deed, Done, NotebookTool


class Reverted(Done, frozen=True, omit_defaults=True):
    """The cells that were changed back. `conflicts` tells, as sentences, what was left because
    others changed it since; `stays` what no record can undo."""

    cell_ids: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    stays: tuple[str, ...] = ()


class RevertChanges(NotebookTool, frozen=True):
    """Undo what was done in one run (`correlation_id`), because of one thing (`causation_id`, as of
    a proposal), or by one `actor` after a seq and up to another.

    It is undone by new changes on top, and only where nobody else changed the same since: the rest
    is told as conflicts. What code did when it ran stays.
    """

    ANSWER: ClassVar[type[Struct]] = Reverted
    DESTRUCTIVE: ClassVar[bool] = True
    SCOPES: ClassVar[tuple[Scope, ...]] = ("notebook:write",)
    DEED: ClassVar[Deed | None] = "remove"

    correlation_id: Id | None = None
    causation_id: Id | None = None
    actor: str | None = None
    after: Annotated[Count, Meta(description="Only what came after this seq.")] = 0
    upto: Annotated[Seq | None, Meta(description="Only what came up to this seq.")] = None
