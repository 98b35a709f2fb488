"""People in the page: added, let in by a link, given roles; their programs paused and revoked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from tests.browsing import WAIT_MS, House, watch
from tests.visiting import PHONE, WIDE, Visit, barriers_in_both_themes

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def call(house: House, secret: str, tool: str, **arguments: Any) -> httpx2.Response:
    headers = {"Authorization": f"Bearer {secret}", "Loop-Client": "probe/1.0"}
    with httpx2.Client(base_url=house.address, headers=headers, trust_env=False) as http:
        return http.post(f"/api/tools/{tool}", json=arguments)


@pytest.fixture
def stranger(house: House, chromium: Browser) -> Iterator[Page]:
    """A browser in which nobody is signed in."""
    trouble: list[str] = []
    context = chromium.new_context()
    context.set_default_timeout(WAIT_MS)
    page = context.new_page()
    watch(page, house, trouble)
    yield page
    context.close()
    assert not [one for one in trouble if "status of 401" not in one], trouble


def added(page: Page, name: str) -> None:
    page.get_by_label("Name of a person").fill(name)
    page.keyboard.press("Enter")
    page.get_by_role("list", name="People").get_by_text(name).wait_for()


def link_for(page: Page, name: str) -> str:
    page.get_by_role("button", name=f"Make a link for {name}").click()
    return page.get_by_label(f"Link for {name}", exact=True).inner_text().strip()


def test_a_person_who_was_added_comes_in_by_the_link_that_was_made_for_them_once(
    house: House, visit: Visit, stranger: Page
) -> None:
    page = visit("/people")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.post_data or ""))
    added(page, "Wren Brown")
    row = page.get_by_role("listitem").filter(has_text="Wren Brown")
    row.get_by_text("Not signed in anywhere").wait_for()
    link = link_for(page, "Wren Brown")
    row.get_by_text("Has a link to sign in with, until").wait_for()
    code = link.partition("code=")[2]
    assert code and not any(code in body for body in sent), "the code never leaves the browser"
    stranger.goto(link)
    stranger.get_by_text("acts in that name").wait_for()
    stranger.get_by_role("button", name="Sign in as Wren Brown").click()
    stranger.get_by_role("heading", name="Notebooks").wait_for()
    assert "code" not in stranger.url
    people = {one["person"]["name"]: one["person"] for one in house.call("list_people")["people"]}
    shared = {"notebook_id": house.notebook("1", title="Shared reeds"), "role": "viewer"}
    house.call("grant_role", person_id=people["Wren Brown"]["person_id"], **shared)
    stranger.get_by_role("button", name="Shared with me").click()
    stranger.get_by_text("Shared reeds").wait_for()
    stranger.get_by_text("you are its viewer").wait_for()
    row.get_by_text("Not signed in anywhere").wait_for(state="hidden")
    page.get_by_label("Link for Wren Brown", exact=True).wait_for(state="hidden")
    page.get_by_role("list", name="Browsers").get_by_text("Wren Brown's browser").wait_for()
    page.goto(f"{house.url}/audit")
    page.get_by_role("option").filter(has_text="made a link to sign in with for Wren").wait_for()
    stranger.context.clear_cookies()
    stranger.goto(link)
    stranger.get_by_text("This link was used before").wait_for()


def test_a_link_that_was_withdrawn_lets_nobody_in(
    house: House, visit: Visit, stranger: Page
) -> None:
    page = visit("/people")
    added(page, "Robin Reed")
    link = link_for(page, "Robin Reed")
    stranger.goto(link)
    stranger.get_by_role("button", name="Sign in as Robin Reed").wait_for()
    page.get_by_role("button", name="Withdraw the link of Robin Reed").click()
    page.get_by_role("button", name="Withdraw the link of Robin Reed").wait_for(state="hidden")
    page.get_by_label("Link for Robin Reed", exact=True).wait_for(state="hidden")
    stranger.get_by_role("button", name="Sign in as Robin Reed").click()
    stranger.get_by_text("This link was used before, or it is too old.").wait_for()


def test_a_program_is_paused_resumed_and_revoked_and_its_last_use_is_told(
    house: House, visit: Visit
) -> None:
    secret = house.credential("service", "Nightly")
    page = visit("/people")
    row = page.get_by_role("listitem").filter(has_text="Nightly")
    row.get_by_text("never used").wait_for()
    assert call(house, secret, "list_notebooks").status_code == 200
    row.get_by_text("by probe 1.0").wait_for()
    page.get_by_role("button", name="Pause Nightly").click()
    row.get_by_text("Paused", exact=True).wait_for()
    assert call(house, secret, "create_notebook", title="No").status_code == 403
    page.get_by_role("button", name="Resume Nightly").click()
    row.get_by_text("Paused", exact=True).wait_for(state="hidden")
    page.get_by_role("button", name="Revoke Nightly").click()
    row.wait_for(state="hidden")
    assert call(house, secret, "list_notebooks").status_code == 401
    page.get_by_role("button", name="Show what has ended").click()
    row.wait_for()


def test_people_are_added_and_given_roles(house: House, visit: Visit) -> None:
    notebook_id = house.notebook("1", title="Shared nest")
    page = visit("/people")
    added(page, "Linnet Brown")
    page.get_by_label("Notebook", exact=True).select_option(label="Shared nest")
    page.get_by_label("Role of Linnet Brown").select_option("editor")
    page.reload()
    page.wait_for_function(
        "() => document.querySelector('[aria-label=\"Role of Linnet Brown\"]')?.value === 'editor'"
    )
    people = house.call("list_people", notebook_id=notebook_id)["people"]
    assert {"editor", "owner"} <= {one["role"] for one in people}
    page.get_by_label("Role of Linnet Brown").select_option("none")
    page.reload()
    page.wait_for_function(
        "() => document.querySelector('[aria-label=\"Role of Linnet Brown\"]')?.value === 'none'"
    )


def test_the_last_owner_of_a_notebook_stays_and_the_refusal_is_told(
    house: House, visit: Visit
) -> None:
    notebook_id = house.notebook("1", title="Lonely nest")
    page = visit(f"/people?notebook={notebook_id}", refused=(400, 403, 409))
    page.locator(".people-role[aria-label^='Role of']").last.wait_for()
    me = house.call("who_am_i")["name"]
    page.get_by_label(f"Role of {me}", exact=True).select_option("viewer")
    page.get_by_role("alert").wait_for()
    page.wait_for_function(
        "(me) => document.querySelector(`[aria-label='Role of ${me}']`)?.value === 'owner'", arg=me
    )


def test_the_roles_of_a_notebook_are_a_few_keys_away(
    house: House, enter: Callable[..., Page]
) -> None:
    page = enter(house.notebook("1"), viewport=WIDE)
    page.locator("#cell-c1").click(position={"x": 5, "y": 5})
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Command").wait_for()
    page.keyboard.type("people roles")
    page.keyboard.press("Enter")
    page.get_by_role("dialog", name="People").get_by_label("Roles").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("dialog", name="People").wait_for(state="hidden")


@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
def test_axe_finds_no_barrier_in_people(
    house: House, visit: Visit, viewport: dict[str, int]
) -> None:
    notebook_id = house.notebook("1", title="Open nest")
    page = visit(f"/people?notebook={notebook_id}", viewport=viewport)
    page.get_by_role("list", name="Browsers").wait_for()
    page.get_by_role("list", name="Roles").get_by_role("listitem").first.wait_for()
    name = f"Swift {viewport['width']}"
    added(page, name)
    link_for(page, name)
    assert barriers_in_both_themes(page) == []
