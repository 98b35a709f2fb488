"""Kernel outputs in the form that the log keeps: joined, cut, and large values as blobs.

Pure. What a kernel says is never refused for its content: what does not fit inline is cut into
pieces that add up to it, or named as a blob that the caller uploads first.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby

from msgspec import Struct

from intheloop import commands as c
from intheloop.ipynb import value_of
from intheloop.values import (
    INLINE_LIMIT,
    Blob,
    DisplayOutput,
    ErrorOutput,
    Output,
    ResultOutput,
    StreamOutput,
    sha256_hex,
    stream,
)
from intheloop_agents.runtime.jupyter.outputs import (
    Clear,
    Display,
    Failure,
    Part,
    Result,
    Stream,
    Update,
)

# Text up to this many characters stands in the log in pieces, so that it shows as it comes; a
# larger piece goes into blobs of at most 4 MiB.
_TEXT_INLINE = 256 * 1024
_TEXT_BLOB = 4 * 1024 * 1024
# Of a flood only what is not much longer than the naming of a blob stands in the log.
_FLOOD_INLINE = 1024
# The longest character takes four bytes of UTF-8.
_WIDEST = 4
_PIECE = INLINE_LIMIT // _WIDEST


class Prepared(Struct, frozen=True):
    """What `append_outputs` takes, and the blobs (sha256 to bytes) that it names."""

    parts: list[c.Part]
    blobs: dict[str, bytes]


def prepare(parts: Iterable[Part]) -> Prepared:
    """The same outputs, updates and clears, in the same order, fit to be recorded."""
    blobs: dict[str, bytes] = {}
    prepared: list[c.Part] = []
    outputs: list[Output] = []
    for part in _joined(parts):
        match part:
            case Update(display_id, data, metadata):
                _close(outputs, prepared)
                values = {mime: value_of(value, blobs) for mime, value in data.items()}
                prepared.append(c.Update(display_id, values, value_of(metadata, blobs)))
            case Clear(wait=wait):
                _close(outputs, prepared)
                prepared.append(c.Clear(wait=wait))
            case _:
                outputs.extend(_outputs(part, blobs))
    _close(outputs, prepared)
    return Prepared(prepared, blobs)


def _close(outputs: list[Output], prepared: list[c.Part]) -> None:
    if outputs:
        prepared.append(c.Append(list(outputs)))
        outputs.clear()


def _joined(parts: Iterable[Part]) -> Iterator[Part]:
    """Neighbouring text of one stream as one part; empty text is nothing."""
    for kind, some in groupby(parts, _kind):
        if kind is None:
            yield from some
            continue
        text = "".join(part.text for part in some if isinstance(part, Stream))
        if text:
            yield Stream(kind[0], text, kind[1])


def _kind(part: Part) -> tuple[str, bool] | None:
    return (part.name, part.flood) if isinstance(part, Stream) else None


def _outputs(
    part: Stream | Display | Result | Failure, blobs: dict[str, bytes]
) -> Iterator[Output]:
    match part:
        case Stream():
            yield from _text(part, blobs)
        case Display(data, metadata, display_id):
            values = {mime: value_of(value, blobs) for mime, value in data.items()}
            yield DisplayOutput(values, value_of(metadata, blobs), display_id)
        case Result(execution_count, data, metadata, display_id):
            values = {mime: value_of(value, blobs) for mime, value in data.items()}
            yield ResultOutput(values, value_of(metadata, blobs), execution_count, display_id)
        case Failure(ename, evalue, traceback):
            yield ErrorOutput(_short(ename), _short(evalue), value_of(traceback, blobs))


def _text(part: Stream, blobs: dict[str, bytes]) -> Iterator[StreamOutput]:
    text, narrow = part.text, part.text.isascii()
    if len(text) > (_FLOOD_INLINE if part.flood else _TEXT_INLINE):
        size = _TEXT_BLOB if narrow else _TEXT_BLOB // _WIDEST
        for at in range(0, len(text), size):
            yield _apart(part.name, text[at : at + size].encode(), blobs)
        return
    size = INLINE_LIMIT if narrow else _PIECE
    for at in range(0, len(text), size):
        yield stream(part.name, text[at : at + size])


def _apart(name: str, text: bytes, blobs: dict[str, bytes]) -> StreamOutput:
    sha256 = sha256_hex(text)
    blobs[sha256] = text
    return StreamOutput(name, sha256=sha256, blob=Blob(len(text), "text"))


def _short(text: str) -> str:
    """An exception's name or message stands in the record; the whole is in the traceback."""
    return text if len(text) <= _PIECE else text[: _PIECE - 1] + "…"
