"""Comments as they are told: whole on a page of their own, their beginning beside the cells."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from intheloop.commands import CommentView
from intheloop.notebook import Comment, Notebook

from .calls import Arguments, call
from .plain import visible
from .weight import fitting, weight

_BESIDE = 300


def open_comments(state: Notebook) -> list[Comment]:
    """Those that are not resolved, the oldest first."""
    found = (one for one in state.comments.values() if not one.resolved)
    return sorted(found, key=lambda one: (one.added_at, one.comment_id))


def beside(
    comments: Sequence[Comment], wanted: set[str | None], room: int, of: Arguments
) -> tuple[list[CommentView], int]:
    """The last comments on what is wanted (None: the notebook as a whole) that fit, the oldest
    first, and how many are left out. Long ones are cut."""
    about = [at for at, one in enumerate(comments) if one.cell_id in wanted]
    views: list[CommentView] = []
    for at in reversed(about):
        before = comments[at - 1].comment_id if at else None
        view = _view(comments[at], before, 0, _BESIDE + _bare_weight(comments[at], of), of)
        room -= weight(view) + 1
        if room < 0:
            break
        views.append(view)
    return views[::-1], len(about) - len(views)


def page(
    comments: Sequence[Comment], first: int, offset: int, room: int, of: Arguments
) -> list[CommentView]:
    """The comments from number `first` on that fit, one at least; the first from `offset` on."""
    views: list[CommentView] = []
    for at in range(first, len(comments)):
        before = comments[at - 1].comment_id if at else None
        view = _view(comments[at], before, 0 if views else offset, room, of)
        left = room - weight(view) - 1
        if views and (left < 0 or view.more):
            break
        views.append(view)
        room = left
    return views


def _bare_weight(comment: Comment, of: Arguments) -> int:
    return weight(_view_without_text(comment, 0)) + weight(_rest(of, "x" * 64, 10**5))


def _view_without_text(comment: Comment, offset: int) -> CommentView:
    return CommentView(
        comment_id=comment.comment_id,
        author_id=comment.author_id,
        added_at=comment.added_at,
        text="",
        cell_id=comment.cell_id,
        reply_to=comment.reply_to,
        offset=offset,
    )


def _rest(of: Arguments, before: str | None, offset: int) -> str:
    read = call("read_notebook", of, detail="comments", after=before, offset=offset)
    return f"It goes on: {read}"


def _view(
    comment: Comment, before: str | None, offset: int, room: int, of: Arguments
) -> CommentView:
    view, text = _view_without_text(comment, offset), visible(comment.text)[offset:]
    if weight(view) + weight(text) - 2 <= room:
        return replace(view, text=text)
    left = room - weight(view) - weight(_rest(of, before, 10**5)) - weight(',"more":')
    end = fitting(text, left)
    return replace(view, text=text[:end], more=_rest(of, before, offset + end))
