"""Benchmarks tell how far a figure is from its bar, and let nobody think that a miss is a pass."""

import json

import pytest
from evals.bench import __main__ as bench
from evals.bench.figures import (
    OVER,
    Figure,
    Line,
    NotMeasured,
    Pair,
    as_json,
    compared,
    rounds,
    table,
)
from evals.bench.headless import per_cell
from evals.bench.ours import our_server
from evals.bench.raw_kernel import raw_kernel
from evals.bench.snippet import SUM, lines


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
    assert compared("append", pairs, "records/s").score == 2


def test_a_difference_is_counted_and_shown_as_one() -> None:
    pairs = [Pair(0.75, 0.5), Pair(9, 8.5), Pair(0.5, 0.5)]
    found = compared("lines", pairs, "ms/line", measure=OVER, bar=0.3, at_least=False)
    assert found.score == 0.25
    assert found.met
    assert "0.25 over  <= 0.3 over  met" in table([found])


def test_a_figure_that_was_not_taken_is_named_with_the_reason() -> None:
    found: list[Line] = [figure(1.0, 0.75), NotMeasured("a peer", "It is not installed.")]
    last = table(found).splitlines()[-1]
    assert last.split(maxsplit=2)[:2] == ["a", "peer"]
    assert last.endswith("NOT MEASURED  It is not installed.")
    assert json.loads(as_json(found))[1] == {"name": "a peer", "why": "It is not installed."}


def test_each_side_goes_first_in_every_second_round() -> None:
    said: list[str] = []

    def side(name: str, took: float) -> float:
        said.append(name)
        return took

    assert rounds(2, lambda: side("ours", 2), lambda: side("floor", 1)) == [Pair(2, 1)] * 2
    assert said == ["ours", "floor", "floor", "ours"]


def test_the_first_cell_and_a_pause_do_not_count_in_the_time_of_a_cell() -> None:
    steady = [100 + 0.005 * number for number in range(50)]
    paused = steady[:40] + [at + 7 for at in steady[40:]]
    assert per_cell([0.0, *steady]) == pytest.approx(0.005)
    assert per_cell([0.0, *paused]) == pytest.approx(0.005)


def test_a_group_is_measured_alone_and_an_unknown_one_names_those_there_are(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = compared("one", [Pair(1, 1)], "s"), compared("other", [Pair(1, 1)], "s")
    monkeypatch.setattr(bench, "GROUPS", {"a": lambda: iter([one]), "b": lambda: iter([other])})
    bench.main(["b", "--json"])
    assert [figure["name"] for figure in json.loads(capsys.readouterr().out)] == ["other"]
    bench.main(["--json"])
    assert [figure["name"] for figure in json.loads(capsys.readouterr().out)] == ["one", "other"]
    with pytest.raises(SystemExit):
        bench.main(["c"])
    assert "'c': choose of a, b" in capsys.readouterr().err


@pytest.mark.parametrize("shown", ["", "0\n1\n", "0\n1\n2\n2\n", "0\n2\n1\n"])
def test_a_run_that_lost_or_changed_output_gives_no_figure(shown: str) -> None:
    lines(3, flushed=True).check("0\n1\n2\n")
    with pytest.raises(RuntimeError, match="not the 6 expected"):
        lines(3, flushed=True).check(shown)


@pytest.mark.slow
def test_both_sides_run_the_same_code_to_its_end_and_show_all_of_it() -> None:
    with our_server() as up, raw_kernel() as raw:
        assert raw.start_s > 0
        for snippet in (SUM, lines(2000, flushed=True), lines(2000, flushed=False)):
            book = up.watched(snippet)
            assert book.start() > 0
            assert book.run() > 0
            assert raw.run(snippet) > 0
            book.delete()
        assert up.cpu_s() > 0
        assert up.runtime.pid != up.server.pid
