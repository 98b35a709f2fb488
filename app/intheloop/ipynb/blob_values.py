"""JSON values and stream texts as the log keeps them: inline when small, else as a blob.

Decides the form only; putting and getting the blob's bytes is the caller's.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from msgspec import UNSET, UnsetType

from intheloop.values import (
    INLINE_LIMIT,
    Blob,
    Encoding,
    StreamOutput,
    Value,
    inline,
    sha256_hex,
)

from .json_text import utf8_bytes, write_json


def encode_blob(value: object) -> tuple[bytes, Encoding]:
    """The bytes that a blob of this JSON value holds, in the form nearest to what it is.

    An image in base64 is kept as the image, other text as text, the rest as compact JSON.
    """
    if not isinstance(value, str):
        return write_json(value), "json"
    try:
        data = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return utf8_bytes(value), "text"
    if base64.b64encode(data).decode() == value:
        return data, "base64"
    return value.encode(), "text"


def decode_blob(data: bytes, encoding: Encoding) -> Any:
    """The JSON value that `encode_blob` made these bytes of."""
    match encoding:
        case "base64":
            return base64.b64encode(data).decode()
        case "text":
            return data.decode()
        case "json":
            return json.loads(data)


def value_of(value: object, blobs: dict[str, bytes]) -> Value:
    """The opaque value of some JSON; if it is too large to stand inline its bytes join `blobs`."""
    text = write_json(value)
    if len(text) <= INLINE_LIMIT:
        return inline(text)
    data, encoding = encode_blob(value)
    sha256 = sha256_hex(data)
    blobs[sha256] = data
    return Value(sha256, blob=Blob(len(data), encoding))


def stream_of(
    name: str, text: str, blobs: dict[str, bytes], extra: Value | UnsetType = UNSET
) -> StreamOutput:
    """A stream's text as an output; if it is too large to stand inline it joins `blobs`."""
    data = utf8_bytes(text)
    if len(write_json(text)) <= INLINE_LIMIT:
        return StreamOutput(name, data.decode(), sha256_hex(data), extra=extra)
    sha256 = sha256_hex(data)
    blobs[sha256] = data
    return StreamOutput(name, sha256=sha256, blob=Blob(len(data), "text"), extra=extra)
