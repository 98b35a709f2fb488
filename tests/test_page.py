"""The page as a whole: how it is served, how much of it comes first, and who can use it."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import httpx2
import pytest

from intheloop.web_api.built import FOLDER
from tests.browsing import House
from tests.needs import WEB

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

FIRST_LOAD = 350_000
AXE = WEB / "node_modules" / "axe-core" / "axe.min.js"


def test_the_first_load_is_small(house: House, enter: Callable[..., Page]) -> None:
    notebook = house.notebook("print(1)", "2")
    page = enter(notebook)
    page.locator("#cell-c1 .cm-content").wait_for()
    loaded = page.evaluate("performance.getEntriesByType('resource').map((one) => one.name)")
    names = {name for address in loaded if (name := address.rpartition("/assets/")[2]) != address}
    assert any(name.endswith(".js") for name in names)
    names |= {path.name for path in (FOLDER / "assets").glob("worker-*.js")}
    sizes = {name: len(gzip.compress((FOLDER / "assets" / name).read_bytes())) for name in names}
    assert sum(sizes.values()) <= FIRST_LOAD, sizes


def test_assets_are_kept_for_ever_and_come_packed(house: House) -> None:
    [script] = re.findall(r'src="(/assets/[^"]+)"', (FOLDER / "index.html").read_text("utf-8"))
    for coding in ("br", "gzip"):
        answer = httpx2.get(house.address + script, headers={"Accept-Encoding": coding})
        assert answer.headers["content-encoding"] == coding
        assert "immutable" in answer.headers["cache-control"]
    assert httpx2.get(f"{house.address}/assets/nothing.js").status_code == 404
    assert httpx2.get(f"{house.address}/assets/%2e%2e%2findex.html").status_code == 404


def test_nobody_who_is_not_signed_in_gets_the_page(house: House) -> None:
    answer = httpx2.get(house.address)
    assert answer.status_code == 401
    assert "<script" not in answer.text


def test_a_browser_without_scripts_gets_the_plain_pages(
    house: House, chromium: object, enter: Callable[..., Page]
) -> None:
    notebook = house.notebook("print('plain')")
    page = enter(notebook)
    page.goto(f"{house.url}/n/{notebook}?plain")
    assert page.locator("pre", has_text="print('plain')").count() == 1
    assert page.locator("script").count() == 0


def test_a_notebook_is_made_and_named_and_found_again(
    house: House, enter: Callable[..., Page]
) -> None:
    page = enter(house.notebook("1"))
    page.get_by_role("link", name="All notebooks").click()
    page.get_by_role("button", name="New notebook").click()
    page.get_by_role("button", name="Code", exact=True).click()
    page.keyboard.type("herons = 3")
    title = page.get_by_label("Title")
    title.fill("Herons of the weir")
    title.press("Enter")
    page.locator("[data-unsent='0']").wait_for(state="attached")
    page.get_by_role("link", name="All notebooks").click()
    page.get_by_role("link", name="Herons of the weir").click()
    page.get_by_text("herons = 3").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 375])
def test_no_screen_keeps_anybody_out(
    house: House, enter: Callable[..., Page], scheme: str, width: int
) -> None:
    notebook = house.notebook(
        "# Herons\n\nA [link](https://example.org), `code`, $x^2$\n\n- [ ] to do",
        "import pandas as pd\npd.DataFrame({'herons': [1, 2]})",
        "print('\\x1b[31mred\\x1b[0m \\x1b[32mgreen\\x1b[0m \\x1b[33myellow\\x1b[0m')",
        "1 / 0",
        "'stale'",
    )
    house.call("run_cells", notebook_id=notebook, wait_s=60, allow_errors=True)
    page = enter(notebook, color_scheme=scheme, viewport={"width": width, "height": 900})
    page.locator("#cell-c4 .failure").wait_for()
    page.locator("#cell-c5 .cm-content").click()
    page.keyboard.type("#")
    page.locator("#cell-c5[data-state=stale]").wait_for()
    findings = [f"notebook: {one}" for one in axe(page)]
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    page.get_by_role("dialog").wait_for()
    findings += [f"keys: {one}" for one in axe(page)]
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="detached")
    page.keyboard.press("Control+k")
    page.get_by_role("combobox").wait_for()
    findings += [f"palette: {one}" for one in axe(page)]
    page.goto(house.url)
    page.get_by_role("link", name="Birds").first.wait_for()
    findings += [f"home: {one}" for one in axe(page)]
    assert not findings, "\n".join(findings)


def axe(page: Page) -> list[str]:
    """The serious and critical findings on what the page shows now."""
    page.wait_for_function(
        "() => document.getAnimations().every((one) => one.playState !== 'running')"
    )
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations'], iframes: false})")
    return [
        f"{one['id']}: {one['help']}: {[node['html'][:160] for node in one['nodes']]}"
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
    ]
