"""Kernel outputs in the form that the log keeps: joined, cut, and large values as blobs.

Pure. What a kernel says is never refused for its content: what does not fit inline is cut into
pieces that add up to it, or named as a blob that the caller uploads first.
"""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from intheloop import commands as c
from intheloop.ipynb import stream_of, value_of
from intheloop.values import (
    INLINE_LIMIT,
    DisplayOutput,
    ErrorOutput,
    Output,
    ResultOutput,
    StreamOutput,
    stream,
)
from intheloop_agents.runtime.outputs import Clear, Display, Failure, Part, Result, Stream, Update

# Text up to this many characters stands in the log in pieces, so that it shows as it comes; a
# larger piece goes into blobs of at most 4 MiB.
_TEXT_INLINE = 256 * 1024
_TEXT_BLOB = 1024 * 1024
# The longest character takes four bytes of UTF-8.
_PIECE = INLINE_LIMIT // 4


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
    name, pieces = "", list[str]()
    for part in parts:
        if isinstance(part, Stream):
            if part.name != name and pieces:
                yield Stream(name, "".join(pieces))
                pieces = []
            name = part.name
            pieces += [part.text] if part.text else []
            continue
        if pieces:
            yield Stream(name, "".join(pieces))
            pieces = []
        yield part
    if pieces:
        yield Stream(name, "".join(pieces))


def _outputs(
    part: Stream | Display | Result | Failure, blobs: dict[str, bytes]
) -> Iterator[Output]:
    match part:
        case Stream(name, text):
            yield from _text(name, text, blobs)
        case Display(data, metadata, display_id):
            values = {mime: value_of(value, blobs) for mime, value in data.items()}
            yield DisplayOutput(values, value_of(metadata, blobs), display_id)
        case Result(execution_count, data, metadata, display_id):
            values = {mime: value_of(value, blobs) for mime, value in data.items()}
            yield ResultOutput(values, value_of(metadata, blobs), execution_count, display_id)
        case Failure(ename, evalue, traceback):
            yield ErrorOutput(_short(ename), _short(evalue), value_of(traceback, blobs))


def _text(name: str, text: str, blobs: dict[str, bytes]) -> Iterator[StreamOutput]:
    if len(text) > _TEXT_INLINE:
        for at in range(0, len(text), _TEXT_BLOB):
            yield stream_of(name, text[at : at + _TEXT_BLOB], blobs)
        return
    size = INLINE_LIMIT if text.isascii() else _PIECE
    for at in range(0, len(text), size):
        yield stream(name, text[at : at + size])


def _short(text: str) -> str:
    """An exception's name or message stands in the record; the whole is in the traceback."""
    return text if len(text) <= _PIECE else text[: _PIECE - 1] + "…"
