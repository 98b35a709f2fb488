"""The list of notebooks in the page: found, taken in, renamed, copied, put away, deleted, live."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browsing import House
from tests.visiting import PHONE, WIDE, Visit, barriers_in_both_themes

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

FILE = {
    "nbformat": 4,
    "nbformat_minor": 4,
    "metadata": {},
    "cells": [
        {
            "cell_type": "code",
            "metadata": {},
            "source": ["print('x' * 9)"],
            "execution_count": 1,
            "outputs": [{"output_type": "stream", "name": "stdout", "text": ["x" * 200_000]}],
        }
    ],
}
DROP = """([name, text]) => {
  const data = new DataTransfer();
  data.items.add(new File([text], name));
  const of = (type) => new DragEvent(type, {dataTransfer: data, bubbles: true, cancelable: true});
  dispatchEvent(of("dragenter"));
  dispatchEvent(of("drop"));
}"""
PASTE = """(text) => {
  const data = new DataTransfer();
  data.setData("text/plain", text);
  const event = {clipboardData: data, bubbles: true, cancelable: true};
  dispatchEvent(new ClipboardEvent("paste", event));
}"""


def titles(page: Page) -> list[str]:
    return page.locator(".home-title").all_inner_texts()


def deed(page: Page, title: str, name: str) -> None:
    page.get_by_role("button", name=f"What to do with {title}", exact=True).click()
    page.get_by_role("menuitem", name=name, exact=True).click()


def ids(house: House) -> dict[str, str]:
    listed = house.call("list_notebooks", archived=True)["notebooks"]
    return {one["title"]: one["notebook_id"] for one in listed}


def test_what_is_made_changed_and_run_elsewhere_shows_without_reloading(
    house: House, visit: Visit
) -> None:
    page = visit("/")
    page.get_by_role("heading", name="Notebooks").wait_for()
    notebook_id = house.notebook("input('Which bird? ')", title="Live owls")
    row = page.locator(f"[data-notebook-id='{notebook_id}']")
    row.get_by_text("added a code cell").wait_for()
    requested = house.call("run_cells", notebook_id=notebook_id, wait_s=30)
    row.get_by_text("Waits for input").wait_for()
    page.get_by_role("button", name="Waiting for me").click()
    assert titles(page) == ["Live owls"]
    input_id = requested["executions"][0]["input_id"]
    house.call("provide_input", notebook_id=notebook_id, input_id=input_id, value="tawny")
    page.get_by_text("Nothing is under “Waiting for me” now.").wait_for()


def test_a_proposal_that_waits_for_a_word_is_found_and_gone_once_it_is_given(
    house: House, visit: Visit
) -> None:
    notebook_id = house.notebook("1", title="Proposed owls")
    page = visit("/")
    row = page.locator(f"[data-notebook-id='{notebook_id}']")
    row.wait_for()
    change = {"kind": "edit", "cell_id": "c1", "base_rev": 2, "source": "2"}
    made = house.call("propose_changes", notebook_id=notebook_id, changes=[change])
    row.get_by_text("Waits for a word").wait_for()
    page.get_by_role("button", name="Waiting for me").click()
    assert titles(page) == ["Proposed owls"]
    house.call(
        "resolve_proposal",
        notebook_id=notebook_id,
        proposal_id=made["proposal_id"],
        verdict="reject",
    )
    page.get_by_text("Nothing is under “Waiting for me” now.").wait_for()


def test_nothing_is_asked_while_nothing_happens(house: House, visit: Visit) -> None:
    page = visit("/")
    page.clock.install()
    page.reload()
    notebook_id = house.notebook("1", title="Quiet owl")
    page.get_by_text("Quiet owl").wait_for()
    page.clock.run_for(2_000)  # what is due comes
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.clock.run_for(30_000)
    assert asked == []
    house.call("rename_notebook", notebook_id=notebook_id, title="Loud owl")
    page.get_by_text("Loud owl", exact=True).wait_for()
    assert any("list_notebooks" in url for url in asked)


def test_the_list_goes_on_once_the_network_is_back(house: House, visit: Visit) -> None:
    page = visit("/")
    page.get_by_role("heading", name="Notebooks").wait_for()
    house.notebook("1", title="Early swift")
    page.get_by_text("Early swift").wait_for()
    house.network.cut()
    page.get_by_role("alert").get_by_text("The server cannot be reached.").wait_for()
    house.notebook("1", title="Late swift")
    house.network.mend()
    page.get_by_text("Late swift").wait_for()
    page.get_by_role("alert").wait_for(state="hidden")


def test_notebooks_are_found_by_words_of_their_title(house: House, visit: Visit) -> None:
    house.notebook("1", title="Counts of swifts in May")
    house.notebook("1", title="Counts of terns")
    page = visit("/")
    page.get_by_label("Find notebooks").fill("may swifts")
    page.get_by_text("Counts of terns").wait_for(state="hidden")
    assert titles(page) == ["Counts of swifts in May"]
    page.get_by_label("Find notebooks").fill("heron")
    page.get_by_text("No notebook here has these words in its title.").wait_for()


def test_what_runs_is_told_and_filters_and_words_narrow_together(
    house: House, visit: Visit
) -> None:
    waits = "import threading\nthreading.Event().wait(600)"
    busy = house.notebook(waits, title="Grebes, counting")
    house.notebook("1", title="Grebes, counted")
    old = house.notebook("1", title="Grebes, old")
    house.call("archive_notebook", notebook_id=old)
    run = house.call("run_cells", notebook_id=busy, wait_s=0)
    page = visit("/")
    page.get_by_label("Find notebooks").fill("grebes")
    page.locator(f"[data-notebook-id='{busy}']").get_by_text("Running").wait_for()
    assert sorted(titles(page)) == ["Grebes, counted", "Grebes, counting"]
    filters = page.get_by_role("group", name="Which notebooks")
    filters.get_by_role("button", name="Running").click()
    assert titles(page) == ["Grebes, counting"]
    filters.get_by_role("button", name="Archived").click()
    assert titles(page) == ["Grebes, old"]
    filters.get_by_role("button", name="Mine").click()
    assert sorted(titles(page)) == ["Grebes, counted", "Grebes, counting"]
    [execution_id] = run["execution_ids"]
    filters.get_by_role("button", name="Running").click()
    house.call("cancel_execution", notebook_id=busy, execution_id=execution_id, force=True)
    page.locator(f"[data-notebook-id='{busy}']").wait_for(state="hidden")


def test_a_dropped_file_is_imported_with_its_large_output_and_opened(
    house: House, visit: Visit
) -> None:
    page = visit("/")
    page.get_by_role("heading", name="Notebooks").wait_for()
    page.evaluate(DROP, ["dropped.ipynb", json.dumps(FILE)])
    page.wait_for_url("**/n/*")
    page.locator(".cells").wait_for()
    page.get_by_text("xxxxxxxxxxxxxxxxxxxx").first.wait_for()
    assert "dropped" in ids(house)


def test_a_chosen_and_a_pasted_file_are_imported(
    house: House, visit: Visit, tmp_path: Path
) -> None:
    file = tmp_path / "chosen.ipynb"
    file.write_text(json.dumps(FILE), encoding="utf-8")
    page = visit("/")
    page.locator("input[data-role=import]").set_input_files(file)
    page.wait_for_url("**/n/*")
    page.go_back()
    page.get_by_role("heading", name="Notebooks").wait_for()
    page.evaluate(PASTE, json.dumps(FILE))
    page.wait_for_url("**/n/*")
    assert {"chosen", "Pasted"} <= ids(house).keys()


def test_a_file_that_is_no_notebook_is_refused_beside_the_list(visit: Visit) -> None:
    page = visit("/", refused=(400,))
    page.get_by_role("heading", name="Notebooks").wait_for()
    page.evaluate(DROP, ["letter.txt", "Dear owl"])
    page.get_by_role("alert").get_by_text("letter.txt is not valid JSON").wait_for()
    page.get_by_role("button", name="Dismiss").click()
    page.get_by_role("alert").wait_for(state="hidden")


def test_a_notebook_is_renamed_copied_archived_and_brought_back(house: House, visit: Visit) -> None:
    original = house.notebook("1 + 1", title="Robin")
    page = visit("/")
    deed(page, "Robin", "Rename")
    page.get_by_label("Title").fill("Red robin")
    page.keyboard.press("Enter")
    page.get_by_text("Red robin", exact=True).wait_for()
    deed(page, "Red robin", "Duplicate")
    page.get_by_text("Copy of Red robin", exact=True).wait_for()
    copy = ids(house)["Copy of Red robin"]
    house.wait_for_sources(copy, house.sources(original))
    deed(page, "Red robin", "Archive")
    page.get_by_text("Red robin", exact=True).wait_for(state="hidden")
    page.get_by_role("button", name="Archived").click()
    deed(page, "Red robin", "Take out of the archive")
    page.get_by_role("button", name="All", exact=False).first.click()
    page.get_by_text("Red robin", exact=True).wait_for()


def test_a_notebook_is_deleted_only_once_that_was_confirmed(house: House, visit: Visit) -> None:
    house.notebook("1", title="Dodo")
    page = visit("/")
    deed(page, "Dodo", "Delete")
    page.get_by_role("alertdialog").get_by_text("nothing brings them back").wait_for()
    page.get_by_role("button", name="Keep it").click()
    page.get_by_role("alertdialog").wait_for(state="hidden")
    assert "Dodo" in ids(house)
    deed(page, "Dodo", "Delete")
    page.get_by_role("button", name="Delete for good").click()
    page.get_by_text("Dodo", exact=True).wait_for(state="hidden")
    assert "Dodo" not in ids(house)


def test_the_list_is_walked_and_begun_by_keyboard_alone(house: House, visit: Visit) -> None:
    house.notebook("1", title="Alpha")
    house.notebook("1", title="Beta")
    page = visit("/")
    page.get_by_text("Beta", exact=True).wait_for()
    focused = "document.activeElement.querySelector('.home-title')?.textContent"
    page.keyboard.press("ArrowDown")
    assert page.evaluate(focused) == "Beta"
    page.keyboard.press("ArrowDown")
    assert page.evaluate(focused) == "Alpha"
    page.keyboard.press("Enter")
    page.locator(".cells").wait_for()
    page.go_back()
    page.get_by_text("Beta", exact=True).wait_for()
    page.keyboard.press("/")
    page.keyboard.type("alp")
    page.get_by_text("Beta", exact=True).wait_for(state="hidden")
    page.keyboard.press("ArrowDown")
    assert page.evaluate(focused) == "Alpha"
    page.keyboard.press("n")
    page.wait_for_url("**/n/*")


@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
def test_axe_finds_no_barrier_in_the_list(
    house: House, visit: Visit, viewport: dict[str, int]
) -> None:
    title = f"Barn owl, {viewport['width']}"
    house.notebook("1", title=title)
    page = visit("/", viewport=viewport)
    page.get_by_text(title).wait_for()
    assert barriers_in_both_themes(page) == []
    deed(page, title, "Delete")
    page.get_by_role("alertdialog").wait_for()
    page.wait_for_function("() => document.getAnimations().length === 0")
    assert barriers_in_both_themes(page) == []
