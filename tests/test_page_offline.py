"""Without a network the page opens, reads and writes; with one again everything arrives once."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from intheloop.access import cookie_name
from intheloop.web_api import BuiltPage
from intheloop.web_api.built import FOLDER
from tests.browsing import ARGUMENTS, SHOWN, WAIT_MS, House, network, watch
from tests.serving import Served, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

KEPT = """async (notebookId) => {
  const listed = (name) => new Promise((found, failed) => {
    const opening = indexedDB.open(name);
    opening.onerror = failed;
    opening.onsuccess = () => {
      const base = opening.result;
      const asked = base.transaction("states").objectStore("states").get("list");
      asked.onerror = failed;
      asked.onsuccess = () => { base.close(); found(asked.result ?? []); };
    };
  });
  const kept = async () => {
    const bases = await indexedDB.databases();
    const [, person] = /_person=([^;]+)/.exec(document.cookie);
    const shelf = bases.find(({ name }) => name === `intheloop-shelf ${person}`);
    return shelf && navigator.serviceWorker.controller && (await caches.match("/")) &&
      (await listed(shelf.name)).some((one) => one.notebook_id === notebookId);
  };
  for (const end = Date.now() + 30_000; !(await kept()); ) {
    if (Date.now() > end) throw new Error("The page was not kept.");
    await new Promise((go) => setTimeout(go, 50));
  }
}"""


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
        before = len(house.records(notebook))
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
    house.wait_for_sources(notebook, wanted)
    came = Counter(record["type"] for record in house.records(notebook)[before:])
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
    house.wait_for_sources(notebook, [*kept, wanted[1]], in_any_order=True)


def test_what_the_device_keeps_of_the_page_tells_nothing_of_anybody(
    house: House, profile: Profile
) -> None:
    notebook = house.notebook("the_secret = 1")
    with profile.opened() as context:
        page = profile.page(context, f"/n/{notebook}")
        wait_until_kept(page, notebook)
        page.locator("#cell-c1 .cm-content").wait_for()
        kept = page.evaluate(
            """async () => {
              const found = {};
              for (const name of await caches.keys()) {
                const set = await caches.open(name);
                for (const asked of await set.keys()) {
                  const answer = await set.match(asked);
                  const headers = JSON.stringify([...answer.headers]);
                  found[new URL(asked.url).pathname] = headers + await answer.text();
                }
              }
              return found;
            }"""
        )
        go_offline(house, page)
        answered = page.evaluate("fetch('/api/health').then(() => true, () => false)")
    assert not answered
    assert {path for path in kept if not path.startswith("/assets/")} == {"/"}
    [cookie] = [one for one in house.signed_in["cookies"] if one["httpOnly"]]
    for secret in (cookie["value"], house.token, "the_secret", notebook):
        assert not [path for path, text in kept.items() if secret in text]


def test_the_document_has_a_nonce_of_its_own_each_time(house: House, profile: Profile) -> None:
    notebook = house.notebook("1")
    with profile.opened() as context:
        page = profile.page(context, f"/n/{notebook}")
        wait_until_kept(page, notebook)
        go_offline(house, page)
        nonces = set()
        for _ in range(2):
            answer = page.reload()
            assert answer is not None
            policy = answer.header_value("content-security-policy") or ""
            [nonce] = re.findall(r"'nonce-([^']+)'", policy)
            assert f'nonce="{nonce}"' in answer.text()
            assert "script-src 'self';" in policy
            nonces.add(nonce)
            page.locator("#cell-c1 .cm-content").wait_for()
    assert len(nonces) == 2


def test_the_list_of_notebooks_names_those_that_open_without_a_network(
    house: House, profile: Profile
) -> None:
    notebook = house.notebook("herons = 3", title="Herons of the weir")
    with profile.opened() as context:
        page = profile.page(context, f"/n/{notebook}")
        wait_until_kept(page, notebook)
        go_offline(house, page)
        page.close()
    with profile.opened() as context:
        page = profile.page(context, "/")
        page.get_by_role("link", name="Herons of the weir").click()
        page.get_by_text("herons = 3").wait_for()


# ------------------------------------------------------------------- a newer page

ENTRY = """
document.title = "NAME";
navigator.serviceWorker.addEventListener("message", ({ data }) => {
  document.title = `NAME, then ${data.entry}`;
});
navigator.serviceWorker.register("/offline.js", { updateViaCache: "none" });
"""


def a_page(folder: Path, name: str) -> BuiltPage:
    """A small page with the worker of the real one, which has its own files to keep."""
    entry = f"/assets/{name}.js"
    (folder / "assets").mkdir(parents=True)
    (folder / entry[1:]).write_text(ENTRY.replace("NAME", name), encoding="utf-8")
    index = f'<meta nonce="%NONCE%"><script type="module" src="{entry}"></script>'
    (folder / "index.html").write_text(index, encoding="utf-8")
    worker = (FOLDER / "offline.js").read_text(encoding="utf-8")
    real = re.findall(r'src="(/assets/[^"]+)"', (FOLDER / "index.html").read_text("utf-8"))[0]
    files = r"\[`/assets/[^\]]*\]|`/assets/[^`]*`\.split\(`,`\)"
    worker, found = re.subn(files, json.dumps([entry]), worker)
    assert found == 1
    worker = re.sub(r"`page [\w-]{10}`", f"`page {name}`", worker).replace(real, entry)
    (folder / "offline.js").write_text(worker, encoding="utf-8")
    return BuiltPage(folder)


def wait_for_title(page: Page, title: str) -> None:
    page.wait_for_function("(title) => document.title === title", arg=title)


def test_a_newer_page_takes_the_place_of_the_one_before_without_mixing_them(
    chromium: Browser, tmp_path: Path
) -> None:
    def sign_in(served: Served) -> None:
        session = served.session(served.person())
        cookie: Any = {"name": cookie_name(way.url), "value": session, "url": way.url}
        context.add_cookies([cookie])

    context = chromium.new_context()
    context.set_default_timeout(WAIT_MS)
    with (
        serving(page=a_page(tmp_path / "1", "one")) as first,
        serving(page=a_page(tmp_path / "2", "two")) as second,
        network(first.url) as way,
    ):
        sign_in(first)
        page = context.new_page()
        page.goto(way.url)
        wait_for_title(page, "one, then /assets/one.js")
        way.cut()
        page.reload()
        wait_for_title(page, "one")
        way.mend()
        way.aim(second.url)
        sign_in(second)
        page.evaluate("navigator.serviceWorker.ready.then((one) => void one.update())")
        wait_for_title(page, "one, then /assets/two.js")
        old = "fetch('/assets/one.js', { cache: 'no-store' }).then((answer) => answer.ok)"
        assert page.evaluate(old)  # though its server is gone, what the tab runs is whole
        page.reload()
        wait_for_title(page, "two")
        way.cut()
        page.reload()
        wait_for_title(page, "two")
    context.close()


def test_an_older_tab_is_offered_the_newer_page(house: House, enter: Callable[..., Page]) -> None:
    page = enter(house.notebook("1"))
    page.evaluate(
        """() => navigator.serviceWorker.dispatchEvent(
          new MessageEvent("message", { data: { entry: "/assets/newer.js" } }))"""
    )
    page.get_by_role("button", name="The server is newer: reload").wait_for()


# --------------------------------------------------------------- parts that load later


def test_styles_that_did_not_come_are_asked_for_again(
    house: House, enter: Callable[..., Page]
) -> None:
    page = enter(house.notebook("1"))
    refused: list[str] = []

    def refuse(route: Any) -> None:
        refused.append(route.request.url)
        route.abort()

    page.route("**/assets/*.css", refuse)
    page.get_by_role("link", name="All notebooks").click()
    page.get_by_text("Opening…").wait_for()
    while not refused:
        page.evaluate("new Promise((go) => requestAnimationFrame(go))")
    page.unroute("**/assets/*.css")
    page.get_by_role("button", name="New notebook").wait_for()
    loaded = page.evaluate(
        """[...document.styleSheets].flatMap((one) => {
          try { return one.cssRules.length > 0 ? [one.href] : []; } catch { return []; }
        })"""
    )
    assert set(refused) <= set(loaded)
