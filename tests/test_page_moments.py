"""The moments of a notebook in the page: travelled, played, compared, brought back."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

import httpx2
import pytest

from tests.browsing import House
from tests.past import agent, edit, line, paths, slide
from tests.visiting import PHONE, WIDE, Visit

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]


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


def test_the_notebook_of_then_is_downloaded_with_its_outputs(house: House, visit: Visit) -> None:
    notebook_id = house.notebook("print('first')")
    house.call("run_cells", notebook_id=notebook_id, wait_s=30)
    ran = house.call("read_notebook", notebook_id=notebook_id)["seq"]
    edit(house, notebook_id, "c1", "print('second')")
    page = visit(f"/n/{notebook_id}/history?at={ran}")
    page.locator(".past .output-text").get_by_text("first").wait_for()
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Download the notebook of then as .ipynb").click()
    assert downloading.value.suggested_filename.endswith(".ipynb")
    (cell,) = json.loads(downloading.value.path().read_bytes())["cells"]
    assert "".join(cell["source"]) == "print('first')"
    assert "".join(cell["outputs"][0]["text"]) == "first\n"


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
    house.wait_for_sources(notebook_id, ["nest = 1", "egg = 2"])
    edit(house, notebook_id, "c2", "egg = 0")
    page.get_by_text("Changed since then.").wait_for()
    page.get_by_role("button", name="Restore", exact=True).click()
    page.get_by_text("Now, after").first.wait_for()
    house.wait_for_sources(notebook_id, ["nest = 1", "egg = 2"])


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
        "(head) => document.querySelector('.lanes-names button')?.title.endsWith(head)",
        arg=f"{head:,} records",
    )
