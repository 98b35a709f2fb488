"""Tabs that are closed, asleep or many: what they began goes on, and one stream serves them all."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.browsing import WAIT_MS, House
from tests.test_page_offline import wait_until_sent, write
from tests.test_page_together import wait_for_source
from tests.visiting import Visit

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ALONE = "delete globalThis.SharedWorker"
"""Has a tab follow by itself, so that its clock is the one that Playwright holds."""
DAY = "24:00:00"


def test_a_run_whose_tab_was_closed_is_whole_in_another_browser(
    house: House, enter: Callable[..., Page]
) -> None:
    notebook = house.notebook(
        "import time\nfor number in range(60):\n    print(number, flush=True)\n    time.sleep(0.05)"
    )
    page = enter(notebook)
    page.locator("#cell-c1 .cm-content").click()
    page.keyboard.press("Shift+Enter")
    page.locator("#cell-c1 .outputs").get_by_text("3").first.wait_for()
    page.context.close()
    other = enter(notebook)
    other.locator("#cell-c1[data-state=ok]").wait_for()
    shown = other.locator("#cell-c1 .output-text").inner_text().split()
    assert shown == [str(number) for number in range(60)]


def test_ten_tabs_of_four_notebooks_are_live_by_one_stream(
    house: House, enter: Callable[..., Page]
) -> None:
    notebooks = [house.notebook(f"n = {number}") for number in range(4)]
    before = house.network.streams()
    first = enter(notebooks[0])
    tabs = [first, *(enter(notebooks[at % 4], first.context) for at in range(1, 10))]
    for tab in tabs:
        tab.locator("[data-connection=live]").wait_for(state="attached")
    for number, notebook in enumerate(notebooks):
        edits = [{"old": "n", "new": f"of_{number}"}]
        house.call("edit_cell", notebook_id=notebook, cell_id="c1", edits=edits)
    for number, tab in enumerate(tabs):
        tab.bring_to_front()
        wait_for_source(tab, "c1", f"of_{number % 4} = {number % 4}")
    assert house.network.streams() - before == 1


def test_what_a_closed_tab_had_not_sent_goes_out_by_one_that_is_still_open(
    house: House, enter: Callable[..., Page]
) -> None:
    notebook = house.notebook("a")
    first = enter(notebook)
    second = enter(notebook, first.context)
    wait_for_source(second, "c1", "a")
    house.network.cut()
    try:
        second.get_by_text("Offline").wait_for()
        write(second, "c1", "bc")
        second.get_by_text("kept on this device").wait_for()
        second.close()
        first.get_by_text("kept on this device").wait_for()
    finally:
        house.network.mend()
    wait_until_sent(first)
    house.wait_for_sources(notebook, ["abc"])


def test_two_closed_tabs_that_wrote_into_one_cell_both_arrive(
    house: House, enter: Callable[..., Page]
) -> None:
    notebook = house.notebook("middle", "apart")
    first = enter(notebook)
    context = first.context
    second = enter(notebook, context)
    third = context.new_page()
    wait_for_source(second, "c1", "middle")
    house.network.cut()
    try:
        for page, cell, text in ((first, "c1", " one"), (second, "c1", " two")):
            page.bring_to_front()
            page.get_by_text("Offline").wait_for()
            write(page, cell, text)
            page.get_by_text("kept on this device").wait_for()
        first.close()
        second.close()
        edits = [{"old": "middle", "new": "the middle"}]
        house.call("edit_cell", notebook_id=notebook, cell_id="c1", edits=edits)
    finally:
        house.network.mend()
    third.goto(f"{house.url}/n/{notebook}")
    wait_for_source(third, "c1", "the middle one two")
    wait_until_sent(third)
    house.wait_for_sources(notebook, ["the middle one two", "apart"])


@pytest.fixture
def sleeper(house: House, chromium: Browser) -> Iterator[Callable[[str], Page]]:
    """A tab on a laptop that can be made to sleep."""
    contexts: list[BrowserContext] = []

    def sleeper(notebook: str) -> Page:
        context = chromium.new_context(storage_state=house.signed_in, service_workers="block")
        context.set_default_timeout(WAIT_MS)
        contexts.append(context)
        context.add_init_script(ALONE)
        page = context.new_page()
        page.clock.install()
        page.goto(f"{house.url}/n/{notebook}")
        page.locator("[data-connection=live]").wait_for(state="attached")
        return page

    yield sleeper
    for context in contexts:
        context.close()
    house.network.mend()


def test_a_laptop_that_slept_a_day_sends_what_it_had_once_and_sees_who_is_here(
    house: House, enter: Callable[..., Page], sleeper: Callable[[str], Page]
) -> None:
    notebook = house.notebook("a", "6 * 7")
    other = enter(notebook)
    write(other, "c1", "x")
    page = sleeper(notebook)
    page.locator("#cell-c1 .cm-other-caret, #cell-c1 .cell-other").first.wait_for()
    house.network.cut()
    page.locator("[data-connection=offline]").wait_for(state="attached")
    write(page, "c1", " typed")
    page.locator("#cell-c2").click(position={"x": 4, "y": 4})
    page.keyboard.press("Control+Enter")
    page.get_by_text("kept on this device").wait_for()
    other.context.close()
    page.clock.fast_forward(DAY)
    page.get_by_role("list", name="Also here").wait_for(state="detached")
    house.network.mend()
    page.clock.run_for(10_000)
    wait_until_sent(page)
    page.locator("#cell-c2[data-state=ok]").wait_for()
    house.wait_for_sources(notebook, ["ax typed", "6 * 7"])
    asked = [one for one in house.records(notebook) if one["type"] == "executionRequested"]
    assert len(asked) == 1


def test_a_stream_that_died_in_a_sleep_is_opened_anew_at_once(
    house: House, sleeper: Callable[[str], Page]
) -> None:
    notebook = house.notebook("a")
    page = sleeper(notebook)
    house.network.hush()
    edits = [{"old": "a", "new": "b"}]
    house.call("edit_cell", notebook_id=notebook, cell_id="c1", edits=edits)
    page.clock.fast_forward(DAY)
    wait_for_source(page, "c1", "b")


def test_a_session_that_ended_is_said_and_what_was_typed_goes_out_with_the_next(
    house: House, visit: Visit
) -> None:
    notebook = house.notebook("a")
    page = visit(f"/n/{notebook}", refused=(401,))
    wait_for_source(page, "c1", "a")
    cookies: Any = page.context.cookies()
    page.context.clear_cookies()
    house.network.cut()
    page.locator("[data-connection=offline]").wait_for(state="attached")
    house.network.mend()
    page.get_by_text("Signed out: run intheloop open").wait_for()
    write(page, "c1", "bc")
    page.get_by_text("kept on this device").wait_for()
    page.context.add_cookies(cookies)
    wait_until_sent(page)
    house.wait_for_sources(notebook, ["abc"])


# ------------------------------------------------------------------- proofs by digest


def test_a_state_that_differs_from_the_servers_is_reported_and_loaded_anew_once(
    house: House, chromium: Browser
) -> None:
    notebook = house.notebook("a", title="Herons")
    asked: list[str] = []
    said: list[str] = []

    def answer(route: Any) -> None:
        asked.append(route.request.url)
        response = route.fetch()
        found = response.json()
        if len(asked) == 1:
            found["state"]["title"] = "Geese"
        route.fulfill(response=response, json=found)

    context = chromium.new_context(storage_state=house.signed_in, service_workers="block")
    context.set_default_timeout(WAIT_MS)
    context.add_init_script(ALONE)
    page = context.new_page()
    page.on("console", lambda message: said.append(message.text))
    page.route(re.compile(rf"/api/notebooks/{notebook}\?outputs=refs$"), answer)
    page.goto(f"{house.url}/n/{notebook}")
    page.wait_for_function("() => document.title.startsWith('Geese')")
    write(page, "c1", "b")
    page.wait_for_function("() => document.title.startsWith('Herons')")
    wait_until_sent(page)
    seq = house.call("read_notebook", notebook_id=notebook, detail="outline")["seq"]
    page.locator(f"[data-agreed='{seq}']").wait_for(state="attached")
    assert len(asked) == 2
    assert len([one for one in said if "differs from the server's" in one]) == 1
    context.close()


def test_a_server_with_a_newer_reducer_has_the_page_offer_to_be_loaded_anew(
    house: House, enter: Callable[..., Page], chromium: Browser
) -> None:
    notebook = house.notebook("a")
    context = chromium.new_context(storage_state=house.signed_in, service_workers="block")
    context.set_default_timeout(WAIT_MS)
    context.add_init_script(ALONE)
    frame = {"notebook_id": notebook, "seq": 1, "digest": "", "reducer_version": 10**6}
    body = f"event: digest\ndata: {json.dumps(frame)}\n\n"
    context.route(
        "**/api/follow",
        lambda route: route.fulfill(body=body, content_type="text/event-stream"),
    )
    page = enter(notebook, context)
    page.get_by_role("button", name="The server is newer: reload").wait_for()
    context.close()
