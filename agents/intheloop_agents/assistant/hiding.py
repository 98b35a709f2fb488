"""Cells that people hid from assistants, kept out of what the tools of a run tell. Pure.

Their runs, and what is said of them, are hidden with them. What a call names is refused, what it is
told is cut. Code that the assistant runs is not governed by this.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import fields, replace

from intheloop import commands as c
from intheloop.errors import BadArgument
from intheloop.notebook import Cell, Notebook
from intheloop.values import Value, is_inline, json_bytes

HIDDEN = "hide-from-assistant"
"""The tag of a cell that the assistant is not shown."""

_NAMED = ("cell_id", "execution_id", "comment_id", "reply_to")
_WORDS = re.compile(r"[A-Za-z0-9_-]+")


class _Tagged(Struct):
    tags: list[str] = []


def is_hiding(metadata: Value) -> bool:
    """Whether metadata of a cell hides it from assistants."""
    if not is_inline(metadata) or HIDDEN.encode() not in bytes(json_bytes(metadata)):
        return False
    try:
        return HIDDEN in msgspec.json.decode(json_bytes(metadata), type=_Tagged).tags
    except msgspec.DecodeError:
        return False


def is_hidden(cell: Cell) -> bool:
    """Whether people hid this cell from assistants."""
    return is_hiding(cell.metadata)


def hidden_in(state: Notebook) -> frozenset[str]:
    """The ids of all cells in sight that are hidden."""
    return frozenset(cell.cell_id for cell in state.cells.values() if is_hidden(cell))


def about(state: Notebook, cells: frozenset[str], runs: frozenset[str]) -> frozenset[str]:
    """The ids of what is said of these cells, and of what their runs ask."""
    asked = (state.executions[one].input for one in runs & set(state.executions))
    said = (one for one in state.comments if not cells.isdisjoint(_cells_of(state, one)))
    return frozenset((*said, *(one.input_id for one in asked if one is not None)))


def _cells_of(state: Notebook, comment_id: str | None) -> Iterator[str | None]:
    """The cells that a comment stands on, and those that it answers."""
    while comment_id is not None and comment_id in state.comments:
        yield state.comments[comment_id].cell_id
        comment_id = state.comments[comment_id].reply_to


def refuse_hidden(tool: c.Tool, hidden: frozenset[str]) -> None:
    """Raises BadArgument when a call names what is hidden, or would bring back a time before."""
    if not hidden:
        return
    if isinstance(tool, c.RestoreNotebook) and tool.to_seq is not None:
        raise BadArgument(
            "A person hid cells from you, which this would change too; restore cells by cell_ids."
        )
    if hidden.intersection(_texts(msgspec.json.decode(msgspec.json.encode(tool)))):
        raise BadArgument("This cell is hidden from you by a person; go on without it.")


def without_hidden(answer: Any, hidden: frozenset[str]) -> Any:
    """The same answer without what it tells of hidden cells."""
    match answer:
        case tuple() | list():
            kept = [without_hidden(one, hidden) for one in answer if not _is_of(one, hidden)]
            return type(answer)(kept)
        case Struct():
            if _is_of(answer, hidden):
                raise BadArgument("This cell is hidden from you by a person; go on without it.")
            told = {one.name: getattr(answer, one.name) for one in fields(answer)}
            return replace(
                answer, **{name: without_hidden(value, hidden) for name, value in told.items()}
            )
        case _:
            return answer


def _is_of(value: object, hidden: frozenset[str]) -> bool:
    """Whether something is one of these cells, or about one."""
    if isinstance(value, str):
        return value in hidden
    # A sentence names its cells, runs and comments; what is said of one may quote it.
    if isinstance(value, c.HistoryLine):
        return not hidden.isdisjoint(_WORDS.findall(value.text))
    if isinstance(value, Struct):
        return any(getattr(value, name, None) in hidden for name in _NAMED)
    return False


def _texts(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for one in value.values():
                yield from _texts(one)
        case list() | tuple():
            for one in value:
                yield from _texts(one)
