"""One cell run again and again through one log: what it takes and holds must not grow with it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from statistics import median

from .figures import Figure, Pair, compared
from .ours import our_server
from .raw_kernel import raw_kernel
from .snippet import SUM, lines

RUNS = 10_000
WINDOW = 1000
"""Runs at the beginning and at the end that are compared."""

RAW_EVERY = 10
"""The raw kernel runs beside ours this often, to tell whether the machine itself has changed."""

PRINTED = 50_000
EARLY = 5000
A_RUN = 1000
"""Lines printed in all, by when memory is first taken, and by each run."""


def long_run() -> Iterator[Figure]:
    """Time and processor over many runs, then memory over much output, on a fresh server each."""
    yield from _flat()
    yield from _memory()


def _flat() -> Iterator[Figure]:
    took: list[float] = []
    below: list[float] = []
    with our_server() as up, raw_kernel() as raw:
        book = up.watched(SUM)
        cpu = [up.cpu_s()]
        for number in range(1, RUNS + 1):
            took.append(book.run() * 1000)
            if number % RAW_EVERY == 0:
                below.append(raw.run(SUM))
            if number % WINDOW == 0:
                cpu.append(up.cpu_s())
                _tell(f"{number:,} runs: {median(took[-WINDOW:]):.1f} ms each")
    few = WINDOW // RAW_EVERY
    drift = median(below[-few:]) / median(below[:few])
    time = Pair(median(took[-WINDOW:]), median(took[:WINDOW]))
    note = f"run {RUNS - WINDOW + 1:,} on, to the first {WINDOW:,}"
    name, drifted = f"1 + 1, {RUNS:,} times", f"{note}; a raw kernel beside it {drift:.2f}x"
    yield compared(name, [time], "ms", bar=1.1, at_least=False, note=drifted)
    a_run = Pair(*(1000 * (cpu[to] - cpu[to - 1]) / WINDOW for to in (-1, 1)))
    name, both = f"{name}: processor", f"{note}; server and runtime together"
    yield compared(name, [a_run], "ms", bar=1.1, at_least=False, note=both)


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
