"""Running cells in the page: a real browser, server, runtime and kernel."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.browsing import House

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_cell_is_run_and_shows_what_it_printed(house: House, enter: Callable[..., Page]) -> None:
    page = enter(house.notebook("print('hello, ' + 'birds')"))
    page.locator("#cell-c1 .cm-content").click()
    page.keyboard.press("Shift+Enter")
    page.get_by_text("hello, birds").wait_for()
    page.locator("#cell-c1[data-state=ok]").wait_for()
