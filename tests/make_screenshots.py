"""Makes a picture of every screen, light and dark, wide and on a phone: `make screenshots`.

From the real page with its server, kernels and the scripted assistant, into `screenshots/`, which
git ignores. `README=1` also writes the two pictures that README.md shows; names of screens make
these alone.
"""

from __future__ import annotations

import os
import sys
import tempfile
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from tests.browsing import WAIT_MS, House, housing, launched
from tests.screens import Screen, overflow, screens, settle

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).parent.parent
SHOTS = ROOT / "screenshots"
SCHEMES = ("light", "dark")
SIZES = {1440: 900, 375: 812}
TALL = {1440: 4200, 375: 6000}
README = {
    ("notebook", "light", 1440): "page-light.webp",
    ("history", "dark", 1440): "page-dark.webp",
}


def main(wanted: list[str]) -> None:
    """All of them, or those that are named."""
    SHOTS.mkdir(exist_ok=True)
    with (
        launched() as browser,
        tempfile.TemporaryDirectory() as folder,
        housing(Path(folder), browser, "--welcome") as house,
    ):
        found = [one for one in screens(house) if not wanted or one.name in wanted]
        for scheme in SCHEMES:
            for width in SIZES:
                for screen in found:
                    shot = taken(browser, house, screen, scheme, width)
                    (SHOTS / f"{screen.name}-{scheme}-{width}.png").write_bytes(shot)
                    name = README.get((screen.name, scheme, width))
                    if name and os.environ.get("README"):
                        picture = Image.open(BytesIO(shot)).convert("RGB")
                        picture.save(ROOT / "docs" / name, quality=82, method=6)


def taken(browser: Browser, house: House, screen: Screen, scheme: str, width: int) -> bytes:
    """The screen as a PNG. What is wider than the window is told."""
    heights = TALL if screen.whole else SIZES  # what is out of sight is not drawn
    size = {"width": width, "height": heights[width]}
    how: Any = {"color_scheme": scheme, "viewport": size, "reduced_motion": "reduce"}
    context = browser.new_context(storage_state=house.signed_in, **how)
    context.set_default_timeout(WAIT_MS)
    try:
        page = context.new_page()
        page.goto(house.url + screen.path)
        screen.arrange(page)
        settle(page)
        wide = overflow(page)
        name = f"{screen.name} {scheme} {width}"
        sys.stdout.write(f"{name}{f' is too wide: {wide}' if wide else ''}\n")
        sys.stdout.flush()
        return page.screenshot(clip=_upper(page, size) if screen.whole else None)
    finally:
        context.close()


def _upper(page: Page, size: dict[str, int]) -> Any:
    """The part of a tall window on which there is something."""
    lowest = page.evaluate(
        "Math.max(...[...document.querySelectorAll('main *')]"
        ".filter((one) => one.childElementCount === 0)"
        ".map((one) => one.getBoundingClientRect().bottom))"
    )
    return {"x": 0, "y": 0, **size, "height": min(size["height"], lowest + 48)}


if __name__ == "__main__":
    main(sys.argv[1:])
