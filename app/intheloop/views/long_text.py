"""A text of any length, read by the stretch: what nobody looks at is not fetched.

Positions are bytes of its UTF-8, so that a part that is kept beside the log can be passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct

from .plain import before_escape, plain
from .weight import fitting, text_weight

_LEAST_WINDOW = 256 * 1024
_MARKER = 40
_FOUND_LINE = 300


class Piece(Struct, frozen=True):
    """Bytes that need not be there yet."""

    size: int
    load: Callable[[], bytes]


class Stretch(Struct, frozen=True):
    """A part of the text, from `start` to before `end`."""

    text: str
    start: int
    end: int


class Short(Struct, frozen=True):
    """The text, or its beginning and end. What is left out begins at `next`."""

    text: str
    next: int = 0
    left_out: int = 0


class LongText:
    """The text. A `styled` one was written for a terminal: it is shown without what only that
    understands."""

    def __init__(self, pieces: Iterable[Piece], *, styled: bool = False) -> None:
        self._pieces = tuple(pieces)
        self._styled = styled
        self._last: tuple[int, bytes] = (-1, b"")
        self.size = sum(piece.size for piece in self._pieces)

    @classmethod
    def of(cls, text: str, *, styled: bool = False) -> LongText:
        """A text that is there."""
        data = text.encode("utf-8", "replace")
        return cls([Piece(len(data), lambda: data)], styled=styled)

    def stretch(self, start: int, room: int) -> Stretch:
        """The part from `start` on that fits into the room; some of it in any case."""
        raw, start = self._window(start, max(4 * room, _LEAST_WINDOW))
        ends = start + len(raw) >= self.size
        text = raw.decode("utf-8", "surrogateescape")
        if self._styled:
            shown, used = _lines_of(text, room, ends)
        else:
            used = max(_to_line_end(text, fitting(text, room)), 1)
            shown = text[:used]
        return Stretch(_whole(shown), start, start + len(_bytes(text[:used])))

    def shortened(self, room: int) -> Short:
        """All of it when it fits, else its beginning and, where errors and results are, its end."""
        whole = self.stretch(0, room)
        if whole.end >= self.size:
            return Short(whole.text)
        left = max(room - _MARKER, 0)
        head = self.stretch(0, left - left // 4)
        tail = self._tail(left // 4, head.end)
        left_out = tail.start - head.end
        marker = f"\n…[{left_out} more bytes]…\n" if left_out else ""
        return Short(head.text + marker + tail.text, head.end, left_out)

    def _tail(self, room: int, after: int) -> Stretch:
        raw, start = self._window(max(after, self.size - room), room)
        text = raw.decode("utf-8", "surrogateescape")
        kept = text[len(text) - fitting(text[::-1], room) :]
        line = kept.find("\n", 0, len(kept) // 2) + 1
        kept = kept[line:] if start > after else kept
        start = self.size - len(_bytes(kept))
        return Stretch(_whole(plain(kept) if self._styled else kept), start, self.size)

    def count(self, wanted: bytes, start: int = 0) -> int:
        """How often these bytes occur from `start` on, as good as exactly."""
        at = found = 0
        for number, piece in enumerate(self._pieces):
            if start < at + piece.size:
                found += self._load(number).count(wanted, max(0, start - at))
            at += piece.size
        return found

    def find(self, wanted: str, start: int, room: int) -> Stretch:
        """The lines from `start` on that hold this text, each after its position; its end is where
        to look on, or the end of the text."""
        found, left = list[str](), room
        for position, line in self._lines(start, wanted):
            told = plain(line) if self._styled else line
            if wanted not in told:
                continue
            told = f"{position}: {_around(told, wanted)}"
            left -= text_weight(told) + 2
            if left < 0 and found:
                return Stretch("\n".join(found), start, position)
            found.append(told)
        return Stretch("\n".join(found), start, self.size)

    def _lines(self, start: int, wanted: str) -> Iterator[tuple[int, str]]:
        """The lines that may hold this text, with their positions."""
        at, needle = start, wanted.encode("utf-8", "replace")
        while at < self.size:
            raw = self._between(at, at + 16 * _LEAST_WINDOW)
            ends = at + len(raw) >= self.size
            last = len(raw) if ends else raw.rfind(b"\n") + 1 or len(raw)
            if needle in raw or (self._styled and (b"\x1b" in raw or b"\r" in raw)):
                position = at
                for line in raw[:last].split(b"\n"):
                    yield position, line.decode("utf-8", "replace")
                    position += len(line) + 1
            at += last

    def _window(self, start: int, size: int) -> tuple[bytes, int]:
        """Whole characters from `start`, or the next character, on, and where they begin."""
        start = min(max(start, 0), self.size)
        raw = self._between(start, start + size)
        skipped = 0
        while start and skipped < min(3, len(raw)) and raw[skipped] & 0xC0 == 0x80:
            skipped += 1
        end = len(raw) if start + len(raw) >= self.size else _end_of_characters(raw)
        return raw[skipped:end], start + skipped

    def _between(self, start: int, stop: int) -> bytes:
        parts, at = list[bytes](), 0
        for number, piece in enumerate(self._pieces):
            if at < stop and start < at + piece.size:
                parts.append(self._load(number)[max(0, start - at) : stop - at])
            at += piece.size
        return b"".join(parts)

    def _load(self, number: int) -> bytes:
        known, data = self._last
        if known != number:
            piece = self._pieces[number]
            data = piece.load()[: piece.size].ljust(piece.size)
            self._last = (number, data)
        return data


def _lines_of(text: str, room: int, ends: bool) -> tuple[str, int]:
    """Lines of a styled text as they are seen, as many as fit, and how many of its characters that
    is. A line that is too long for the room is cut, since it has to be begun somewhere."""
    shown, used, left = list[str](), 0, room
    for line in _split(text):
        if line.endswith("\n") or (ends and used + len(line) == len(text)):
            seen = plain(line)
            if text_weight(seen) <= left:
                shown.append(seen)
                used += len(line)
                left -= text_weight(seen)
                continue
        if not used or left > room // 2:
            cut = max(before_escape(line, fitting(line, left)), 0 if used else 1)
            shown.append(plain(line[:cut]))
            used += cut
        break
    return "".join(shown), used


def _split(text: str) -> Iterator[str]:
    """The lines with their ends; only a line feed ends one."""
    at = 0
    while at < len(text):
        end = text.find("\n", at) + 1 or len(text)
        yield text[at:end]
        at = end


def _to_line_end(text: str, end: int) -> int:
    """A line end not far before `end`, or `end`."""
    if end >= len(text):
        return end
    return text.rfind("\n", end - end // 4, end) + 1 or end


def _end_of_characters(raw: bytes) -> int:
    """Where the last character ends that is there as a whole."""
    for back in range(1, min(4, len(raw) + 1)):
        byte = raw[-back]
        if byte & 0xC0 != 0x80:
            length = 1 if byte < 0xC0 else 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return len(raw) - back if back < length else len(raw)
    return len(raw)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _whole(text: str) -> str:
    """The text with what was no UTF-8 told as such."""
    return _bytes(text).decode("utf-8", "replace")


def _around(line: str, wanted: str) -> str:
    """The line, or a part of it around what was looked for."""
    if len(line) <= _FOUND_LINE:
        return line
    start = max(0, line.find(wanted) - _FOUND_LINE // 3)
    part = line[start : start + _FOUND_LINE]
    return f"{'…' if start else ''}{part}{'…' if start + _FOUND_LINE < len(line) else ''}"
