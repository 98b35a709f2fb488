"""The form of a change set, its validation, and the splice that replay consists of.

A change set covers a whole text, section by section: `n` keeps n units, `(n,)` deletes n, and
`(n, "one", "two")` puts the lines, joined by "\\n", in place of n units. Only "\\n" ends a line.
Refuses to cut a surrogate pair in two: half a character has no bytes.
"""

import struct
from collections.abc import Iterable, Sequence
from typing import TypeAlias

Section: TypeAlias = int | tuple[int | str, ...]
Changes: TypeAlias = tuple[Section, ...]
ChangesLike: TypeAlias = Sequence[int | Sequence[int | str]]
"""What the functions read: `Changes`, or the lists that a JSON reader makes of it."""

MAX_LENGTH = 1 << 20
"""Most units that a change set from outside may cover, and most that it may insert."""
MAX_SECTIONS = 100_000
"""Most sections that a change set from outside may have."""

_NO_ARRAY = "A change set is a JSON array of sections: send an array."


class ChangeError(ValueError):
    """A change that is malformed or does not fit its text; the message says what to mend."""


def utf16_length(text: str) -> int:
    """Return the length of `text` in UTF-16 code units."""
    if text.isascii():
        return len(text)
    return len(text.encode("utf-16-le", "surrogatepass")) >> 1


def apply(text: str, changes: ChangesLike) -> str:
    """Return `text` after `changes`.

    Raises ChangeError when the change set is malformed, when it covers another length than that
    of `text`, or when an edge of a change lies inside a surrogate pair of `text`.
    """
    if not isinstance(changes, (tuple, list)):
        raise ChangeError(_NO_ARRAY)
    # isascii() costs nothing; looking at the characters of a long text would cost more than the
    # splice. Without astral characters a UTF-16 offset is an offset of the str.
    if text.isascii():
        return _splice(text, changes)
    units = text.encode("utf-16-le", "surrogatepass")
    if len(units) == 2 * len(text):
        return _splice(text, changes)
    return _splice_units(units, changes)


def _splice(text: str, changes: ChangesLike) -> str:
    parts = []
    at = 0
    for section in changes:
        if type(section) is int:
            if section < 0:
                raise malformed(section)
            end = at + section
            parts.append(text[at:end])
            at = end
        else:
            removed, inserted = read_change(section)
            at += removed
            parts.append(inserted)
    if at != len(text):
        raise _wrong_length(at, len(text))
    return "".join(parts)


def _splice_units(units: bytes, changes: ChangesLike) -> str:
    """Do the work of `_splice` on UTF-16-LE bytes, two to a unit."""
    parts = []
    at = 0
    for section in changes:
        if type(section) is int:
            if section < 0:
                raise malformed(section)
            parts.append(units[2 * at : 2 * (at + section)])
            at += section
        else:
            removed, inserted = read_change(section)
            _refuse_inside_pair(units, at)
            at += removed
            _refuse_inside_pair(units, at)
            parts.append(inserted.encode("utf-16-le"))
    if 2 * at != len(units):
        raise _wrong_length(at, len(units) >> 1)
    return b"".join(parts).decode("utf-16-le", "surrogatepass")


def _refuse_inside_pair(units: bytes, at: int) -> None:
    if (
        0 < 2 * at < len(units)
        and 0xDC <= units[2 * at + 1] <= 0xDF
        and 0xD8 <= units[2 * at - 1] <= 0xDB
    ):
        raise ChangeError(
            f"The change would cut the surrogate pair around UTF-16 offset {at} in two: "
            "move it to the start or the end of that character."
        )


def read_change(section: object) -> tuple[int, str]:
    """Return how many units a section deletes and what it inserts; raise ChangeError if malformed.

    Kept sections (plain integers) are not for this function.
    """
    if not isinstance(section, (tuple, list)) or not section:
        raise malformed(section)
    removed = section[0]
    if type(removed) is not int or removed < 0:
        raise malformed(section)
    lines = section[1:]
    try:
        inserted = "\n".join(lines)
    except TypeError:
        raise malformed(section) from None
    if inserted and inserted.count("\n") != len(lines) - 1:
        raise ChangeError(
            'An inserted line holds a "\\n": give each line as a string of its own, in order.'
        )
    if not inserted.isascii():
        refuse_lone_surrogates(inserted)
    return removed, inserted


def refuse_lone_surrogates(text: str) -> None:
    """Raise ChangeError if `text` holds half a surrogate pair."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ChangeError(
            f"The text to insert holds a lone surrogate (at character {error.start}): "
            "send whole characters."
        ) from None


def malformed(section: object) -> ChangeError:
    """Return the error for a value that is no section."""
    shown = repr(section)
    return ChangeError(
        f"{shown if len(shown) <= 80 else shown[:77] + '...'} is no section of a change set: "
        "write n to keep n units, [n] to delete n, or [n, line, ...] to put lines in their place."
    )


def _wrong_length(covered: int, length: int) -> ChangeError:
    return ChangeError(
        f"The change set covers {covered} UTF-16 units but the text has {length}: "
        "make it for the text as it stands."
    )


def rows(changes: ChangesLike) -> Iterable[tuple[int, str | None]]:
    """Yield each section as its old length and its insertion; None stands for kept text."""
    for section in changes:
        if type(section) is int:
            if section < 0:
                raise malformed(section)
            yield section, None
        else:
            yield read_change(section)


class Sections:
    """Collects sections into the normal form, joining neighbours exactly as CodeMirror does.

    Two kept, two deleted or two inserted sections in a row become one, and nothing is said about
    nothing; a deletion beside an insertion stays apart, since positions map differently there.
    """

    def __init__(self) -> None:
        self._lengths: list[int] = []
        self._texts: list[list[str] | None] = []

    def __len__(self) -> int:
        return len(self._lengths)

    def add(self, length: int, text: str | None, join: bool = False) -> None:
        """Add a section of `length` old units: kept (None), or replaced by `text`.

        With `join` it becomes part of the section before it, whatever that is.
        """
        if not length and not text:
            return
        pieces = None if text is None else [text] if text else []
        if self._lengths:
            last = self._texts[-1]
            alike = not pieces and pieces == last
            both_insert = length == 0 and self._lengths[-1] == 0
            if alike or both_insert or join:
                self._lengths[-1] += length
                if pieces and last is not None:
                    last.extend(pieces)
                return
        self._lengths.append(length)
        self._texts.append(pieces)

    def done(self) -> Changes:
        """Return what was collected; texts may be given as single UTF-16 units, see `widen`."""
        return tuple(map(_section, self._lengths, self._texts))


def _section(length: int, pieces: list[str] | None) -> Section:
    if pieces is None:
        return length
    if not pieces:
        return (length,)
    return (length, *narrow("".join(pieces)).split("\n"))


def widen(text: str) -> str:
    """Return `text` with every surrogate pair as two characters, so that offsets are UTF-16."""
    if text.isascii():
        return text
    units = text.encode("utf-16-le", "surrogatepass")
    if len(units) == 2 * len(text):
        return text
    return "".join(map(chr, struct.unpack(f"<{len(units) >> 1}H", units)))


def narrow(units: str) -> str:
    """Undo `widen`; raise ChangeError if half of a pair is left."""
    if units.isascii():
        return units
    try:
        return units.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
    except UnicodeDecodeError:
        raise ChangeError(
            "A change would cut a surrogate pair, which the change before it inserted, in two: "
            "move it to the start or the end of that character."
        ) from None


def parse(value: object) -> Changes:
    """Return the change set that an untrusted JSON value stands for, in normal form.

    Raises ChangeError when it is malformed, has more than MAX_SECTIONS sections, covers or
    inserts more than MAX_LENGTH units, or inserts a lone surrogate. Whether it fits a text is
    for `apply` to say.
    """
    if not isinstance(value, (list, tuple)):
        raise ChangeError(_NO_ARRAY)
    if len(value) > MAX_SECTIONS:
        raise ChangeError(
            f"The change set has {len(value)} sections, more than {MAX_SECTIONS}: "
            "send the whole new source instead."
        )
    return _normal(value, bounded=True)


def to_json(changes: ChangesLike) -> list[int | list[int | str]]:
    """Return the normal form as CodeMirror's `ChangeSet.toJSON()` writes it."""
    return [part if isinstance(part, int) else list(part) for part in _normal(changes)]


def _normal(changes: ChangesLike, bounded: bool = False) -> Changes:
    sections = Sections()
    covered = inserted = 0
    for length, text in rows(changes):
        covered += length
        inserted += utf16_length(text) if text else 0
        if bounded and (covered > MAX_LENGTH or inserted > MAX_LENGTH):
            raise ChangeError(
                f"The change set covers or inserts more than {MAX_LENGTH} UTF-16 units, "
                "the most that a source may have: split the source into several cells."
            )
        sections.add(length, text)
    return sections.done()


def is_empty(changes: ChangesLike) -> bool:
    """Say whether the change set only keeps."""
    return all(text is None or (not length and not text) for length, text in rows(changes))


def stand_in(changes: ChangesLike) -> Changes:
    """Return the same change set with every inserted line as "█" of equal UTF-16 length.

    What was recorded after it still applies, since lengths and line ends stay.
    """
    sections = Sections()
    for length, text in rows(changes):
        sections.add(length, None if text is None else stand_in_text(text))
    return sections.done()


def stand_in_text(text: str) -> str:
    """Return `text` with every line as "█" of equal UTF-16 length (two for an astral character)."""
    return "\n".join("█" * utf16_length(line) for line in text.split("\n"))
