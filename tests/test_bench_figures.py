"""Benchmarks tell how far a figure is from its bar, and let nobody think that a miss is a pass."""

import json

import pytest
from evals.bench.figures import Figure, Pair, as_json, compared, rounds, table


def figure(ratio: float, bar: float | None, *, at_least: bool = True) -> Figure:
    return compared("append", [Pair(ratio, 1.0)], "records/s", bar=bar, at_least=at_least)


@pytest.mark.parametrize(
    ("ratio", "bar", "at_least", "met"),
    [
        (0.75, 0.75, True, True),
        (0.74, 0.75, True, False),
        (3.3, 3.3, False, True),
        (3.4, 3.3, False, False),
        (1.0, None, True, None),
    ],
)
def test_a_bar_is_met_from_its_good_side(
    ratio: float, bar: float | None, at_least: bool, met: bool | None
) -> None:
    found = figure(ratio, bar, at_least=at_least)
    assert found.met is met
    assert ("MISSED" in table([found])) == (met is False)
    assert json.loads(as_json([found]))[0]["met"] is met


def test_a_ratio_is_the_median_of_the_rounds_and_not_of_their_sides() -> None:
    pairs = [Pair(10, 10), Pair(100, 50), Pair(3, 1)]
    assert compared("append", pairs, "records/s").ratio == 2


def test_each_side_goes_first_in_every_second_round() -> None:
    said: list[str] = []

    def side(name: str, took: float) -> float:
        said.append(name)
        return took

    assert rounds(2, lambda: side("ours", 2), lambda: side("floor", 1)) == [Pair(2, 1)] * 2
    assert said == ["ours", "floor", "floor", "ours"]
