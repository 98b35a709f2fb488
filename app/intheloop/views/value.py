"""Opaque values read for what they say: whatever came into the log, or a blob, gives a text."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeAlias

import msgspec
from msgspec import UnsetType

from intheloop.errors import NotFound
from intheloop.ipynb import decode_blob
from intheloop.values import StreamOutput, Value, json_bytes

from .long_text import LongText, Piece

Fetch: TypeAlias = Callable[[str], bytes]
"""The bytes of a blob by its sha256. Raises NotFound."""

TAKEN_APART = 8_000_000
"""Bytes of a value that are read to say what is in it; of a larger one its beginning is shown."""

GONE = "(These bytes are not there any more.)"

_FORMATTED = 1_000_000
_DATA_URI = re.compile(r"(;base64,)[A-Za-z0-9+/=\s]{200,}")
_DATA_STRING = re.compile(r'"[A-Za-z0-9+/]{1000,}={0,2}"')


def size_of(value: Value) -> int:
    """About how many bytes it has."""
    return len(json_bytes(value)) if isinstance(value.blob, UnsetType) else value.blob.size


def json_of(value: Value, fetch: Fetch) -> Any:
    """The JSON value; None when it cannot be read or is too large to be."""
    if size_of(value) > TAKEN_APART:
        return None
    try:
        if isinstance(value.blob, UnsetType):
            return _decoded(bytes(json_bytes(value)))
        data = fetch(value.sha256)
        if value.blob.encoding == "json":
            return _decoded(data)
        return decode_blob(data, value.blob.encoding)
    except (NotFound, ValueError, RecursionError):
        return None


def _decoded(data: bytes) -> Any:
    """What Python cannot hold exactly is held as well as it can."""
    try:
        return msgspec.json.decode(data)
    except msgspec.DecodeError:
        return json.loads(data)


def text_of(value: Value | None, fetch: Fetch, *, styled: bool = False) -> LongText | None:
    """The text that the value is, or None. A long one is not read before it is looked at."""
    if value is None:
        return None
    if not isinstance(value.blob, UnsetType) and value.blob.encoding == "text":
        piece = Piece(value.blob.size, lambda: fetched(value.sha256, fetch))
        return LongText([piece], styled=styled)
    found = json_of(value, fetch)
    if isinstance(found, list) and all(isinstance(line, str) for line in found):
        found = "".join(found)
    return LongText.of(found, styled=styled) if isinstance(found, str) else None


def written_json(value: Value, fetch: Fetch) -> LongText:
    """The JSON as text, indented unless it is long, data in base64 only counted."""
    if isinstance(value.blob, UnsetType):
        data = bytes(json_bytes(value))
    else:
        data = fetched(value.sha256, fetch)
        if value.blob.encoding != "json":
            return LongText.of(without_base64(data.decode("utf-8", "replace")))
    if len(data) <= _FORMATTED:
        with suppress(msgspec.MsgspecError, RecursionError):  # else it is shown as it is
            data = msgspec.json.format(data, indent=1)
    return LongText.of(without_base64(data.decode("utf-8", "replace")))


def without_base64(text: str) -> str:
    """The text with data in base64 only counted."""
    if ";base64," in text:
        text = _DATA_URI.sub(lambda found: f"{found[1]}…({len(found[0]) - 8} characters)", text)
    if len(text) > 1000 and '"' in text:
        text = _DATA_STRING.sub(lambda found: f'"…({len(found[0]) - 2} characters of data)"', text)
    return text


def stream_text(pieces: tuple[StreamOutput, ...], fetch: Fetch, *, styled: bool) -> LongText:
    """The text of a stream, from blobs where it is kept in them."""
    return LongText((_piece(one, fetch) for one in pieces), styled=styled)


def _piece(piece: StreamOutput, fetch: Fetch) -> Piece:
    if not isinstance(piece.blob, UnsetType):
        return Piece(piece.blob.size, lambda: fetched(piece.sha256, fetch))
    text = piece.text
    size = len(text) if text.isascii() else len(text.encode("utf-8", "replace"))
    return Piece(size, lambda: text.encode("utf-8", "replace"))


def fetched(sha256: str, fetch: Fetch) -> bytes:
    """The bytes of a blob, or a sentence when they have been erased."""
    try:
        return fetch(sha256)
    except NotFound:
        return GONE.encode()
