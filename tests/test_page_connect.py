"""Letting programs in, in the page: as a person does it."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from intheloop.access import secret_sha256
from tests.browsing import House
from tests.visiting import PHONE, WIDE, Visit, barriers_in_both_themes

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
    with httpx2.Client(trust_env=False, headers={name: value}, timeout=60) as http:
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
    assert Path(entry["command"]).is_absolute() and entry["args"][-1:] == ["mcp"]
    assert entry["env"]["INTHELOOP_URL"] == house.url
    answer = call(house, entry["env"]["INTHELOOP_TOKEN"], "who_am_i")
    assert answer.json()["name"] == "Claude Desktop"


@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
def test_axe_finds_no_barrier_in_connect(visit: Visit, viewport: dict[str, int]) -> None:
    page = visit("/connect", viewport=viewport)
    page.get_by_label("What people call it").wait_for()
    assert barriers_in_both_themes(page) == []
    page.get_by_role("button", name="Make the credential").click()
    page.get_by_text("Waiting for").wait_for()
    assert barriers_in_both_themes(page) == []
