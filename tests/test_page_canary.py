"""A secret that code prints, looked for in everything that a browser was sent, shows and keeps."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from intheloop_agents.masking import MASK
from tests.browsing import House, housing
from tests.test_page_assistant import ask, assistant
from tests.visiting import Visit

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LONG_MS = 60_000
BEACON = "the-lighthouse-stands"
VALUE = "Zk3-canary/0f=the-environment"
KEY_BODY = "aB3_" * 8
KEY = "sk-" + "ant-api03-" + KEY_BODY
SOURCES = (
    f"import os, sys, time\nv = os.environ['HOUSE_TOKEN']\nk = 'sk-' + 'ant-api03-' + '{KEY_BODY}'",
    f"print('{BEACON}', v, k)\nprint(v, k, file=sys.stderr)\n(v, k)",
    "for part in (v, k):\n"
    "    for at in range(0, len(part), 5):\n"
    "        print(part[at:at+5], end='', flush=True); time.sleep(0.02)\n"
    "    print()",
    "from IPython.display import HTML\ndisplay(HTML(f'<b title={v}>{k}</b>'))",
    "raise ValueError(f'{v} and {k}')",
)

WORDS = "() => document.documentElement.outerHTML + document.documentElement.textContent"
"""All elements with what they hide, and their texts."""

# Streams are heard in the tab, where their frames can be kept as they come.
HEARD = """(() => {
  delete globalThis.SharedWorker;
  globalThis.heard = "";
  const plain = globalThis.fetch;
  globalThis.fetch = async (...given) => {
    const answer = await plain(...given);
    if (!answer.body) return answer;
    const [mine, theirs] = answer.body.tee();
    void (async () => {
      const reader = mine.pipeThrough(new TextDecoderStream()).getReader();
      for (let part; !(part = await reader.read()).done; ) globalThis.heard += part.value;
    })().catch(() => {});
    const { status, statusText, headers } = answer;
    const told = new Response(theirs, { status, statusText, headers });
    Object.defineProperty(told, "url", { value: answer.url });
    return told;
  };
})()"""

KEPT = """async () => {
  const said = (value) => {
    const bytes = value instanceof ArrayBuffer || ArrayBuffer.isView(value);
    if (bytes) return new TextDecoder().decode(value);
    if (value instanceof Map) return [...value].map(said).join();
    if (value instanceof Set || Array.isArray(value)) return [...value].map(said).join();
    if (value === null || typeof value !== "object") return String(value);
    return Object.entries(value).map(said).join();
  };
  const once = (request) => new Promise((done, failed) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });
  const storage = JSON.stringify([{ ...localStorage }, { ...sessionStorage }]);
  const kept = { storage, database: "", cache: "" };
  for (const { name } of await indexedDB.databases()) {
    const database = await once(indexedDB.open(name));
    for (const store of database.objectStoreNames) {
      const all = database.transaction(store).objectStore(store);
      kept.database += said(await once(all.getAllKeys())) + said(await once(all.getAll()));
    }
    database.close();
  }
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      kept.cache += request.url + await (await cache.match(request)).text();
    }
  }
  return kept;
}"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[House]:
    """A server whose runtime has a secret in its environment."""
    folder, variables = tmp_path_factory.mktemp("house"), {"HOUSE_TOKEN": VALUE}
    with housing(folder, chromium, variables=variables) as one:
        yield one


def check(where: str, text: str, *, beacon: bool = True) -> None:
    """Neither secret stands there; what was printed beside them does, so that it was looked at."""
    for secret in (VALUE, KEY):
        at = text.find(secret)
        assert at < 0, f"{secret} stands in {where}: {text[max(0, at - 200) : at + 80]}"
    assert not beacon or BEACON in text, f"nothing of the outputs stands in {where}"


def shown(page: Page) -> str:
    """All that a page and its frames hold."""
    return "".join(frame.evaluate(WORDS) for frame in page.frames)


def test_a_secret_is_in_nothing_that_the_page_shows_hears_or_keeps(
    house: House, visit: Visit, tmp_path: Path
) -> None:
    notebook = house.notebook(*SOURCES)
    page = visit("/", service_workers="allow", accept_downloads=True)
    page.context.add_init_script(HEARD)
    page.evaluate("localStorage.setItem('looked at', 'yes')")
    page.goto(f"{house.url}/n/{notebook}")
    page.locator(".cells").wait_for()
    house.call("run_cells", notebook_id=notebook, allow_errors=True, wait_s=60)
    page.locator("#cell-c5[data-state=error]").wait_for(timeout=LONG_MS)
    page.locator("#cell-c2").get_by_text(BEACON).first.wait_for()
    twice = re.compile(f"{re.escape(MASK)}.*{re.escape(MASK)}", re.DOTALL)
    page.locator("#cell-c3 .outputs", has_text=twice).wait_for()
    check("the notebook", shown(page))
    ask(page, "What is in HOUSE_TOKEN?")
    panel = assistant(page)
    for wish in ("insert", "run"):  # it was shown outputs, so a person decides
        panel.locator(".approval", has_text=wish).get_by_role("button", name="Allow once").click()
    panel.get_by_text("add up to 55").wait_for(timeout=LONG_MS)
    for deed in panel.locator(".deed summary").all():
        deed.click()
    panel.get_by_text(BEACON).first.wait_for()
    panel.get_by_role("button", name="What did it see?").click()
    check("the assistant", shown(page))
    check("what was heard", page.evaluate("heard"))
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    page.wait_for_function("async () => (await caches.keys()).length > 0")
    kept = page.evaluate(KEPT)
    assert "looked at" in kept["storage"] and notebook in kept["database"]
    assert "/assets/" in kept["cache"]
    for where, text in kept.items():
        check(where, text, beacon=False)
    look_at_the_history(house, page, notebook, tmp_path)


def look_at_the_history(house: House, page: Page, notebook: str, folder: Path) -> None:
    """The sentences, each record with an output as it is recorded, and both files."""
    page.goto(f"{house.url}/n/{notebook}/history")
    page.get_by_label("About what").select_option("outputs")
    lines = page.get_by_role("option").filter(has_text=re.compile("added .* output"))
    lines.first.wait_for()
    drawer = page.get_by_role("dialog")
    found = ""
    for number in range(lines.count()):
        lines.nth(number).dblclick()
        drawer.locator(".drawer-json").wait_for()
        found += page.evaluate(WORDS)
        page.keyboard.press("Escape")
        drawer.wait_for(state="detached")
    check("the raw records", found)
    page.goto(f"{house.url}/n/{notebook}/history")
    for name in ("the log as .jsonl", "the notebook as .ipynb"):
        with page.expect_download() as download:
            page.get_by_role("button", name=f"Download {name}").click()
        file = folder / "downloaded"
        download.value.save_as(file)
        check(name, file.read_text(encoding="utf-8"))
    records: Any = house.records(notebook)
    check("the log", json.dumps(records))
    check("what the history heard", page.evaluate("heard"))
