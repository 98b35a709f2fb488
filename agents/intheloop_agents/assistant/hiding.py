"""Cells that people hid from assistants, kept out of what the tools of a run tell. Pure.

What a run names is refused, what it is told is cut. Code that it runs is not governed by this.
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
from intheloop.values import is_inline, json_bytes

HIDDEN = "hide-from-assistant"
"""The tag of a cell that the assistant is not shown."""

_WORDS = re.compile(r"[A-Za-z0-9_-]+")


class _Tagged(Struct):
    tags: list[str] = []


def is_hidden(cell: Cell) -> bool:
    """Whether people hid this cell from assistants."""
    if not is_inline(cell.metadata) or HIDDEN.encode() not in bytes(json_bytes(cell.metadata)):
        return False
    try:
        return HIDDEN in msgspec.json.decode(json_bytes(cell.metadata), type=_Tagged).tags
    except msgspec.DecodeError:
        return False


def hidden_in(state: Notebook) -> frozenset[str]:
    """The ids of all hidden cells."""
    return frozenset(cell.cell_id for cell in state.cells.values() if is_hidden(cell))


def refuse_hidden(tool: c.Tool, hidden: frozenset[str], state: Notebook) -> None:
    """Raises BadArgument when a call names a hidden cell, or a run of one."""
    if not hidden:
        return
    named = set(_texts(msgspec.json.decode(msgspec.json.encode(tool))))
    runs = {one: state.executions[one].cell_id for one in named & set(state.executions)}
    if named & hidden or hidden & set(runs.values()):
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
    # A sentence names its cells; what is said of one may quote it.
    if isinstance(value, c.HistoryLine):
        return not hidden.isdisjoint(_WORDS.findall(value.text))
    if isinstance(value, Struct):
        ids = (
            getattr(value, "cell_id", None),
            getattr(getattr(value, "execution", None), "cell_id", None),
        )
        return any(one in hidden for one in ids)
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
