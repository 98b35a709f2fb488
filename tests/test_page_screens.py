"""Every screen and panel of the page, light and dark, wide and on a phone: who can use it, whether
it fits, and whether what can be pressed is large enough for a finger."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.browsing import WAIT_MS, House, housing
from tests.screens import Screen, overflow, screens, settle
from tests.visiting import PHONE, WIDE, barriers_in_both_themes

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]

SMALL = """() => {
  const seen = [...document.querySelectorAll("button, a[href], input, select, summary, [tabindex]")]
    .filter((one) => one.checkVisibility({opacityProperty: true, visibilityProperty: true}))
    .filter((one) => !one.matches(".skip, .cm-content, [aria-hidden=true], :disabled"))
    .filter((one) => !one.matches("[tabindex='-1']:not(button)"))
    .filter((one) => getComputedStyle(one).display !== "inline")
    .map((one) => [one, one.getBoundingClientRect()])
    .filter(([, box]) => box.width > 0 && box.height > 0);
  const middle = ({x, y, width, height}) => [x + width / 2, y + height / 2];
  const near = (one, box) => seen.some(([other, at]) => {
    if (other === one || other.contains(one) || one.contains(other)) return false;
    const [x, y] = middle(box);
    const across = Math.max(at.left - x, 0, x - at.right);
    const along = Math.max(at.top - y, 0, y - at.bottom);
    return Math.hypot(across, along) < 12;
  });
  return seen
    .filter(([one, box]) => (box.width < 24 || box.height < 24) && near(one, box))
    .map(([one, box]) => `${box.width}x${box.height} ${one.outerHTML.slice(0, 140)}`);
}"""
"""WCAG 2.2, 2.5.8: 24 by 24 CSS pixels, or that much room around it; links in a sentence may be
smaller."""


@pytest.fixture(scope="module")
def workspace(
    tmp_path_factory: pytest.TempPathFactory, chromium: Browser
) -> Iterator[tuple[House, list[Screen]]]:
    with housing(tmp_path_factory.mktemp("workspace"), chromium, "--welcome") as house:
        yield house, screens(house)


@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
def test_no_screen_keeps_anybody_out(
    workspace: tuple[House, list[Screen]], chromium: Browser, viewport: Any
) -> None:
    house, every = workspace
    found: list[str] = []
    how: Any = {"viewport": viewport, "reduced_motion": "reduce", "color_scheme": "light"}
    for screen in every:
        context = chromium.new_context(storage_state=house.signed_in, **how)
        context.set_default_timeout(WAIT_MS)
        page = context.new_page()
        page.goto(house.url + screen.path)
        screen.arrange(page)
        settle(page)
        wrong = [*_unfit(page), *barriers_in_both_themes(page)]
        found += [f"{screen.name}: {one}" for one in wrong]
        context.close()
    assert not found, "\n".join(found)


def _unfit(page: Page) -> list[str]:
    """What has the same size and motion in every colour."""
    wide = overflow(page)
    return [
        *([f"too wide: {wide}"] if wide else []),
        *(f"too small: {one}" for one in page.evaluate(SMALL)),
        *(f"moves: {one}" for one in page.evaluate(MOVES)),
    ]


MOVES = """() => document.getAnimations()
  .filter((one) => one.playState === "running" && one.effect.getComputedTiming().duration > 1)
  .map((one) => one.effect.target.outerHTML.slice(0, 140))"""


def test_focus_is_seen_wherever_the_keyboard_leads(
    workspace: tuple[House, list[Screen]], chromium: Browser
) -> None:
    house, every = workspace
    context = chromium.new_context(storage_state=house.signed_in)
    context.set_default_timeout(WAIT_MS)
    page = context.new_page()
    unseen: list[str] = []
    for screen in [one for one in every if one.name in ("home", "notebook", "connect", "people")]:
        page.goto(house.url + screen.path)
        screen.arrange(page)
        for _ in range(25):
            page.keyboard.press("Tab")
            told = page.evaluate(FOCUS)
            if told:
                unseen.append(f"{screen.name}: {told}")
    context.close()
    assert not unseen, "\n".join(unseen)


FOCUS = """() => {
  const one = document.activeElement;
  if (!one || one === document.body || one.matches("iframe, .cm-content")) return "";
  const looks = (of) => { const {outlineStyle, outlineWidth, boxShadow} = getComputedStyle(of);
    return outlineStyle !== "none" && outlineWidth !== "0px" || boxShadow !== "none"; };
  const before = getComputedStyle(one, "::before");
  const parts = [one, one.parentElement].some((of) => of && looks(of));
  return parts || before.boxShadow !== "none" ? "" : one.outerHTML.slice(0, 160);
}"""
