"""Folding sections, sources and outputs: one person's way of looking, in no log."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from tests.browsing import House
from tests.test_page_cells import choose, press
from tests.test_page_find import find, wait_for_count
from tests.test_page_together import wait_for_order

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

BOOK = ("# Birds", "1", "# ## Herons", "2", "# Mammals", "3")


def book(house: House) -> str:
    """Two chapters, the first one with a section in it."""
    notebook = house.notebook(*BOOK)
    edits = [{"old": "# ## Herons", "new": "## Herons"}]
    house.call("edit_cell", notebook_id=notebook, cell_id="c3", edits=edits)
    return notebook


def test_the_section_of_a_heading_is_folded_by_mouse_and_keys_for_one_person_alone(
    house: House, enter: Callable[..., Page]
) -> None:
    notebook = book(house)
    page, other = enter(notebook), enter(notebook)
    seq = house.call("read_notebook", notebook_id=notebook, detail="outline")["seq"]
    page.locator("#cell-c1").hover()
    page.locator("#cell-c1").get_by_role("button", name="Fold the section").click()
    wait_for_order(page, "c1", "c5", "c6")
    page.reload()
    wait_for_order(page, "c1", "c5", "c6")
    page.get_by_role("button", name="Show the section, 3 cells").click()
    wait_for_order(page, "c1", "c2", "c3", "c4", "c5", "c6")
    choose(page, "c4")
    press(page, "ArrowLeft", "ArrowLeft")
    wait_for_order(page, "c1", "c2", "c3", "c5", "c6")
    press(page, "j")
    page.locator("#cell-c5[data-looking=command]").wait_for()
    press(page, "k", "ArrowRight")
    wait_for_order(page, "c1", "c2", "c3", "c4", "c5", "c6")
    wait_for_order(other, "c1", "c2", "c3", "c4", "c5", "c6")
    after = house.call("read_notebook", notebook_id=notebook, detail="outline")["seq"]
    assert after == seq


def test_a_folded_section_is_moved_run_and_deleted_as_a_whole(
    house: House, enter: Callable[..., Page]
) -> None:
    notebook = book(house)
    page = enter(notebook)
    choose(page, "c1")
    press(page, "ArrowLeft", "Alt+ArrowDown")
    wait_for_order(page, "c5", "c6", "c1")
    whole = ["# Mammals", "3", "# Birds", "1", "## Herons", "2"]
    house.wait_for_sources(notebook, whole)
    press(page, "Control+Enter")
    page.get_by_role("button", name="Show the section").click()
    for cell in ("c2", "c4"):
        page.locator(f"#cell-{cell}[data-state=ok]").wait_for()
    choose(page, "c1")
    press(page, "ArrowLeft", "d", "d")
    wait_for_order(page, "c5", "c6")
    house.wait_for_sources(notebook, ["# Mammals", "3"])
    press(page, "z")
    page.locator("#cell-c1").wait_for()
    house.wait_for_sources(notebook, whole)


def test_whoever_goes_to_what_is_folded_sees_it(house: House, enter: Callable[..., Page]) -> None:
    page = enter(book(house))
    choose(page, "c1")
    press(page, "ArrowLeft")
    wait_for_order(page, "c1", "c5", "c6")
    page.get_by_role("navigation", name="Outline").get_by_text("Herons").click()
    page.locator("#cell-c3[data-looking=command]").wait_for()
    choose(page, "c1")
    press(page, "ArrowLeft")
    wait_for_order(page, "c1", "c5", "c6")
    bar = find(page, "2")
    wait_for_count(bar, "1 of 1")
    page.locator("#cell-c4").wait_for()


def test_sources_are_folded_and_opened_by_writing(house: House, enter: Callable[..., Page]) -> None:
    notebook = house.notebook("total = 1\ntotal + 1", "2")
    page = enter(notebook)
    choose(page, "c1")
    press(page, "Shift+O")
    shown = page.locator("#cell-c1").get_by_role("button", name="Show the source")
    shown.get_by_text("2 lines").wait_for()
    assert page.locator("#cell-c1 .cm-content").count() == 0
    press(page, "Enter")
    page.locator("#cell-c1 .cm-content").get_by_text("total + 1").wait_for()
    press(page, "Escape")
    shown.click()
    page.locator("#cell-c1 .cm-content").wait_for()


def test_all_outputs_are_folded_from_the_palette(house: House, enter: Callable[..., Page]) -> None:
    notebook = house.notebook("'heron'", "'egret'")
    house.call("run_cells", notebook_id=notebook, wait_s=60)
    page = enter(notebook)
    choose(page, "c1")
    press(page, "Control+k")
    page.get_by_role("combobox").fill("fold all outputs")
    press(page, "Enter")
    page.locator("#cell-c2").get_by_role("button", name="1 output folded").wait_for()
    assert page.locator(".outputs").count() == 0


def test_what_a_file_has_folded_opens_folded(house: House, enter: Callable[..., Page]) -> None:
    def cell(source: str, cell_type: str, **metadata: Any) -> dict[str, Any]:
        return {"source": source, "cell_type": cell_type, "metadata": {"json": metadata}}

    cells = [
        cell("1 + 1", "code", jupyter={"source_hidden": True}),
        cell("# Birds", "markdown", **{"jp-MarkdownHeadingCollapsed": True}),
        cell("heron = 1", "code"),
    ]
    notebook = house.call("create_notebook", title="Folded", cells=cells)["notebook_id"]
    page = enter(notebook)
    page.get_by_role("button", name="Show the source").wait_for()
    page.get_by_role("button", name="Show the section, 1 cell").click()
    page.get_by_text("heron = 1").wait_for()
