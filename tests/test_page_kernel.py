"""What the kernel knows, where it is needed: completion, inspection, the list of variables."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.browsing import House

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def started(house: House, source: str) -> str:
    """A notebook whose kernel has run this."""
    notebook = house.notebook(source, "")
    cells = house.call("read_notebook", notebook_id=notebook, detail="outline")["cells"]
    run = [{"cell_id": "c1", "rev": cells[0]["rev"]}]
    house.call("run_cells", notebook_id=notebook, cells=run, wait_s=60)
    return notebook


def write(page: Page, text: str) -> None:
    """Write into the second cell, once what helps to write is there."""
    page.locator("#cell-c2 .cm-content").click()
    page.locator("#cell-c2 .cm-content[aria-autocomplete=list]").wait_for()
    page.keyboard.type(text)


def test_a_name_is_completed_by_tab(house: House, enter: Callable[..., Page]) -> None:
    page = enter(started(house, "heron_weight = 1.5"))
    write(page, "heron_")
    page.keyboard.press("Tab")
    # By mouse: for a moment after it opens the list takes no Enter, which may be for the text.
    page.locator(".cm-tooltip-autocomplete li", has_text="heron_weight").click()
    page.locator("#cell-c2 .cm-line", has_text="heron_weight").wait_for()


def test_what_something_is_is_told_by_shift_tab(house: House, enter: Callable[..., Page]) -> None:
    page = enter(started(house, "def count(birds):\n    'Counts all birds.'"))
    write(page, "count")
    page.keyboard.press("Shift+Tab")
    page.locator(".cm-inspection", has_text="Counts all birds.").wait_for()
    page.keyboard.press("Escape")
    page.locator(".cm-inspection").wait_for(state="detached")
    page.locator("#cell-c2[data-looking=edit]").wait_for()


def test_the_variables_stand_beside_the_cells_and_follow_the_runs(
    house: House, enter: Callable[..., Page]
) -> None:
    page = enter(started(house, "herons = [1, 2, 3]"))
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("menuitem", name="variables").click()
    panel = page.get_by_role("complementary", name="Panel")
    panel.get_by_text("herons").wait_for()
    page.locator("#cell-c2 .cm-content").click()
    page.keyboard.type("egrets = 5")
    page.keyboard.press("Control+Enter")
    panel.get_by_text("egrets").wait_for()
    page.get_by_role("button", name="Close the panel").click()
    panel.wait_for(state="detached")


def test_the_memory_of_the_kernel_stands_in_the_header_and_grows_with_it(
    house: House, enter: Callable[..., Page]
) -> None:
    page = enter(house.notebook("1", "ballast = bytearray(b'x') * 300_000_000"))
    page.locator("#cell-c1 .cm-content").click()
    page.keyboard.press("Control+Enter")
    figure = page.locator(".runtime-memory")
    figure.wait_for()
    before = float(figure.inner_text().split()[-2])
    page.locator("#cell-c2 .cm-content").click()
    page.keyboard.press("Control+Enter")
    page.wait_for_function(
        "(least) => Number("
        "document.querySelector('.runtime-memory')?.textContent.split(' ').at(-2)) > least",
        arg=before + 250,
    )
    page.get_by_role("button", name="Kernel python3").click()
    page.get_by_role("dialog").get_by_text("Memory: ").wait_for()


def test_who_has_run_nothing_is_told_of_the_memory_when_they_ask_alone(
    house: House, enter: Callable[..., Page]
) -> None:
    notebook = house.notebook("1")
    secret = house.credential("assistant", "Claude")
    house.call("run_cells", secret, notebook_id=notebook, wait_s=60)
    page = enter(notebook)
    page.locator("#cell-c1[data-state=ok]").wait_for()
    page.locator(".runtime[data-state=idle]").click()
    page.get_by_role("dialog").get_by_text("Memory: ").wait_for()
    page.keyboard.press("Escape")
    assert page.locator(".runtime-memory").count() == 0
