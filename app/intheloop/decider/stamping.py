"""Opaque values of a command, made ready to be recorded.

`stamped` needs no state and runs before the writer's queue; `named_blobs` tells the writer which
blobs to look for; `refuse_missing_blobs` then decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import NoneType
from typing import Any, TypeVar

import msgspec
from msgspec import Struct, UnsetType
from msgspec.structs import replace

from intheloop.commands import Update
from intheloop.errors import BadArgument, TooLarge
from intheloop.values import (
    INLINE_LIMIT,
    DisplayOutput,
    ErrorOutput,
    OtherOutput,
    ResultOutput,
    StreamOutput,
    Value,
    is_inline,
    json_bytes,
    sha256_hex,
)

METADATA_LIMIT = 1024 * 1024
"""Bytes of JSON that the metadata of a notebook or a cell may have; it is never a blob."""

DEPTH_LIMIT = 200
"""How deep the JSON of a value may be nested."""

_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*"')
_ANY = msgspec.json.Decoder(float_hook=str)  # a float may be beyond what Python holds
_T = TypeVar("_T", bound=Struct)
_PLAIN = frozenset((str, int, bool, NoneType, UnsetType))
_RICH = (StreamOutput, DisplayOutput, ResultOutput, ErrorOutput, OtherOutput, Update)


def stamped(command: _T) -> _T:
    """The command with the sha256 of each inline value filled in.

    Raises BadArgument for a value that is not one, TooLarge for one that must be a blob.
    """
    walked: _T = _walk(command, METADATA_LIMIT) if may_hold_values(command) else command
    return walked


def _walk(part: Any, limit: int) -> Any:
    if type(part) in _PLAIN:
        return part
    if isinstance(part, Value):
        return _stamp(part, limit)
    if isinstance(part, StreamOutput):
        part = _stamp_text(part)
    if isinstance(part, Struct):
        inner = INLINE_LIMIT if isinstance(part, _RICH) else limit
        changes = {}
        for name in part.__struct_fields__:
            before = getattr(part, name)
            cap = INLINE_LIMIT if name in ("attachments", "data") else inner
            after = _walk(before, cap)
            if after is not before:
                changes[name] = after
        return replace(part, **changes) if changes else part
    if isinstance(part, list):
        return [_walk(each, limit) for each in part]
    if isinstance(part, dict):
        return {key: _walk(each, limit) for key, each in part.items()}
    return part


def _stamp(value: Value, limit: int) -> Value:
    if isinstance(value.json, UnsetType):
        if isinstance(value.blob, UnsetType) or not value.sha256:
            raise BadArgument(
                "A value needs either its JSON, or the sha256 of a blob with its size; give one."
            )
        return value
    if not isinstance(value.blob, UnsetType):
        raise BadArgument("A value has both JSON and a blob; give only one of them.")
    raw = bytes(value.json)
    if len(raw) > limit:
        raise TooLarge(
            f"A value of {len(raw)} bytes is too large to stand in the log (at most {limit}); "
            "upload it as a blob and name it."
        )
    _refuse_depth(raw)
    try:
        _ANY.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadArgument(f"A value is not valid JSON: {error}. Mend it and call again.") from None
    return Value(sha256_hex(raw), json=msgspec.Raw(raw))


def _refuse_depth(raw: bytes) -> None:
    """A value that opens here must open everywhere, however deep the reader stands itself."""
    if raw.count(b"[") + raw.count(b"{") <= DEPTH_LIMIT:
        return
    depth = deepest = 0
    for byte in _STRINGS.sub(b"", raw):
        if byte in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif byte in b"]}":
            depth -= 1
    if deepest > DEPTH_LIMIT:
        raise BadArgument(
            f"A value is nested {deepest} deep, and {DEPTH_LIMIT} is the most; flatten it."
        )


def _stamp_text(output: StreamOutput) -> StreamOutput:
    if not isinstance(output.blob, UnsetType):
        if output.text or not output.sha256:
            raise BadArgument("A stream in a blob has a sha256 and no text; give it so.")
        return output
    raw = output.text.encode()
    if len(raw) > INLINE_LIMIT:
        raise TooLarge(
            f"A piece of text of {len(raw)} bytes is too large to stand in the log "
            f"(at most {INLINE_LIMIT}); cut it, or upload it as a blob and name it."
        )
    return replace(output, sha256=sha256_hex(raw))


def named_blobs(part: Any) -> Iterator[str]:
    """The sha256 of each blob that a command or an event names."""
    if b'"blob":' in msgspec.json.encode(part):  # most name none: no walk for them
        yield from _named(part)


def _named(part: Any) -> Iterator[str]:
    if isinstance(part, Value | StreamOutput) and not isinstance(part.blob, UnsetType):
        yield part.sha256
    if isinstance(part, Struct):
        for name in part.__struct_fields__:
            yield from _named(getattr(part, name))
    elif isinstance(part, list | tuple):
        for each in part:
            yield from _named(each)
    elif isinstance(part, dict):
        for each in part.values():
            yield from _named(each)


def may_hold_values(part: Struct) -> bool:
    """Whether looking for opaque values in it is worth the walk: most commands hold none."""
    return not _HOLD_VALUES.isdisjoint(part.__struct_fields__)


_HOLD_VALUES = frozenset(("attachments", "cells", "parts", "metadata", "environment"))


def refuse_missing_blobs(command: Struct, present: frozenset[str]) -> None:
    """Raises BadArgument when the command names a blob that was not put into this notebook."""
    for sha256 in named_blobs(command):
        if sha256 not in present:
            raise BadArgument(
                f"The blob {sha256} is not in this notebook; upload it there first, then name it."
            )


def the_metadata(value: Value, what: str) -> Value:
    """The metadata of a notebook or a cell. Raises BadArgument unless it is an inline object."""
    if not is_inline(value):
        raise BadArgument(f"The metadata of {what} cannot be a blob; send its JSON.")
    if not json_bytes(value).lstrip().startswith(b"{"):
        raise BadArgument(f"The metadata of {what} is a JSON object; send one, as in {{}}.")
    return value
