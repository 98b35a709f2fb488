"""Finding in all that a notebook says and shows, and replacing in its sources."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.browsing import House
from tests.test_page_cells import choose, press
from tests.test_page_together import wait_for_source

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MARKED = """([name, text]) => {
  const marks = [...(CSS.highlights.get(name) ?? [])];
  return marks.map((mark) => String(mark)).join("|") === text;
}"""


def find(page: Page, text: str, *, keys: str = "Control+f") -> Locator:
    """Look for a text from command mode."""
    page.keyboard.press(keys)
    bar = page.get_by_role("search", name="Find")
    bar.get_by_label("Find", exact=True).fill(text)
    return bar


def wait_for_count(bar: Locator, text: str) -> None:
    bar.get_by_label("Matches").get_by_text(text, exact=True).wait_for()


def test_sources_and_outputs_are_searched_and_gone_through_in_order(
    house: House, enter: Callable[..., Page]
) -> None:
    notebook = house.notebook("heron = 'grey heron'", "# Herons", "print('heron ' * 2)")
    house.call("run_cells", notebook_id=notebook, wait_s=60)
    page = enter(notebook)
    choose(page, "c1")
    bar = find(page, "heron")
    wait_for_count(bar, "1 of 6")
    page.wait_for_function(MARKED, arg=["found-here", "heron"])
    page.keyboard.press("Shift+Enter")
    wait_for_count(bar, "6 of 6")
    page.wait_for_function(
        "() => [...(CSS.highlights.get('found-here') ?? [])]"
        ".some((range) => range.startContainer.parentElement.closest('#cell-c3 .outputs'))"
    )
    press(page, "Enter", "Enter", "Enter")
    wait_for_count(bar, "3 of 6")
    page.wait_for_function(MARKED, arg=["found-here", "Heron"])
    bar.get_by_label("In outputs too").uncheck()
    wait_for_count(bar, "3 of 4")
    page.keyboard.press("Escape")
    bar.wait_for(state="detached")
    page.locator("#cell-c2[data-looking=command]").wait_for()


def test_case_words_and_patterns_narrow_what_is_found(
    house: House, enter: Callable[..., Page]
) -> None:
    page = enter(house.notebook("Egret egret egrets", "x[0] = 1; x[12] = 2"))
    choose(page, "c1")
    bar = find(page, "egret")
    wait_for_count(bar, "1 of 3")
    bar.get_by_label("Match case").click()
    wait_for_count(bar, "1 of 2")
    bar.get_by_label("Whole word").click()
    wait_for_count(bar, "1 of 1")
    page.wait_for_function(MARKED, arg=["found", "egret"])
    find(page, "[0]")
    wait_for_count(bar, "None")
    bar.get_by_label("Whole word").click()
    wait_for_count(bar, "1 of 1")
    bar.get_by_label("Regular expression").click()
    find(page, r"x\[\d+\]")
    wait_for_count(bar, "1 of 2")
    find(page, "x[")
    bar.get_by_text("This is no regular expression").wait_for()


def test_what_is_far_below_is_found_and_brought_into_sight(
    house: House, enter: Callable[..., Page]
) -> None:
    page = enter(house.notebook(*[f"n = {number}" for number in range(120)], "kingfisher = 1"))
    choose(page, "c1")
    bar = find(page, "kingfisher")
    wait_for_count(bar, "1 of 1")
    page.wait_for_function(MARKED, arg=["found-here", "kingfisher"])
    page.wait_for_function(
        "() => [...(CSS.highlights.get('found-here') ?? [])].map((range) => "
        "range.getBoundingClientRect()).some((box) => box.top > 48 && box.bottom < innerHeight)"
    )
    assert bar.get_by_label("Find", exact=True).input_value() == "kingfisher"
    press(page, "Escape", "Enter")
    page.locator("#cell-c121[data-looking=edit]").wait_for()


def test_one_match_is_replaced_and_then_all_and_all_of_it_is_taken_back(
    house: House, enter: Callable[..., Page]
) -> None:
    before = ["crow = 1", "# A crow, a crow", "print('no bird', crow)"]
    notebook = house.notebook(*before)
    page = enter(notebook)
    choose(page, "c1")
    bar = find(page, "crow", keys="f")
    bar.get_by_label("Replace by").fill("crowd")
    bar.get_by_role("button", name="Replace", exact=True).last.click()
    wait_for_count(bar, "2 of 4")
    house.wait_for_sources(notebook, ["crowd = 1", *before[1:]])
    bar.get_by_label("Whole word").click()
    bar.get_by_label("Replace by").fill("rook")
    bar.get_by_role("button", name="All", exact=True).click()
    bar.get_by_text("Replaced 3 matches.").wait_for()
    changed = ["crowd = 1", "# A rook, a rook", "print('no bird', rook)"]
    house.wait_for_sources(notebook, changed)
    bar.get_by_role("button", name="Undo").click()
    press(page, "Escape", "z")
    page.locator("#cell-c1 .cm-content").get_by_text("crow = 1").wait_for()
    house.wait_for_sources(notebook, before)


def test_a_pattern_replaces_by_what_it_found(house: House, enter: Callable[..., Page]) -> None:
    notebook = house.notebook("weight_heron, weight_egret")
    page = enter(notebook)
    choose(page, "c1")
    bar = find(page, r"weight_(\w+)", keys="f")
    bar.get_by_label("Regular expression").click()
    wait_for_count(bar, "1 of 2")
    bar.get_by_label("Replace by").fill("$1.weight")
    bar.get_by_role("button", name="All", exact=True).click()
    bar.get_by_text("Replaced 2 matches.").wait_for()
    house.wait_for_sources(notebook, ["heron.weight, egret.weight"])


def test_what_another_writes_between_the_matches_stays_when_all_are_replaced_and_taken_back(
    house: House, enter: Callable[..., Page]
) -> None:
    notebook = house.notebook("a = crow\nb = 2\nc = crow")
    page = enter(notebook)
    choose(page, "c1")
    bar = find(page, "crow", keys="f")
    wait_for_count(bar, "1 of 2")
    bar.get_by_label("Replace by").fill("jackdaw")
    house.network.cut()
    try:
        page.get_by_text("Offline").wait_for()
        bar.get_by_role("button", name="All", exact=True).click()
        edits = [{"old": "b = 2", "new": "b = 2  # by Bob"}]
        house.call("edit_cell", notebook_id=notebook, cell_id="c1", edits=edits)
    finally:
        house.network.mend()
    both = "a = jackdaw\nb = 2  # by Bob\nc = jackdaw"
    page.locator("#cell-c1").get_by_text("# by Bob").wait_for()
    house.wait_for_sources(notebook, [both])
    bar.get_by_role("button", name="Undo").click()
    bar.get_by_text("Taken back.").wait_for()
    house.wait_for_sources(notebook, ["a = crow\nb = 2  # by Bob\nc = crow"])


def test_control_z_takes_back_what_was_replaced_from_the_bar_and_from_command_mode(
    house: House, enter: Callable[..., Page]
) -> None:
    page = enter(house.notebook("heron", "heron heron"))
    choose(page, "c1")
    bar = find(page, "heron", keys="f")
    bar.get_by_label("Replace by").fill("wren")
    bar.get_by_role("button", name="All").click()
    wait_for_source(page, "c2", "wren wren")
    press(page, "Control+z")
    wait_for_source(page, "c1", "heron")
    wait_for_source(page, "c2", "heron heron")
    bar.get_by_role("button", name="Replace", exact=True).last.click()
    wait_for_source(page, "c1", "wren")
    press(page, "Escape", "Control+z")
    wait_for_source(page, "c1", "heron")
    press(page, "Control+Shift+z")
    wait_for_source(page, "c1", "wren")


def test_control_z_in_a_text_takes_back_what_was_replaced_there_in_its_turn(
    house: House, enter: Callable[..., Page]
) -> None:
    page = enter(house.notebook("heron", "heron heron"))
    page.locator("#cell-c1 .cm-content").click()
    press(page, "Control+End")
    page.keyboard.type(" typed")
    press(page, "Escape")
    bar = find(page, "heron", keys="f")
    bar.get_by_label("Replace by").fill("wren")
    bar.get_by_role("button", name="All").click()
    wait_for_source(page, "c1", "wren typed")
    press(page, "Escape")
    page.locator("#cell-c1 .cm-content").click()
    press(page, "Control+End")
    page.keyboard.type("!")
    wait_for_source(page, "c1", "wren typed!")
    press(page, "Control+z")
    wait_for_source(page, "c1", "wren typed")
    press(page, "Control+z")
    wait_for_source(page, "c1", "heron typed")
    wait_for_source(page, "c2", "wren wren")  # of this cell alone
    press(page, "Control+z")
    wait_for_source(page, "c1", "heron")
    press(page, "Escape", "z")
    wait_for_source(page, "c2", "heron heron")
    house.wait_for_sources(page.url.rpartition("/")[2], ["heron", "heron heron"])
