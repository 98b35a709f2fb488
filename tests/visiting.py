"""Any address of the page, signed in as its owner; and what axe finds on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from tests.browsing import WAIT_MS, House, watch
from tests.needs import WEB

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

AXE = WEB / "node_modules" / "axe-core" / "axe.min.js"
WIDE: Any = {"width": 1440, "height": 900}
PHONE: Any = {"width": 375, "height": 812}

Visit = Callable[..., "Page"]


@pytest.fixture
def visit(house: House, chromium: Browser) -> Iterator[Visit]:
    """Opens an address as the owner, each time in a browser of its own. What the page says of
    errors fails the test, but for the refusals that it names by their status."""
    contexts: list[BrowserContext] = []
    trouble: list[str] = []

    def visit(path: str, *, refused: tuple[int, ...] = (), **how: Any) -> Page:
        how = {"viewport": WIDE, "service_workers": "block", **how}
        context = chromium.new_context(storage_state=house.signed_in, **how)
        context.set_default_timeout(WAIT_MS)
        contexts.append(context)
        page = context.new_page()
        told: list[str] = []
        watch(page, house, told)
        page.goto(f"{house.url}{path}")
        expected = tuple(f"status of {status} " for status in refused)
        page.on("close", lambda _: trouble.extend(_unexpected(told, expected)))
        return page

    yield visit
    for context in contexts:
        for page in context.pages:
            page.close()
        context.close()
    assert not trouble, "\n".join(trouble)


def _unexpected(told: list[str], expected: tuple[str, ...]) -> list[str]:
    return [one for one in told if not any(status in one for status in expected)]


@cache
def _axe() -> str:
    return AXE.read_text(encoding="utf-8")


def barriers(page: Page, part: str = "html") -> list[str]:
    """What axe finds in a part that is serious or critical, each with where it stands."""
    return _found(page, part, {"resultTypes": ["violations"]})


def barriers_in_both_themes(page: Page, part: str = "html") -> list[str]:
    """The same of a page that is light, and what axe finds once it is dark: in the colours alone,
    which are all that changes. What is out of sight is laid out for that, as the browser would give
    its colours of before."""
    found = barriers(page, part)
    page.evaluate(LAID_OUT)
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")  # no colour on its way
    page.evaluate(TWO_FRAMES)
    rules = ["color-contrast", "link-in-text-block"]
    dark = _found(page, part, {"resultTypes": ["violations"], "runOnly": rules})
    page.emulate_media(color_scheme="light")
    return found + [f"dark: {one}" for one in dark]


LAID_OUT = """() => document.querySelectorAll(".cell")
  .forEach((one) => { one.style.contentVisibility = "visible"; })"""

TWO_FRAMES = "() => new Promise((then) => requestAnimationFrame(() => requestAnimationFrame(then)))"


def _found(page: Page, part: str, how: dict[str, list[str]]) -> list[str]:
    page.evaluate(_axe())
    found = page.evaluate("([part, how]) => axe.run(part, how)", [part, how])
    return [
        f"{one['id']}: {node['html'][:200]}"
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]
