"""Answers that hold a list as long as what was asked for: a program gets it whole, a reader as much
of it as fits, with the call that shows the rest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from intheloop import commands as c

from .calls import Arguments, call
from .plain import one_line
from .weight import MOST, weight

T = TypeVar("T")

_TITLE = 200
_MORE = 400


def fitted(answer: Struct, tool: c.Tool) -> Struct:
    """The answer to the tool within MOST characters; one that has no such list as it is."""
    of: Arguments = {"notebook_id": getattr(tool, "notebook_id", None)}
    match answer:
        case c.Inserted(cell_ids=ids):
            return _cut(answer, "cell_ids", ids, lambda last: _outline(of, after=last))
        case c.Created(cell_ids=ids):
            made = {"notebook_id": answer.notebook_id}
            return _cut(answer, "cell_ids", ids, lambda last: _outline(made, after=last))
        case c.Requested(execution_ids=ids):
            return _cut(answer, "execution_ids", ids, lambda _: _outline(of))
        case c.RuntimeState(queue=ids):
            return _cut(answer, "queue", ids, lambda _: _outline(of))
        case c.NotebookList(notebooks=found) if isinstance(tool, c.ListNotebooks):
            lines = [replace(one, title=one_line(one.title, _TITLE)) for one in found]
            asked = {"archived": True} if tool.archived else {}
            return _cut(
                answer,
                "notebooks",
                lines,
                lambda last: call("list_notebooks", asked, find=tool.find, after=last.notebook_id),
            )
        case _:
            return answer


def _outline(of: Arguments, **more: object) -> str:
    return call("read_notebook", of, detail="outline", **more)


def _cut(answer: Struct, name: str, items: Sequence[T], read_on: Callable[[T], str]) -> Struct:
    room = MOST - weight(replace(answer, **{name: []})) - _MORE
    kept = 0
    for item in items:
        room -= weight(item) + 1
        if room < 0:
            break
        kept += 1
    if kept == len(items):
        return replace(answer, **{name: items})
    left = len(items) - kept
    more = f"{left} of {len(items)} {name} are left out: {read_on(items[max(kept - 1, 0)])}"
    told = f"{getattr(answer, 'more', '')} {more}".strip()
    return replace(answer, **{name: items[:kept], "more": told})
