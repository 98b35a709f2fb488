"""How much room text takes in an answer: the characters of its JSON, which is never less than those
of the text itself. What is promised of an answer's size holds for both of its forms."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

MOST = 18_000
"""Characters that a view may have; a door may add a line of its own and stays below 20,000."""

_SHORT = '"\\\n\r\t\b\f'
_LONG = re.compile(r"[\x00-\x07\x0b\x0e-\x1f]")


def weight(value: object) -> int:
    """The characters of the value's JSON."""
    return len(msgspec.json.encode(value).decode())


def text_weight(text: str) -> int:
    """The same of a text, without its quotes; it may hold half characters."""
    return len(text) + sum(map(text.count, _SHORT)) + 5 * len(_LONG.findall(text))


def fitting(text: str, room: int) -> int:
    """How many of the first characters fit into the room."""
    most = min(len(text), max(room, 0))
    if text_weight(text[:most]) <= room:
        return most
    least = 0
    while most - least > 1:
        middle = (least + most) // 2
        if text_weight(text[:middle]) <= room:
            least = middle
        else:
            most = middle
    return least


def shares(needs: Sequence[int], room: int) -> list[int]:
    """The room divided: who needs little gets it, the others the same of what is left."""
    given, left = [0] * len(needs), max(room, 0)
    for rank, at in enumerate(sorted(range(len(needs)), key=needs.__getitem__)):
        given[at] = min(needs[at], left // (len(needs) - rank))
        left -= given[at]
    return given
