"""Images in notes: pasted or dropped, carried by the cell, and shown to all."""

from __future__ import annotations

import base64
import json
import re
import zlib
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.browsing import House
from tests.test_page_cells import choose, press
from tests.test_page_together import wait_until_sent

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def png(width: int, noise: bytes = b"") -> bytes:
    """A picture as wide as that; the noise makes it large."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        whole = kind + data
        return len(data).to_bytes(4, "big") + whole + zlib.crc32(whole).to_bytes(4, "big")

    size = width.to_bytes(4, "big") + (1).to_bytes(4, "big") + bytes([8, 0, 0, 0, 0])
    line = zlib.compress(bytes(1 + width))
    parts = chunk(b"IHDR", size), chunk(b"tEXt", b"a\0" + noise), chunk(b"IDAT", line)
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts) + chunk(b"IEND", b"")


GIVE = """([cell, within, kind, name, data]) => {
  const bytes = Uint8Array.from(atob(data), (sign) => sign.charCodeAt(0));
  const files = new DataTransfer();
  files.items.add(new File([bytes], name, {type: "image/png"}));
  const target = document.querySelector(`#cell-${cell} ${within}`.trim());
  const box = target.getBoundingClientRect();
  const event = kind === "paste"
    ? new ClipboardEvent("paste", {clipboardData: files, bubbles: true, cancelable: true})
    : new DragEvent("drop", {dataTransfer: files, bubbles: true, cancelable: true,
        clientX: box.left + 20, clientY: box.top + 5});
  target.dispatchEvent(event);
  return event.defaultPrevented;
}"""


def give(
    page: Page, cell: str, kind: str, picture: bytes, *, within: str = "", name: str = "image.png"
) -> None:
    """Paste or drop a picture into a cell."""
    data = base64.b64encode(picture).decode()
    assert page.evaluate(GIVE, [cell, within, kind, name, data])


def wait_for_picture(page: Page, cell: str, width: int) -> None:
    page.wait_for_function(
        "([cell, width]) => [...document.querySelectorAll(`#cell-${cell} .note img`)]"
        ".some((image) => image.naturalWidth === width)",
        arg=[cell, width],
    )


def test_a_pasted_image_is_carried_by_its_note_and_goes_with_the_file(
    house: House, enter: Callable[..., Page]
) -> None:
    notebook = house.notebook("# Birds")
    page, other = enter(notebook), enter(notebook)
    page.locator("#cell-c1 h1").dblclick()
    press(page, "Control+End", "Enter")
    picture = png(7)
    give(page, "c1", "paste", picture, within=".cm-content", name="a (1) heron.png")
    page.locator("#cell-c1 .cm-content").get_by_text("attachment:").wait_for()
    press(page, "Control+Enter")
    for shown in (page, other):
        wait_for_picture(shown, "c1", 7)
    wait_until_sent(page)
    (source,) = house.sources(notebook)
    assert source.startswith("# Birds\n![a (1) heron-")
    file = house.call("export_notebook", notebook_id=notebook, format="ipynb")["content"]
    ((name, bundle),) = json.loads(file)["cells"][0]["attachments"].items()
    assert re.fullmatch(r"a \(1\) heron-[0-9a-f]{8}\.png", name)
    assert base64.b64decode(bundle["image/png"]) == picture


def test_the_text_of_a_pasted_image_is_undone_as_typing_is(
    house: House, enter: Callable[..., Page]
) -> None:
    notebook = house.notebook("# Birds")
    page = enter(notebook)
    page.locator("#cell-c1 h1").dblclick()
    give(page, "c1", "paste", png(7), within=".cm-content")
    page.locator("#cell-c1 .cm-content").get_by_text("attachment:").wait_for()
    press(page, "Control+z")
    page.locator("#cell-c1 .cm-content").get_by_text("attachment:").wait_for(state="detached")
    house.wait_for_sources(notebook, ["# Birds"])


def test_a_large_image_that_is_dropped_into_a_note_is_kept_beside_the_log(
    house: House, enter: Callable[..., Page]
) -> None:
    notebook = house.notebook("# Birds", "1")
    page, other = enter(notebook), enter(notebook)
    page.locator("#cell-c1 h1").wait_for()
    give(page, "c1", "drop", png(9, b"x" * 60_000), within=".note")
    for shown in (page, other):
        wait_for_picture(shown, "c1", 9)
    log = house.call("export_notebook", notebook_id=notebook, format="log")["content"]
    assert "blob" in log and base64.b64encode(b"x" * 9).decode() not in log
    choose(page, "c1")
    press(page, "z")
    page.locator("#cell-c1 .note img").wait_for(state="detached")
    house.wait_for_sources(notebook, ["# Birds", "1"])


def test_joined_and_copied_notes_keep_their_images(
    house: House, enter: Callable[..., Page]
) -> None:
    notebook = house.notebook("# Herons", "# Egrets")
    page = enter(notebook)
    page.locator("#cell-c2 h1").wait_for()
    give(page, "c1", "paste", png(7), within=".note")
    give(page, "c2", "paste", png(9), within=".note")
    wait_for_picture(page, "c1", 7)
    wait_for_picture(page, "c2", 9)
    choose(page, "c1")
    press(page, "Shift+J", "Shift+M")
    wait_for_picture(page, "c1", 9)
    wait_for_picture(page, "c1", 7)
    choose(page, "c1")
    press(page, "c", "v")
    page.locator("article").nth(1).locator("img").nth(1).wait_for()
    wait_until_sent(page)
    assert len(house.sources(notebook)) == 2


def test_an_image_that_cannot_be_kept_is_told_and_changes_nothing(
    house: House, enter: Callable[..., Page]
) -> None:
    notebook = house.notebook("# Birds")
    page = enter(notebook)
    page.locator("#cell-c1 h1").wait_for()
    page.route("**/blobs/*", lambda route: route.abort())
    give(page, "c1", "drop", png(9, b"x" * 60_000), within=".note")
    page.get_by_role("alert").get_by_text("The image was not attached.").wait_for()
    house.wait_for_sources(notebook, ["# Birds"])
