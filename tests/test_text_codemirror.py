"""Our text changes give what CodeMirror gives, section for section; so does the page's splice."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intheloop import text as changing
from intheloop.text import ChangeError, Changes
from tests import edits
from tests.web import Node

pytestmark = pytest.mark.node

many = settings(max_examples=20 * settings().max_examples)
"""Cases are small and cheap, and the rules of mapping have many corners."""


@pytest.fixture(scope="module")
def oracle() -> Iterator[Node]:
    with Node("test/text-oracle.ts") as node:
        yield node


@pytest.fixture(scope="module")
def codemirror(oracle: Node) -> Callable[..., Any]:
    """Computes an operation by CodeMirror; an error of its is none of the expected values."""

    def compute(op: str, *args: Any) -> Any:
        return oracle.ask({"op": op, "args": args})["ok"]

    return compute


def as_lists(changes: Changes) -> list[Any]:
    """Turn into what JSON gives, and nothing more: `to_json` would mend what is not normal."""
    return [part if isinstance(part, int) else list(part) for part in changes]


@many
@given(edits.edits)
def test_a_change_set_leads_to_the_same_text(codemirror: Any, edit: edits.Edit) -> None:
    ours = changing.apply(*edit)
    assert ours == codemirror("apply", *edit)
    assert ours == codemirror("ownApply", *edit)


@many
@given(edits.steps)
def test_the_normal_form_is_what_codemirror_makes_of_the_same_steps(
    codemirror: Any, case: tuple[str, list[edits.Step]]
) -> None:
    text, steps = case
    length = changing.utf16_length(text)
    ours = changing.to_json(edits.raw_changes(steps, length))
    specs = [{"from": step.start, "to": step.end, "insert": step.inserted} for step in steps]
    assert ours == codemirror("of", specs, length)
    assert ours == codemirror("json", ours)
    assert changing.is_empty(ours) == codemirror("empty", ours)


@many
@given(edits.two_edits_of_one_text(), st.booleans())
def test_mapping_gives_the_same_sections(
    codemirror: Any, case: tuple[str, Changes, Changes], before: bool
) -> None:
    _, over, changes = case
    ours = changing.map_changes(changes, over, before)
    assert as_lists(ours) == codemirror("map", changes, over, before)


@many
@given(edits.edits_in_a_row())
def test_composing_gives_the_same_sections(
    codemirror: Any, case: tuple[str, list[Changes]]
) -> None:
    _, row = case
    assert as_lists(changing.compose(*row)) == codemirror("compose", *row)


@many
@given(edits.edits)
def test_inverting_gives_the_same_sections(codemirror: Any, edit: edits.Edit) -> None:
    ours = changing.invert(edit.changes, edit.text)
    assert as_lists(ours) == codemirror("invert", edit.changes, edit.text)


@many
@given(edits.edits, st.sampled_from([-1, 1]))
def test_every_position_maps_to_the_same_place(
    codemirror: Any, edit: edits.Edit, assoc: int
) -> None:
    positions = range(changing.utf16_length(edit.text) + 1)
    ours = [changing.map_position(edit.changes, position, assoc) for position in positions]
    assert ours == codemirror("mapPositions", edit.changes, [*positions], assoc)


_oddities: st.SearchStrategy[Any] = st.one_of(
    st.integers(-1, 3),
    st.sampled_from([True, None, 0.5, "a", {}, [], [True], ["a"], [[1]], [1, 2], [1, None], [-1]]),
    st.sampled_from([[0, "a\nb"], [1, "\n"], [0, "\ud800"], [0, "\udc00", "b"], [0, "\n"]]),
    st.tuples(st.integers(0, 3), st.text("a\r\U0001f600", max_size=2)),
    st.tuples(st.integers(0, 3)),
)


@many
@given(st.text("a\U0001f600", max_size=3), st.lists(_oddities, max_size=3))
def test_the_page_refuses_to_splice_what_we_refuse(
    oracle: Node, text: str, changes: list[Any]
) -> None:
    answer = oracle.ask({"op": "ownApply", "args": [text, changes]})
    try:
        expected = {"ok": changing.apply(text, changes)}
    except ChangeError:
        assert answer.get("error", "").startswith("ChangeError: ")
    else:
        assert answer == expected
