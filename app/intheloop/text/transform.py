"""Change sets against each other: mapping, composing, inverting, and positions through them.

The rules are those of CodeMirror 6 (`ChangeSet.map`, `compose`, `invert`, `mapPos`), section for
section, because both ends must arrive at the same text; the tests compare with the original.
"""

from intheloop.text.changes import (
    ChangeError,
    Changes,
    ChangesLike,
    Sections,
    apply,
    rows,
    utf16_length,
    widen,
)

_KEPT = -1
_END = -2


def map_changes(changes: ChangesLike, over: ChangesLike, before: bool) -> Changes:
    """Return `changes` so that they apply after `over`; both are for the same text.

    `before` decides who stands first when both insert at one position: True for `changes`, False
    for `over`. Text that `over` deleted cannot be deleted again; what is inserted is always kept.
    With `b` mapped over `a` by False and `a` over `b` by True, both orders end in one text.
    Raises ChangeError when the two cover different lengths.
    """
    out = Sections()
    a, b = _Cursor(changes), _Cursor(over)
    placed = -1  # the section of `changes` whose insertion already stands in `out`
    while not (a.ended and b.ended):
        if (a.ended and b.length) or (b.ended and a.length):
            raise _mismatch()
        if a.inserts == _KEPT and b.inserts == _KEPT:
            kept = min(a.length, b.length)
            out.add(kept, None)
            a.forward(kept)
            b.forward(kept)
        elif b.inserts >= 0 and (
            a.inserts < 0
            or placed == a.index
            or (a.offset == 0 and (b.length < a.length or (b.length == a.length and not before)))
        ):
            placed = _pass_over(out, a, b, placed)
        elif a.inserts >= 0:
            placed = _bring_along(out, a, b, placed)
        else:
            raise _mismatch()
    return out.done()


def _pass_over(out: Sections, a: "_Cursor", b: "_Cursor", placed: int) -> int:
    """Step over one change of b, keeping what it inserts, and over what of a it deletes."""
    left = b.length
    out.add(b.inserts, None)
    while left:
        if a.ended:
            raise _mismatch()
        piece = min(a.length, left)
        if a.inserts >= 0 and placed < a.index and a.length <= piece:
            out.add(0, a.text)
            placed = a.index
        a.forward(piece)
        left -= piece
    b.next()
    return placed


def _bring_along(out: Sections, a: "_Cursor", b: "_Cursor", placed: int) -> int:
    """Emit a change of a up to the next change of b that more than deletes inside it."""
    deletes = 0
    left = a.length
    while left:
        if b.inserts == _KEPT:
            piece = min(left, b.length)
            deletes += piece
            left -= piece
            b.forward(piece)
        elif b.inserts == 0 and b.length < left:
            left -= b.length
            b.next()
        else:
            break
    out.add(deletes, a.text if placed < a.index else "")
    placed = a.index
    a.forward(a.length - left)
    return placed


def compose(first: ChangesLike, second: ChangesLike) -> Changes:
    """Return one change set with the effect of `first` and then `second`.

    Raises ChangeError when `second` covers another length than `first` leaves, or cuts a surrogate
    pair that `first` inserted.
    """
    out = Sections()
    a, b = _Cursor(first), _Cursor(second)
    if a.keeps_all or b.keeps_all:
        return _compose_with_nothing(a, b)
    join = False  # whether the change at the end of `out` goes on
    while not (a.ended and b.ended):
        if a.inserts == 0:
            out.add(a.length, "", join)
            a.next()
        elif b.length == 0 and not b.ended:
            out.add(0, b.text, join)
            b.next()
        elif a.ended or b.ended:
            raise _mismatch()
        else:
            length = min(a.new_length, b.length)
            before = len(out)
            if a.inserts == _KEPT:
                out.add(length, b.text if b.inserts == _KEPT or not b.offset else "", join)
            elif b.inserts == _KEPT:
                out.add(0 if a.offset else a.length, a.piece(length), join)
            else:
                out.add(0 if a.offset else a.length, "" if b.offset else b.text, join)
            goes_on = a.inserts > length or (b.inserts >= 0 and b.length > length)
            join = goes_on and (join or len(out) > before)
            a.forward_new(length)
            b.forward(length)
    return out.done()


def _compose_with_nothing(a: "_Cursor", b: "_Cursor") -> Changes:
    if a.total_new != b.total_old:
        raise _mismatch()
    out = Sections()
    for length, text in b.sections if a.keeps_all else a.sections:
        out.add(length, text)
    return out.done()


def invert(changes: ChangesLike, old_text: str) -> Changes:
    """Return the change set that leads back to `old_text`, the text before `changes`.

    Raises ChangeError as `apply` does when `changes` do not fit `old_text`.
    """
    apply(old_text, changes)
    units = widen(old_text)
    out = Sections()
    at = 0
    for length, text in rows(changes):
        if text is None:
            out.add(length, None)
        else:
            out.add(utf16_length(text), units[at : at + length])
        at += length
    return out.done()


def map_position(changes: ChangesLike, position: int, assoc: int = -1) -> int:
    """Return where a position of the old text is in the new one.

    At an insertion, and inside what is replaced, it goes to the start of the new text when `assoc`
    is negative and to its end otherwise. Raises ChangeError when it lies outside the old text.
    """
    old = new = 0
    if position >= 0:
        for length, text in rows(changes):
            end = old + length
            if text is None:
                if end > position:
                    return new + position - old
                new += length
            else:
                inserted = utf16_length(text)
                if end > position or (end == position and assoc < 0 and not length):
                    return new if position == old or assoc < 0 else new + inserted
                new += inserted
            old = end
        if position == old:
            return new
    raise ChangeError(f"Position {position} lies outside the text: give one from 0 to its length.")


def _mismatch() -> ChangeError:
    return ChangeError(
        "The two change sets do not belong together, since they cover different lengths: "
        "make both for the same text (or, to compose, the second for what the first leaves)."
    )


class _Cursor:
    """Walks the sections of a change set, also in parts; `offset` is what is used of one."""

    def __init__(self, changes: ChangesLike) -> None:
        self.sections = [
            (length, None if text is None else widen(text))
            for length, text in rows(changes)
            if length or text
        ]
        self.index = 0
        self.next()

    @property
    def keeps_all(self) -> bool:
        return not self.sections or (len(self.sections) == 1 and self.sections[0][1] is None)

    @property
    def total_old(self) -> int:
        return sum(length for length, _ in self.sections)

    @property
    def total_new(self) -> int:
        return sum(length if text is None else len(text) for length, text in self.sections)

    @property
    def ended(self) -> bool:
        return self.inserts == _END

    @property
    def new_length(self) -> int:
        """Units that the rest of the section has in the new text."""
        return self.length if self.inserts < 0 else self.inserts

    def next(self) -> None:
        self.offset = 0
        self.length, self.inserts, self.text = 0, _END, None
        if self.index < len(self.sections):
            self.length, self.text = self.sections[self.index]
            self.inserts = _KEPT if self.text is None else len(self.text)
        self.index += 1

    def piece(self, length: int) -> str:
        """Return the next `length` units of the insertion."""
        assert self.text is not None
        return self.text[self.offset : self.offset + length]

    def forward(self, length: int) -> None:
        """Use up `length` units of the old text."""
        if length == self.length:
            self.next()
        else:
            self.length -= length
            self.offset += length

    def forward_new(self, length: int) -> None:
        """Use up `length` units of the new text."""
        if self.inserts == _KEPT:
            self.forward(length)
        elif length == self.inserts:
            self.next()
        else:
            self.inserts -= length
            self.offset += length
