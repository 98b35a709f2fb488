"""Letting programs in and people have roles, in the page: as a person does it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from intheloop.access import secret_sha256
from tests.browsing import House
from tests.visiting import PHONE, WIDE, Visit, barriers

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

HELLO = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "claude-code", "version": "2.1.0"},
    },
}


def given(page: Page, label: str) -> str:
    return page.get_by_label(f"What to give to {label}").first.inner_text()


def call(house: House, secret: str, tool: str, **arguments: Any) -> httpx2.Response:
    headers = {"Authorization": f"Bearer {secret}", "Loop-Client": "probe/1.0"}
    with httpx2.Client(base_url=house.address, headers=headers, trust_env=False) as http:
        return http.post(f"/api/tools/{tool}", json=arguments)


def test_the_line_for_claude_code_lets_it_in_and_its_coming_is_shown(
    house: House, visit: Visit
) -> None:
    page = visit("/connect")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.post_data or ""))
    page.get_by_role("button", name="Make the credential").click()
    page.get_by_text("Waiting for Claude Code to come").wait_for()
    words = shlex.split(given(page, "Claude Code"))
    assert words[:6] == ["claude", "mcp", "add", "--transport", "http", "intheloop"]
    url, header = words[6], words[8]
    name, _, value = header.partition(": ")
    secret = value.removeprefix("Bearer ")
    assert not any(secret in body for body in sent), "the secret never leaves the browser"
    assert any(secret_sha256(secret) in body for body in sent)
    with httpx2.Client(trust_env=False, headers={name: value}) as http:
        accept = {"Accept": "application/json, text/event-stream"}
        answer = http.post(url, json=HELLO, headers=accept)
    assert answer.status_code == 200, answer.text
    page.get_by_text("Claude Code is here").wait_for()


def test_a_client_may_be_bound_to_reading_one_notebook(house: House, visit: Visit) -> None:
    notebook_id = house.notebook("1", title="Nestling")
    page = visit("/connect")
    page.get_by_label("Another MCP client").check()
    page.get_by_label("What people call it").fill("Reader")
    page.get_by_label("What it may do").select_option("reads")
    page.get_by_label("In which notebooks").select_option(label="Only “Nestling”")
    page.get_by_role("button", name="Make the credential").click()
    entry = json.loads(given(page, "Reader"))["mcpServers"]["intheloop"]
    assert entry["url"] == f"{house.url}/mcp"
    secret = entry["headers"]["Authorization"].removeprefix("Bearer ")
    listed = call(house, secret, "list_notebooks").json()["notebooks"]
    assert [one["notebook_id"] for one in listed] == [notebook_id]
    refused = call(house, secret, "rename_notebook", notebook_id=notebook_id, title="Mine")
    assert refused.status_code == 403
    page.get_by_text("Reader is here, as probe 1.0").wait_for()


def test_what_claude_desktop_gets_is_the_entry_of_its_file(house: House, visit: Visit) -> None:
    page = visit("/connect")
    page.get_by_label("Claude Desktop").check()
    page.get_by_role("button", name="Make the credential").click()
    entry = json.loads(given(page, "Claude Desktop"))["mcpServers"]["intheloop"]
    assert (entry["command"], entry["args"]) == ("intheloop", ["mcp"])
    assert entry["env"]["INTHELOOP_URL"] == house.url
    answer = call(house, entry["env"]["INTHELOOP_TOKEN"], "who_am_i")
    assert answer.json()["name"] == "Claude Desktop"


def test_a_program_is_paused_resumed_and_revoked_and_its_last_use_is_told(
    house: House, visit: Visit
) -> None:
    page = visit("/connect")
    page.get_by_label("A script or program").check()
    page.get_by_label("What people call it").fill("Nightly")
    page.get_by_role("button", name="Make the credential").click()
    secret = given(page, "Nightly").rpartition("=")[2].strip()
    assert call(house, secret, "list_notebooks").status_code == 200
    page.get_by_role("link", name="See all credentials").click()
    row = page.get_by_role("listitem").filter(has_text="Nightly")
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
    page.get_by_label("Name of a person").fill("Wren Brown")
    page.keyboard.press("Enter")
    page.get_by_role("list", name="People").get_by_text("Wren Brown").wait_for()
    page.get_by_label("Notebook", exact=True).select_option(label="Shared nest")
    page.get_by_label("Role of Wren Brown").select_option("editor")
    page.reload()
    page.wait_for_function(
        "() => document.querySelector('[aria-label=\"Role of Wren Brown\"]')?.value === 'editor'"
    )
    people = house.call("list_people", notebook_id=notebook_id)["people"]
    assert {"editor", "owner"} <= {one["role"] for one in people}
    page.get_by_label("Role of Wren Brown").select_option("none")
    page.reload()
    page.wait_for_function(
        "() => document.querySelector('[aria-label=\"Role of Wren Brown\"]')?.value === 'none'"
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
        "(me) => document.querySelector(`[aria-label='Role of ${me}']`).value === 'owner'", arg=me
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


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
def test_axe_finds_no_barrier_in_connect_and_people(
    house: House, visit: Visit, scheme: str, viewport: dict[str, int]
) -> None:
    notebook_id = house.notebook("1", title="Open nest")
    page = visit("/connect", color_scheme=scheme, viewport=viewport)
    page.get_by_label("What people call it").wait_for()
    assert barriers(page) == []
    page.get_by_role("button", name="Make the credential").click()
    page.get_by_text("Waiting for").wait_for()
    assert barriers(page) == []
    page.goto(f"{house.url}/people?notebook={notebook_id}")
    page.get_by_role("list", name="Browsers").wait_for()
    page.get_by_role("list", name="Roles").get_by_role("listitem").first.wait_for()
    assert barriers(page) == []
