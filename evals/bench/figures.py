"""What a benchmark gives: a figure beside its floor, taken in the same run.

Owns how rounds are interleaved and how figures are shown. Judges nothing: a missed bar is printed,
not raised.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from statistics import median
from typing import TypeAlias

import msgspec
from msgspec import Struct


class Figure(Struct, frozen=True, kw_only=True):
    """One line of the table.

    `score` is how ours does beside the floor, counted as the bar is: as a rule in `x`, rate by rate
    or time by time. `at_least` says on which side of the bar is good; a figure without a bar is
    only told.
    """

    name: str
    ours: float
    floor: float
    unit: str
    score: float
    counted: str = "x"
    bar: float | None = None
    at_least: bool = True
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the bar is met; None without one."""
        if self.bar is None:
            return None
        return self.score >= self.bar if self.at_least else self.score <= self.bar


class NotMeasured(Struct, frozen=True):
    """A line of the table for a figure that could not be taken here, and why."""

    name: str
    why: str


Line: TypeAlias = Figure | NotMeasured


class Pair(Struct, frozen=True):
    """One round: what ours took, and what the floor took, in the same unit."""

    ours: float
    floor: float


class Measure(Struct, frozen=True):
    """How the two sides of a round are counted beside each other, and how that is written."""

    sign: str
    of: Callable[[Pair], float]


TIMES = Measure("x", lambda pair: pair.ours / pair.floor)
OVER = Measure(" over", lambda pair: pair.ours - pair.floor)


def compared(
    name: str,
    pairs: Sequence[Pair],
    unit: str,
    *,
    measure: Measure = TIMES,
    bar: float | None = None,
    at_least: bool = True,
    note: str = "",
) -> Figure:
    """The figure of several rounds: the median of each side, and of the rounds' own scores."""
    return Figure(
        name=name,
        ours=median(pair.ours for pair in pairs),
        floor=median(pair.floor for pair in pairs),
        unit=unit,
        score=median(measure.of(pair) for pair in pairs),
        counted=measure.sign,
        bar=bar,
        at_least=at_least,
        note=note,
    )


def rounds(count: int, ours: Callable[[], float], floor: Callable[[], float]) -> list[Pair]:
    """Both sides in turn, `count` times, each first in every second round."""
    pairs = []
    for number in range(count):
        if number % 2:
            below = floor()
            pairs.append(Pair(ours(), below))
        else:
            mine = ours()
            pairs.append(Pair(mine, floor()))
    return pairs


def table(figures: Iterable[Line]) -> str:
    """The figures as plain text."""
    heads = ("benchmark", "ours", "floor", "unit", "score", "bar", "", "note")
    lines = [heads, *(_line(figure) for figure in figures)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heads))]
    left = (0, 3, 6, 7)
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column in left else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def _line(figure: Line) -> tuple[str, ...]:
    if isinstance(figure, NotMeasured):
        return (figure.name, "", "", "", "", "", "NOT MEASURED", figure.why)
    sign = ">=" if figure.at_least else "<="
    return (
        figure.name,
        _number(figure.ours),
        _number(figure.floor),
        figure.unit,
        f"{figure.score:.2f}{figure.counted}",
        "" if figure.bar is None else f"{sign} {figure.bar:g}{figure.counted}",
        {None: "", True: "met", False: "MISSED"}[figure.met],
        figure.note,
    )


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def as_json(figures: Iterable[Line]) -> str:
    """The figures for a program, with `met` beside each bar; one not measured has but its `why`."""
    told = [
        {
            **msgspec.structs.asdict(figure),
            **({"met": figure.met} if isinstance(figure, Figure) else {}),
        }
        for figure in figures
    ]
    return msgspec.json.format(msgspec.json.encode(told), indent=2).decode()
