"""An assistant that edits, on a phone: its wish as a card with the diff, and each place of what it
changed kept or taken back. A script stands in for the model, at an address and with a key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from intheloop_agents.scripted_model import Json, Reply, ScriptedModel, Use, by_turn, serving
from tests.browsing import House, housing
from tests.test_page_assistant import ask, assistant
from tests.test_page_review import choose, wait_for_policy
from tests.visiting import PHONE, Visit, barriers

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LONG_MS = 60_000
LINES = [*"abcdefghijkl"]
LONG = "mean = sum(numbers) / len(numbers)  # " + "of all that were measured, " * 8
EDITS = [{"old": "b", "new": LONG}, {"old": "k", "new": "K = 2"}]


def script(request: Json) -> Reply:
    """Two places of one cell, in one call."""
    return by_turn([Use("edit_cell", {"cell_id": "c1", "edits": EDITS})], "Done.")(request)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[House]:
    """A server whose assistant follows the script."""
    folder = tmp_path_factory.mktemp("house")
    with serving(ScriptedModel(script)) as model:
        named = {"INTHELOOP_ASSISTANT_URL": model.url, "INTHELOOP_ASSISTANT_KEY": "a-key"}
        with housing(folder, chromium, variables=named) as one:
            yield one


def in_sight(page: Page, *found: Locator) -> None:
    """Nothing scrolls sideways, and each of these can be tapped by a thumb."""
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    for one in found:
        one.scroll_into_view_if_needed()
        box = one.bounding_box()
        assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= PHONE["width"]
        assert box["height"] >= 32, box
        one.click(trial=True)


def test_an_edit_is_allowed_on_a_phone_and_one_place_of_it_is_taken_back(
    house: House, visit: Visit
) -> None:
    notebook = house.notebook("\n".join(LINES))
    page = visit(f"/n/{notebook}", viewport=PHONE, has_touch=True)
    choose(page, "ask")
    wait_for_policy(house, notebook, "ask")
    ask(page, "Improve it")
    panel = assistant(page)
    card = panel.locator(".approval")
    card.get_by_role("heading", name="Assistant wants to edit cell").wait_for(timeout=LONG_MS)
    assert card.locator("[data-kind=removed] code").all_inner_texts() == ["b", "k"]
    assert card.locator("[data-kind=added] code").all_inner_texts() == [LONG, "K = 2"]
    in_sight(
        page,
        *(card.get_by_role("button", name=name) for name in ("Allow once", "Allow for this run")),
        card.get_by_role("button", name="Deny"),
    )
    assert card.evaluate("(card) => card.scrollWidth <= card.clientWidth")
    assert not barriers(page)
    card.get_by_role("button", name="Allow once").click()
    panel.get_by_text("Done.", exact=True).wait_for(timeout=LONG_MS)
    panel.get_by_text("$0.").wait_for()
    panel.get_by_role("button", name="What did it change?").click()
    changes = panel.get_by_role("region", name="What it changed")
    hunks = changes.locator(".run-hunk")
    hunks.nth(1).wait_for()
    assert changes.locator("[data-kind=place] code").all_inner_texts() == ["Line 1", "Line 9"]
    in_sight(page, hunks.nth(1).get_by_role("button", name="Take back"))
    assert not barriers(page)
    hunks.nth(0).get_by_role("button", name="Keep").click()
    hunks.nth(0).get_by_text("Kept").wait_for()
    hunks.nth(1).get_by_role("button", name="Take back").click()
    hunks.nth(1).get_by_text("Taken back").wait_for()
    house.wait_for_sources(notebook, ["\n".join(LINES).replace("b", LONG)])


def test_a_place_that_somebody_changed_since_is_not_overwritten_and_an_unknown_price_is_told(
    house: House, visit: Visit
) -> None:
    notebook = house.notebook("\n".join(LINES))
    page = visit(f"/n/{notebook}")
    page.evaluate("""localStorage.setItem("intheloop.assistant", '{"model": "my-model"}')""")
    ask(page, "Improve it")
    panel = assistant(page)
    panel.get_by_text("Done.", exact=True).wait_for(timeout=LONG_MS)
    panel.get_by_text("cost not known for this model").wait_for()
    panel.locator(".answer-model", has_text="my-model").wait_for()
    panel.get_by_role("button", name="What did it change?").click()
    hunk = panel.get_by_role("region", name="What it changed").locator(".run-hunk").nth(1)
    hunk.wait_for()
    own = [{"old": "K = 2", "new": "K = 3"}]
    house.call("edit_cell", notebook_id=notebook, cell_id="c1", edits=own)
    hunk.get_by_role("button", name="Take back").click()
    hunk.get_by_role("alert").wait_for()
    assert "K = 3" in house.sources(notebook)[0]
