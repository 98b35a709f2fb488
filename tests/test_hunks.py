"""A change of a text is shown as a unified diff: true to both texts, short, and quick to read."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from intheloop.text import diff, unified

texts = st.text("ab\nx😀", max_size=60)


@given(texts, texts)
def test_the_diff_leads_from_the_old_lines_to_the_new(old: str, new: str) -> None:
    assert patched(old, unified(old, diff(old, new), new)) == new


def patched(old: str, told: str) -> str:
    """The text after the diff. Fails where the diff says of the old one what is not so."""
    before, after, at = old.split("\n"), list[str](), 0
    for line in told.split("\n") if told else ():
        if hunk := re.fullmatch(r"@@ -(\d+),\d+ \+(\d+),\d+ @@", line):
            after += before[at : int(hunk[1]) - 1]
            at = int(hunk[1]) - 1
            assert len(after) == int(hunk[2]) - 1
        elif line.startswith("+"):
            after.append(line[1:])
        else:
            assert before[at] == line[1:]
            after += [line[1:]] if line.startswith(" ") else []
            at += 1
    return "\n".join(after + before[at:])


def test_the_diff_of_an_edit_is_cut_short() -> None:
    old, new = "a\n" * 5000, "b\n" * 5000
    told = unified(old, diff(old, new), new)
    assert len(told) < 3_200 and told.endswith("(the diff goes on)")
    line = "x" * 10_000
    assert len(unified(line, diff(line, line + "y"), line + "y")) < 1000


def test_what_stands_around_a_change_is_shown_and_what_is_far_is_not() -> None:
    lines = [f"line {number}" for number in range(1, 31)]
    old = "\n".join(lines)
    new = old.replace("line 5\n", "").replace("line 20", "line twenty\nand more")
    assert unified(old, diff(old, new), new).split("\n") == [
        "@@ -3,5 +3,4 @@",
        " line 3",
        " line 4",
        "-line 5",
        " line 6",
        " line 7",
        "@@ -18,5 +17,6 @@",
        " line 18",
        " line 19",
        "-line 20",
        "+line twenty",
        "+and more",
        " line 21",
        " line 22",
    ]


def test_a_change_behind_astral_characters_is_shown_at_its_line() -> None:
    old = "😀😀😀\n😀 = 1\nend"
    new = "😀😀😀\n😀 = 2\nend"
    assert "-😀 = 1\n+😀 = 2" in unified(old, diff(old, new), new)
