"""The keys of Jupyter that leave the log alone: numbered lines, scrolling, what an editor does."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.browsing import House
from tests.test_page_cells import choose, press
from tests.test_page_together import wait_for_source

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NUMBERED = """() => [...document.querySelectorAll(".cell")].map((cell) =>
  [...cell.querySelectorAll(".cm-lineNumbers .cm-gutterElement")]
    .filter((one) => one.style.visibility !== "hidden").map((one) => one.textContent).join(" "))"""


def wait_for_numbers(page: Page, *wanted: str) -> None:
    page.wait_for_function(
        f"(wanted) => JSON.stringify(({NUMBERED})()) === JSON.stringify(wanted)", arg=list(wanted)
    )


def run_by_name(page: Page, name: str) -> None:
    press(page, "Control+k")
    page.get_by_label("Command", exact=True).fill(name)
    press(page, "Enter")


def test_lines_are_numbered_in_one_cell_or_all_and_stay_so_on_this_device(
    house: House, enter: Callable[..., Page]
) -> None:
    notebook = house.notebook("a\nb\nc", "d\ne", "f")
    other = house.notebook("g\nh")
    page = enter(notebook)
    page.locator("#cell-c3 .cm-content").wait_for()
    wait_for_numbers(page, "", "", "")
    choose(page, "c2")
    press(page, "l")
    wait_for_numbers(page, "", "1 2", "")
    press(page, "Shift+L")
    wait_for_numbers(page, "1 2 3", "1 2", "1")
    page.reload()
    wait_for_numbers(page, "1 2 3", "1 2", "1")
    second = enter(other, page.context)
    wait_for_numbers(second, "1 2")
    second.close()
    choose(page, "c1")
    press(page, "l")
    wait_for_numbers(page, "", "1 2", "1")
    run_by_name(page, "Number the lines of all cells")
    wait_for_numbers(page, "1 2 3", "1 2", "1")
    press(page, "Shift+L")
    wait_for_numbers(page, "", "", "")


def test_space_scrolls_and_saving_says_that_all_is_kept(
    house: House, enter: Callable[..., Page]
) -> None:
    page = enter(house.notebook("first", *("\n" * 30 for _ in range(4))))
    page.locator("#cell-c1 .cm-content").wait_for()
    choose(page, "c1")
    page.locator("#cell-c1[data-looking=command]:focus").wait_for()
    press(page, "Space")
    page.wait_for_function("() => scrollY > 200")
    press(page, "Shift+Space")
    page.wait_for_function("() => scrollY < 200")
    run_by_name(page, "Scroll down")
    page.wait_for_function("() => scrollY > 200")
    choose(page, "c1")
    press(page, "Control+s")
    page.get_by_text("All is kept").wait_for()
    house.network.cut()
    try:
        page.locator("[data-connection=offline]").wait_for(state="attached")
        press(page, "Enter")
        page.keyboard.type("x")
        press(page, "Control+s")
        page.get_by_text("kept on this device, and not sent yet").wait_for()
    finally:
        house.network.mend()


def test_the_keys_of_a_text_do_what_their_names_do(
    house: House, enter: Callable[..., Page]
) -> None:
    page = enter(house.notebook("one = 1\ntwo = 2"))
    choose(page, "c1")
    press(page, "p")  # the palette, from command mode alone
    page.get_by_label("Command", exact=True).wait_for()
    press(page, "Escape")
    choose(page, "c1")
    press(page, "Enter")
    page.locator("#cell-c1 .cm-content[aria-autocomplete=list]:focus").wait_for()
    press(page, "Control+Home", "Control+/")
    wait_for_source(page, "c1", "# one = 1\ntwo = 2")
    press(page, "Control+/", "Control+]")
    wait_for_source(page, "c1", "    one = 1\ntwo = 2")
    press(page, "Control+[")
    wait_for_source(page, "c1", "one = 1\ntwo = 2")
    press(page, "p")
    wait_for_source(page, "c1", "pone = 1\ntwo = 2")
    run_by_name(page, "Make lines comments")
    wait_for_source(page, "c1", "# pone = 1\ntwo = 2")
    run_by_name(page, "Take back what I wrote")
    first = "document.querySelector('#cell-c1 .cm-line').textContent"
    page.wait_for_function(f"() => !{first}.startsWith('#')")
    press(page, "Escape", "?")
    sheet = page.get_by_role("dialog", name="Keys")
    for title in ("Number the lines of the cell", "Scroll down", "Make lines comments", "Complete"):
        sheet.get_by_text(title).wait_for()
