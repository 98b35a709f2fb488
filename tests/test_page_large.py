"""A notebook of 1,000 cells with 10 MB of outputs: what comes, what is drawn, what a key touches.

How long it takes is for `make bench ARGS=page`; here is what makes it quick.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from evals.bench.books import LARGE, Shelf

from tests.browsing import House
from tests.test_page_offline import wait_until_kept

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TRANSFER = 300_000
"""Bytes after which such a notebook can be used."""

EDITORS = 30
"""Editors that there are at most: of the cells in a window of 720 px, and some above and below."""

READY = "#cell-c0 .cm-content"


@pytest.fixture(scope="module")
def large(house: House) -> str:
    """The notebook that the tests of this module share."""
    return Shelf(house.address, house.token).large()


def write_in(page: Page, cell: str) -> None:
    """Put the caret at the end of a cell's text, by mouse."""
    page.locator(f"#cell-{cell} .cm-content").click()
    page.locator(f"#cell-{cell} .cm-content[aria-autocomplete=list]").wait_for()
    page.keyboard.press("Control+End")


def all_drawn(page: Page) -> None:
    page.wait_for_function(f"() => document.querySelectorAll('.cell').length === {LARGE}")


def test_it_can_be_used_after_little_came(
    house: House, large: str, chromium: Browser, enter: Callable[..., Page]
) -> None:
    """Counted is every byte that the server sent to this browser, as it went through the socket
    (headers, the document, tools, the state, the stream, outputs in sight) from asking for the
    address until a key stands in the first cell. The page's own files were kept by the browser,
    which had another notebook open before."""
    context = chromium.new_context(storage_state=house.signed_in)
    small = house.notebook("1")
    other = enter(small, context)
    wait_until_kept(other, small)
    other.close()
    before = house.network.answered
    page = enter(large, context)
    page.locator(READY).click()
    page.keyboard.press("Control+Home")
    page.keyboard.type("#")
    page.locator(READY, has_text="#import base64").wait_for()
    came = house.network.answered - before
    assert came <= TRANSFER, f"{came:,} bytes came"
    page.locator("[data-unsent='0']").wait_for(state="attached")
    context.close()


def test_outputs_come_when_somebody_looks_at_them(large: str, enter: Callable[..., Page]) -> None:
    page = enter(large)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.locator("#cell-c2 .output-text", has_text="2    0 0.").wait_for()
    assert page.locator("#cell-c2 .output-text span").count() < 20, "a line is no element"
    all_drawn(page)
    assert not any("c998" in url for url in asked)
    page.locator("#cell-c998").scroll_into_view_if_needed()
    page.locator("#cell-c998 .output-text", has_text="998  419 0.").wait_for()
    page.locator("#cell-c997 table").first.wait_for()


def test_only_cells_near_the_window_have_an_editor(large: str, enter: Callable[..., Page]) -> None:
    page = enter(large)
    page.locator(READY).wait_for()
    all_drawn(page)
    editors = page.locator(".cm-editor")
    assert editors.count() <= EDITORS
    for cell in range(40, 200, 40):
        page.locator(f"#cell-c{cell}").scroll_into_view_if_needed()
        page.locator(f"#cell-c{cell} .cm-editor").wait_for()
    page.locator("#cell-c0 .cm-editor").wait_for(state="detached")
    assert editors.count() <= EDITORS
    assert "import base64" in (page.locator("#cell-c0 .static-source").text_content() or "")
    page.locator("#cell-c0").scroll_into_view_if_needed()
    page.locator(READY).wait_for()


# What is near is drawn bit by bit: this resolves once nothing came for a while.
AT_REST = """() => new Promise((resolve) => {
  let timer = setTimeout(resolve, 1500);
  new MutationObserver(() => {
    clearTimeout(timer);
    timer = setTimeout(resolve, 1500);
  }).observe(document.querySelector(".cells"), { subtree: true, childList: true });
})"""


def test_a_key_changes_its_own_cell_alone(large: str, enter: Callable[..., Page]) -> None:
    page = enter(large)
    all_drawn(page)
    laid_out = "cell => cell.checkVisibility({ contentVisibilityAuto: true })"
    assert page.locator("#cell-c0").evaluate(laid_out)
    assert not page.locator("#cell-c500").evaluate(laid_out)
    write_in(page, "c0")
    page.keyboard.type(" ")
    page.locator("#cell-c0[data-state=stale]").wait_for()
    page.evaluate(AT_REST)
    page.evaluate("""() => {
      window.touched = new Set();
      new MutationObserver((changes) => {
        for (const { target } of changes) {
          const element = target.nodeType === 1 ? target : target.parentElement;
          touched.add(element?.closest(".cell")?.id ?? element?.className ?? "");
        }
      }).observe(document.querySelector(".cells"), {
        subtree: true, childList: true, characterData: true, attributes: true,
      });
    }""")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.keyboard.type("# herons", delay=30)
    page.locator("[data-unsent='0']").wait_for(state="attached")
    assert page.evaluate("[...touched]") == ["cell-c0"]
    page.locator("#cell-c0 .last-changed", has_text="changed this just now").wait_for()
    assert not [url for url in asked if "/lines" in url]


def test_what_one_wrote_can_be_undone_after_a_way_through_all_of_it(
    house: House, large: str, enter: Callable[..., Page]
) -> None:
    page = enter(large)
    all_drawn(page)
    write_in(page, "c2")
    page.keyboard.type("# egrets")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+End")
    page.locator(f"#cell-c{LARGE - 1}[data-looking=command]").wait_for()
    page.locator(f"#cell-c{LARGE - 1} .output-text").wait_for()
    page.keyboard.press("k")
    page.locator(f"#cell-c{LARGE - 2}[data-looking=command]").wait_for()
    page.keyboard.press("Control+Home")
    page.locator("#cell-c0[data-looking=command]").wait_for()
    page.locator("#cell-c2 .cm-content").click()
    page.keyboard.press("Control+z")
    page.locator("#cell-c2 .cm-content", has_text="egrets").wait_for(state="detached")
    page.locator("[data-unsent='0']").wait_for(state="attached")
    assert not any("egrets" in source for source in house.sources(large))


def test_the_browser_finds_what_is_far_away_and_the_outline_leads_there(
    large: str, enter: Callable[..., Page]
) -> None:
    page = enter(large, viewport={"width": 1440, "height": 900})
    all_drawn(page)
    found = "window.find('lines(996)') && getSelection().anchorNode.parentElement"
    assert page.evaluate(f"({found}).closest('.cell').id") == "cell-c996"
    page.get_by_role("link", name="Part 50").click()
    page.locator("#cell-c501[data-looking=command]").wait_for()
    page.wait_for_function(
        "() => { const { top } = document.querySelector('#cell-c501').getBoundingClientRect();"
        " return top >= 0 && top < innerHeight; }"
    )
    page.locator("#cell-c502 .cm-content").wait_for()


def test_what_is_read_stays_where_it_is_while_what_is_above_it_comes(
    large: str, enter: Callable[..., Page]
) -> None:
    page = enter(large)
    all_drawn(page)
    was, far = page.evaluate("""() => {
      const cell = document.querySelector("#cell-c500");
      cell.scrollIntoView({ block: "center" });
      return [cell.getBoundingClientRect().top, scrollY];
    }""")
    for above in (498, 499, 500):
        page.locator(f"#cell-c{above} .output-text").first.wait_for()
    page.locator("#cell-c500 .cm-editor").wait_for()
    page.wait_for_function(
        """([was, far]) => {
          const { top } = document.querySelector("#cell-c500").getBoundingClientRect();
          return Math.abs(top - was) <= 3 && scrollY > far + 300;
        }""",
        arg=[was, far],
    )
