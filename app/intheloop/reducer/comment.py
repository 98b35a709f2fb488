"""What events of comments do to a notebook."""

from __future__ import annotations

from typing import assert_never

from msgspec.structs import replace

from intheloop import events as e
from intheloop.notebook import Comment, Notebook


def apply(notebook: Notebook, event: e.CommentEvent, envelope: e.Envelope) -> Notebook:
    """The notebook after an event of a comment."""
    if isinstance(event, e.CommentAdded):
        added = Comment(
            comment_id=event.comment_id,
            text=event.text,
            author_id=envelope.actor.id,
            added_at=envelope.recorded_at,
            cell_id=event.cell_id,
            reply_to=event.reply_to,
        )
        return _put(notebook, added)
    comment = notebook.comments.get(event.comment_id)
    if comment is None:
        return notebook
    match event:
        case e.CommentResolved():
            return _put(notebook, replace(comment, resolved=True))
        case e.CommentReopened():
            return _put(notebook, replace(comment, resolved=False))
        case _:
            assert_never(event)


def _put(notebook: Notebook, comment: Comment) -> Notebook:
    return replace(notebook, comments=notebook.comments.set(comment.comment_id, comment))
