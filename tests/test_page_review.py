"""What programs want, decided in the page: approvals and proposals, by mouse, keys and phone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from tests.browsing import House
from tests.visiting import PHONE, Visit, barriers

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]


class Program:
    """An assistant of the owner, as one connected from outside."""

    def __init__(self, house: House, name: str = "Claude Code") -> None:
        secret = house.credential("assistant", name)
        self._headers = {"Authorization": f"Bearer {secret}"}
        self._address = house.address

    def call(self, tool: str, *, run: str = "", **arguments: Any) -> httpx2.Response:
        headers = self._headers | ({"Loop-Correlation-Id": run} if run else {})
        address = f"{self._address}/api/tools/{tool}"
        return httpx2.post(address, json=arguments, headers=headers, timeout=60, trust_env=False)

    def ask(self, tool: str, *, run: str = "", **arguments: Any) -> str:
        """Call what has to wait; answers with the approval's id."""
        answer = self.call(tool, run=run, **arguments)
        assert answer.status_code == 202, answer.text
        approval_id: str = answer.json()["approval_id"]
        return approval_id


def choose(page: Page, preset: str) -> None:
    """An owner says in the page what programs may do."""
    page.locator(".cells").wait_for()
    page.get_by_role("button", name="Assistant").click()
    choice = page.get_by_role("combobox", name="What programs may do")
    choice.wait_for()
    page.wait_for_function("() => document.querySelector('.policy select')?.disabled === false")
    choice.select_option(preset)
    page.get_by_role("button", name="Close the assistant").click()


def asking(house: House, visit: Visit, *sources: str, **how: Any) -> tuple[str, Page]:
    """A notebook in which programs ask, opened."""
    notebook = house.notebook(*sources)
    page = visit(f"/n/{notebook}", **how)
    choose(page, "ask")
    wait_for_policy(house, notebook, "ask")
    return notebook, page


def wait_for_policy(house: House, notebook: str, preset: str) -> None:
    found = house.call(
        "read_history", notebook_id=notebook, type="policyChanged", wait_s=20, limit=1
    )
    assert preset in str(found)


def cards(page: Page) -> Locator:
    return page.locator("#cells .approval")


def source_of(house: House, notebook: str, number: int) -> str:
    return house.sources(notebook)[number - 1]


def test_a_change_is_shown_exactly_and_happens_once_it_is_allowed(
    house: House, visit: Visit
) -> None:
    notebook, page = asking(house, visit, "one = 1\ntwo = 2")
    program = Program(house)
    rev = house.call("read_notebook", notebook_id=notebook)["cells"][0]["rev"]
    edit: Any = {
        "notebook_id": notebook,
        "cell_id": "c1",
        "base_rev": rev,
        "source": "one = 1\ntwo = 3",
    }
    program.ask("edit_cell", **edit)
    card = cards(page)
    card.get_by_role("heading", name=re.compile("Claude Code .*wants to edit cell")).wait_for()
    assert card.locator("[data-kind=added]").inner_text().split("\n")[-1] == "two = 3"
    assert card.locator("[data-kind=removed]").inner_text().split("\n")[-1] == "two = 2"
    card.get_by_text("This notebook asks a person before").wait_for()
    card.get_by_text("Open until").wait_for()
    assert card.get_by_role("button", name="Allow for this run").count() == 0
    page.get_by_role("button", name="Assistant, 1 waiting for you").wait_for()
    assert not barriers(page)
    card.get_by_role("button", name="Allow once").click()
    card.wait_for(state="detached")
    assert program.call("edit_cell", **edit).status_code == 200
    assert source_of(house, notebook, 1) == "one = 1\ntwo = 3"
    assert program.call("edit_cell", **{**edit, "source": "three = 3"}).status_code != 200


def test_y_allows_and_n_denies_with_a_note_which_the_program_is_told(
    house: House, visit: Visit
) -> None:
    notebook, page = asking(house, visit, "1 + 1")
    program = Program(house)
    insert: Any = {"notebook_id": notebook, "cells": [{"source": "2", "cell_id": "c2"}]}
    program.ask("insert_cells", **insert)
    cards(page).focus()
    page.keyboard.press("n")
    page.keyboard.type("Not here, please")
    page.keyboard.press("Enter")
    cards(page).wait_for(state="detached")
    refused = program.call("insert_cells", **insert)
    assert refused.status_code >= 400
    assert "Not here, please" in refused.text
    insert["cells"] = [{"source": "3", "cell_id": "c3"}]
    program.ask("insert_cells", **insert)
    cards(page).focus()
    page.keyboard.press("y")
    cards(page).wait_for(state="detached")
    assert program.call("insert_cells", **insert).status_code == 200
    page.locator("#cell-c3").wait_for()
    assert page.locator("#cell-c1").get_attribute("data-type") == "code"


def test_allowed_for_a_run_it_asks_no_more_in_that_run(house: House, visit: Visit) -> None:
    notebook, page = asking(house, visit)
    program = Program(house)
    first: Any = {"notebook_id": notebook, "cells": [{"source": "1"}]}
    program.ask("insert_cells", run="r1", **first)
    cards(page).get_by_role("button", name="Allow for this run").click()
    cards(page).wait_for(state="detached")
    assert program.call("insert_cells", run="r1", **first).status_code == 200
    second: Any = {"notebook_id": notebook, "cells": [{"source": "2"}]}
    assert program.call("insert_cells", run="r1", **second).status_code == 200
    program.ask("insert_cells", run="r2", **second)


def test_what_was_allowed_for_a_run_and_each_rule_are_taken_back_by_themselves(
    house: House, visit: Visit
) -> None:
    notebook, page = asking(house, visit)
    program = Program(house)
    insert: Any = {"notebook_id": notebook, "cells": [{"source": "1"}]}
    program.ask("insert_cells", run="r1", **insert)
    cards(page).get_by_role("button", name="Allow for this run").click()
    cards(page).wait_for(state="detached")
    assert program.call("insert_cells", run="r1", **insert).status_code == 200
    page.get_by_role("button", name="Assistant").click()
    page.get_by_role("button", name="1 exception").click()
    lines = page.get_by_role("list", name="Rules and permissions")
    lines.get_by_text("uses insert_cells at once, until its run ends").wait_for()
    lines.get_by_role("combobox", name="Tool").select_option("run_code")
    lines.get_by_role("combobox", name="What the rule says").select_option("auto")
    lines.get_by_role("button", name="Add the rule").click()
    lines.get_by_text("Assistants: run_code at once").wait_for()
    run: Any = {"notebook_id": notebook, "source": "1", "wait_s": 0}
    assert program.call("run_code", **run).status_code == 200
    lines.get_by_role("button", name="Revoke insert_cells for this run").click()
    lines.get_by_text("uses insert_cells").wait_for(state="detached")
    program.ask("insert_cells", run="r1", notebook_id=notebook, cells=[{"source": "2"}])
    lines.get_by_role("button", name="Remove the rule for run_code").click()
    lines.get_by_text("Assistants: run_code").wait_for(state="detached")
    program.ask("run_code", **run)


def test_an_address_leads_to_its_card_on_a_phone(house: House, visit: Visit) -> None:
    notebook, _ = asking(house, visit, *(f"x = {number}" for number in range(20)))
    program = Program(house)
    program.ask("delete_cells", notebook_id=notebook, cell_ids=["c1"])
    run: Any = {"notebook_id": notebook, "source": "import os\nos.getcwd()", "wait_s": 0}
    wanted = program.ask("run_code", **run)
    page = visit(f"/n/{notebook}?approval={wanted}", viewport=PHONE)
    page.locator(f"#cells [data-approval='{wanted}']:focus").wait_for()
    card = page.locator(f"#cells [data-approval='{wanted}']")
    card.get_by_text("os.getcwd()").wait_for()
    card.get_by_text("No runtime serves this notebook yet.").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert not barriers(page)
    card.get_by_role("button", name="Allow once").click()
    card.wait_for(state="detached")
    assert program.call("run_code", **run).status_code == 200
    assert cards(page).count() == 1
    page.reload()
    page.locator(".approval[data-status=used]:focus").get_by_text("was allowed and done").wait_for()


def test_one_that_somebody_s_change_voids_says_so(house: House, visit: Visit) -> None:
    notebook, page = asking(house, visit, "a = 1")
    program = Program(house)
    rev = house.call("read_notebook", notebook_id=notebook)["cells"][0]["rev"]
    cells = [{"cell_id": "c1", "rev": rev}]
    program.ask("run_cells", notebook_id=notebook, cells=cells, wait_s=0)
    cards(page).get_by_text("Run cell 1").wait_for()
    house.call("edit_cell", notebook_id=notebook, cell_id="c1", base_rev=rev, source="a = 2")
    over = page.locator("#cells .approval[data-status=voided]")
    over.get_by_text("no longer holds").wait_for()
    over.get_by_role("button", name="Dismiss").click()
    over.wait_for(state="detached")


def test_the_assistant_waits_for_the_word_that_is_given_in_its_panel(
    house: House, visit: Visit
) -> None:
    _, page = asking(house, visit, "1 + 1")
    page.keyboard.press("Control+j")
    panel = page.get_by_role("complementary", name="Assistant")
    field = panel.get_by_role("textbox", name="Message to the assistant")
    field.fill("Add a sum")
    field.press("Enter")
    panel.get_by_text("Waits for your word").wait_for(timeout=60_000)
    panel.locator(".deed[data-state='waits for you']").wait_for()
    panel.get_by_role("button", name="Allow once").click()
    panel.locator(".deed[data-state=done]").first.wait_for(timeout=60_000)
    panel.locator(".approval", has_text="run cells").wait_for(timeout=60_000)
    panel.get_by_role("button", name="Allow for this run").click()
    panel.get_by_text("add up to 55").wait_for(timeout=60_000)


LINES = "one\ntwo\nthree\nfour\nfive\nsix\nseven"


def hunks(page: Page) -> Locator:
    return page.locator(".hunk")


def propose(house: House, notebook: str, *changes: Any, why: str = "Louder.") -> None:
    answer = Program(house).call(
        "propose_changes", notebook_id=notebook, changes=list(changes), rationale=why
    )
    assert answer.status_code == 200, answer.text


def rev_of(house: House, notebook: str, number: int = 1) -> int:
    rev: int = house.call("read_notebook", notebook_id=notebook)["cells"][number - 1]["rev"]
    return rev


def an_edit(house: House, notebook: str, source: str, cell_id: str = "c1") -> Any:
    rev = rev_of(house, notebook, int(cell_id[1:]))
    return {"kind": "edit", "cell_id": cell_id, "base_rev": rev, "source": source}


def test_a_proposed_edit_is_taken_by_hunks_with_the_keyboard(house: House, visit: Visit) -> None:
    notebook = house.notebook(LINES)
    page = visit(f"/n/{notebook}")
    page.locator(".cells").wait_for()
    propose(house, notebook, an_edit(house, notebook, "ONE\ntwo\nthree\nfour\nfive\nsix\nSEVEN"))
    page.get_by_text("Louder.").wait_for()
    hunks(page).nth(1).wait_for()
    first = hunks(page).first
    assert first.locator("[data-kind=removed] code").all_inner_texts() == ["one"]
    assert first.locator("[data-kind=added] code").all_inner_texts() == ["ONE"]
    assert not barriers(page)
    page.get_by_role("button", name="Look at each").click()
    page.keyboard.press("y")
    hunks(page).nth(1).wait_for(state="detached")
    page.locator(".hunk:focus").wait_for()
    page.get_by_text("1 of 2 decided").wait_for()
    page.keyboard.press("n")
    hunks(page).wait_for(state="detached")
    assert source_of(house, notebook, 1) == LINES.replace("one", "ONE")
    page.locator("#cell-c1 .cm-content", has_text="ONE").wait_for()
    assert page.locator("#cell-c1").get_attribute("data-type") == "code"


def test_new_deleted_and_moved_cells_are_told_where_they_stand(house: House, visit: Visit) -> None:
    notebook = house.notebook("a = 1", "b = 2", "c = 3")
    propose(
        house,
        notebook,
        {"kind": "insert", "source": "new = 4", "after": "c1", "cell_id": "c4"},
        {"kind": "delete", "cell_id": "c2", "base_rev": rev_of(house, notebook, 2)},
        {"kind": "move", "cell_id": "c3", "after": None},
    )
    page = visit(f"/n/{notebook}", viewport=PHONE)
    for words in ("Add a cell here", "Delete cell 2", "Move cell 3 to the top"):
        page.get_by_role("heading", name=words).wait_for()
    assert hunks(page).first.locator("[data-kind=added] code").all_inner_texts() == ["new = 4"]
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert not barriers(page)
    page.get_by_role("button", name="Accept all").click()
    hunks(page).first.wait_for(state="detached")
    house.wait_for_sources(notebook, ["c = 3", "a = 1", "new = 4"])


def test_what_does_not_fit_any_more_is_told_and_can_be_written_by_hand(
    house: House, visit: Visit
) -> None:
    notebook = house.notebook(LINES)
    propose(house, notebook, an_edit(house, notebook, LINES.replace("seven", "SEVEN")))
    changed = LINES.replace("seven", "se7en")
    house.call(
        "edit_cell",
        notebook_id=notebook,
        cell_id="c1",
        base_rev=rev_of(house, notebook),
        source=changed,
    )
    page = visit(f"/n/{notebook}")
    hunk = hunks(page)
    hunk.get_by_text("The cell was changed since.").wait_for()
    assert hunk.locator("[data-kind=added] code").all_inner_texts() == ["SEVEN"]
    hunk.get_by_role("button", name="Accept").click()
    hunk.get_by_text("changed the same place").wait_for()
    assert source_of(house, notebook, 1) == changed
    hunk.get_by_role("button", name="Write the text yourself").click()
    page.get_by_role("textbox", name="The text of the cell").fill("SE7EN")
    page.get_by_role("button", name="Take this text").click()
    hunk.wait_for(state="detached")
    assert source_of(house, notebook, 1) == "SE7EN"
