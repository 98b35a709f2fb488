"""A real Chromium that is signed in to our server, and what its pages tell of themselves.

All times are of the browser's own clock, taken in the page: what it takes to ask a browser from
outside is in no figure.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import TYPE_CHECKING

from .followers import ECHO
from .ours import Served

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
]
PATIENCE_MS = 120_000

_PROBES = """
window.bench = { ready: null, keys: [], long: 0 };
new PerformanceObserver((list) => { bench.long += list.getEntries().length; })
  .observe({ type: "longtask" });
const afterPaint = (then) => requestAnimationFrame(() => requestAnimationFrame(then));
const look = () => {
  if (document.querySelector(".cells .empty, .cell .cm-content")) {
    afterPaint(() => { bench.ready ??= performance.now(); });
  } else requestAnimationFrame(look);
};
requestAnimationFrame(look);
addEventListener("keydown", (event) => {
  const key = { at: performance.timeOrigin + event.timeStamp, ms: 0 };
  bench.keys.push(key);
  afterPaint(() => { key.ms = performance.now() - event.timeStamp; });
}, { capture: true });
"""
"""When the page can be used: its first cell can be written in, or it says that there is none, and
that was painted. How long each key took until what it did was painted. How many tasks were long."""


class Chromium:
    """One window of a browser."""

    def __init__(self, context: BrowserContext, server: Served) -> None:
        self._context = context
        self._server = server

    def open(self, notebook_id: str) -> Page:
        """A page of this notebook, which can be used."""
        page = self._context.new_page()
        page.goto(f"{self._server.url}/n/{notebook_id}")
        page.wait_for_function("() => bench.ready !== null")
        return page

    def opening(self, notebook_id: str) -> float:
        """Milliseconds until a page of this notebook can be used."""
        page = self.open(notebook_id)
        took: float = page.evaluate("bench.ready")
        page.close()
        return took


@contextmanager
def chromium(server: Served) -> Iterator[Chromium]:
    """The browser, inside the block. Raises OSError where there is none."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise OSError("Playwright is not installed: run `make setup`") from None
    path = shutil.which("chromium")
    if path is None:
        raise OSError("there is no Chromium: install it, as with `apt-get install chromium`")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=ARGUMENTS, timeout=PATIENCE_MS
        )
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        context.set_default_timeout(PATIENCE_MS)
        context.add_init_script(_PROBES)
        context.new_page().goto(server.link)
        yield Chromium(context, server)
        browser.close()


def write_in(page: Page) -> None:
    """Put the caret into the first cell that is code."""
    page.bring_to_front()
    page.locator(".cell[data-type=code] .cm-content").first.click()
    page.locator(".cm-content[aria-autocomplete=list]").first.wait_for()


def typing(page: Page, keys: int, pause_ms: int) -> list[dict[str, float]]:
    """So many keys, one after the other: when each was pressed (`at`, of the clock that all
    programs of this machine have), and after how many `ms` it was painted."""
    page.bring_to_front()
    page.evaluate("bench.keys = []")
    page.keyboard.type("".join("x" for _ in range(keys)), delay=pause_ms)
    done = f"() => bench.keys.length === {keys} && bench.keys.every((key) => key.ms)"
    page.wait_for_function(done)
    told: list[dict[str, float]] = page.evaluate("bench.keys")
    return told


def key_to_paint(page: Page, keys: int, pause_ms: int) -> float:
    """The median of so many keys, in milliseconds."""
    return median(key["ms"] for key in typing(page, keys, pause_ms))


def settle(page: Page) -> None:
    """Wait until all that was typed is recorded."""
    page.locator("[data-unsent='0']").wait_for(state="attached")


def long_tasks_of_scrolling(page: Page, steps: int, step_px: int, pause_ms: int) -> float:
    """Tasks of more than 50 ms while somebody turns the wheel downwards, and upwards at the end."""
    page.bring_to_front()
    page.mouse.move(700, 450)
    page.evaluate("scrollTo(0, 0)")
    page.evaluate("new Promise((go) => setTimeout(go, 300))")
    page.evaluate("bench.long = 0")
    for _ in range(steps):
        below = "scrollY + innerHeight < document.documentElement.scrollHeight - 2"
        if not page.evaluate(below):
            page.evaluate("scrollTo(0, 0)")
        page.mouse.wheel(0, step_px)
        page.wait_for_timeout(pause_ms)
    count: int = page.evaluate("bench.long")
    return count


def echoes(page: Page, notebook_id: str, count: int) -> list[float]:
    """Tell so many signals, one after the other: when each was sent, as `typing` tells it."""
    page.bring_to_front()
    told: list[float] = page.evaluate(_ECHO, [notebook_id, count, ECHO])
    return told


_ECHO = """async ([notebook, count, kind]) => {
  const sent = [];
  for (let number = 0; number < count; number += 1) {
    sent.push(performance.timeOrigin + performance.now());
    await fetch(`/api/notebooks/${notebook}/signals`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ kind, key: "x", value: number, ttl_s: 0 }),
    });
    await new Promise((go) => setTimeout(go, 30));
  }
  return sent;
}"""
