"""Running cells: request to result at a second client, floods of output, the start of a kernel.

The floor is a raw kernel and one client of it, which knows no log, no server and no second client.
"""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from .figures import OVER, Figure, Pair, compared, rounds
from .ours import Ours, our_server
from .raw_kernel import RawKernel, raw_kernel
from .snippet import LINES, SUM, Snippet, lines

ROUNDS = 7
RUNS = 50
"""Runs of `1 + 1` in a round, of which the median counts."""


def running() -> Iterator[Figure]:
    """All of it on one server."""
    with our_server() as up, raw_kernel() as raw:
        yield _sum(up, raw)
        yield _plain(up, raw)
        yield _flushed(up, raw)
        yield _start(up)


def _sum(up: Ours, raw: RawKernel) -> Figure:
    book = up.watched(SUM)

    def ours() -> float:
        return median(book.run() for _ in range(RUNS)) * 1000

    def floor() -> float:
        return median(raw.run(SUM) for _ in range(RUNS)) * 1000

    ours(), floor()
    note = "raw jupyter_client; ours to a second client"
    pairs = rounds(ROUNDS, ours, floor)
    return compared("1 + 1, warm", pairs, "ms", bar=2.0, at_least=False, note=note)


def _plain(up: Ours, raw: RawKernel) -> Figure:
    pairs = _flood(up, raw, lines(LINES, flushed=False), 1)
    name, note = f"{LINES:,} lines", "raw jupyter_client; ours to a second client"
    return compared(name, pairs, "s", bar=1.5, at_least=False, note=note)


def _flushed(up: Ours, raw: RawKernel) -> Figure:
    pairs = _flood(up, raw, lines(LINES, flushed=True), 1000 / LINES)
    name, note = (
        f"{LINES:,} flushed lines",
        "raw jupyter_client that loses none; median of 7 differences",
    )
    return compared(name, pairs, "ms/line", measure=OVER, bar=0.3, at_least=False, note=note)


def _flood(up: Ours, raw: RawKernel, snippet: Snippet, unit: float) -> list[Pair]:
    book = up.watched(snippet)
    book.run(), raw.run(snippet)
    pairs = rounds(ROUNDS, lambda: book.run() * unit, lambda: raw.run(snippet) * unit)
    book.delete()
    return pairs


def _start(up: Ours) -> Figure:
    """From a run asked for in a notebook without a kernel until the second client sees it up."""

    def ours() -> float:
        book = up.watched(SUM)
        took = book.start()
        book.delete()
        return took

    def floor() -> float:
        with raw_kernel() as raw:
            return raw.start_s

    note = "start_kernel + wait_for_ready; ours from the request until a second client sees it up"
    pairs = rounds(ROUNDS, ours, floor)
    return compared("kernel start", pairs, "s", bar=1.2, at_least=False, note=note)
