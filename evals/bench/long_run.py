"""One cell run again and again through one log: what it takes and holds must not grow with it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from statistics import median

from .figures import Figure, Pair, compared, rounds
from .ours import our_server
from .snippet import SUM, lines

RUNS = 10_000
LAST = 1000
"""Runs at the end, each beside one of the first so many on a server that is fresh."""

PRINTED = 50_000
EARLY = 5000
A_RUN = 1000
"""Lines printed in all, by when memory is first taken, and by each run."""


def long_run() -> Iterator[Figure]:
    """Time and processor over many runs, then memory over much output, on a fresh server each."""
    yield from _flat()
    yield from _memory()


def _flat() -> Iterator[Figure]:
    """The first and the last runs are taken in turn, or else they would be of another machine: what
    else it does changes in minutes."""
    took: list[float] = []
    with our_server() as up:
        book = up.watched(SUM)
        for number in range(1, RUNS - LAST + 1):
            took.append(book.run())
            if number % LAST == 0:
                _tell(f"{number:,} runs: {median(took[-LAST:]) * 1000:.1f} ms each")
        with our_server() as fresh:
            young = fresh.watched(SUM)
            before = up.cpu_s(), fresh.cpu_s()
            pairs = rounds(LAST, lambda: book.run() * 1000, lambda: young.run() * 1000)
            cpu_ms = [(up.cpu_s() - before[0]) * 1000, (fresh.cpu_s() - before[1]) * 1000]
    note = f"runs {RUNS - LAST + 1:,} to {RUNS:,} in turn with the first {LAST:,} on a fresh server"
    name = f"1 + 1, {RUNS:,} times"
    yield compared(name, pairs, "ms", bar=1.1, at_least=False, note=note)
    cpu = Pair(cpu_ms[0] / LAST, cpu_ms[1] / LAST)
    name, note = f"{name}: processor", f"{note}; server and runtime"
    yield compared(name, [cpu], "ms", bar=1.1, at_least=False, note=note)


def _memory() -> Iterator[Figure]:
    with our_server() as up:
        book = up.watched(lines(A_RUN, flushed=True))
        held: dict[int, dict[str, float]] = {}
        for printed in range(A_RUN, PRINTED + 1, A_RUN):
            book.run()
            if printed in (EARLY, PRINTED):
                sides = {"server": up.server, "runtime": up.runtime}
                held[printed] = {who: one.memory_info().rss / 2**20 for who, one in sides.items()}
                _tell(f"{printed:,} lines printed")
    note = f"after {PRINTED:,} flushed lines in {PRINTED // A_RUN} runs, to after {EARLY:,}"
    for who in ("server", "runtime"):
        pair = Pair(held[PRINTED][who], held[EARLY][who])
        yield compared(f"memory of the {who}", [pair], "MB", bar=1.1, at_least=False, note=note)


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
