"""What a file said that our own fields do not: kept with a cell, output or notebook for export.

As JSON it is `{"keys": {...}, "absent": [...]}`: members that have no field or do not fit it, and
fields that the file left out. Nobody but export reads it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from msgspec import UNSET, Struct, UnsetType

from intheloop.values import Value, inline, is_inline, json_bytes

from .json_text import read_json, write_json

T = TypeVar("T")


class FileForm(Struct, frozen=True):
    """The members and gaps of one JSON object that its fields cannot tell."""

    keys: Mapping[str, Any] = {}
    absent: frozenset[str] = frozenset()

    def put(self, into: dict[str, Any], key: str, value: object, default: object) -> None:
        """Write a field; while it has its default, what the file said stands."""
        if value != default:
            into[key] = value
        elif key in self.keys:
            into[key] = self.keys[key]
        elif key not in self.absent:
            into[key] = value

    def without(self, *names: str) -> FileForm:
        """The same, silent about some members."""
        keys = {key: value for key, value in self.keys.items() if key not in names}
        return FileForm(keys, self.absent.difference(names))


class Members:
    """The members of one JSON object, taken field by field; the rest is its file form."""

    def __init__(self, source: Mapping[str, Any]) -> None:
        self._rest = dict(source)
        self._absent: list[str] = []

    def take(self, key: str, fit: Callable[[Any], T | UnsetType], default: T) -> T:
        """The member as `fit` makes it; the default if it is not there or does not fit (UNSET)."""
        if key not in self._rest:
            self._absent.append(key)
            return default
        fitted = fit(self._rest[key])
        if isinstance(fitted, UnsetType):
            return default
        del self._rest[key]
        return fitted

    def form(self) -> Value | UnsetType:
        """What was not taken, as an opaque value; UNSET if that is nothing."""
        if not self._rest and not self._absent:
            return UNSET
        shape: dict[str, Any] = {}
        if self._rest:
            shape["keys"] = self._rest
        if self._absent:
            shape["absent"] = self._absent
        return inline(write_json(shape))


def file_form(value: Value | UnsetType | None) -> FileForm:
    """The file form of an `extra`; of one in another shape, an empty one."""
    if value is None or isinstance(value, UnsetType) or not is_inline(value):
        return FileForm()
    shape = read_json(json_bytes(value).decode())
    if not isinstance(shape, dict):
        return FileForm()
    keys, absent = shape.get("keys"), shape.get("absent")
    return FileForm(
        keys if isinstance(keys, dict) else {},
        frozenset(name for name in absent if isinstance(name, str))
        if isinstance(absent, list)
        else frozenset(),
    )
