"""A notebook that means harm, in the page. Each attack is made twice: with every guard in place it
comes to nothing, and without the guard that stops it, it succeeds, so that these tests can fail."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import httpx2
import pytest

from intheloop.values import sha256_hex
from tests import hostile
from tests.attacks import (
    ANY_POLICY,
    COOKIE,
    NOTES,
    OUTSIDE,
    PLACES,
    SCRIPTS,
    STOLEN,
    Attack,
    handler,
)
from tests.browsing import House, launched
from tests.hostile import SECRET, Recorder, displays, html, opened, recording, script

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ATTACKS = [*SCRIPTS, *OUTSIDE, *NOTES]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A document that a test has changed comes from no address that the browser knows, and would be
    kept from this machine's others for that reason alone."""
    with launched("--disable-features=LocalNetworkAccessChecks") as browser:
        yield browser


@pytest.fixture
def recorder() -> Iterator[tuple[Recorder, str]]:
    with recording() as one:
        yield one


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "unguarded"])
@pytest.mark.parametrize("attack", ATTACKS, ids=[attack.name for attack in ATTACKS])
def test_it_comes_to_nothing_but_for_its_guard(
    house: House,
    chromium: Browser,
    recorder: tuple[Recorder, str],
    attack: Attack,
    guarded: bool,
) -> None:
    heard, elsewhere = recorder
    cells = attack.cells(elsewhere)
    without = () if guarded else attack.without
    with opened(
        house, chromium, recorder, cells, without=without, path=attack.path, name=attack.file
    ) as scene:
        if not guarded:
            attack.landed(scene)
            return
        attack.stopped(scene)
        assert heard.heard() == []
        assert scene.opened == []
        assert scene.page.url == f"{house.url}{attack.path.format(scene.notebook_id)}"


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "unguarded"])
def test_words_are_words_wherever_they_stand(
    house: House, chromium: Browser, recorder: tuple[Recorder, str], guarded: bool
) -> None:
    heard, elsewhere = recorder
    cells = [make(handler(f"{elsewhere}/{place}")) for place, make in PLACES.items()]
    without = () if guarded else (hostile.text_as_text, ANY_POLICY)
    with opened(house, chromium, recorder, cells, without=without) as scene:
        for number in range(len(cells)):
            cell = scene.page.locator(".cell").nth(number)
            cell.scroll_into_view_if_needed()
            cell.locator(".outputs").get_by_text("begun").first.wait_for()
        if guarded:
            assert heard.heard() == []
            assert scene.page.title() == "hostile · In The Loop"
            assert scene.page.locator(".outputs a").count() == 0
        else:
            for place in PLACES:
                scene.reached(f"/{place}/loot?canary={SECRET}{SECRET}")


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "unguarded"])
@pytest.mark.parametrize("place", ["/", "/n/{}/history"], ids=["list", "history"])
def test_so_are_titles_and_the_names_of_files(
    house: House, chromium: Browser, recorder: tuple[Recorder, str], place: str, guarded: bool
) -> None:
    heard, elsewhere = recorder
    name = f"begun {handler(elsewhere)}.ipynb"
    without = () if guarded else (hostile.text_as_text, ANY_POLICY)
    with opened(house, chromium, recorder, [], without=without, path=place, name=name) as scene:
        scene.page.get_by_text("begun").first.wait_for()
        if guarded:
            assert heard.heard() == []
        else:
            STOLEN(scene)
        house.call("delete_notebook", notebook_id=scene.notebook_id)


SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><script>'
    "document.documentElement.setAttribute('data-ran', localStorage.canary)</script></svg>"
)


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "unguarded"])
def test_a_picture_that_is_opened_by_itself_runs_nothing(
    house: House, chromium: Browser, recorder: tuple[Recorder, str], guarded: bool
) -> None:
    without = () if guarded else (ANY_POLICY,)
    cells = [displays("image/svg+xml", SVG)]
    with opened(house, chromium, recorder, cells, without=without) as scene:
        image = scene.page.locator(".output-image")
        image.wait_for()
        with scene.page.expect_popup() as popup:
            image.evaluate("image => void open(image.src)")
        popup.value.locator("svg").wait_for()
        ran = popup.value.locator("svg").get_attribute("data-ran")
        assert ran == (None if guarded else SECRET)


PAGE = f"<!doctype html><p>here<script>document.title = {COOKIE}</script>"


@pytest.mark.parametrize(
    ("kept", "outcome"),
    [
        (("content-type", "content-disposition", "content-security-policy"), "download"),
        (("content-security-policy",), ""),
        ((), f"canary={SECRET}"),
    ],
    ids=["guarded", "sandboxed alone", "unguarded"],
)
def test_a_blob_that_is_opened_by_itself_runs_nothing(
    house: House,
    chromium: Browser,
    recorder: tuple[Recorder, str],
    kept: tuple[str, ...],
    outcome: str,
) -> None:
    with opened(house, chromium, recorder, []) as scene:
        data = PAGE.encode()
        address = f"/api/notebooks/{scene.notebook_id}/blobs/{sha256_hex(data)}"
        headers = {"Authorization": f"Bearer {house.token}"}
        httpx2.put(house.address + address, content=data, headers=headers, trust_env=False)
        if outcome != "download":
            hostile.served_as_page(scene.page.context, address, kept)
        if outcome == "download":
            with scene.page.expect_download() as download:
                scene.page.evaluate("address => void (location.href = address)", address)
            assert download.value.path().read_bytes() == data
        else:
            page = scene.page.context.new_page()
            page.goto(house.url + address)
            page.get_by_text("here").wait_for()
            assert page.title() == outcome


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "unguarded"])
def test_one_output_tells_another_nothing(
    house: House, chromium: Browser, recorder: tuple[Recorder, str], guarded: bool
) -> None:
    forged = (
        "const forged = {show: {kind: 'html', html: '<p>forged'}, theme: {}};"
        "let sent = 0; const send = () => { for (let at = 0; at < parent.length; at += 1)"
        " if (parent[at] !== self) { parent[at].postMessage(forged, '*'); sent += 1; }"
        " document.getElementById('told').textContent = sent > 50 ? 'sent' : '...';"
        " setTimeout(send, 5); }; send()"
    )
    cells = [script(forged), html("<p>honest")]
    without = () if guarded else (hostile.rewritten("/frame/frame-.*js", *TRUSTING),)
    with opened(house, chromium, recorder, cells, without=without) as scene:
        scene.page.frame_locator("iframe >> nth=0").get_by_text("sent").wait_for()
        second = scene.page.frame_locator("iframe >> nth=1")
        second.get_by_text("honest" if guarded else "forged").wait_for()
        assert second.get_by_text("forged").count() == (0 if guarded else 1)


TRUSTING = ((".source!==parent", ".source===0"), ("if(a)return;", ""))
"""A frame that hears whoever speaks, as often as anybody does."""

LIES = """
for (const lie of [null, 7, "ready", {kind: "height", height: 1e9}, {kind: "height", height: "x"},
    {kind: "failed", reason: "<img src=x>".repeat(1000)}, {kind: "nothing"},
    {kind: "picture", address: "data:image/png;base64,AAAA"},
    {kind: "link", address: "LINK"}]) parent.postMessage(lie, "*");
tell('said');
"""


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "unguarded"])
def test_the_page_believes_nothing_that_a_frame_says(
    house: House, chromium: Browser, recorder: tuple[Recorder, str], guarded: bool
) -> None:
    heard, elsewhere = recorder
    cells = [script(LIES.replace("LINK", f"{elsewhere}/page"))]
    without = (hostile.clicked(not guarded),)
    with opened(house, chromium, recorder, cells, without=without) as scene:
        downloads: list[object] = []
        scene.page.on("download", lambda one: downloads.append(one))
        failures: list[object] = []
        scene.page.on("pageerror", lambda one: failures.append(one))
        assert scene.told().strip() == "said"
        scene.page.get_by_text("It could not be drawn").wait_for()
        assert scene.page.locator("iframe").bounding_box()["height"] <= 720  # type: ignore[index]
        asked = scene.page.locator(".output-link")
        if guarded:
            assert asked.count() == 0
        else:
            asked.get_by_role("link").wait_for()  # which opens nothing by itself
        assert (downloads, failures, heard.heard(), scene.opened) == ([], [], [], [])
