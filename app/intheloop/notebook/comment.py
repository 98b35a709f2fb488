"""A comment, as its log adds up."""

from __future__ import annotations

from msgspec import Struct


class Comment(Struct, frozen=True, omit_defaults=True):
    """A remark on the notebook, or on a cell."""

    comment_id: str
    text: str
    author_id: str
    added_at: str
    cell_id: str | None = None
    reply_to: str | None = None
    resolved: bool = False
