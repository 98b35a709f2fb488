"""Without a network the page opens, reads and writes; with one again everything arrives once."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from tests.browsing import ARGUMENTS, WAIT_MS, House, watch

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

KEPT = """async (notebookId) => {
  const listed = () => new Promise((found, failed) => {
    const opening = indexedDB.open("intheloop-shelf");
    opening.onerror = failed;
    opening.onsuccess = () => {
      const base = opening.result;
      const asked = base.transaction("states").objectStore("states").get("list");
      asked.onerror = failed;
      asked.onsuccess = () => { base.close(); found(asked.result ?? []); };
    };
  });
  const kept = async () =>
    navigator.serviceWorker.controller && (await caches.match("/")) &&
    (await listed()).some((one) => one.notebook_id === notebookId);
  for (const end = Date.now() + 30_000; !(await kept()); ) {
    if (Date.now() > end) throw new Error("The page was not kept.");
    await new Promise((go) => setTimeout(go, 50));
  }
}"""
SHOWN = """[...document.querySelectorAll("article")].map((cell) =>
  [...cell.querySelectorAll(".cm-line")].map((line) => line.textContent).join("\\n"))"""


class Profile:
    """A browser with a profile on disk: closed and opened again it is the same one."""

    def __init__(self, browser: Browser, house: House, folder: Path, trouble: list[str]) -> None:
        self._browser = browser
        self._house = house
        self._folder = folder
        self._trouble = trouble

    @contextmanager
    def opened(self) -> Iterator[BrowserContext]:
        """The browser, running inside the block."""
        context = self._browser.browser_type.launch_persistent_context(
            str(self._folder), executable_path=shutil.which("chromium"), args=ARGUMENTS
        )
        context.set_default_timeout(WAIT_MS)
        context.add_cookies(self._house.signed_in["cookies"])
        try:
            yield context
        finally:
            context.close()

    def page(self, context: BrowserContext, path: str) -> Page:
        """A tab at this address."""
        page = context.new_page()
        watch(page, self._house, self._trouble)
        page.goto(f"{self._house.url}{path}")
        return page


@pytest.fixture
def profile(
    house: House, chromium: Browser, tmp_path: Path, trouble: list[str]
) -> Iterator[Profile]:
    """A browser of a person's own."""
    yield Profile(chromium, house, tmp_path / "profile", trouble)
    house.network.mend()
    assert not trouble, "\n".join(trouble)


def wait_until_kept(page: Page, notebook: str) -> None:
    """Until the page and this notebook can be opened without a network."""
    page.locator("[data-connection=live]").wait_for(state="attached")
    page.evaluate(KEPT, notebook)


def go_offline(house: House, page: Page) -> None:
    house.network.cut()
    page.locator("[data-connection=offline]").wait_for(state="attached")


def wait_until_sent(page: Page) -> None:
    page.locator("[data-connection=live][data-unsent='0']").wait_for(state="attached")


def write(page: Page, cell: str, text: str) -> None:
    """Type at the end of a cell, key by key."""
    page.locator(f"#cell-{cell} .cm-content").click()
    page.keyboard.press("Control+End")
    page.keyboard.type(text)
    page.keyboard.press("Escape")


def records(house: House, notebook: str) -> list[Any]:
    """The whole log."""
    headers = {"Authorization": f"Bearer {house.token}"}
    found: list[Any] = []
    with httpx2.Client(base_url=house.address, headers=headers, trust_env=False) as http:
        while True:
            query = {"after": len(found), "limit": 1000}
            answer = http.get(f"/api/notebooks/{notebook}/events", params=query).json()
            found += answer["records"]
            if not answer["records"]:
                return found


def do_much(page: Page) -> list[str]:
    """200 key presses into five cells, then cells come, go and move. What the cells then say."""
    for number in range(1, 6):
        write(page, f"c{number}", f" {chr(96 + number) * 39}")
    press = page.keyboard.press
    press("b")  # under c5, where the focus is
    press("Enter")
    page.keyboard.type("new")
    press("Escape")
    press("Alt+ArrowUp")
    page.locator("#cell-c4").click(position={"x": 4, "y": 4})
    press("d")
    press("d")
    page.locator("#cell-c4").wait_for(state="detached")
    return [f"{at} {chr(96 + at) * 39}" for at in (1, 2, 3)] + ["new", f"5 {'e' * 39}"]


def test_200_edits_without_a_network_outlive_the_browser_and_arrive_once(
    house: House, profile: Profile
) -> None:
    notebook = house.notebook("1", "2", "3", "4", "5")
    with profile.opened() as context:
        page = profile.page(context, f"/n/{notebook}")
        wait_until_kept(page, notebook)
        before = len(records(house, notebook))
        go_offline(house, page)
        wanted = do_much(page)
        page.get_by_text("kept on this device").wait_for()
        page.close()
    with profile.opened() as context:
        page = profile.page(context, f"/n/{notebook}")
        page.get_by_text("kept on this device").wait_for()
        assert ", as of " in page.locator(".connection").inner_text()
        page.locator("article").nth(4).wait_for()
        assert page.evaluate(SHOWN) == wanted
        house.network.mend()
        wait_until_sent(page)
        assert page.evaluate(SHOWN) == wanted
        assert page.get_by_role("alert").count() == 0
    assert house.sources(notebook) == wanted
    came = Counter(record["type"] for record in records(house, notebook)[before:])
    assert came["cellCreated"] == came["cellMoved"] == came["cellDeleted"] == 1


def test_what_others_did_meanwhile_stays_and_what_fits_nowhere_is_shown(
    house: House, profile: Profile
) -> None:
    notebook = house.notebook("1", "2", "3", "4", "5")
    with profile.opened() as context:
        page = profile.page(context, f"/n/{notebook}")
        wait_until_kept(page, notebook)
        go_offline(house, page)
        wanted = do_much(page)
        page.get_by_text("kept on this device").wait_for()
        page.close()
    house.call("delete_cells", notebook_id=notebook, cell_ids=["c2"])
    edits = [{"old": "3", "new": "three"}]
    house.call("edit_cell", notebook_id=notebook, cell_id="c3", edits=edits)
    with profile.opened() as context:
        page = profile.page(context, f"/n/{notebook}")
        page.get_by_text("kept on this device").wait_for()
        house.network.mend()
        wait_until_sent(page)
        page.get_by_role("alert").get_by_text(wanted[1]).wait_for()
        page.close()
    with profile.opened() as context:  # what nobody dismissed is there again
        page = profile.page(context, f"/n/{notebook}")
        page.get_by_role("alert").get_by_text(wanted[1]).wait_for()
        page.get_by_role("button", name="Put it into a new cell").click()
        page.locator("[data-unsent='0']").wait_for(state="attached")
    kept = [wanted[0], wanted[2].replace("3", "three"), *wanted[3:]]
    assert sorted(house.sources(notebook)) == sorted([*kept, wanted[1]])
