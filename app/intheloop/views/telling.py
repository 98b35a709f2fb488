"""What an output says as text, in the one form that all answers about it show parts of."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeAlias

from msgspec import Struct

from intheloop.commands import OutputKind
from intheloop.notebook import Shown, Stream
from intheloop.values import DisplayOutput, ErrorOutput, Output, ResultOutput, StreamOutput, Value

from .chart import chart_text, is_chart
from .html import HtmlText, html_text
from .image import IMAGES, image_size
from .long_text import LongText
from .plain import one_line, plain
from .traceback import own_frames
from .value import (
    TAKEN_APART,
    Fetch,
    json_of,
    size_of,
    stream_text,
    text_of,
    without_base64,
    written_json,
)

AnyOutput: TypeAlias = Shown | Output

_PARSED = 100_000
_LONGEST_MIME = 100
# How pandas and polars say how large a frame is of which they show a part.
_FRAME = re.compile(r"([\d,]+) rows × ([\d,]+) columns|shape: \(([\d,_]+), ([\d,_]+)\)")
# Objects that say no more than what they are, as in <IPython.core.display.HTML object>.
_MERE_OBJECT = re.compile(r"\s*<[^\n]*>\s*\Z")
_BINARY = re.compile(r"(?:image/(?!svg)|audio/|video/|font/|application/(?:pdf|octet-stream|zip))")


class Told(Struct, frozen=True):
    """An output as text. `shape` is rows x columns of a table, width x height of an image.

    `whole` is what beside the text there is to read, and `form` the arguments of `read_output` that
    read it.
    """

    kind: OutputKind
    text: LongText
    shape: str = ""
    whole: str = ""
    form: Mapping[str, Any] = {}


def told(output: AnyOutput, fetch: Fetch) -> Told:
    """What an output says. Raises what `fetch` raises beside NotFound, and nothing else."""
    match output:
        case Stream(name=name, pieces=pieces):
            return Told(_stream(name), stream_text(pieces, fetch, styled=True))
        case StreamOutput(name=name):
            return Told(_stream(name), stream_text((output,), fetch, styled=True))
        case ErrorOutput():
            return _error(output, fetch)
        case DisplayOutput(data=data) | ResultOutput(data=data):
            return _bundle(data, fetch)
        case _:
            text = LongText.of("An output of a kind that this version does not know.")
            return Told("other", text, whole="What it holds", form={"form": "raw"})


def traceback_text(error: ErrorOutput, fetch: Fetch) -> str:
    """The whole traceback, without colours."""
    lines = json_of(error.traceback, fetch)
    said = "\n".join(map(str, lines)) if isinstance(lines, list) else ""
    return plain(said.encode("utf-8", "replace").decode()) or error_line(error)


def error_line(error: ErrorOutput) -> str:
    """What went wrong, as Python says it in the last line."""
    said = plain(error.evalue)
    return f"{plain(error.ename)}: {said}" if said else plain(error.ename)


def mimes_of(output: AnyOutput) -> tuple[str, ...]:
    """The forms that an output can be asked for in, by their mime types."""
    if not isinstance(output, DisplayOutput | ResultOutput):
        return ()
    return tuple(sorted(mime for mime in output.data if 0 < len(mime) <= _LONGEST_MIME))


def is_binary(mime: str) -> bool:
    """Whether a form is no text for anybody to read."""
    return bool(_BINARY.match(mime))


def _stream(name: str) -> OutputKind:
    return "stderr" if name == "stderr" else "stdout"


def _error(error: ErrorOutput, fetch: Fetch) -> Told:
    whole = traceback_text(error, fetch)
    text = f"{error_line(error)}\n{own_frames(whole) or whole}"
    if whole in text:
        return Told("error", LongText.of(text))
    return Told("error", LongText.of(text), whole="The whole traceback", form={"form": "raw"})


def _bundle(data: Mapping[str, Value], fetch: Fetch) -> Told:
    chart = _chart(data, fetch)
    said = text_of(data.get("text/plain"), fetch, styled=True)
    for mime in IMAGES:
        if mime in data and (size := image_size(data[mime], fetch)) is not None:
            text = said if said is not None and said.size else LongText.of("An image.")
            return Told("image", text if chart is None else chart.text, size)
    if chart is not None:
        return chart
    if "text/html" in data:
        return _html(data["text/html"], said, fetch)
    for mime in ("text/markdown", "text/latex"):
        if mime in data:
            return Told("markdown", raw_text(mime, data[mime], fetch))
    if said is not None:
        return Told("text", said)
    return _rest(data, fetch)


def _chart(data: Mapping[str, Value], fetch: Fetch) -> Told | None:
    for mime in sorted(data):
        if not is_chart(mime):
            continue
        words = None
        if size_of(data[mime]) <= TAKEN_APART:
            words = chart_text(mime, json_of(data[mime], fetch))
        text = LongText.of(words or f"A chart of {size_of(data[mime])} bytes.")
        return Told("chart", text, whole="Its specification", form=_raw(mime))
    return None


def _html(html: Value, said: LongText | None, fetch: Fetch) -> Told:
    """Of a frame the table, which is easier to read than its text; else the text, if it says more
    than what kind of object it is, and what the HTML shows if not."""
    text = raw_text("text/html", html, fetch)
    head, end = _beginning(text)
    read = html_text(head)
    mere = said is None or bool(_MERE_OBJECT.match(said.stretch(0, 1000).text))
    form, rest = _raw("text/html"), ""
    if end < text.size:
        form, rest = {**form, "offset": end}, "The rest as HTML"
    if read.rows and (mere or 'class="dataframe' in head):
        shape = _shape(text, end, read)
        return Told("table", LongText.of(read.text), shape, whole=rest, form=form)
    if mere and read.text:
        return Told("html", LongText.of(read.text), whole=rest, form=form)
    if mere or said is None:
        said = LongText.of(f"HTML of {text.size} bytes that shows no text.")
    return Told("html", said, whole="The HTML", form=_raw("text/html"))


def _beginning(text: LongText) -> tuple[str, int]:
    """As much of some HTML as is taken apart, up to the end of a row, and where that is."""
    head = text.stretch(0, _PARSED)
    if head.end >= text.size:
        return head.text, head.end
    row = head.text.rfind("</tr>")
    end = row + len("</tr>") if row >= 0 else head.text.rfind(">") + 1 or len(head.text)
    return head.text[:end], len(head.text[:end].encode())


def _shape(text: LongText, end: int, read: HtmlText) -> str:
    """What the frame says of itself, or else what was counted."""
    said = _FRAME.search(text.stretch(max(0, text.size - 2000), 4000).text)
    said = said or _FRAME.search(read.text[:200])
    if said is not None:
        rows, columns = (re.sub(r"\D", "", part) for part in said.groups() if part)
        return f"{rows} x {columns}"
    return f"{read.rows + text.count(b'<tr', end)} x {read.columns}"


def _rest(data: Mapping[str, Value], fetch: Fetch) -> Told:
    for mime in sorted(data):
        if mime.startswith("text/") or mime == "application/json" or mime.endswith("+json"):
            kind: OutputKind = "text" if mime.startswith("text/") else "json"
            return Told(kind, raw_text(mime, data[mime], fetch))
    if "image/svg+xml" in data:
        text = LongText.of("An SVG drawing.")
        return Told("svg", text, whole="The drawing as XML", form=_raw("image/svg+xml"))
    names = ", ".join(one_line(mime, 60) for mime in sorted(data)[:5])
    readable = [mime for mime in sorted(data) if not is_binary(mime) and len(mime) <= _LONGEST_MIME]
    text = LongText.of(f"An output of {names or 'no form'}.")
    if not readable:
        return Told("other", text)
    return Told("other", text, whole="What it holds", form=_raw(readable[0]))


def raw_text(mime: str, value: Value, fetch: Fetch) -> LongText:
    """The form of an output as it is, but for data in base64, which nobody reads."""
    text = text_of(value, fetch, styled=False)
    if text is None:
        return written_json(value, fetch)
    if mime != "text/plain" and text.count(b";base64,"):
        return LongText.of(without_base64(text.stretch(0, text.size * 6).text))
    return text


def _raw(mime: str) -> Mapping[str, Any]:
    return {"form": "raw", "mime": mime}
