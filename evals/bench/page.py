"""The page in a real browser: what a large notebook costs beside a small one, and how soon a key is
where others are.

Both sides are pages of one browser on one server, so that the machine's mood is in both.
"""

from __future__ import annotations

from collections.abc import Iterator
from statistics import quantiles

from msgspec import Struct

from . import books
from .books import Shelf
from .browser import (
    Chromium,
    chromium,
    echoes,
    key_to_paint,
    long_tasks_of_scrolling,
    settle,
    typing,
    write_in,
)
from .figures import OVER, Figure, Line, NotMeasured, Pair, compared, rounds
from .followers import Followers, followers
from .ours import Served, served

ROUNDS = 5
KEYS = 40
PAUSE_MS = 60
"""Keys in a round, of which the median counts, and how long somebody waits before the next one."""

STEPS = 60
STEP_PX = 3000
STEP_MS = 50

OTHERS = {"1 other": 1, "20 others": 20}
SENT = 30
"""Keys of a round that others wait for."""

_NAMES = (
    f"opening {books.LARGE:,} cells",
    f"a key in {books.LARGE:,} cells",
    f"scrolling {books.LARGE:,} cells",
    *(f"a key to {others}" for others in OTHERS),
)


def page() -> Iterator[Line]:
    """All of it in one browser, on one server."""
    with served() as server:
        try:
            with chromium(server) as browser:
                shelf = Shelf(server.url, server.token)
                yield from _figures(Up(server, browser, shelf))
        except OSError as error:
            yield from (NotMeasured(name, f"{error}") for name in _NAMES)


class Up(Struct, frozen=True):
    """A server, the browser that is let in, and who makes notebooks there."""

    server: Served
    browser: Chromium
    shelf: Shelf


def _figures(up: Up) -> Iterator[Line]:
    large, small = up.shelf.large(), up.shelf.small()
    opening, key, scrolling, *_ = _NAMES
    yield _opening(opening, up, large)
    yield _typing(key, up, large, small)
    yield _scrolling(scrolling, up, large, small)
    for others, count in OTHERS.items():
        yield from _to_others(f"a key to {others}", up, count)


def _opening(name: str, up: Up, large: str) -> Figure:
    empty = up.shelf.empty()

    def ours() -> float:
        return up.browser.opening(large)

    def floor() -> float:
        return up.browser.opening(empty)

    ours(), floor()
    note = "an empty notebook; from the address until somebody can write, files of the page kept"
    pairs = rounds(ROUNDS, ours, floor)
    return compared(name, pairs, "ms", bar=1.5, at_least=False, note=note)


def _typing(name: str, up: Up, large: str, small: str) -> Figure:
    pages = [up.browser.open(one) for one in (large, small)]
    for one in pages:
        write_in(one)

    def ours() -> float:
        return key_to_paint(pages[0], KEYS, PAUSE_MS)

    def floor() -> float:
        return key_to_paint(pages[1], KEYS, PAUSE_MS)

    ours(), floor()
    pairs = rounds(ROUNDS, ours, floor)
    for one in pages:
        settle(one)
        one.close()
    note = f"{books.SMALL} cells; from the key to the second frame after it"
    return compared(name, pairs, "ms", bar=1.2, at_least=False, note=note)


def _scrolling(name: str, up: Up, large: str, small: str) -> Figure:
    pages = [up.browser.open(one) for one in (large, small)]

    def ours() -> float:
        return long_tasks_of_scrolling(pages[0], STEPS, STEP_PX, STEP_MS)

    def floor() -> float:
        return long_tasks_of_scrolling(pages[1], STEPS, STEP_PX, STEP_MS)

    pairs = rounds(ROUNDS, ours, floor)
    for one in pages:
        one.close()
    note = f"{books.SMALL} cells; tasks of more than 50 ms while {STEPS * STEP_PX:,} px go by"
    return compared(name, pairs, "long tasks", measure=OVER, bar=2, at_least=False, note=note)


def _to_others(name: str, up: Up, count: int) -> Iterator[Figure]:
    notebook_id = up.shelf.small()
    page = up.browser.open(notebook_id)
    write_in(page)
    page.keyboard.type("x")
    settle(page)
    after = up.shelf.state(notebook_id)["seq"]
    with followers(up.server, notebook_id, after, count) as others:

        def keys() -> list[float]:
            pressed = []
            for _ in range(SENT):
                pressed += [key["at"] for key in typing(page, 1, PAUSE_MS)]
                settle(page)
            return _waited(pressed, others)

        def bare() -> list[float]:
            return _waited(echoes(page, notebook_id, SENT), others)

        keys(), bare()
        sides = [(keys(), bare()) for _ in range(ROUNDS)]
    page.close()
    note = "a signal that goes the same way and is not kept"
    for which, cut in (("p50", 49), ("p99", 98)):
        pairs = [
            Pair(quantiles(ours, n=100)[cut], quantiles(floor, n=100)[cut]) for ours, floor in sides
        ]
        yield compared(f"{name}, {which}", pairs, "ms", at_least=False, note=note)


def _waited(sent: list[float], others: Followers) -> list[float]:
    came = others.came(len(sent))
    return [there - here for here, there in zip(sent, came, strict=True)]
