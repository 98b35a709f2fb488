"""Hypothesis strategies for texts and for change sets that fit them.

The alphabet is small, so that equal characters, line ends and halves of pairs meet often.
"""

from typing import NamedTuple

from hypothesis import strategies as st

from intheloop import text as changing
from intheloop.text import Changes

_CHARACTERS = "abc  \n\n\r\té̱中█\ufeff\u2028\U0001f600\U0001d4b3\U0010ffff"

texts = st.text(_CHARACTERS, max_size=20)
short_texts = st.text(_CHARACTERS, max_size=4)

# A change as (characters kept before it, characters deleted, text inserted).
_steps = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 6), st.just("") | short_texts), max_size=4
)


class Edit(NamedTuple):
    """A text and a change set that fits it."""

    text: str
    changes: Changes


class Step(NamedTuple):
    """A change with offsets in UTF-16 units, as CodeMirror's `ChangeSet.of` takes it."""

    start: int
    end: int
    inserted: str


def steps_in(text: str, drawn: list[tuple[int, int, str]]) -> list[Step]:
    """Lay drawn changes onto a text, from left to right, ending with it."""
    found = []
    at = 0
    for keep, delete, inserted in drawn:
        start = min(at + keep, len(text))
        at = min(start + delete, len(text))
        found.append(
            Step(changing.utf16_length(text[:start]), changing.utf16_length(text[:at]), inserted)
        )
    return found


def raw_changes(steps: list[Step], length: int) -> list[int | list[int | str]]:
    """Write steps as sections just as they come, also those that say nothing."""
    sections: list[int | list[int | str]] = []
    at = 0
    for start, end, inserted in steps:
        sections += [start - at, [end - start, *inserted.split("\n")]]
        at = end
    return [*sections, length - at]


def changes_in(text: str, drawn: list[tuple[int, int, str]]) -> Changes:
    return changing.parse(raw_changes(steps_in(text, drawn), changing.utf16_length(text)))


steps = st.builds(lambda text, drawn: (text, steps_in(text, drawn)), texts, _steps)
edits = st.builds(lambda text, drawn: Edit(text, changes_in(text, drawn)), texts, _steps)


@st.composite
def two_edits_of_one_text(draw: st.DrawFn) -> tuple[str, Changes, Changes]:
    """A text and two change sets that both fit it."""
    text, first, second = draw(st.tuples(texts, _steps, _steps))
    return text, changes_in(text, first), changes_in(text, second)


@st.composite
def edits_in_a_row(draw: st.DrawFn, count: int = 2) -> tuple[str, list[Changes]]:
    """A text and change sets of which each fits what the one before it leaves."""
    text = start = draw(texts)
    row = []
    for drawn in draw(st.lists(_steps, min_size=count, max_size=count)):
        changes = changes_in(text, drawn)
        row.append(changes)
        text = changing.apply(text, changes)
    return start, row
