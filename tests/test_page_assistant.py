"""The assistant beside the notebook: asked, watched, stopped, looked into. Without a key, so that
the scripted demo answers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.browsing import House
from tests.visiting import PHONE, Visit, barriers

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

DEMO = "Scripted demo, not an AI"
LONG_MS = 60_000


def assistant(page: Page) -> Locator:
    return page.get_by_role("complementary", name="Assistant")


def ask(page: Page, text: str) -> None:
    """Open the assistant and write to it."""
    page.locator(".cells").wait_for()
    page.keyboard.press("Control+j")
    field = assistant(page).get_by_role("textbox", name="Message to the assistant")
    field.fill(text)
    field.press("Enter")


def test_it_is_asked_and_says_what_it_does_and_that_it_is_no_ai(house: House, visit: Visit) -> None:
    notebook = house.notebook("1 + 1")
    page = visit(f"/n/{notebook}")
    ask(page, "Add a sum, please")
    panel = assistant(page)
    panel.get_by_text("Add a sum, please").last.wait_for()
    panel.get_by_text(DEMO, exact=True).wait_for(timeout=LONG_MS)
    panel.get_by_text("add up to 55").wait_for(timeout=LONG_MS)
    page.locator(".cell").nth(1).get_by_text("55").wait_for()
    assert panel.locator(".deed .deed-verb").all_inner_texts() == ["Add", "Run"]
    panel.locator(".deed[data-state=done]").nth(1).wait_for()
    panel.locator(".deed summary").first.click()
    panel.get_by_text("list(range(1, 11))").first.wait_for()
    panel.get_by_text("tokens in").wait_for()
    panel.get_by_role("button", name="What did it see?").click()
    panel.get_by_text("The notebook as of event").wait_for()
    assert panel.locator(".seen").get_by_role("button", name="cell 1").count() >= 1
    page.reload()
    page.locator(".cells").wait_for()
    page.get_by_role("button", name="Assistant").click()
    panel.get_by_text("add up to 55").wait_for()
    assert not barriers(page)


def test_history_and_audit_name_the_model_the_prompt_and_the_person_of_a_run(
    house: House, visit: Visit
) -> None:
    notebook = house.notebook("1 + 1")
    page = visit(f"/n/{notebook}")
    ask(page, "Add a sum, please")
    assistant(page).get_by_text("add up to 55").wait_for(timeout=LONG_MS)
    page.goto(f"{house.url}/n/{notebook}/history")
    lines = page.get_by_role("option")
    lines.filter(has_text="by the prompt assistant 1").first.wait_for()
    ran = lines.filter(has_text=re.compile(f"{DEMO}, for .+, ran 2 cells")).first
    ran.get_by_text("scripted-demo-not-an-ai").wait_for()
    assert not barriers(page)
    ran.dblclick()
    facts = page.get_by_role("dialog").locator(".drawer-facts")
    told = of_a_run(facts)
    assert told["Model"] == "scripted-demo-not-an-ai"
    assert re.fullmatch(r"assistant 1 \(sha256 [0-9a-f]{12}…\)", told["Prompt"])
    assert told["On behalf of"] == house.call("who_am_i")["name"].split("'")[0]
    page.goto(f"{house.url}/audit")
    lines.filter(has_text="for one run with scripted-demo-not-an-ai").first.click()
    assert of_a_run(facts) == told


def of_a_run(facts: Locator) -> dict[str, str]:
    """What a record's drawer tells of its run, once all of it is there."""
    facts.locator("dt", has_text="Prompt").wait_for()
    told = dict(
        zip(
            facts.locator("dt").all_inner_texts(),
            facts.locator("dd").all_inner_texts(),
            strict=True,
        )
    )
    return {name: told[name] for name in ("Run", "Model", "Prompt", "On behalf of")}


def test_words_come_while_they_are_written_and_a_stop_ends_the_run(
    house: House, visit: Visit
) -> None:
    notebook = house.notebook("import time; time.sleep(60)")
    page = visit(f"/n/{notebook}")
    ask(page, "Run it")
    panel = assistant(page)
    panel.locator(".draft").first.wait_for(timeout=LONG_MS)
    panel.locator(".deed .deed-verb", has_text="Run").wait_for(timeout=LONG_MS)
    page.locator("#cell-c1[data-state=running]").wait_for(timeout=LONG_MS)
    panel.get_by_role("button", name="Stop").click()
    panel.locator(".answer-end[data-outcome=stopped]").wait_for()
    panel.get_by_role("button", name="Stop").wait_for(state="detached")
    page.locator("#cell-c1[data-state=cancelled]").wait_for()


def test_it_is_shown_only_the_cells_that_were_chosen(house: House, visit: Visit) -> None:
    notebook = house.notebook("a = 1", "b = 2", "c = 3")
    page = visit(f"/n/{notebook}")
    page.locator("#cell-c2 .cm-content").click()
    page.keyboard.press("Control+j")
    panel = assistant(page)
    panel.get_by_role("button", name="Cell 2").click()
    field = panel.get_by_role("textbox", name="Message to the assistant")
    field.fill("What is this?")
    panel.get_by_role("button", name="Send").click()
    panel.get_by_text("about cell 2").wait_for()
    panel.get_by_role("button", name="What did it see?").wait_for(timeout=LONG_MS)
    panel.get_by_role("button", name="What did it see?").click()
    seen = panel.locator(".seen > li").first
    assert seen.get_by_role("button").all_inner_texts() == ["cell 2"]


def test_another_thread_is_begun_and_the_first_one_found_again(house: House, visit: Visit) -> None:
    notebook = house.notebook()
    page = visit(f"/n/{notebook}", viewport=PHONE)
    ask(page, "First question")
    panel = assistant(page)
    panel.locator(".message", has_text="First question").wait_for()
    panel.get_by_role("button", name="Begin a new thread").click()
    panel.get_by_text("Ask about this notebook").wait_for()
    field = panel.get_by_role("textbox", name="Message to the assistant")
    field.fill("Second question")
    field.press("Enter")
    panel.locator(".message", has_text="Second question").wait_for()
    assert panel.locator(".message", has_text="First question").count() == 0
    panel.get_by_role("combobox", name="Thread").select_option(label="First question")
    panel.locator(".message", has_text="First question").wait_for()
    assert not barriers(page)


def test_a_model_and_an_effort_are_wished_for_and_remembered(house: House, visit: Visit) -> None:
    notebook = house.notebook("1")
    page = visit(f"/n/{notebook}")
    page.locator(".cells").wait_for()
    page.keyboard.press("Control+j")
    panel = assistant(page)
    panel.get_by_text("Model and effort as set").click()
    panel.get_by_role("textbox", name="Model", exact=True).fill("claude-of-my-wish")
    panel.get_by_role("combobox", name="Effort").select_option("high")
    field = panel.get_by_role("textbox", name="Message to the assistant")
    field.fill("Which one are you?")
    field.press("Enter")
    panel.locator(".message", has_text="Which one are you?").wait_for()
    found = house.call("read_history", notebook_id=notebook, records=True, wait_s=0)
    (asked,) = [one for one in found["records"] if one["type"] == "assistantRunRequested"]
    assert (asked["data"]["model"], asked["data"]["effort"]) == ("claude-of-my-wish", "high")
    page.reload()
    page.locator(".cells").wait_for()
    page.get_by_role("button", name="Assistant").click()
    panel.get_by_text("claude-of-my-wish, high effort").wait_for()
    assert not barriers(page)


def test_what_a_run_changed_is_one_diff_kept_or_taken_back_with_conflicts_told(
    house: House, visit: Visit
) -> None:
    notebook = house.notebook("1 + 1")
    page = visit(f"/n/{notebook}")
    ask(page, "Add a sum, please")
    panel = assistant(page)
    panel.get_by_text("add up to 55").wait_for(timeout=LONG_MS)
    panel.get_by_role("button", name="What did it change?").click()
    changes = panel.get_by_role("region", name="What it changed")
    changes.get_by_role("heading", name="Added cell 2").wait_for()
    changes.get_by_text("sum(numbers)").wait_for()
    cell_id = house.call("read_notebook", notebook_id=notebook)["cells"][1]["cell_id"]
    house.call(
        "edit_cell",
        notebook_id=notebook,
        cell_id=cell_id,
        edits=[{"old": "sum(numbers)", "new": "max(numbers)"}],
    )
    changes.get_by_role("button", name="Take back everything").click()
    changes.get_by_text("Left, as others changed it since").wait_for()
    assert "max(numbers)" in house.sources(notebook)[1]
    page.reload()
    page.locator(".cells").wait_for()
    page.get_by_role("button", name="Assistant").click()
    panel.get_by_role("button", name="What did it change?").click()
    changes.get_by_role("button", name="Take back", exact=True).click()
    changes.get_by_text("Taken back").wait_for()
    house.wait_for_sources(notebook, ["1 + 1"])
    assert not barriers(page)
