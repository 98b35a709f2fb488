"""Where cells stand: dragged, selected together, inserted among others, and taken back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.browsing import House
from tests.test_page_cells import choose, press
from tests.test_page_together import wait_for_order, wait_for_source

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def grasp(page: Page, cell: str) -> None:
    """Take hold of a cell by its handle."""
    page.locator(f"#cell-{cell}").hover()
    handle = page.locator(f"#cell-{cell} .cell-grip").bounding_box()
    assert handle is not None
    page.mouse.move(handle["x"] + 6, handle["y"] + 6)
    page.mouse.down()


def carry(page: Page, cell: str, part: float) -> None:
    """Move what is held to a part of a cell's height."""
    box = page.locator(f"#cell-{cell}").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 60, box["y"] + part * box["height"], steps=4)
    page.locator(".drop-line").wait_for()


def test_a_cell_is_dragged_by_its_handle(house: House, enter: Callable[..., Page]) -> None:
    notebook = house.notebook("one", "two", "three")
    page = enter(notebook)
    grasp(page, "c1")
    carry(page, "c2", 0.9)
    page.mouse.up()
    wait_for_order(page, "c2", "c1", "c3")
    grasp(page, "c3")
    carry(page, "c2", 0.1)
    page.mouse.up()
    wait_for_order(page, "c3", "c2", "c1")
    house.wait_for_sources(notebook, ["three", "two", "one"])
    press(page, "z", "z")
    wait_for_order(page, "c1", "c2", "c3")


def test_the_selected_cells_are_dragged_together(house: House, enter: Callable[..., Page]) -> None:
    notebook = house.notebook("one", "two", "three", "four")
    page = enter(notebook)
    choose(page, "c1")
    page.locator("#cell-c2").click(position={"x": 4, "y": 4}, modifiers=["Shift"])
    grasp(page, "c1")
    carry(page, "c3", 0.9)
    page.mouse.up()
    wait_for_order(page, "c3", "c1", "c2", "c4")
    house.wait_for_sources(notebook, ["three", "one", "two", "four"])


def test_escape_lets_go_of_what_is_dragged(house: House, enter: Callable[..., Page]) -> None:
    notebook = house.notebook("one", "two")
    page = enter(notebook)
    grasp(page, "c1")
    carry(page, "c2", 0.9)
    page.keyboard.press("Escape")
    page.mouse.up()
    page.locator(".drop-line").wait_for(state="detached")
    house.wait_for_sources(notebook, ["one", "two"])


def test_all_cells_are_selected_and_made_headings(house: House, enter: Callable[..., Page]) -> None:
    notebook = house.notebook("Herons", "Egrets")
    page = enter(notebook)
    choose(page, "c1")
    press(page, "Control+a", "2")
    page.locator("#cell-c2 h2", has_text="Egrets").wait_for()
    house.wait_for_sources(notebook, ["## Herons", "## Egrets"])
    house.wait_for_cells(notebook, "cell_type", ["markdown", "markdown"])
    press(page, "z")
    page.locator("#cell-c2[data-type=code]").wait_for()
    house.wait_for_sources(notebook, ["Herons", "Egrets"])


def test_a_split_and_a_join_are_taken_back_whole_and_done_again(
    house: House, enter: Callable[..., Page]
) -> None:
    notebook = house.notebook("first\nsecond", "third")
    page = enter(notebook)
    page.locator("#cell-c1 .cm-content").click()
    press(page, "Control+Home", "End", "Control+Shift+-", "Escape")
    house.wait_for_sources(notebook, ["first", "second", "third"])
    press(page, "z")
    house.wait_for_sources(notebook, ["first\nsecond", "third"])
    press(page, "Shift+Z")
    house.wait_for_sources(notebook, ["first", "second", "third"])
    choose(page, "c1")
    press(page, "Shift+J", "Shift+J", "Shift+M")
    house.wait_for_sources(notebook, ["first\nsecond\nthird"])
    press(page, "z")
    house.wait_for_sources(notebook, ["first", "second", "third"])


def test_what_another_wrote_into_a_joined_cell_stays_when_it_is_taken_apart(
    house: House, enter: Callable[..., Page]
) -> None:
    notebook = house.notebook("one", "two")
    page = enter(notebook)
    choose(page, "c1")
    press(page, "Shift+M")
    house.wait_for_sources(notebook, ["one\ntwo"])
    edits = [{"old": "one", "new": "# by Bob\none"}]
    house.call("edit_cell", notebook_id=notebook, cell_id="c1", edits=edits)
    wait_for_source(page, "c1", "# by Bob\none\ntwo")
    press(page, "z")
    page.locator("#cell-c2").wait_for()
    house.wait_for_sources(notebook, ["# by Bob\none", "two"])


def test_undo_of_cells_leaves_alone_what_another_did(
    house: House, enter: Callable[..., Page]
) -> None:
    notebook = house.notebook("one", "two", "three")
    ana, bob = enter(notebook), enter(notebook)
    choose(ana, "c1")
    press(ana, "d", "d")
    bob.locator("#cell-c1").wait_for(state="detached")
    choose(bob, "c3")
    press(bob, "d", "d")
    ana.locator("#cell-c3").wait_for(state="detached")
    press(ana, "z")
    for page in (ana, bob):
        wait_for_order(page, "c1", "c2")
    press(ana, "z")
    house.wait_for_sources(notebook, ["one", "two"])


def test_cells_inserted_at_one_place_stand_as_the_log_has_them_for_all(
    house: House, enter: Callable[..., Page]
) -> None:
    notebook = house.notebook("one", "two")
    page, other = enter(notebook), enter(notebook)
    wait_for_source(page, "c1", "one")
    house.network.cut()
    try:
        page.get_by_text("Offline").wait_for()
        choose(page, "c1")
        press(page, "b", "Enter")
        page.keyboard.type("by Ana")
        page.locator("article").nth(2).wait_for()
        cells = [{"cell_id": "bob", "source": "by Bob"}]
        house.call("insert_cells", notebook_id=notebook, cells=cells, after="c1")
    finally:
        house.network.mend()
    page.locator("#cell-bob").wait_for()
    # Hers came to the log last, and stands nearest to what both inserted after.
    house.wait_for_sources(notebook, ["one", "by Ana", "by Bob", "two"])
    ids = house.call("read_notebook", notebook_id=notebook, detail="outline")["cells"]
    for shown in (page, other):
        wait_for_order(shown, *(cell["cell_id"] for cell in ids))
