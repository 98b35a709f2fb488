"""Several people and programs in one notebook: what each types arrives, and nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.browsing import House

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def type_into(page: Page, cell: str, text: str, *, where: str = "Control+End") -> None:
    """Type where these keys lead."""
    page.locator(f"#cell-{cell} .cm-content").click()
    for key in where.split():
        page.keyboard.press(key)
    page.keyboard.type(text)


ORDER = """(wanted) => [...document.querySelectorAll('.cells article')]
  .map((cell) => cell.dataset.cellId).join(' ') === wanted"""

SHOWS = """([cell, text]) => {
  const lines = [...document.querySelectorAll(`#cell-${cell} .cm-line`)];
  const bare = lines.map((line) => line.textContent.replace(/[\\u2060].*[\\u2060]/, ""));
  return bare.join("\\n") === text;
}"""


def wait_for_source(page: Page, cell: str, text: str) -> None:
    from playwright.sync_api import TimeoutError as TookTooLong

    try:
        page.wait_for_function(SHOWS, arg=[cell, text])
    except TookTooLong:
        shown = page.evaluate("document.body.innerText")
        raise AssertionError(f"{cell} does not become {text!r} in:\n{shown[:3000]}") from None


def wait_for_order(page: Page, *cells: str) -> None:
    page.wait_for_function(ORDER, arg=" ".join(cells))


def wait_until_sent(page: Page) -> None:
    page.locator("[data-unsent='0']").wait_for(state="attached")


def test_two_people_type_into_one_cell_and_both_see_all_of_it(
    house: House, enter: Callable[..., Page]
) -> None:
    notebook = house.notebook("middle")
    ana, bob = enter(notebook), enter(notebook)
    type_into(ana, "c1", "before ", where="Control+Home")
    type_into(bob, "c1", " after")
    for page in (ana, bob):
        wait_for_source(page, "c1", "before middle after")
    house.wait_for_sources(notebook, ["before middle after"])


def test_what_a_program_does_to_a_cell_comes_in_under_the_caret(
    house: House, enter: Callable[..., Page]
) -> None:
    notebook = house.notebook("total = 1")
    page = enter(notebook)
    type_into(page, "c1", "2")
    wait_until_sent(page)
    edits = [{"old": "total", "new": "the_sum"}]
    house.call("edit_cell", notebook_id=notebook, cell_id="c1", edits=edits)
    wait_for_source(page, "c1", "the_sum = 12")
    page.keyboard.type("3")
    wait_for_source(page, "c1", "the_sum = 123")
    wait_until_sent(page)
    house.wait_for_sources(notebook, ["the_sum = 123"])


def test_undo_takes_back_ones_own_changes_alone(house: House, enter: Callable[..., Page]) -> None:
    notebook = house.notebook("x")
    ana, bob = enter(notebook), enter(notebook)
    type_into(ana, "c1", " = 1")
    wait_for_source(bob, "c1", "x = 1")
    type_into(bob, "c1", "# by Bob\n", where="Control+Home")
    wait_for_source(ana, "c1", "# by Bob\nx = 1")
    ana.keyboard.press("Control+z")
    wait_for_source(bob, "c1", "# by Bob\nx")


def test_the_caret_of_another_is_seen_with_a_name(house: House, enter: Callable[..., Page]) -> None:
    notebook = house.notebook("birds = 3")
    ana, bob = enter(notebook), enter(notebook)
    type_into(bob, "c1", "0")
    ana.locator("#cell-c1 .cm-other-caret").wait_for()
    assert ana.locator("#cell-c1 .cm-other-name").inner_text()
    bob.close()
    ana.locator("#cell-c1 .cm-other-caret").wait_for(state="detached")


def test_an_assistant_is_seen_where_it_works(house: House, enter: Callable[..., Page]) -> None:
    notebook = house.notebook("birds = 3", "2")
    page = enter(notebook)
    secret = house.credential("assistant", "Claude")
    edits = [{"old": "birds", "new": "herons"}]
    house.call("edit_cell", secret, notebook_id=notebook, cell_id="c1", edits=edits)
    page.locator("#cell-c1 .cell-other").wait_for()
    face = page.get_by_role("list", name="Also here").get_by_role("button")
    assert "Claude" in (face.get_attribute("aria-label") or "")
    assert "face-assistant" in (face.get_attribute("class") or "")


def test_cells_come_and_go_and_move_for_all(house: House, enter: Callable[..., Page]) -> None:
    notebook = house.notebook("one", "two", "three")
    ana, bob = enter(notebook), enter(notebook)
    ana.locator("#cell-c1").click(position={"x": 4, "y": 4})
    ana.keyboard.press("b")
    bob.locator("article").nth(3).wait_for()
    ana.keyboard.press("d")
    ana.keyboard.press("d")
    bob.locator("article").nth(3).wait_for(state="detached")
    ana.keyboard.press("Alt+ArrowUp")
    wait_for_order(bob, "c2", "c1", "c3")
    house.wait_for_sources(notebook, ["two", "one", "three"])


def test_the_states_of_page_and_server_are_compared(
    house: House, enter: Callable[..., Page]
) -> None:
    notebook = house.notebook("1 + 1")
    page = enter(notebook)
    type_into(page, "c1", " + 1")
    page.keyboard.press("Shift+Enter")
    page.locator("#cell-c1[data-state=ok]").wait_for()
    seq = house.call("read_notebook", notebook_id=notebook, detail="outline")["seq"]
    page.locator(f"[data-agreed='{seq}']").wait_for(state="attached")


def test_ten_tabs_of_a_browser_share_one_stream(house: House, enter: Callable[..., Page]) -> None:
    notebooks = [house.notebook(f"n = {number}") for number in range(4)]
    first = enter(notebooks[0])
    tabs = [first, *(enter(notebooks[number % 4], first.context) for number in range(1, 10))]
    for number, notebook in enumerate(notebooks):
        house.call(
            "edit_cell",
            notebook_id=notebook,
            cell_id="c1",
            edits=[{"old": "n", "new": f"of_{number}"}],
        )
    for number, tab in enumerate(tabs):
        tab.bring_to_front()
        wait_for_source(tab, "c1", f"of_{number % 4} = {number % 4}")


def test_what_is_typed_without_a_network_goes_out_once_when_it_is_back(
    house: House, enter: Callable[..., Page]
) -> None:
    notebook = house.notebook("a", "b")
    page = enter(notebook)
    type_into(page, "c1", "1")
    wait_until_sent(page)
    house.network.cut()
    try:
        page.get_by_text("Offline").wait_for()
        type_into(page, "c1", "23")
        page.keyboard.press("Escape")
        page.keyboard.press("b")
        page.keyboard.press("Enter")
        page.keyboard.type("new")
        house.call(
            "edit_cell", notebook_id=notebook, cell_id="c1", edits=[{"old": "a", "new": "A"}]
        )
    finally:
        house.network.mend()
    wait_until_sent(page)
    wait_for_source(page, "c1", "A123")
    house.wait_for_sources(notebook, ["A123", "new", "b"])


def test_what_is_typed_into_a_passage_that_somebody_deletes_meanwhile_stays(
    house: House, enter: Callable[..., Page]
) -> None:
    notebook = house.notebook("one two three")
    ana, bob = enter(notebook), enter(notebook)
    with house.network.holding_commands():
        type_into(ana, "c1", "X", where="Control+Home" + " ArrowRight" * 5)
        wait_for_source(ana, "c1", "one tXwo three")
        edits = [{"old": "two ", "new": ""}]
        house.call("edit_cell", notebook_id=notebook, cell_id="c1", edits=edits)
        wait_for_source(ana, "c1", "one Xthree")
    house.wait_for_sources(notebook, ["one Xthree"])
    for page in (ana, bob):
        wait_for_source(page, "c1", "one Xthree")


def test_what_a_closed_tab_had_not_sent_goes_out_with_the_next_one(
    house: House, enter: Callable[..., Page]
) -> None:
    notebook = house.notebook("a")
    page = enter(notebook)
    wait_for_source(page, "c1", "a")
    house.network.cut()
    try:
        page.get_by_text("Offline").wait_for()
        type_into(page, "c1", "bc")
        page.get_by_text("kept on this device").wait_for()
        context = page.context
        page.close()
        house.call(
            "edit_cell", notebook_id=notebook, cell_id="c1", edits=[{"old": "a", "new": "xa"}]
        )
    finally:
        house.network.mend()
    again = enter(notebook, context)
    wait_for_source(again, "c1", "xabc")
    wait_until_sent(again)
    house.wait_for_sources(notebook, ["xabc"])


def test_an_edit_of_a_cell_that_is_gone_is_shown_with_its_text(
    house: House, enter: Callable[..., Page]
) -> None:
    notebook = house.notebook("a", "b")
    page = enter(notebook)
    wait_for_source(page, "c1", "a")
    house.network.cut()
    try:
        page.get_by_text("Offline").wait_for()
        type_into(page, "c1", " precious")
        house.call("delete_cells", notebook_id=notebook, cell_ids=["c1"])
    finally:
        house.network.mend()
    refusal = page.get_by_role("alert")
    refusal.get_by_text("a precious").wait_for()
    refusal.get_by_role("button", name="Put it into a new cell").click()
    wait_until_sent(page)
    house.wait_for_sources(notebook, ["a precious", "b"], in_any_order=True)
