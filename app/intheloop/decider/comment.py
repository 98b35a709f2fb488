"""What comes of commands on comments."""

from __future__ import annotations

from typing import assert_never

from intheloop import commands as c
from intheloop import events as e
from intheloop.errors import NotFound
from intheloop.notebook import Comment, Notebook

from .context import Context, Decision, changed, derived_id
from .finding import the_cell, unused

COMMENT_ID_LENGTH = 10


def decide(state: Notebook, command: c.CommentCommand, context: Context) -> Decision:
    """The decision on a command about a comment."""
    match command:
        case c.AddComment():
            return _add(state, command, context)
        case c.ResolveComment(comment_id=comment_id):
            if _the_comment(state, comment_id).resolved:
                return _done(state)
            return _done(state, e.CommentResolved(comment_id))
        case c.ReopenComment(comment_id=comment_id):
            if not _the_comment(state, comment_id).resolved:
                return _done(state)
            return _done(state, e.CommentReopened(comment_id))
        case _:
            assert_never(command)


def _done(state: Notebook, *events: e.Event) -> Decision:
    return Decision(events, c.Done(seq=changed(state, *events)))


def _the_comment(state: Notebook, comment_id: str) -> Comment:
    comment = state.comments.get(comment_id)
    if comment is None:
        raise NotFound(
            f"There is no comment {comment_id} in notebook {state.notebook_id}; "
            "read_notebook shows the comments with their ids."
        )
    return comment


def _add(state: Notebook, command: c.AddComment, context: Context) -> Decision:
    if command.cell_id is not None:
        the_cell(state, command.cell_id)
    if command.reply_to is not None:
        _the_comment(state, command.reply_to)
    wanted = command.comment_id
    comment_id = unused(wanted, wanted in state.comments, "comment") or derived_id(
        context, 0, COMMENT_ID_LENGTH, lambda one: one in state.comments
    )
    event = e.CommentAdded(comment_id, command.text, command.cell_id, command.reply_to)
    return Decision((event,), c.Commented(seq=changed(state, event), comment_id=comment_id))
