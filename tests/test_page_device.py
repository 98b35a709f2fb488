"""What a device keeps is its person's, goes out whatever page is open, and is bounded."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import count
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from intheloop.access import new_credential_secret, secret_sha256
from tests.browsing import House
from tests.test_page_offline import (
    Profile,
    profile,
    wait_until_kept,
    wait_until_sent,
    write,
)
from tests.test_page_together import wait_for_source

if TYPE_CHECKING:
    from playwright.sync_api import Page

__all__ = ["profile"]

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NUMBERS = count(1)

FRAME_KEPT = """async () => {
  const files = [];
  for (const name of await caches.keys()) {
    for (const { url } of await (await caches.open(name)).keys()) files.push(url);
  }
  return ["/frame/frame-", "/frame/vega-", "/frame/plotly-"].every((part) =>
    files.some((file) => file.includes(part)));
}"""
LISTED = """() => new Promise((found) => {
  indexedDB.databases().then((bases) => {
    const { name } = bases.find((one) => one.name.startsWith("intheloop-outputs "));
    indexedDB.open(name).onsuccess = ({ target: { result: base } }) => {
      base.transaction("outputs").objectStore("outputs").get("list").onsuccess = (event) =>
        found(event.target.result.map(({ bytes }) => bytes));
    };
  });
})"""


def leave_unsent(house: House, page: Page, notebook: str, text: str) -> None:
    """Write into the first cell while there is no network, and close the tab."""
    wait_for_source(page, "c1", house.sources(notebook)[0])
    house.network.cut()
    page.get_by_text("Offline").wait_for()
    write(page, "c1", text)
    page.get_by_text("kept on this device").wait_for()
    page.close()


# --------------------------------------------------------- by whatever page is open


def test_what_a_closed_tab_left_goes_out_once_by_tabs_that_show_other_things(
    house: House, enter: Callable[..., Page]
) -> None:
    one, another, third = (house.notebook(f"of_{name}") for name in "abc")
    home = enter(third)
    home.get_by_role("link", name="All notebooks").click()
    home.get_by_role("button", name="New notebook").wait_for()
    context = home.context
    elsewhere = enter(third, context)
    try:
        leave_unsent(house, enter(one, context), one, " left")
        house.network.mend()
        house.wait_for_sources(one, ["of_a left"])
        leave_unsent(house, enter(another, context), another, " too")
    finally:
        house.network.mend()
    house.wait_for_sources(another, ["of_b too"])
    assert elsewhere.locator("[data-unsent='0']").count() == 1


def test_what_a_closed_browser_left_goes_out_when_it_opens_on_the_list(
    house: House, profile: Profile
) -> None:
    notebooks = [house.notebook(f"n{number}") for number in range(2)]
    with profile.opened() as context:
        pages = [profile.page(context, f"/n/{notebook}") for notebook in notebooks]
        for page, notebook in zip(pages, notebooks, strict=True):
            page.bring_to_front()
            wait_until_kept(page, notebook)
        house.network.cut()
        for page in pages:
            page.bring_to_front()
            page.get_by_text("Offline").wait_for()
            write(page, "c1", " late")
            page.get_by_text("kept on this device").wait_for()
    with profile.opened() as context:
        page = profile.page(context, "/")
        page.get_by_role("list", name="Notebooks on this device").wait_for()
        house.network.mend()
        for number, notebook in enumerate(notebooks):
            house.wait_for_sources(notebook, [f"n{number} late"])


# ------------------------------------------------------------- whose it is


def sign_in(house: House, page: Page, person_id: str) -> None:
    """Use a link of this person, as they would."""
    code = new_credential_secret()
    [mine] = [one for one in house.signed_in["cookies"] if one["httpOnly"]]
    headers = {"Cookie": f"{mine['name']}={mine['value']}", "Origin": house.url}
    asked = {"person_id": person_id, "secret_sha256": secret_sha256(code)}
    with httpx2.Client(base_url=house.url, headers=headers, trust_env=False) as http:
        answer = http.post("/api/tools/issue_link", json=asked)
    assert answer.status_code == 200, answer.text
    page.goto(f"{house.url}/?code={code}")
    page.get_by_role("button", name="Sign in as").click()
    page.get_by_role("button", name="New notebook").first.wait_for()


@pytest.fixture
def wren(house: House) -> Iterator[str]:
    """Another person, who is signed in nowhere yet."""
    person_id = f"wren{next(NUMBERS)}"
    house.call("add_person", person_id=person_id, name=person_id)
    yield person_id
    house.network.mend()


def test_who_signs_in_next_in_a_browser_neither_sees_nor_sends_what_the_one_before_left(
    house: House, profile: Profile, wren: str
) -> None:
    notebook = house.notebook("a", title="Herons of the owner")
    house.call("grant_role", notebook_id=notebook, person_id=wren, role="editor")
    with profile.opened() as context:
        mine: Any = context.cookies()
        page = profile.page(context, f"/n/{notebook}")
        wait_until_kept(page, notebook)
        leave_unsent(house, page, notebook, "bc")
        house.network.mend()
        context.clear_cookies()
        theirs = context.new_page()
        sign_in(house, theirs, wren)
        theirs.goto(f"{house.url}/n/{notebook}")
        wait_for_source(theirs, "c1", "a")
        write(theirs, "c1", "d")
        wait_until_sent(theirs)
        wait_until_kept(theirs, notebook)
        house.network.cut()
        theirs.goto(f"{house.url}/")
        names = theirs.get_by_role("list", name="Notebooks on this device")
        names.get_by_text("Herons").wait_for()  # the copy that is their own
        house.network.mend()
    assert house.sources(notebook) == ["ad"]
    with profile.opened() as context:
        context.add_cookies(mine)
        page = profile.page(context, "/")
        house.wait_for_sources(notebook, ["adbc"])
    written = [one for one in house.records(notebook) if one["type"] == "cellSourceEdited"]
    assert [one["actor"]["id"] == wren for one in written] == [True, *[False] * (len(written) - 1)]


def test_what_was_kept_for_one_person_is_not_on_the_device_for_the_next(
    house: House, profile: Profile, wren: str
) -> None:
    notebook = house.notebook("a_secret", title="Herons of the owner alone")
    with profile.opened() as context:
        page = profile.page(context, f"/n/{notebook}")
        wait_until_kept(page, notebook)
        page.close()
        context.clear_cookies()
        theirs = context.new_page()
        sign_in(house, theirs, wren)
        house.network.cut()
        theirs.goto(f"{house.url}/")
        theirs.get_by_role("alert").wait_for()
        assert theirs.get_by_text("Herons").count() == 0
        theirs.goto(f"{house.url}/n/{notebook}")
        theirs.locator("[data-connection=offline]").wait_for(state="attached")
        assert "a_secret" not in theirs.content()


def test_an_open_page_is_loaded_anew_when_somebody_else_signed_in_beside_it(
    house: House, profile: Profile, wren: str
) -> None:
    notebook = house.notebook("a")
    house.call("grant_role", notebook_id=notebook, person_id=wren, role="editor")
    with profile.opened() as context:
        page = context.new_page()  # which is told that it is signed out, an error elsewhere
        page.goto(f"{house.url}/n/{notebook}")
        wait_until_kept(page, notebook)
        mine: Any = context.cookies()
        context.clear_cookies()
        write(page, "c1", "bc")
        page.get_by_text("Signed out").wait_for()
        page.get_by_text("kept on this device").wait_for()
        theirs = context.new_page()
        sign_in(house, theirs, wren)
        page.bring_to_front()
        wait_for_source(page, "c1", "a")
        assert house.sources(notebook) == ["a"]
        page.close()
        theirs.close()  # it would be loaded anew by itself
        context.clear_cookies()
        context.add_cookies(mine)
        profile.page(context, "/")
        house.wait_for_sources(notebook, ["abc"])


def test_signing_out_says_what_is_not_sent_yet(
    house: House, enter: Callable[..., Page], wren: str
) -> None:
    notebook = house.notebook("a")
    page = enter(notebook)
    wait_for_source(page, "c1", "a")
    page.route("**/api/tools/edit_cell", lambda route: route.abort())
    write(page, "c1", "b")
    page.get_by_role("link", name="All notebooks").click()
    page.get_by_role("link", name="People").click()
    owner = next(
        one["person"]["name"]
        for one in house.call("list_people")["people"]
        if one["person"]["person_id"] != wren
    )
    page.get_by_role("button", name=f"Sign out {owner}'s browser").first.click()
    question = page.get_by_role("alertdialog")
    question.get_by_text("One change of yours is on this device alone").wait_for()
    question.get_by_role("button", name="Stay signed in").click()
    page.unroute("**/api/tools/edit_cell")
    house.wait_for_sources(notebook, ["ab"])
    page.reload()
    page.get_by_role("heading", name="Programs").wait_for()


# ---------------------------------------------------- outputs without a network

LARGE = """
import base64, random, struct, zlib
from IPython.display import display
random.seed(7)
rows = b"".join(b"\\0" + random.randbytes(3 * 300) for _ in range(300))
def part(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
head = struct.pack(">IIBBBBB", 300, 300, 8, 2, 0, 0, 0)
whole = part(b"IHDR", head) + part(b"IDAT", zlib.compress(rows)) + part(b"IEND", b"")
png = base64.b64encode(b"\\x89PNG\\r\\n\\x1a\\n" + whole).decode()
display({"image/png": png, "text/plain": "noise"}, raw=True)
"""
TEXT = """print("the first heron")
print("a word and another " * 30_000)
print("the last heron")"""
CHARTS = """
from IPython.display import display
values = [{"a": "one", "b": 3}, {"a": "two", "b": 7}]
encoding = {"x": {"field": "a", "type": "nominal"}, "y": {"field": "b", "type": "quantitative"}}
vega = {"data": {"values": values}, "mark": "bar", "encoding": encoding}
display({"application/vnd.vegalite.v5+json": vega}, raw=True)
plotly = {"data": [{"type": "bar", "x": ["one", "two"], "y": [3, 7]}], "layout": {}}
display({"application/vnd.plotly.v1+json": plotly}, raw=True)
html = "<b>bold</b><script>document.querySelector('b').textContent = 'a script'</script>"
display({"text/html": html}, raw=True)
"""


def run_all(page: Page, cells: int) -> None:
    page.locator("#cell-c1 .cm-content").wait_for()
    page.get_by_role("button", name="Run all cells").click()
    for number in range(1, cells + 1):
        page.locator(f"#cell-c{number}[data-state=ok]").wait_for()


def shows_herons(page: Page) -> None:
    """The picture is drawn, and the text is there from its first word to its last."""
    image = page.locator("#cell-c1 img")
    image.wait_for()
    page.wait_for_function("() => document.querySelector('#cell-c1 img')?.naturalWidth === 300")
    text = page.locator("#cell-c2 .outputs")
    text.get_by_text("the first heron").wait_for()
    more = text.get_by_role("button", name=re.compile("^(Load|Show) all"))
    if more.count():
        more.first.click()
    text.get_by_text("the last heron").wait_for()


def test_large_outputs_are_read_whole_without_a_network_once_they_were_seen(
    house: House, profile: Profile
) -> None:
    notebook = house.notebook(LARGE, TEXT)
    with profile.opened() as context:
        page = profile.page(context, f"/n/{notebook}")
        run_all(page, 2)
        shows_herons(page)
        wait_until_kept(page, notebook)
    with profile.opened() as context:  # a state that came anew takes away nothing that it names
        page = profile.page(context, f"/n/{notebook}")
        page.locator("[data-connection=live]").wait_for(state="attached")
        page.locator("#cell-c1 img").wait_for()
        page.close()
        house.network.cut()
        page = profile.page(context, f"/n/{notebook}")
        page.get_by_text("Offline").wait_for()
        shows_herons(page)


REFUSED = """() => new Promise((told) => {
  addEventListener("securitypolicyviolation", (event) => told(event.effectiveDirective));
  fetch("/api/health").then(() => told("nothing"), () => setTimeout(() => told("nothing"), 1000));
})"""
"""What of the policy keeps a document from the server, also where there is none."""


def test_charts_that_were_seen_are_drawn_without_a_network(house: House, profile: Profile) -> None:
    notebook = house.notebook(CHARTS)

    def drawn(page: Page) -> None:
        frames = page.locator("#cell-c1 iframe")
        for at, inside in enumerate((".marks, svg, canvas", ".main-svg", "text=a script")):
            frames.nth(at).content_frame.locator(inside).first.wait_for()

    with profile.opened() as context:
        page = profile.page(context, f"/n/{notebook}")
        wait_until_kept(page, notebook)
        run_all(page, 1)
        drawn(page)
        page.wait_for_function(FRAME_KEPT)
        wait_until_kept(page, notebook)
    with profile.opened() as context:
        house.network.cut()
        page = context.new_page()
        page.goto(f"{house.url}/n/{notebook}")
        page.get_by_text("Offline").wait_for()
        drawn(page)
        for frame in page.locator("#cell-c1 iframe").all():  # as shut in as ever
            body = frame.content_frame.locator("body")
            assert body.evaluate("() => origin") == "null"
            assert body.evaluate(REFUSED) == "connect-src"


def test_what_came_first_makes_room_where_a_device_has_little(
    house: House, profile: Profile
) -> None:
    notebook = house.notebook(LARGE, LARGE.replace("seed(7)", "seed(8)"))
    little = "navigator.storage.estimate = async () => ({ quota: 4 * 300_000 })"
    with profile.opened() as context:
        context.add_init_script(little)
        page = profile.page(context, f"/n/{notebook}")
        page.locator("#cell-c1 .cm-content").wait_for()
        for number in (1, 2):
            page.locator(f"#cell-c{number}").focus()
            page.keyboard.press("Control+Enter")
            page.locator(f"#cell-c{number} img").wait_for()
        wait_until_kept(page, notebook)
        kept = page.evaluate(LISTED)
        assert sum(kept) <= 300_000 and max(kept) > 200_000  # one picture of the two has room
