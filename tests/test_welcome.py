"""The first minute: a first start opens a notebook that runs, and no later one does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
import pytest

from intheloop.folder import credential_file
from intheloop.server import COMMAND_LINE
from tests.browsing import WAIT_MS
from tests.command_line import CommandLine
from tests.visiting import WIDE, barriers

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@contextmanager
def started(folder: Path, *flags: str) -> Iterator[tuple[str, httpx2.Client]]:
    """The link that a start prints, and a client of its owner."""
    at = CommandLine(folder / "data", folder)
    process = at.start("serve", "--port", "0", "--no-browser", "--json", *flags)
    assert process.stdout is not None
    try:
        ready = json.loads(process.stdout.readline())
        token = credential_file(at.data, COMMAND_LINE).read_text(encoding="utf-8").strip()
        headers = {"Authorization": f"Bearer {token}"}
        with httpx2.Client(base_url=ready["url"], headers=headers, trust_env=False) as http:
            yield ready["link"], http
    finally:
        process.terminate()
        process.communicate(timeout=60)


def notebooks(http: httpx2.Client) -> list[str]:
    answer = http.post("/api/tools/list_notebooks", json={"archived": True})
    return [one["notebook_id"] for one in answer.json()["notebooks"]]


def test_the_first_start_makes_a_notebook_and_its_link_leads_there(tmp_path: Path) -> None:
    with started(tmp_path, "--no-runtime", "--welcome") as (link, http):
        assert notebooks(http) == ["welcome"]
        answer = httpx2.get(link, trust_env=False)
        assert answer.headers["location"] == "/n/welcome"
        assert "set-cookie" in answer.headers


def test_who_deletes_it_is_given_no_other_and_programs_get_none(tmp_path: Path) -> None:
    with started(tmp_path, "--no-runtime", "--welcome") as (_, http):
        gone = http.post("/api/tools/delete_notebook", json={"notebook_id": "welcome"})
        assert gone.status_code == 200
    with started(tmp_path, "--no-runtime", "--welcome") as (link, http):
        assert notebooks(http) == []
        assert "notebook=" not in link
    other = tmp_path / "other"
    other.mkdir()
    with started(other, "--no-runtime") as (_, http):
        assert notebooks(http) == []


def test_a_code_leads_to_a_notebook_of_this_server_and_nowhere_else(tmp_path: Path) -> None:
    with started(tmp_path, "--no-runtime") as (link, _):
        answer = httpx2.get(f"{link}&notebook=//elsewhere.example", trust_env=False)
    assert answer.headers["location"] == "/"


@pytest.mark.browser
@pytest.mark.slow
def test_the_tour_runs_from_top_to_bottom_and_its_log_grows_in_sight(
    tmp_path: Path, chromium: Browser
) -> None:
    with started(tmp_path, "--welcome") as (link, http):
        context = chromium.new_context(viewport=WIDE)
        context.set_default_timeout(WAIT_MS)
        page = context.new_page()
        page.goto(link)
        page.get_by_role("heading", name="Welcome").wait_for()
        page.get_by_role("button", name="History", exact=True).click()
        page.get_by_role("option").filter(has_text="imported").wait_for()
        page.get_by_role("button", name="Run all cells").click()
        page.get_by_text("tit  ■■■■■■■■■■■■ 12").wait_for()
        page.get_by_text("Listening for owls: minute 5 of 5").wait_for()
        page.locator("#cell-shares").get_by_role("cell", name="55%").wait_for()
        page.locator("#cell-shares[data-state=ok]").wait_for()
        page.get_by_role("option").filter(has_text="finished the run of cell 5").wait_for()
        assert barriers(page, "main") == []
        page.get_by_role("button", name="Close the history").click()
        with context.expect_page() as opened:
            page.get_by_role("link", name="the page Connect").click()
        opened.value.get_by_role("heading", name="Connect an assistant").wait_for()
        context.close()
        state = http.post("/api/tools/read_notebook", json={"notebook_id": "welcome"}).json()
    assert [cell.get("state") for cell in state["cells"] if cell["cell_type"] == "code"] == [
        "ok",
        "ok",
        "ok",
    ]
