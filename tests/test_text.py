"""What text changes do: the splice, its refusals, and the laws that keep everybody's text one."""

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intheloop.text import (
    MAX_LENGTH,
    MAX_SECTIONS,
    ChangeError,
    Changes,
    apply,
    compose,
    diff,
    invert,
    is_empty,
    map_changes,
    map_position,
    parse,
    replace,
    stand_in,
    stand_in_text,
    to_json,
    utf16_length,
)
from tests import edits

# Applying


@pytest.mark.parametrize(
    ("text", "changes", "expected"),
    [
        ("", [], ""),
        ("abc", [3], "abc"),
        ("", [[0, "x"]], "x"),
        ("abc", [1, [1], 1], "ac"),
        ("abc", [1, [1, "x", "y"], 1], "ax\nyc"),
        ("abc", [[1, ""], 2], "bc"),
        ("ab", [1, [0, "", ""], 1], "a\nb"),
        ("a\r\nb", [1, [1], 2], "a\nb"),
        ("a\nb", [2, [0, "x\r"], 1], "a\nx\rb"),
        ("é中", [1, [0, "è"], 1], "éè中"),
        ("\U0001f600b", [2, [1, "\U0001f601"]], "\U0001f600\U0001f601"),
        ("a\U0001f600b", [1, [2, "x"], 1], "axb"),
        ("e\u0301", [1, [1]], "e"),
    ],
)
def test_a_change_set_keeps_deletes_and_inserts(text: str, changes: Any, expected: str) -> None:
    assert apply(text, changes) == expected
    assert apply(text, parse(changes)) == expected


@pytest.mark.parametrize("changes", [[], [1], [4], [[4, "x"]], [2, [0, "x"]]])
@pytest.mark.parametrize("text", ["abc", "é中b", "\U0001f600b"])
def test_a_change_set_of_another_length_is_refused(text: str, changes: Any) -> None:
    with pytest.raises(ChangeError, match="the text has 3"):
        apply(text, changes)


@pytest.mark.parametrize(
    "changes", [[1, [0, "x"], 2], [1, [1], 1], [[1], 2], [[1, "x"], 2], [1, [1], [0, "x"], 1]]
)
def test_a_change_inside_a_surrogate_pair_is_refused(changes: Any) -> None:
    with pytest.raises(ChangeError, match="offset 1 in two"):
        apply("\U0001f600b", changes)


def test_kept_text_may_be_told_in_any_pieces() -> None:
    assert apply("\U0001f600b", [1, 1, 1, [0, "x"]]) == "\U0001f600bx"


MALFORMED: list[Any] = [
    *(None, "", "abc", 3, {}, {"0": 1}),
    *([-1], [True], [None], [1.0], ["a"], [{}], [[]], [[-1]], [[True]], [[1.5]], [["a"]]),
    *([[0, 1]], [[0, None]], [[0, ["a"]]], [[0, "a", 2]], [[0, "a\nb"]], [[0, "a", "\n"]]),
    *([[0, "\ud800"]], [[0, "\udc00", "b"]], [[0, "\udc00\ud800"]]),
]


@pytest.mark.parametrize("changes", MALFORMED)
@pytest.mark.parametrize("text", ["", "é", "\U0001f600"])
def test_what_is_no_change_set_is_refused_with_a_sentence(text: str, changes: Any) -> None:
    with pytest.raises(ChangeError, match=r"[a-z]\.$"):
        parse(changes)
    with pytest.raises(ChangeError, match=r"[a-z]\.$"):
        apply(text, changes)


@pytest.mark.parametrize(
    "changes",
    [
        [0] * (MAX_SECTIONS + 1),
        [MAX_LENGTH + 1],
        [10**30],
        [MAX_LENGTH, [1]],
        [[0, "x" * (MAX_LENGTH + 1)]],
        [[0, "\U0001f600" * (MAX_LENGTH // 2)], 1, [0, "x"]],
        [[0, "x"]] * MAX_SECTIONS + [MAX_LENGTH + 1],
    ],
)
def test_a_change_set_beyond_the_bounds_is_refused(changes: Any) -> None:
    with pytest.raises(ChangeError, match="more than"):
        parse(changes)


def test_the_greatest_change_set_within_the_bounds_is_taken() -> None:
    assert parse([MAX_LENGTH, [0, "x" * MAX_LENGTH]])[0] == MAX_LENGTH
    assert parse([[0, "x"]] * MAX_SECTIONS) == ((0, "x" * MAX_SECTIONS),)


# The normal form


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ([], []),
        ([0], []),
        ([[0]], []),
        ([[0, ""], 2], [2]),
        ([1, 0, 2], [3]),
        ([1, [0, ""], 2], [3]),
        ([[2, ""]], [[2]]),
        ([[1], [2]], [[3]]),
        ([[0, "a"], [0, "b", "c"]], [[0, "ab", "c"]]),
        ([[2], [0, "a"]], [[2], [0, "a"]]),
        ([[0, "a"], [2]], [[0, "a"], [2]]),
        ([[1, "a"], [1, "b"]], [[1, "a"], [1, "b"]]),
    ],
)
def test_the_normal_form_joins_neighbours_of_one_kind(changes: Any, expected: Any) -> None:
    assert to_json(changes) == expected
    assert to_json(parse(changes)) == expected


@given(edits.steps)
def test_the_normal_form_is_its_own_and_changes_nothing(
    case: tuple[str, list[edits.Step]],
) -> None:
    text, steps = case
    raw = edits.raw_changes(steps, utf16_length(text))
    changes = parse(raw)
    assert parse(to_json(changes)) == changes
    assert apply(text, raw) == apply(text, changes)
    assert is_empty(changes) == (len(changes) < 2 and all(type(part) is int for part in changes))
    assert is_empty(raw) == is_empty(changes)


@given(edits.texts)
def test_the_length_of_a_text_counts_utf16_units(text: str) -> None:
    assert utf16_length(text) == sum(2 if character > "\uffff" else 1 for character in text)


# Laws


@given(edits.edits_in_a_row())
def test_a_composition_does_what_its_parts_do_in_turn(case: tuple[str, list[Changes]]) -> None:
    text, (first, second) = case
    both = compose(first, second)
    assert apply(text, both) == apply(apply(text, first), second)
    assert parse(both) == both


@given(edits.edits_in_a_row(3))
def test_composing_is_associative_in_effect(case: tuple[str, list[Changes]]) -> None:
    text, (a, b, c) = case
    assert apply(text, compose(compose(a, b), c)) == apply(text, compose(a, compose(b, c)))


@given(edits.edits)
def test_the_inverse_leads_back(edit: edits.Edit) -> None:
    text, changes = edit
    back = invert(changes, text)
    assert apply(apply(text, changes), back) == text
    assert invert(back, apply(text, changes)) == changes


@given(edits.two_edits_of_one_text())
def test_both_orders_of_two_edits_end_in_one_text(case: tuple[str, Changes, Changes]) -> None:
    text, logged, later = case
    after_logged = apply(apply(text, logged), map_changes(later, logged, before=False))
    after_later = apply(apply(text, later), map_changes(logged, later, before=True))
    assert after_logged == after_later
    assert apply(text, compose(logged, map_changes(later, logged, before=False))) == after_logged


@given(edits.two_edits_of_one_text())
def test_a_mapped_change_set_is_in_normal_form(case: tuple[str, Changes, Changes]) -> None:
    _, first, second = case
    mapped = map_changes(second, first, before=False)
    assert parse(mapped) == mapped


@given(edits.edits)
def test_nothing_maps_and_composes_to_nothing_new(edit: edits.Edit) -> None:
    text, changes = edit
    nothing = parse([utf16_length(text)])
    nothing_after = parse([utf16_length(apply(text, changes))])
    assert map_changes(changes, nothing, before=False) == changes
    assert map_changes(nothing, changes, before=False) == nothing_after
    assert compose(nothing, changes) == changes
    assert compose(changes, nothing_after) == changes


def test_what_does_not_fit_the_old_text_is_not_inverted() -> None:
    with pytest.raises(ChangeError, match="the text has 3"):
        invert([2, [0, "x"]], "abc")
    with pytest.raises(ChangeError, match="offset 1 in two"):
        invert([1, [0, "x"], 1], "\U0001f600")


def test_an_insertion_at_the_same_place_stands_behind_what_is_in_the_log() -> None:
    logged, later = parse([1, [0, "L"], 1]), parse([1, [0, "N"], 1])
    assert apply("aLb", map_changes(later, logged, before=False)) == "aLNb"
    assert apply("aLb", map_changes(later, logged, before=True)) == "aNLb"


def test_what_was_typed_into_a_deleted_passage_is_kept() -> None:
    logged, later = parse([1, [3], 1]), parse([2, [0, "N"], 3])
    assert map_changes(later, logged, before=False) == (1, (0, "N"), 1)


def test_two_deletions_of_one_passage_delete_it_once() -> None:
    assert map_changes(parse([1, [3], 1]), parse([2, [3]]), before=False) == (1, (1,))


@pytest.mark.parametrize(("first", "second"), [([2], [3]), ([2, [0, "a"]], [3]), ([], [1])])
def test_change_sets_of_different_lengths_are_not_mapped(first: Any, second: Any) -> None:
    for pair in [(first, second), (second, first)]:
        with pytest.raises(ChangeError, match="different lengths"):
            map_changes(*pair, before=False)


@pytest.mark.parametrize(
    ("first", "second"), [([2], [3]), ([2, [0, "a"]], [2]), ([[2]], [1, [1]]), ([[2, "a"]], [[2]])]
)
def test_change_sets_that_do_not_follow_are_not_composed(first: Any, second: Any) -> None:
    with pytest.raises(ChangeError, match="different lengths"):
        compose(first, second)


def test_a_composition_that_cuts_an_inserted_pair_is_refused() -> None:
    with pytest.raises(ChangeError, match="surrogate pair"):
        compose([[0, "\U0001f600"]], [1, [1]])


# Positions


@pytest.mark.parametrize(
    ("changes", "position", "left", "right"),
    [
        ([1, [0, "xy"], 1], 0, 0, 0),
        ([1, [0, "xy"], 1], 1, 1, 3),
        ([1, [0, "xy"], 1], 2, 4, 4),
        ([1, [2], 1], 2, 1, 1),
        ([[2, "xyz"]], 0, 0, 0),
        ([[2, "xyz"]], 1, 0, 3),
        ([[2, "xyz"]], 2, 3, 3),
        ([], 0, 0, 0),
        ([[0, "\U0001f600"]], 0, 0, 2),
    ],
)
def test_a_position_goes_with_its_text(changes: Any, position: int, left: int, right: int) -> None:
    assert map_position(changes, position, -1) == left
    assert map_position(changes, position, 1) == right


@pytest.mark.parametrize("position", [-1, 3])
def test_a_position_outside_the_text_is_refused(position: int) -> None:
    with pytest.raises(ChangeError, match="outside the text"):
        map_position([1, [1]], position)


# Replacing a passage


def test_a_passage_that_occurs_once_is_replaced_where_it_differs() -> None:
    text = "\U0001f600 = 1\nx = load('a.csv')\n"
    changes = replace(text, "x = load('a.csv')", "x = load('b.csv')")
    assert apply(text, changes) == "\U0001f600 = 1\nx = load('b.csv')\n"
    assert changes == (17, (1, "b"), 7)


@pytest.mark.parametrize(
    ("text", "old", "times"),
    [("abc", "x", 0), ("", "x", 0), ("abab", "ab", 2), ("aaa", "aa", 2), ("a" * 9, "a", 9)],
)
def test_a_passage_that_does_not_occur_once_is_refused_with_the_number(
    text: str, old: str, times: int
) -> None:
    with pytest.raises(ChangeError, match=f"occurs {times} times"):
        replace(text, old, "new")


def test_an_empty_passage_is_refused() -> None:
    with pytest.raises(ChangeError, match="empty"):
        replace("abc", "", "x")


def test_a_lone_surrogate_is_never_put_into_a_text() -> None:
    with pytest.raises(ChangeError, match="lone surrogate"):
        replace("abc", "b", "\ud800")
    with pytest.raises(ChangeError, match="lone surrogate"):
        diff("abc", "ab\ud800")


def test_replacing_a_passage_by_itself_changes_nothing() -> None:
    assert is_empty(replace("abc", "b", "b"))


# Differences


@given(edits.texts, edits.texts)
def test_a_difference_leads_from_one_text_to_the_other(old: str, new: str) -> None:
    changes = diff(old, new)
    assert apply(old, changes) == new
    assert parse(changes) == changes
    assert is_empty(changes) == (old == new)


words = st.lists(st.sampled_from(["a", "b", "x = 1", "\n", " ", "def f():\n", "\U0001f600", "é"]))


@given(words, words, words)
def test_a_difference_of_longer_texts_leads_from_one_to_the_other(
    shared: list[str], left: list[str], right: list[str]
) -> None:
    old = "".join([*left, *shared, *right])
    new = "".join([*right, *shared, *left])
    assert apply(old, diff(old, new)) == new


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("", "", []),
        ("", "a\nb", [[0, "a", "b"]]),
        ("a\nb", "", [[3]]),
        ("x = 10\ny = 2\n", "x = 12\ny = 2\nz = 3\n", [5, [1, "2"], 7, [0, "z = 3", ""]]),
        ("f(a, b)", "f(b, a)", [2, [1, "b"], 2, [1, "a"], 1]),
        ("one two", "three four", [[7, "three four"]]),
        ("if a:\n    b\n", "if a:\n    if c:\n        b\n", [10, [0, "if c:", "        "], 2]),
        ("a\U0001f600b", "a\U0001f601b", [1, [2, "\U0001f601"], 1]),
        ("a\nb\nc\n", "b\nc\na\n", [[2], 4, [0, "a", ""]]),
    ],
)
def test_a_difference_is_told_in_lines_and_words(old: str, new: str, expected: Any) -> None:
    assert to_json(diff(old, new)) == expected


LINES = [f"line {number * 7919 % 1000003} of the text\n" for number in range(MAX_LENGTH // 24)]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("x\n" * (MAX_LENGTH // 2), "x\n" * (MAX_LENGTH // 4) + "y\n" + "x\n" * (MAX_LENGTH // 5)),
        ("a\nb\n" * (MAX_LENGTH // 4), "b\nc\na\n" * (MAX_LENGTH // 6)),
        ("ab " * (MAX_LENGTH // 3), "ba  " * (MAX_LENGTH // 4)),
        ("".join(LINES), "".join(LINES[::-1])),
        ("".join(LINES), "".join(line.replace("1", "2") for line in LINES)),
        ("\U0001f600 a\n" * (MAX_LENGTH // 5), "\U0001f600 b\n" * (MAX_LENGTH // 5)),
    ],
    ids=["repeated lines", "two lines", "one line", "backwards", "all lines", "astral"],
)
def test_a_difference_of_the_longest_sources_takes_bounded_time(old: str, new: str) -> None:
    started = time.process_time()
    changes = diff(old, new)
    assert time.process_time() - started < 5  # quadratic would be minutes; 0.5 s is usual
    assert apply(old, changes) == new


def test_a_few_edits_in_a_long_source_stay_a_few_edits() -> None:
    new = [*LINES]
    new[10] = "changed\n"
    new[20_000:20_002] = []
    new.insert(40_000, "inserted\n")
    changes = diff("".join(LINES), "".join(new))
    assert sum(not isinstance(part, int) for part in changes) == 3


def test_many_edits_in_a_long_source_touch_nothing_else() -> None:
    new = ["changed\n" if number % 10 == 0 else line for number, line in enumerate(LINES)]
    changes = diff("".join(LINES), "".join(new))
    kept = sum(part for part in changes if isinstance(part, int))
    assert kept >= sum(len(line) for number, line in enumerate(LINES) if number % 10)


# Stand-ins


@given(edits.edits_in_a_row(3))
def test_later_changes_apply_after_a_stand_in(case: tuple[str, list[Changes]]) -> None:
    text, (erased, *later) = case
    real = apply(text, erased)
    shadow = apply(text, stand_in(erased))
    for changes in later:
        real, shadow = apply(real, changes), apply(shadow, changes)
    assert utf16_length(shadow) == utf16_length(real)
    assert shadow.count("\n") == real.count("\n")


@given(edits.texts)
def test_a_stand_in_text_tells_nothing_but_lengths_of_lines(text: str) -> None:
    shown = stand_in_text(text)
    assert set(shown) <= {"█", "\n"}
    lines = [utf16_length(line) for line in text.split("\n")]
    assert [utf16_length(line) for line in shown.split("\n")] == lines


def test_a_stand_in_keeps_the_sections() -> None:
    secret = parse([1, [2, "p\U0001f600", "", "w"], 3, [0, "x"], [1]])
    assert stand_in(secret) == (1, (2, "███", "", "█"), 3, (0, "█"), (1,))
