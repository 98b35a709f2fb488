"""The history of a notebook in the page: told, narrowed, opened, travelled, verified, restored."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
import pytest

from intheloop.access import new_credential_secret, secret_sha256
from tests.browsing import House
from tests.visiting import PHONE, WIDE, Visit, barriers_in_both_themes

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def agent(house: House, label: str = "Claude Code") -> httpx2.Client:
    """A program that acts for the owner."""
    secret = new_credential_secret()
    house.call(
        "issue_credential",
        kind="assistant",
        label=label,
        scopes=["notebook:read", "notebook:write", "notebook:run"],
        secret_sha256=secret_sha256(secret),
    )
    headers = {"Authorization": f"Bearer {secret}", "Loop-Client": "claude-code/2.1"}
    return httpx2.Client(base_url=house.address, headers=headers, trust_env=False)


def edit(house: House, notebook_id: str, cell_id: str, source: str) -> int:
    """A cell's new text; answers with the seq."""
    found = house.call("read_notebook", notebook_id=notebook_id, cells=[cell_id])["cells"][0]
    done = house.call(
        "edit_cell",
        notebook_id=notebook_id,
        cell_id=cell_id,
        base_rev=found["rev"],
        source=source,
    )
    seq: int = done["seq"]
    return seq


def slide(page: Page, at: int) -> None:
    page.get_by_role("slider", name="Moment").evaluate(
        """(slider, at) => {
          const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set;
          set.call(slider, at);
          slider.dispatchEvent(new Event("input", {bubbles: true}));
        }""",
        str(at),
    )


def line(page: Page, text: str) -> None:
    """A line of this text is in sight."""
    page.get_by_role("option").filter(has_text=text).first.wait_for()


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


def test_the_slider_shows_the_notebook_at_every_moment_with_its_outputs_and_exact_ends(
    house: House, visit: Visit
) -> None:
    notebook_id = house.notebook("print('first')")
    house.call("run_cells", notebook_id=notebook_id, wait_s=30)
    ran = house.call("read_notebook", notebook_id=notebook_id)["seq"]
    edit(house, notebook_id, "c1", "print('second')")
    house.call("run_cells", notebook_id=notebook_id, wait_s=30)
    head = house.call("read_notebook", notebook_id=notebook_id)["seq"]
    page = visit(f"/n/{notebook_id}/history?at={ran}")
    past = page.locator(".past")
    past.locator(".output-text").get_by_text("first").wait_for()
    page.get_by_text(f"event {ran} of {head}").first.wait_for()
    slide(page, 1)
    past.get_by_text("There was no cell yet.").wait_for()
    assert page.get_by_role("button", name="Event before").is_disabled()
    slide(page, head)
    past.locator(".output-text").get_by_text("second").wait_for()
    page.get_by_text(f"Now, after {head} events").first.wait_for()
    assert page.get_by_role("button", name="Event after").is_disabled()
    page.get_by_role("button", name="Event before").click()
    page.get_by_text(f"event {head - 1} of {head}").first.wait_for()
    assert page.url.endswith(f"?at={head - 1}")


def test_lanes_show_who_was_at_work_and_narrow_the_lines_to_them(
    house: House, visit: Visit
) -> None:
    notebook_id = house.notebook("1", "2")
    with agent(house, "Weaver") as http:
        made = {"notebook_id": notebook_id, "cells": [{"source": "3"}]}
        assert http.post("/api/tools/insert_cells", json=made).status_code == 200
    house.call("add_comment", notebook_id=notebook_id, text="Thanks")
    page = visit(f"/n/{notebook_id}/history")
    lanes = page.get_by_role("list", name="Who was at work, the busiest first")
    lanes.get_by_role("button", name="Weaver").wait_for()
    assert page.locator(".lane path").count() == lanes.get_by_role("button").count() == 2
    assert [path.count("M") for path in paths(page)] == [2, 1], "one stopped while one worked"
    lanes.get_by_role("button", name="Weaver").click()
    page.wait_for_function("() => document.querySelectorAll('.line[data-seq]').length === 1")
    line(page, "added cell 3")
    assert page.get_by_label("By whom").locator("option:checked").inner_text() == "Weaver"
    lanes.get_by_role("button", name="Weaver").click()
    line(page, "Thanks")


def paths(page: Page) -> list[str]:
    return [one.get_attribute("d") or "" for one in page.locator(".lane path").all()]


def test_one_goes_from_change_to_change_of_a_cell(house: House, visit: Visit) -> None:
    notebook_id = house.notebook("a = 1", "b = 1")
    with agent(house, "Finch") as http:
        first = edit(house, notebook_id, "c2", "b = 2")
        edit(house, notebook_id, "c1", "a = 2")
        text = {"notebook_id": notebook_id, "cell_id": "c2", "source": "b = 3", "base_rev": first}
        assert http.post("/api/tools/edit_cell", json=text).status_code == 200
    edit(house, notebook_id, "c1", "a = 3")
    page = visit(f"/n/{notebook_id}/history")
    past = page.locator(".past [data-cell-id=c2]")
    before = past.get_by_role("button", name="The change of cell 2 before")
    told_of = {"b = 3": "via claude-code", "b = 2": "edited cell 2", "b = 1": "added"}
    for source, told in told_of.items():
        before.click()
        past.get_by_text(source).wait_for()
        page.locator(".moment-line").get_by_text(told).first.wait_for()
    before.click()
    past.get_by_text("cell 2 did not change before that.").wait_for()
    past.get_by_role("button", name="The change of cell 2 after").click()
    past.get_by_text("b = 2").wait_for()
    assert page.url.endswith(f"?at={first}")


def test_a_notebook_is_played_from_its_beginning_to_now(house: House, visit: Visit) -> None:
    notebook_id = house.notebook("egg = 1")
    edit(house, notebook_id, "c1", "egg = 2")
    house.call("add_comment", notebook_id=notebook_id, text="Hatched")
    page = visit(f"/n/{notebook_id}/history")
    line(page, "Hatched")
    page.get_by_role("button", name="Play from here").click()
    page.locator(".past").get_by_text("There was no cell yet.").wait_for()
    page.locator(".past").get_by_text("egg = 1").wait_for()
    page.get_by_role("button", name="Pause").wait_for()
    page.locator(".past").get_by_text("egg = 2").wait_for()
    page.get_by_text("Now, after 4 events").first.wait_for()
    page.get_by_role("button", name="Play from here").wait_for()


def test_two_moments_are_compared_cell_by_cell_and_have_an_address(
    house: House, visit: Visit
) -> None:
    notebook_id = house.notebook("owls = 1", "gone", "same")
    base = house.call("read_notebook", notebook_id=notebook_id)["seq"]
    with agent(house, "Jay") as http:
        text = {"notebook_id": notebook_id, "cell_id": "c1", "source": "owls = 2", "base_rev": 2}
        assert http.post("/api/tools/edit_cell", json=text).status_code == 200
    house.call("delete_cells", notebook_id=notebook_id, cell_ids=["c2"])
    house.call("insert_cells", notebook_id=notebook_id, cells=[{"source": "new", "cell_id": "c4"}])
    page = visit(f"/n/{notebook_id}/history?at={base}")
    page.locator(".past").get_by_text("gone").wait_for()
    page.get_by_role("button", name="Compare", exact=True).click()
    page.get_by_role("button", name="Now", exact=True).click()
    page.get_by_text(f"Comparing event {base} with {base + 3}").wait_for()
    changed = page.locator(".comparison-cell[data-cell-id=c1]")
    changed.get_by_text("owls = 1").wait_for()
    changed.get_by_text("owls = 2").wait_for()
    changed.get_by_text("Jay").first.wait_for()
    page.locator(".comparison-cell[data-cell-id=c2]").get_by_text("Deleted", exact=True).wait_for()
    page.locator(".comparison-cell[data-cell-id=c4]").get_by_text("Added", exact=True).wait_for()
    assert page.locator(".comparison-cell").count() == 3
    page.reload()
    page.locator(".comparison-cell[data-cell-id=c1]").get_by_text("owls = 2").wait_for()
    slide(page, base + 1)
    page.locator(".comparison-cell[data-cell-id=c2]").wait_for(state="hidden")
    page.get_by_role("button", name="Stop comparing").click()
    page.locator(".past").get_by_text("gone").wait_for()


def test_what_cells_show_at_two_moments_is_compared_too(house: House, visit: Visit) -> None:
    clock = "import itertools\nn = next(globals().setdefault('ticks', itertools.count()))\n"
    notebook_id = house.notebook(f"{clock}print('tick', n)", "print('same')", "3")
    house.call("run_cells", notebook_id=notebook_id, wait_s=60)
    base = house.call("read_notebook", notebook_id=notebook_id)["seq"]
    secret = house.credential("assistant", "Wagtail")
    house.call("run_cells", secret, notebook_id=notebook_id, wait_s=60)
    house.call("clear_outputs", notebook_id=notebook_id, cell_ids=["c3"])
    page = visit(f"/n/{notebook_id}/history?from={base}", viewport=PHONE)
    ran = page.locator(".comparison-cell[data-cell-id=c1]")
    ran.get_by_text("Ran", exact=True).wait_for()
    ran.get_by_text("Wagtail").first.wait_for()
    ran.get_by_label("Before").get_by_text("tick 0").wait_for()
    ran.get_by_label("After").get_by_text("tick 1").wait_for()
    cleared = page.locator(".comparison-cell[data-cell-id=c3]")
    cleared.get_by_text("Outputs changed").wait_for()
    cleared.get_by_label("Before").get_by_text("3").wait_for()
    cleared.get_by_label("After").get_by_text("Nothing.").wait_for()
    assert page.locator(".comparison-cell").count() == 2, "one cell shows the same again"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_what_changed_in_text_and_in_what_it_shows_is_told_of_one_cell(
    house: House, visit: Visit
) -> None:
    notebook_id = house.notebook("print('egg')")
    house.call("run_cells", notebook_id=notebook_id, wait_s=60)
    base = house.call("read_notebook", notebook_id=notebook_id)["seq"]
    edit(house, notebook_id, "c1", "print('nest')")
    house.call("run_cells", notebook_id=notebook_id, wait_s=60)
    page = visit(f"/n/{notebook_id}/history?from={base}")
    changed = page.locator(".comparison-cell")
    changed.get_by_text("Changed", exact=True).wait_for()
    changed.locator(".diff").get_by_text("print('nest')").wait_for()
    changed.get_by_label("Before").get_by_text("egg", exact=True).wait_for()
    changed.get_by_label("After").get_by_text("nest", exact=True).wait_for()
    assert changed.count() == 1


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


def test_a_cell_and_the_whole_notebook_are_brought_back_from_a_moment(
    house: House, visit: Visit
) -> None:
    notebook_id = house.notebook("nest = 1", "egg = 2")
    before = house.call("read_notebook", notebook_id=notebook_id)["seq"]
    edit(house, notebook_id, "c1", "nest = 100")
    house.call("delete_cells", notebook_id=notebook_id, cell_ids=["c2"])
    page = visit(f"/n/{notebook_id}/history?at={before}")
    page.get_by_role("button", name="Bring the cell back").click()
    page.get_by_role("button", name="Bring the cell back").wait_for(state="hidden")
    page.get_by_role("button", name="Bring this text back").click()
    page.get_by_role("button", name="Bring this text back").wait_for(state="hidden")
    assert house.sources(notebook_id) == ["nest = 1", "egg = 2"]
    edit(house, notebook_id, "c2", "egg = 0")
    page.get_by_text("Changed since then.").wait_for()
    page.get_by_role("button", name="Restore", exact=True).click()
    page.get_by_text("Now, after").first.wait_for()
    assert house.sources(notebook_id) == ["nest = 1", "egg = 2"]


def test_the_panel_beside_a_notebook_shows_the_past_in_place_of_the_cells(
    house: House, enter: Callable[..., Page]
) -> None:
    notebook_id = house.notebook("owl = 1")
    edit(house, notebook_id, "c1", "owl = 2")
    page = enter(notebook_id, viewport=WIDE)
    page.get_by_role("button", name="History", exact=True).click()
    page.get_by_role("option").filter(has_text="added cell 1").click()
    page.locator(".past").get_by_text("owl = 1").wait_for()
    page.keyboard.press("Tab")  # keys go nowhere but to the panel
    page.get_by_role("button", name="Back to now").click()
    page.locator(".cells").wait_for()
    page.get_by_role("button", name="Close the history").click()
    page.get_by_role("complementary", name="History").wait_for(state="hidden")
    assert house.sources(notebook_id) == ["owl = 2"]


def test_two_moments_are_compared_beside_a_notebook_and_the_cells_come_back(
    house: House, enter: Callable[..., Page]
) -> None:
    notebook_id = house.notebook("owl = 1")
    edit(house, notebook_id, "c1", "owl = 2")
    page = enter(notebook_id, viewport=WIDE)
    page.get_by_role("button", name="History", exact=True).click()
    page.get_by_role("option").filter(has_text="added cell 1").click()
    page.locator(".past").get_by_text("owl = 1").wait_for()
    page.get_by_role("button", name="Compare", exact=True).click()
    page.get_by_text("No cell is different at these two moments.").wait_for()
    page.get_by_role("button", name="Now", exact=True).click()
    page.locator(".comparison-cell").get_by_text("owl = 2").wait_for()
    page.get_by_role("button", name="Stop comparing").click()
    page.locator(".cells").wait_for()
    page.locator(".comparison").wait_for(state="hidden")


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


def test_twenty_thousand_records_are_told_travelled_and_searched(
    house: House, visit: Visit
) -> None:
    notebook_id = house.notebook("0", title="Long")
    with httpx2.Client(base_url=house.address, trust_env=False, timeout=60) as http:
        http.headers["Authorization"] = f"Bearer {house.token}"
        cells = [{"source": str(number), "cell_id": f"x{number}"} for number in range(500)]
        made = {"notebook_id": notebook_id, "cells": cells}
        http.post("/api/tools/insert_cells", json=made).raise_for_status()
        ids = [cell["cell_id"] for cell in cells]
        for turn in range(39):
            order = ids[turn:] + ids[:turn]
            for start in range(0, 500, 100):
                moved = {
                    "notebook_id": notebook_id,
                    "cell_ids": order[start : start + 100],
                    "after": None,
                }
                http.post("/api/tools/move_cells", json=moved).raise_for_status()
        made = {"notebook_id": notebook_id, "text": "The last word"}
        head = http.post("/api/tools/add_comment", json=made).json()["seq"]
    assert head > 20_000 - 1000
    page = visit(f"/n/{notebook_id}/history")
    line(page, "The last word")
    page.get_by_role("listbox").evaluate("list => list.scrollTo(0, list.scrollHeight)")
    line(page, "created the notebook")
    slide(page, head // 2)
    page.locator(".past").wait_for()
    page.get_by_text(f"event {head // 2:,} of {head:,}").first.wait_for()
    page.get_by_role("button", name="Record", exact=True).wait_for()
    page.get_by_label("About what").select_option("comments")
    line(page, "The last word")
    page.locator(".lanes-names button[title$=' records']").first.wait_for()
    page.wait_for_function(
        "(head) => document.querySelector('.lanes-names button').title.endsWith(head)",
        arg=f"{head:,} records",
    )


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
    page.get_by_role("button", name="History", exact=True).click()
    line(page, "edited cell 2")
    assert barriers_in_both_themes(page, "aside") == []
