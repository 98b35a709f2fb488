"""Finding the change set between two texts, or for one passage that is to be replaced.

The result reads well before it is minimal: whole lines first, then words inside lines, and no
crumbs of equal text between larger changes. The work is bounded: what would take too long to
compare becomes one replacement.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, pairwise

from intheloop.text.changes import (
    ChangeError,
    Changes,
    Sections,
    refuse_lone_surrogates,
    utf16_length,
)

_STEPS = 200_000
"""Comparisons that each of the two passes may make beyond its linear part: about 0.1 s."""
_WORDS_UP_TO = 1 << 17
"""Characters, old and new together, of the longest stretch whose words are compared."""

_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_WORD = re.compile(r"\w+|[^\S\n]+|.", re.DOTALL)

_Match = tuple[int, int, int]
"""Where equal parts begin in the old and in the new sequence, and how many there are."""


def replace(text: str, old: str, new: str) -> Changes:
    """Return the change set that puts `new` in place of `old` in `text`, touching what differs.

    Raises ChangeError when `old` is empty, when it does not occur exactly once, saying how often
    it does, or when `new` has a lone surrogate.
    """
    if not old:
        raise ChangeError("The old text is empty: give the passage that is to be replaced.")
    at = text.find(old)
    if at < 0:
        raise ChangeError(
            "The old text occurs 0 times: copy it exactly, with its spaces, from the source."
        )
    if text.find(old, at + 1) >= 0:
        # count() leaves out occurrences that overlap, of which there are two at least.
        raise ChangeError(
            f"The old text occurs {max(2, text.count(old))} times: "
            "add what stands around it until it occurs once."
        )
    refuse_lone_surrogates(new)
    out = Sections()
    out.add(utf16_length(text[:at]), None)
    _add_edits(out, old, new)
    out.add(utf16_length(text[at + len(old) :]), None)
    return out.done()


def diff(old: str, new: str) -> Changes:
    """Return a change set that leads from `old` to `new`, within a second for 1 MiB.

    Raises ChangeError when `new` has a lone surrogate.
    """
    refuse_lone_surrogates(new)
    out = Sections()
    _add_edits(out, old, new)
    return out.done()


def _add_edits(out: Sections, old: str, new: str) -> None:
    words = _Budget(_STEPS)
    lines = _matches(_LINE.findall(old), _LINE.findall(new), _Budget(_STEPS))
    for gap_old, gap_new, equal_lines in _gaps(old, new, lines):
        matches: Iterable[_Match] = ()
        worth_it = gap_old and gap_new and words.left > 0
        if worth_it and len(gap_old) + len(gap_new) <= _WORDS_UP_TO:
            found = _matches(_WORD.findall(gap_old), _WORD.findall(gap_new), words)
            matches = _without_crumbs(found, len(gap_old), len(gap_new))
        for part_old, part_new, equal_words in _gaps(gap_old, gap_new, matches):
            _add_edit(out, part_old, part_new)
            out.add(utf16_length(equal_words), None)
        out.add(utf16_length(equal_lines), None)


def _gaps(old: str, new: str, matches: Iterable[_Match]) -> Iterator[tuple[str, str, str]]:
    """Yield what differs before each match in the two texts, then the match itself."""
    at_old = at_new = 0
    for i, j, length in (*matches, (len(old), len(new), 0)):
        yield old[at_old:i], new[at_new:j], old[i : i + length]
        at_old, at_new = i + length, j + length


def _add_edit(out: Sections, old: str, new: str) -> None:
    """Add one replacement, without the characters that both ends have in common."""
    head = _common_head(old, new)
    old, new, kept = old[head:], new[head:], old[:head]
    tail = _common_head(old[::-1], new[::-1])
    out.add(utf16_length(kept), None)
    out.add(utf16_length(old[: len(old) - tail]), new[: len(new) - tail])
    out.add(utf16_length(old[len(old) - tail :]), None)


def _common_head(a: Sequence[str], b: Sequence[str]) -> int:
    """Return how many items two sequences have in common at the start, by halving."""
    low, high = 0, min(len(a), len(b))
    while low < high:
        middle = (low + high + 1) // 2
        if a[low:middle] == b[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _without_crumbs(matches: list[_Match], old_length: int, new_length: int) -> list[_Match]:
    """Drop matches that are no longer than the change on either side of them."""
    kept: list[_Match] = []
    at_old = at_new = 0
    for (i, j, length), (next_i, next_j, _) in pairwise([*matches, (old_length, new_length, 0)]):
        before = max(i - at_old, j - at_new)
        after = max(next_i - i - length, next_j - j - length)
        if length > min(before, after):
            kept.append((i, j, length))
            at_old, at_new = i + length, j + length
    return kept


class _Budget:
    def __init__(self, left: int) -> None:
        self.left = left


def _matches(a: list[str], b: list[str], budget: _Budget) -> list[_Match]:
    """Return equal runs of two lists of strings, in order, in characters.

    Strings that occur once in each list anchor the search, so that a long text falls into short
    stretches; the shortest edit is looked for between them.
    """
    head = _common_head(a, b)
    tail = _common_head(a[head:][::-1], b[head:][::-1])
    end_a, end_b = len(a) - tail, len(b) - tail
    found = [(0, 0, head)]
    at_a = at_b = head
    for i, j in (*_anchors(a, b, range(head, end_a), range(head, end_b)), (end_a, end_b)):
        between = _shortest_edit(a[at_a:i], b[at_b:j], budget)
        found += [(at_a + x, at_b + y, length) for x, y, length in between]
        is_anchor = i < end_a
        found.append((i, j, 1 if is_anchor else tail))
        at_a, at_b = i + 1, j + 1
    return _in_characters(found, a, b)


def _in_characters(matches: list[_Match], a: list[str], b: list[str]) -> list[_Match]:
    """Return matches of strings as matches of characters, joining what touches."""
    offsets_a = list(accumulate(map(len, a), initial=0))
    offsets_b = list(accumulate(map(len, b), initial=0))
    joined: list[_Match] = []
    for x, y, count in matches:
        i, j = offsets_a[x], offsets_b[y]
        length = offsets_a[x + count] - i
        if joined and joined[-1][0] + joined[-1][2] == i and joined[-1][1] + joined[-1][2] == j:
            joined[-1] = (*joined[-1][:2], joined[-1][2] + length)
        elif length:
            joined.append((i, j, length))
    return joined


def _anchors(a: list[str], b: list[str], in_a: range, in_b: range) -> list[tuple[int, int]]:
    """Return places of strings that occur once on each side, as many as rise together."""
    once_a = {a[i]: i for i in in_a}
    count_a = Counter(a[in_a.start : in_a.stop])
    count_b = Counter(b[in_b.start : in_b.stop])
    tops: list[int] = []  # the smallest place in a that ends a rising chain of each length
    chains: list[tuple[int, int, int]] = []  # place in a, in b, and the chain that it prolongs
    ends: list[int] = []
    for j in in_b:
        if count_b[b[j]] == 1 and count_a[b[j]] == 1:
            i = once_a[b[j]]
            rank = bisect_left(tops, i)
            chains.append((i, j, ends[rank - 1] if rank else -1))
            tops[rank : rank + 1] = [i]
            ends[rank : rank + 1] = [len(chains) - 1]
    result = []
    at = ends[-1] if ends else -1
    while at >= 0:
        i, j, at = chains[at]
        result.append((i, j))
    return result[::-1]


def _shortest_edit(a: list[str], b: list[str], budget: _Budget) -> list[_Match]:
    """Return the equal runs of a shortest edit script (Myers), or none when the budget ends.

    Round d notes, for each diagonal that d insertions and deletions can reach, how far in `a` it
    gets; row d holds diagonals -d, -d+2, ..., d.
    """
    rows: list[list[int]] = []
    if not a or not b:
        return []
    while budget.left > 0:
        row: list[int] = []
        previous = rows[-1] if rows else []
        rows.append(row)
        d = len(previous)
        for index in range(d + 1):
            x = start = _entry(previous, index)
            y = x - (2 * index - d)
            while x < len(a) and y < len(b) and a[x] == b[y]:
                x += 1
                y += 1
            row.append(x)
            budget.left -= 1 + x - start
            if x >= len(a) and y >= len(b):
                return _walk_back(rows, index)
    return []


def _entry(previous: list[int], index: int) -> int:
    """Return where a diagonal is entered, given how far the round before it got."""
    if not previous:
        return 0
    if index == 0 or (index < len(previous) and previous[index - 1] < previous[index]):
        return previous[index]
    return previous[index - 1] + 1


def _walk_back(rows: list[list[int]], index: int) -> list[_Match]:
    found = []
    for d in range(len(rows) - 1, -1, -1):
        previous = rows[d - 1] if d else []
        start = _entry(previous, index)
        length = rows[d][index] - start
        if length:
            found.append((start, start - (2 * index - d), length))
        came_down = index == 0 or (index < d and previous[index - 1] < previous[index])
        index -= 0 if came_down else 1
    return found[::-1]
