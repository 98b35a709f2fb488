"""One output as text: what it says, cut to a budget, and the call that reads the rest."""

from __future__ import annotations

import struct
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import msgspec
from msgspec import UnsetType

from intheloop.commands import OutputKind, OutputView
from intheloop.ipynb import decode_blob
from intheloop.notebook import Shown, Stream
from intheloop.values import (
    DisplayOutput,
    ErrorOutput,
    Output,
    ResultOutput,
    StreamOutput,
    Value,
    json_bytes,
)

from .chart import chart_text
from .plain import cut, plain
from .table import read_table, table_text
from .traceback import own_frames

Fetch: TypeAlias = Callable[[str], bytes]
"""The bytes of a blob by its sha256."""

AnyOutput: TypeAlias = Shown | Output

# HTML and JSON larger than this are not taken apart, only told of.
_TAKEN_APART = 400_000

IMAGES = ("image/png", "image/jpeg", "image/gif", "image/webp")
"""The forms of images that a model can look at."""


def view_output(output: AnyOutput, number: int, budget: int, read: str, fetch: Fetch) -> OutputView:
    """The output in at most about `budget` characters. `read` is the call that reads it whole, as
    in `read_output(cell_id="a1", output=0)`."""
    kind, text, shape, mimes = _told(output, budget, fetch)
    short = cut(text, budget)
    more = ""
    if short.left_out:
        more = f"{short.left_out} characters are left out: {_with(read, offset=short.head)}"
    elif kind == "image":
        more = f"To look at it: {_with(read, form='image')}"
    elif kind in ("html", "table", "chart", "json") and mimes:
        more = f"The whole: {_with(read, mime=mimes[0])}"
    return OutputView(
        output=number,
        kind=kind,
        text=short.text,
        characters=len(text) if short.left_out else 0,
        shape=shape,
        mimes=mimes,
        more=more,
    )


def _with(read: str, **arguments: object) -> str:
    given = "".join(f", {name}={_literal(value)}" for name, value in arguments.items())
    return f"{read[:-1]}{given})"


def _literal(value: object) -> str:
    return msgspec.json.encode(value).decode()


_Told: TypeAlias = tuple[OutputKind, str, str, tuple[str, ...]]


def _told(output: AnyOutput, budget: int, fetch: Fetch) -> _Told:
    match output:
        case Stream(name=name, pieces=pieces):
            return _stream(name), _stream_text(pieces, budget, fetch), "", ()
        case StreamOutput(name=name):
            return _stream(name), _stream_text((output,), budget, fetch), "", ()
        case ErrorOutput(ename=ename, evalue=evalue, traceback=traceback):
            lines = value_of(traceback, fetch)
            frames = own_frames([str(line) for line in lines]) if isinstance(lines, list) else ""
            return "error", f"{plain(ename)}: {plain(evalue)}\n{frames}".strip(), "", ()
        case DisplayOutput(data=data) | ResultOutput(data=data):
            return _bundle(data, fetch)
        case _:
            return "other", "An output of a kind that this version does not know.", "", ()


def _stream(name: str) -> OutputKind:
    return "stderr" if name == "stderr" else "stdout"


def _stream_text(pieces: Sequence[StreamOutput], budget: int, fetch: Fetch) -> str:
    return plain("".join(piece_text(piece, fetch) for piece in pieces))


def piece_text(piece: StreamOutput, fetch: Fetch) -> str:
    """The text of a piece, from its blob where it has one."""
    if isinstance(piece.blob, UnsetType):
        return piece.text
    return fetch(piece.sha256).decode("utf-8", "replace")


def value_of(value: Value, fetch: Fetch) -> Any:
    """The JSON value, from its blob where it has one."""
    if isinstance(value.blob, UnsetType):
        return msgspec.json.decode(json_bytes(value))
    return decode_blob(fetch(value.sha256), value.blob.encoding)


def size_of(value: Value) -> int:
    """About how many bytes it has."""
    return len(json_bytes(value)) if isinstance(value.blob, UnsetType) else value.blob.size


def _bundle(data: Mapping[str, Value], fetch: Fetch) -> _Told:
    mimes = tuple(sorted(data))
    image = next((mime for mime in IMAGES if mime in data), None)
    for mime in mimes:
        if _is_chart(mime) and size_of(data[mime]) <= 20 * _TAKEN_APART:
            told = chart_text(mime, value_of(data[mime], fetch))
            if told is not None:
                return "chart", told, "", (mime,)
    said = _text_of(data.get("text/plain"), fetch)
    if image is not None:
        size = image_size(value_of(data[image], fetch))
        return "image", said or "An image.", size, (image,)
    html = data.get("text/html")
    if html is not None:
        return _html(html, said, fetch)
    for mime in ("text/markdown", "text/latex"):
        if mime in data:
            return "markdown", _text_of(data[mime], fetch), "", (mime,)
    if said:
        return "text", said, "", ()
    for mime in mimes:
        if mime == "application/json" or mime.endswith("+json"):
            return "json", _json(data[mime], fetch), "", (mime,)
    if "image/svg+xml" in data:
        return "image", "An SVG drawing.", "", ("image/svg+xml",)
    return "other", f"An output of {', '.join(mimes) or 'no form'}.", "", mimes


def _is_chart(mime: str) -> bool:
    return mime.startswith(("application/vnd.vega", "application/vnd.plotly")) or (
        mime == "application/geo+json"
    )


def _html(html: Value, said: str, fetch: Fetch) -> _Told:
    table = None
    if size_of(html) <= _TAKEN_APART:
        table = read_table(joined(value_of(html, fetch)))
    if table is None:
        size = f"HTML of {size_of(html)} bytes."
        return "html", said or size, "", ("text/html",)
    shape = f"{len(table.body)} x {table.columns}"
    return "table", said or table_text(table), shape, ("text/html",)


def _json(value: Value, fetch: Fetch) -> str:
    if size_of(value) > _TAKEN_APART:
        return f"JSON of {size_of(value)} bytes."
    return msgspec.json.format(msgspec.json.encode(value_of(value, fetch)), indent=1).decode()


def _text_of(value: Value | None, fetch: Fetch) -> str:
    return "" if value is None else plain(joined(value_of(value, fetch)))


def joined(value: Any) -> str:
    """A text that may be kept as a list of lines."""
    if isinstance(value, list):
        return "".join(map(str, value))
    return value if isinstance(value, str) else ""


def image_size(value: Any) -> str:
    """Width x height of a PNG or JPEG in base64, "" when it cannot be told."""
    try:
        data = b64decode(joined(value)[:65536].replace("\n", "")[: 4 * 16000])
    except (NotBase64, ValueError):
        return ""
    if data[:8] == b"\x89PNG\r\n\x1a\n" and len(data) >= 24:
        width, height = struct.unpack(">II", data[16:24])
        return f"{width} x {height}"
    return _jpeg_size(data)


def _jpeg_size(data: bytes) -> str:
    at = 2
    while data[:2] == b"\xff\xd8" and at + 9 < len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return f"{width} x {height}"
        at += 2 + length
    return ""
