"""What a change set did to the lines of a text, as a unified diff to be read, not to be applied:
it is cut short."""

from collections.abc import Iterator

from intheloop.text.changes import ChangesLike, rows, widen

CONTEXT = 2
LONGEST = 3_000
"""Characters of a diff, and its last line."""

_LONGEST_LINE = 300

_Block = tuple[range, range]
"""Lines of the old text, and those of the new text in their place."""


def unified(old: str, changes: ChangesLike, new: str, *, whole: bool = False) -> str:
    """The lines that differ with some around them; "" when none does.

    `changes` must lead from `old` to `new`. Nothing is cut from it if it is to be `whole`.
    """
    before, after = old.split("\n"), new.split("\n")
    blocks = list(_trimmed(_blocks(old, changes), before, after))
    shown, left = list[str](), LONGEST
    for line in _written(blocks, before, after):
        if whole:
            shown.append(line)
            continue
        line = line if len(line) <= _LONGEST_LINE else line[: _LONGEST_LINE - 1] + "…"
        left -= len(line) + 1
        if left < 0:
            return "\n".join([*shown, "(the diff goes on)"])
        shown.append(line)
    return "\n".join(shown)


def _blocks(old: str, changes: ChangesLike) -> Iterator[_Block]:
    """The lines that are touched, those that touch each other together."""
    units, at = widen(old), 0
    line = shift = 0
    block: tuple[int, int, int, int] | None = None
    for length, text in rows(changes):
        lines = units.count("\n", at, at + length)
        at += length
        if text is not None:
            end, more = line + lines + 1, text.count("\n")
            first = (line, line + shift)
            if block is not None and line <= block[1]:
                first = (block[0], block[2])
            elif block is not None:
                yield range(*block[:2]), range(*block[2:])
            block = (first[0], end, first[1], line + shift + more + 1)
            shift += more - lines
        line += lines
    if block is not None:
        yield range(*block[:2]), range(*block[2:])


def _trimmed(blocks: Iterator[_Block], before: list[str], after: list[str]) -> Iterator[_Block]:
    """Without the lines at both ends that stayed as they were."""
    for old, new in blocks:
        while old and new and before[old[0]] == after[new[0]]:
            old, new = old[1:], new[1:]
        while old and new and before[old[-1]] == after[new[-1]]:
            old, new = old[:-1], new[:-1]
        if old or new:
            yield old, new


def _written(blocks: list[_Block], before: list[str], after: list[str]) -> Iterator[str]:
    at = 0
    while at < len(blocks):
        last = at
        while last + 1 < len(blocks) and (
            blocks[last + 1][0].start - blocks[last][0].stop <= 2 * CONTEXT
        ):
            last += 1
        yield from _hunk(blocks[at : last + 1], before, after)
        at = last + 1


def _hunk(blocks: list[_Block], before: list[str], after: list[str]) -> Iterator[str]:
    (first_old, first_new), (last_old, last_new) = blocks[0], blocks[-1]
    lead = min(CONTEXT, first_old.start)
    trail = min(CONTEXT, len(before) - last_old.stop)
    start, stop = first_old.start - lead, last_old.stop + trail
    new_start, new_stop = first_new.start - lead, last_new.stop + trail
    yield (f"@@ -{start + 1},{stop - start} +{new_start + 1},{new_stop - new_start} @@")
    at = start
    for old, new in blocks:
        yield from (f" {line}" for line in before[at : old.start])
        yield from (f"-{line}" for line in before[old.start : old.stop])
        yield from (f"+{line}" for line in after[new.start : new.stop])
        at = old.stop
    yield from (f" {line}" for line in before[at:stop])
