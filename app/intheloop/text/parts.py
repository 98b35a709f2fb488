"""A change set in parts that can be taken one by one, and whether another change touches one."""

from collections.abc import Iterator

from intheloop.text.changes import Changes, ChangesLike, Sections, rows, utf16_length, widen

_APART = 2
"""How many line ends stand between two parts at least: what is in neighbouring lines is one."""

_Row = tuple[int, str | None]


def parts(old: str, changes: ChangesLike, apart: int = _APART) -> list[Changes]:
    """The change set as some, each for the whole of the old text, which stand so many line ends
    apart."""
    units, total, at = widen(old), utf16_length(old), 0
    found: list[tuple[int, list[_Row]]] = []
    kept: _Row | None = None
    for length, text in rows(changes):
        if text is None:
            kept = (length, None)
        else:
            between = -1 if kept is None else units.count("\n", at - kept[0], at)
            if not found or between >= apart:
                found.append((at, []))
            elif kept is not None:
                found[-1][1].append(kept)
            found[-1][1].append((length, text))
            kept = None
        at += length
    return [_alone(start, part, total) for start, part in found]


def span(changes: ChangesLike) -> tuple[int, int]:
    """From where to where, in the old text, the first to the last change goes."""
    edges = [edge for start, end in _changed(changes) for edge in (start, end)]
    return (min(edges), max(edges)) if edges else (0, 0)


def touches(changes: ChangesLike, start: int, end: int) -> bool:
    """Whether something changes between these places in the old text, or right beside them."""
    return any(first <= end and last >= start for first, last in _changed(changes))


def _changed(changes: ChangesLike) -> Iterator[tuple[int, int]]:
    at = 0
    for length, text in rows(changes):
        if text is not None:
            yield at, at + length
        at += length


def _alone(start: int, part: list[_Row], total: int) -> Changes:
    out = Sections()
    end = start + sum(length for length, _ in part)
    for length, text in [(start, None), *part, (total - end, None)]:
        if length or text:
            out.add(length, text)
    return out.done()
