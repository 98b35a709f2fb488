"""JSON text to plain values and back, with every number as the text that it was.

Numbers are never computed with here: 1.0 stays 1.0, and so do 2**70, 1e400 and 1.10.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable
from json.encoder import encode_basestring
from typing import Any

from msgspec import Struct

DEEPEST = 200
"""Levels of nesting of one value; more would not fit the stack of every reader."""

_LEVELS_ABOVE = 20
"""More than the levels of a notebook file that a value in it can stand under."""

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class Number(Struct, frozen=True):
    """A JSON number by its text."""

    text: str

    def as_int(self) -> int | None:
        """The integer that this is the plain form of, if every reader holds it exactly."""
        if len(self.text) > 17 or not self.text.removeprefix("-").isdigit():
            return None
        number = int(self.text)
        return number if str(number) == self.text and abs(number) < 2**53 else None


def read_json(text: str) -> Any:
    """The value of some JSON, its numbers as `Number`.

    Half of a surrogate pair, which no UTF-8 can hold, becomes U+FFFD. Raises ValueError, whose text
    says what is wrong and where; also for NaN and Infinity, which JSON does not have.
    """
    value = _read(text)
    if _SURROGATE.search(text):
        value = _read(write_json(value).decode())
    return value


def write_json(value: object, *, indented: bool = False) -> bytes:
    """UTF-8 JSON: compact in the order of the keys, or `indented` and sorted as Jupyter writes it.

    Takes `Number` beside Python's own; a float that is not finite becomes null. Raises ValueError
    for what JSON cannot say and for compact JSON of more than `DEEPEST` levels.
    """
    parts: list[str] = []
    levels = DEEPEST + _LEVELS_ABOVE if indented else DEEPEST
    _write(value, parts.append, "\n" if indented else "", levels)
    return utf8_bytes("".join(parts))


def utf8_bytes(text: str) -> bytes:
    """The UTF-8 of any text; each half of a surrogate pair becomes U+FFFD, each whole pair one."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()


def _read(text: str) -> Any:
    try:
        return json.loads(
            text, parse_int=Number, parse_float=Number, parse_constant=_refuse_constant
        )
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _refuse_constant(word: str) -> None:
    raise ValueError(f"it holds {word}, a number that JSON does not have")


def _write(value: object, put: Callable[[str], None], line: str, levels: int) -> None:
    match value:
        case str():
            put(encode_basestring(value))
        case Number():
            put(value.text)
        case bool():
            put("true" if value else "false")
        case None:
            put("null")
        case int():
            put(int.__repr__(value))
        case float():
            put(float.__repr__(value) if math.isfinite(value) else "null")
        case dict() | list() | tuple():
            if not levels:
                raise ValueError(f"it is nested more than {DEEPEST} levels deep")
            _write_container(value, put, line, levels - 1)
        case _:
            raise ValueError(f"JSON has no form for {type(value).__name__}")


def _write_container(
    value: dict[str, Any] | list[Any] | tuple[Any, ...],
    put: Callable[[str], None],
    line: str,
    levels: int,
) -> None:
    first, last = ("{", "}") if isinstance(value, dict) else ("[", "]")
    if not value:
        put(first + last)
        return
    inner = line and line + " "
    before = first + inner
    if isinstance(value, dict):
        members: Iterable[tuple[str, Any]] = sorted(value.items()) if line else value.items()
        for key, member in members:
            put(f"{before}{encode_basestring(key)}{': ' if line else ':'}")
            _write(member, put, inner, levels)
            before = "," + inner
    else:
        for member in value:
            put(before)
            _write(member, put, inner, levels)
            before = "," + inner
    put(line + last)
