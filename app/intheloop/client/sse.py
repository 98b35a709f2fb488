"""Server-sent events from bytes: complete frames only, however the bytes are cut.

Time and memory are linear in what comes. Whatever a cut stream leaves unfinished is no frame.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

FRAME_LIMIT = 64 * 1024 * 1024
"""Bytes that one frame may have."""


class BrokenStream(Exception):
    """The bytes are no stream of events: connect anew."""


class Frame(Struct, frozen=True):
    """One event: its name, its data, and the id that it sets, if any."""

    event: str
    data: bytes
    id: str | None = None


class Parser:
    """Feed it bytes as they come. A comment is an empty line of `feed`'s work: nothing comes."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._searched = 0
        self._event = ""
        self._data: list[bytes] = []
        self._id: str | None = None
        self._size = 0

    def feed(self, chunk: bytes) -> Iterator[Frame]:
        """The frames that are complete with this chunk. Raises BrokenStream."""
        self._rest += chunk
        start = 0
        while (end := self._rest.find(b"\n", self._searched)) >= 0:
            line = bytes(self._rest[start:end])
            start = self._searched = end + 1
            frame = self._line(line.removesuffix(b"\r"))
            if frame is not None:
                yield frame
        del self._rest[:start]
        self._searched = len(self._rest)
        if len(self._rest) + self._size > FRAME_LIMIT:
            raise BrokenStream(f"A frame has more than {FRAME_LIMIT} bytes.")

    def _line(self, line: bytes) -> Frame | None:
        if not line:
            return self._dispatch()
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        self._size += len(line)
        match name:
            case b"data":
                self._data.append(value)
            case b"event":
                self._event = _text(value)
            case b"id":
                self._id = _text(value)
            case b"" | b"retry":
                pass
            case _:
                raise BrokenStream(f"A line begins with {name[:40]!r}, which is no field.")
        return None

    def _dispatch(self) -> Frame | None:
        event, data, frame_id = self._event, self._data, self._id
        self._event, self._data, self._id, self._size = "", [], None, 0
        if not data:
            return None
        return Frame(event or "message", b"\n".join(data), frame_id)


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        raise BrokenStream("A field is not UTF-8.") from error
