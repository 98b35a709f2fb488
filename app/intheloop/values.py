"""Ids, opaque values and outputs: the small shapes that events, state and commands share.

Owns their form only. An opaque value (metadata, attachment, output) is JSON that this project never
interprets: it is carried as the bytes that were sent, and known by their sha256.
"""

from __future__ import annotations

import hashlib
import re
from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import UNSET, Meta, Raw, Struct, UnsetType

# In Python `$` also matches before a line end, in JSON Schema it does not; both read (?!\n) alike.
Id: TypeAlias = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,64}$(?!\n)")]
"""The form of every id: 1 to 64 of A-Z, a-z, 0-9, _ and -."""

Sha256: TypeAlias = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$(?!\n)")]

Count: TypeAlias = Annotated[int, Meta(ge=0, le=2**53 - 1)]
"""A number that every language holds exactly."""

Seq: TypeAlias = Annotated[int, Meta(ge=1, le=2**53 - 1)]
"""The position of a record that there may be."""

INLINE_LIMIT = 32 * 1024
"""Bytes of JSON above which an output or attachment value must be a blob."""

ID_PATTERN = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")

Encoding: TypeAlias = Literal["json", "text", "base64"]
"""What the bytes of a blob are: the JSON of the value itself; the UTF-8 of a JSON string; or the
bytes that a JSON string spells in base64 (only when encoding them again gives the same string)."""

CellType: TypeAlias = Literal["code", "markdown", "raw"]


class Blob(Struct, frozen=True, omit_defaults=True):
    """The bytes of a value that is kept beside the log."""

    size: int
    encoding: Encoding = "json"


class Value(Struct, frozen=True, omit_defaults=True):
    """An opaque JSON value. Exactly one of `json` (inline) and `blob` is present.

    `sha256` is of the bytes of `json`, or of the blob's bytes; it stands for the value in the
    digest. A caller may leave it out of an inline value: the server stamps it when it records.
    """

    sha256: str = ""
    json: Raw | UnsetType = UNSET
    blob: Blob | UnsetType = UNSET


class StreamOutput(Struct, frozen=True, omit_defaults=True, tag_field="output_type", tag="stream"):
    """A piece of text on stdout or stderr. With `blob`, `text` is empty.

    `sha256` is of its UTF-8, stamped by the server like that of a value.
    """

    name: str
    text: str = ""
    sha256: str = ""
    blob: Blob | UnsetType = UNSET
    extra: Value | UnsetType = UNSET


class DisplayOutput(
    Struct, frozen=True, omit_defaults=True, tag_field="output_type", tag="display_data"
):
    """A rich display: one value for each mime type."""

    data: dict[str, Value]
    metadata: Value
    display_id: str | None = None
    extra: Value | UnsetType = UNSET


class ResultOutput(
    Struct, frozen=True, omit_defaults=True, tag_field="output_type", tag="execute_result"
):
    """The value of the last expression."""

    data: dict[str, Value]
    metadata: Value
    execution_count: int | None = None
    display_id: str | None = None
    extra: Value | UnsetType = UNSET


class ErrorOutput(Struct, frozen=True, omit_defaults=True, tag_field="output_type", tag="error"):
    """An exception that ended the code. `traceback` is a JSON list of strings."""

    ename: str
    evalue: str
    traceback: Value
    extra: Value | UnsetType = UNSET


class OtherOutput(Struct, frozen=True, tag_field="output_type", tag="other"):
    """An output of a type that this project does not know: kept whole and exported as it came."""

    value: Value


Output: TypeAlias = StreamOutput | DisplayOutput | ResultOutput | ErrorOutput | OtherOutput

Attachments: TypeAlias = dict[str, dict[str, Value]]
"""File name to mime type to value, as in nbformat."""

AttachmentChanges: TypeAlias = dict[str, dict[str, Value] | None]
"""Files that came or were replaced, by name; None for one that went."""


def attached(before: Attachments, changes: AttachmentChanges) -> Attachments:
    """The files of a cell after such changes."""
    after = {**before, **changes}
    return {name: bundle for name, bundle in after.items() if bundle is not None}


def trace_id_of(traceparent: object) -> str | None:
    """The trace that a W3C `traceparent` names; None when it is none."""
    found = _TRACEPARENT.fullmatch(traceparent) if isinstance(traceparent, str) else None
    return found[1] if found else None


def sha256_hex(data: bytes) -> str:
    """The sha256 of bytes as 64 lower-case hex digits."""
    return hashlib.sha256(data).hexdigest()


def inline(json: bytes) -> Value:
    """The value of some JSON bytes, kept inline. The caller vouches that they are valid JSON."""
    return Value(sha256_hex(json), json=Raw(json))


def is_inline(value: Value) -> bool:
    """Whether the value's own bytes stand in the record."""
    return not isinstance(value.json, UnsetType)


def json_bytes(value: Value) -> bytes:
    """The JSON of an inline value. Raises ValueError for one that is a blob."""
    if isinstance(value.json, UnsetType):
        raise ValueError(f"The value {value.sha256} is a blob; read it from the blob store.")
    return bytes(value.json)


EMPTY = inline(b"{}")
"""The value of an empty object: the usual metadata."""


def empty() -> Value:
    """EMPTY, as a default of fields: a JSON schema cannot show a default of raw bytes."""
    return EMPTY


def stream(name: str, text: str) -> StreamOutput:
    """A piece of stream text with its stamp."""
    return StreamOutput(name, text, sha256_hex(text.encode()))


def utf8(value: object) -> bytes:
    """Compact UTF-8 JSON of a plain value; the one encoder of this project."""
    return msgspec.json.encode(value)
