"""Events of comments on a notebook or on one of its cells."""

from __future__ import annotations

from msgspec import Struct


class CommentAdded(Struct, frozen=True, omit_defaults=True):
    """A remark; `reply_to` names the comment that it answers."""

    comment_id: str
    text: str
    cell_id: str | None = None
    reply_to: str | None = None


class CommentResolved(Struct, frozen=True):
    """Dealt with."""

    comment_id: str


class CommentReopened(Struct, frozen=True):
    """Not dealt with after all."""

    comment_id: str
