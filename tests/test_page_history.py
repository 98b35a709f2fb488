"""The history of a notebook in the page: told, narrowed, opened, travelled, verified, restored."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
import pytest

from tests.browsing import House
from tests.past import agent, edit, line
from tests.visiting import PHONE, WIDE, Visit, barriers_in_both_themes

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_the_log_tells_who_did_what_to_which_cell_by_which_program(
    house: House, visit: Visit
) -> None:
    notebook_id = house.notebook("1 + 1", "2 + 2")
    with agent(house) as http:
        made = {"notebook_id": notebook_id, "cells": [{"source": "3", "cell_id": "c3"}]}
        assert http.post("/api/tools/insert_cells", json=made).status_code == 200
    house.call("run_cells", notebook_id=notebook_id, wait_s=30)
    page = visit(f"/n/{notebook_id}/history")
    line(page, "assistant, via claude-code, added cell 3.")
    line(page, "ran 3 cells.")
    line(page, "The runtime finished the run of cell 2")
    edit(house, notebook_id, "c1", "1 + 2")
    line(page, "edited cell 1 (+1 -1).")


def test_lines_are_narrowed_to_an_actor_a_kind_and_a_cell(house: House, visit: Visit) -> None:
    notebook_id = house.notebook("1", "2")
    with agent(house, "Scribe") as http:
        made = {"notebook_id": notebook_id, "cells": [{"source": "3"}]}
        assert http.post("/api/tools/insert_cells", json=made).status_code == 200
    house.call("add_comment", notebook_id=notebook_id, cell_id="c2", text="Why two?")
    page = visit(f"/n/{notebook_id}/history")
    line(page, "Why two?")
    page.get_by_label("About what").select_option("comments")
    page.wait_for_function("() => document.querySelectorAll('.line[data-seq]').length === 1")
    assert "commented on cell 2" in page.locator(".line[data-seq]").inner_text()
    page.get_by_role("button", name="Tell of everything again").click()
    page.get_by_label("By whom").select_option(label="Scribe")
    page.wait_for_function("() => document.querySelectorAll('.line[data-seq]').length === 1")
    page.get_by_label("By whom").select_option(label="Runtimes")
    page.get_by_text("Nothing of the kind happened.").wait_for()
    page.get_by_label("By whom").select_option("")
    page.get_by_label("Of which cell").select_option(index=2)
    page.wait_for_function("() => document.querySelectorAll('.line[data-seq]').length === 2")


def test_a_line_opens_to_its_record_what_led_to_it_and_what_came_of_it(
    house: House, visit: Visit
) -> None:
    notebook_id = house.notebook("print('quack')")
    house.call("run_cells", notebook_id=notebook_id, wait_s=30)
    page = visit(f"/n/{notebook_id}/history")
    page.get_by_role("option").filter(has_text="ran cell 1").dblclick()
    drawer = page.get_by_role("dialog")
    drawer.get_by_text("executionRequested").first.wait_for()
    drawer.get_by_text("What came of it").wait_for()
    drawer.get_by_role("button").filter(has_text="finished the run of cell 1").click()
    drawer.get_by_text("executionCompleted").first.wait_for()
    drawer.get_by_text("What led to it").wait_for()
    seq = int(drawer.get_by_role("heading", level=2).inner_text().removeprefix("Record "))
    with httpx2.Client(base_url=house.address, trust_env=False) as http:
        http.headers["Authorization"] = f"Bearer {house.token}"
        path = f"/api/notebooks/{notebook_id}/events?after={seq - 1}&limit=1"
        record = http.get(path).json()["records"][0]
    drawer.get_by_text(record["hash"]).first.wait_for()


def test_each_record_that_a_line_tells_of_is_stepped_to(house: House, visit: Visit) -> None:
    notebook_id = house.notebook("print('quack')")
    house.call("run_cells", notebook_id=notebook_id, wait_s=30)
    page = visit(f"/n/{notebook_id}/history")
    page.get_by_role("option").filter(has_text="finished the run of cell 1").dblclick()
    drawer = page.get_by_role("dialog")
    for kind in ("executionCompleted", "outputAppended", "executionStarted", "executionClaimed"):
        drawer.locator("dd", has_text=kind).wait_for()
        drawer.get_by_role("button", name="Record before").click()
    drawer.get_by_role("button", name="Record after").click()
    drawer.locator("dd", has_text="executionClaimed").wait_for()


def test_lines_are_narrowed_to_a_time_between_two_others(house: House, visit: Visit) -> None:
    notebook_id = house.notebook("1")
    page = visit(f"/n/{notebook_id}/history")
    line(page, "created the notebook")
    page.get_by_label("From when on").select_option("between")
    page.get_by_label("Until", exact=True).fill("2020-01-01T12:00")
    page.get_by_text("Nothing of the kind happened.").wait_for()
    page.get_by_label("Until", exact=True).fill("2099-01-01T12:00")
    page.get_by_label("From", exact=True).fill("2020-01-01T12:00")
    line(page, "created the notebook")


def test_what_narrows_the_lines_works_together_and_is_dropped_at_once(
    house: House, visit: Visit
) -> None:
    notebook_id = house.notebook("1", "2")
    with agent(house, "Dipper") as http:
        for cell_id, text in (("c1", "Why one?"), ("c2", "Why two?")):
            said = {"notebook_id": notebook_id, "cell_id": cell_id, "text": text}
            assert http.post("/api/tools/add_comment", json=said).status_code == 200
    house.call("add_comment", notebook_id=notebook_id, cell_id="c2", text="As I said")
    edit(house, notebook_id, "c2", "3")
    page = visit(f"/n/{notebook_id}/history")
    line(page, "As I said")
    page.get_by_label("About what").select_option("comments")
    page.get_by_label("By whom").select_option(label="Assistants")
    page.get_by_label("Of which cell").select_option("c2")
    page.get_by_label("From when on").select_option("hour")
    page.wait_for_function("() => document.querySelectorAll('.line[data-seq]').length === 1")
    line(page, "Why two?")
    page.get_by_label("About what").select_option("runs")
    page.get_by_text("Nothing of the kind happened.").wait_for()
    page.get_by_role("button", name="Tell of everything again").click()
    line(page, "created the notebook")
    assert page.get_by_label("Of which cell").input_value() == ""


def test_no_line_calls_anything_by_an_id(house: House, visit: Visit) -> None:
    notebook_id = house.notebook("1", "2", "3", title="Nameless")
    change = {"kind": "edit", "cell_id": "c1", "base_rev": 2, "source": "one"}
    given = {"notebook_id": notebook_id}
    proposal = house.call("propose_changes", **given, changes=[change])["proposal_id"]
    house.call("resolve_proposal", **given, proposal_id=proposal, verdict="reject")
    house.call("move_cells", **given, cell_ids=["c1"], after="c3")
    comment = house.call("add_comment", **given, cell_id="c2", text="Why?")["comment_id"]
    house.call("resolve_comment", **given, comment_id=comment)
    house.call("run_cells", **given, wait_s=60)
    house.call("post_message", **given, text="Add a sum, please")
    house.call("delete_cells", **given, cell_ids=["c2"])
    page = visit(f"/n/{notebook_id}/history", viewport={"width": 1440, "height": 5000})
    line(page, "deleted")
    line(page, "asked the assistant.")
    line(page, "asked to use insert_cells.")
    ids = _ids([one["data"] for one in house.records(notebook_id)])
    assert {proposal, comment, "c1"} <= ids
    line(page, "created the notebook")
    told = page.locator(".line[data-seq]").evaluate_all(
        "lines => lines.map((line) => `${line.innerText} ${line.querySelector('[title]').title}`)"
    )
    words = {word.strip('.,:()"') for one in told for word in one.split()}
    assert not words & ids, words & ids
    page.goto(house.url)
    row = page.locator(f"[data-notebook-id='{notebook_id}'] .home-sentence")
    row.get_by_text(" ").first.wait_for()
    assert not set(row.inner_text().rstrip(".").split()) & ids


def _ids(value: object) -> set[str]:
    """All that is named by an id in there; a prompt's is a name."""
    if isinstance(value, list):
        return {one for each in value for one in _ids(each)}
    if not isinstance(value, dict):
        return set()
    named = [key for key in value if key.endswith("_id") and key != "prompt_id"]
    own = {value[key] for key in named if isinstance(value[key], str)}
    return own | {one for each in value.values() for one in _ids(each)}


def test_lines_are_walked_by_keyboard_to_the_first_of_them(house: House, visit: Visit) -> None:
    notebook_id = house.notebook(*["1"] * 3)
    for number in range(40):
        house.call("add_comment", notebook_id=notebook_id, text=f"Note {number}")
    page = visit(f"/n/{notebook_id}/history")
    line(page, "Note 39")
    page.get_by_role("listbox").focus()
    page.keyboard.press("ArrowDown")
    page.locator("[aria-selected=true]").get_by_text("Note 38").wait_for()
    page.keyboard.press("End")
    page.locator("[aria-selected=true]").get_by_text("created the notebook").wait_for()
    page.get_by_text("event 1 of").first.wait_for()
    page.keyboard.press("Home")
    page.locator("[aria-selected=true]").get_by_text("Note 39").wait_for()
    page.keyboard.press("Enter")
    page.get_by_role("dialog").get_by_text("commentAdded").first.wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="hidden")


def test_the_chain_of_hashes_is_verified_in_the_browser_and_the_log_downloaded(
    house: House, visit: Visit, tmp_path: Path
) -> None:
    notebook_id = house.notebook("1")
    page = visit(f"/n/{notebook_id}/history")
    page.get_by_role("button", name="Verify the log").click()
    page.get_by_text("All 2 records are as they were written").wait_for()
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Download the log as .jsonl").click()
    file = tmp_path / "log.jsonl"
    downloading.value.save_as(file)
    lines = [json.loads(one) for one in file.read_text(encoding="utf-8").splitlines()]
    assert len(lines) == 2 and {"envelope", "data", "salt", "hash"} <= lines[0].keys()


def test_a_log_that_was_tampered_with_is_told_with_the_first_bad_record(
    house: House, visit: Visit
) -> None:
    notebook_id = house.notebook("1", "2")
    page = visit(f"/n/{notebook_id}/history")

    def tampered(route: object) -> None:
        answer = route.fetch()  # type: ignore[attr-defined]
        body = answer.json()
        first, *others = body["content"].splitlines()
        changed = json.loads(first)
        changed["data"] = changed["data"].replace("Birds", "Beads")
        body["content"] = "\n".join([json.dumps(changed), *others])
        route.fulfill(response=answer, json=body)  # type: ignore[attr-defined]

    page.route("**/api/tools/export_notebook", tampered)
    page.get_by_role("button", name="Verify the log").click()
    page.get_by_text("Record 1 was changed").wait_for()


def test_refused_attempts_are_told_to_an_admin_in_the_notebook_and_in_the_audit(
    house: House, visit: Visit
) -> None:
    notebook_id = house.notebook("1", title="Guarded")
    with agent(house, "Nosy") as http:
        refused = http.post("/api/tools/delete_notebook", json={"notebook_id": notebook_id})
    assert refused.status_code == 403
    page = visit(f"/n/{notebook_id}/history")
    page.get_by_label("About what").select_option("refused")
    line(page, "refused Nosy the use of delete_notebook")
    page.goto(f"{house.url}/audit")
    page.get_by_label("About what").select_option("refused")
    line(page, "in “Guarded”")
    page.get_by_role("option").filter(has_text="Nosy").first.click()
    page.get_by_role("dialog").get_by_text("actionDenied").first.wait_for()


def test_under_a_cell_stands_who_changed_it_last(house: House, enter: Callable[..., Page]) -> None:
    notebook_id = house.notebook("1", "2")
    with agent(house, "Robin") as http:
        text = {"notebook_id": notebook_id, "cell_id": "c2", "source": "3", "base_rev": 3}
        assert http.post("/api/tools/edit_cell", json=text).status_code == 200
    page = enter(notebook_id)
    page.locator("#cell-c2").click(position={"x": 5, "y": 5})
    page.locator("#cell-c2").get_by_text("Robin via claude-code changed this").wait_for()


@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
def test_axe_finds_no_barrier_in_history_record_and_audit(
    house: House, visit: Visit, viewport: dict[str, int]
) -> None:
    notebook_id = house.notebook("# Birds", "print('tweet')")
    house.call("run_cells", notebook_id=notebook_id, wait_s=30)
    edit(house, notebook_id, "c2", "print('caw')")
    page = visit(f"/n/{notebook_id}/history?at=5", viewport=viewport)
    line(page, "edited cell 2")
    page.locator(".past").get_by_text("Changed since then.").wait_for()
    assert barriers_in_both_themes(page) == []
    page.get_by_role("button", name="Record", exact=True).click()
    page.get_by_role("dialog").get_by_text("As it is recorded").wait_for()
    page.wait_for_function(
        "() => document.getAnimations().every((one) => one.playState !== 'running')"
    )
    assert barriers_in_both_themes(page) == []
    page.goto(f"{house.url}/audit")
    line(page, "listed the notebook")
    assert barriers_in_both_themes(page) == []
    page.goto(f"{house.url}/n/{notebook_id}")
    page.locator(".cells").wait_for()
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("menuitem", name="History").click()
    line(page, "edited cell 2")
    assert barriers_in_both_themes(page, "aside") == []
