"""Cells by keyboard and mouse, as people know it from other notebooks."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.browsing import House
from tests.visiting import PHONE, WIDE

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def choose(page: Page, cell: str) -> None:
    """Put the focus on a cell, in command mode."""
    page.locator(f"#cell-{cell}").click(position={"x": 4, "y": 4})


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_cells_are_inserted_above_and_below(house: House, enter: Callable[..., Page]) -> None:
    notebook = house.notebook("one")
    page = enter(notebook)
    choose(page, "c1")
    press(page, "a", "Enter")
    page.keyboard.type("zero")
    press(page, "Escape", "j", "b", "Enter")
    page.keyboard.type("two")
    house.wait_for_sources(notebook, ["zero", "one", "two"])


def test_no_cell_leaves_the_page_while_one_is_inserted(
    house: House, enter: Callable[..., Page]
) -> None:
    """A cell that was gone for a moment would lose the focus, and with it the keys pressed then."""
    notebook = house.notebook(*["1"] * 50)
    page = enter(notebook)
    page.locator("#cell-c50").wait_for()
    choose(page, "c1")
    page.evaluate(
        """() => {
          window.left = [];
          new MutationObserver((changes) => {
            for (const { removedNodes } of changes)
              for (const node of removedNodes)
                if (node.querySelector?.(".cell") || node.matches?.(".cell")) window.left.push(1);
          }).observe(document.querySelector(".cells"), { childList: true, subtree: true });
        }"""
    )
    press(page, "a", "Enter")
    page.keyboard.type("new")
    page.locator(".cell").nth(50).wait_for()
    house.wait_for_sources(notebook, ["new", *["1"] * 50])
    assert page.evaluate("window.left") == []


def test_keys_pressed_before_a_slow_page_drew_are_not_lost(
    house: House, enter: Callable[..., Page]
) -> None:
    notebook = house.notebook("one")
    page = enter(notebook)
    slowly = page.context.new_cdp_session(page)
    slowly.send("Emulation.setCPUThrottlingRate", {"rate": 16})
    choose(page, "c1")
    press(page, "a", "Enter")
    page.keyboard.type("zero")
    press(page, "Escape", "j", "b", "Enter")
    page.keyboard.type("two")
    house.wait_for_sources(notebook, ["zero", "one", "two"])


def test_cells_are_cut_copied_and_pasted(house: House, enter: Callable[..., Page]) -> None:
    notebook = house.notebook("one", "two", "three")
    page = enter(notebook)
    choose(page, "c1")
    press(page, "Shift+J", "c", "j", "v")
    house.wait_for_sources(notebook, ["one", "two", "three", "one", "two"])
    choose(page, "c1")
    press(page, "x", "j", "Shift+V")
    house.wait_for_sources(notebook, ["two", "one", "three", "one", "two"])


def test_a_deleted_cell_comes_back_with_its_output(
    house: House, enter: Callable[..., Page]
) -> None:
    notebook = house.notebook("6 * 7", "2")
    house.call("run_cells", notebook_id=notebook, wait_s=60)
    page = enter(notebook)
    choose(page, "c1")
    press(page, "d", "d")
    page.locator("#cell-c1").wait_for(state="detached")
    press(page, "z")
    page.locator("#cell-c1 .outputs").get_by_text("42").wait_for()
    house.wait_for_sources(notebook, ["6 * 7", "2"])


def test_the_kind_of_a_cell_is_changed_by_a_letter(
    house: House, enter: Callable[..., Page]
) -> None:
    notebook = house.notebook("*birds*")
    page = enter(notebook)
    choose(page, "c1")
    press(page, "m")
    page.locator("#cell-c1 em", has_text="birds").wait_for()
    press(page, "r")
    page.locator("#cell-c1[data-type=raw]").wait_for()
    press(page, "y")
    house.wait_for_cells(notebook, "cell_type", ["code"])


def test_a_cell_is_split_at_the_caret_and_joined_again(
    house: House, enter: Callable[..., Page]
) -> None:
    notebook = house.notebook("first\nsecond")
    page = enter(notebook)
    page.locator("#cell-c1 .cm-content").click()
    press(page, "Control+Home", "End", "Control+Shift+-")
    house.wait_for_sources(notebook, ["first", "second"])
    choose(page, "c1")
    press(page, "Shift+M")
    house.wait_for_sources(notebook, ["first\nsecond"])


def test_cells_move_by_keys_and_by_buttons(house: House, enter: Callable[..., Page]) -> None:
    notebook = house.notebook("one", "two", "three")
    page = enter(notebook)
    choose(page, "c1")
    press(page, "Alt+ArrowDown")
    house.wait_for_sources(notebook, ["two", "one", "three"])
    page.locator("#cell-c3").hover()
    page.locator("#cell-c3").get_by_role("button", name="Move up").click()
    house.wait_for_sources(notebook, ["two", "three", "one"])


def test_the_arrows_go_from_cell_to_cell_in_both_modes(
    house: House, enter: Callable[..., Page]
) -> None:
    page = enter(house.notebook("one\ntwo", "three"))
    page.locator("#cell-c1 .cm-content").click()
    press(page, "Control+Home", "ArrowDown", "ArrowDown")
    page.locator("#cell-c2[data-looking=edit]").wait_for()
    press(page, "ArrowUp")
    page.locator("#cell-c1[data-looking=edit]").wait_for()
    press(page, "Escape", "ArrowDown")
    page.locator("#cell-c2[data-looking=command]").wait_for()


def test_a_note_is_written_and_then_read(house: House, enter: Callable[..., Page]) -> None:
    notebook = house.notebook("# Birds")
    page = enter(notebook)
    page.locator("#cell-c1 h1").dblclick()
    press(page, "Control+End")
    page.keyboard.type("\n\n- herons and **egrets**\n- $x^2$")
    press(page, "Shift+Enter")
    page.locator("#cell-c1 li strong", has_text="egrets").wait_for()
    page.locator("#cell-c1 .katex").wait_for()


def test_formulas_of_a_note_are_marked_as_in_jupyter(
    house: House, enter: Callable[..., Page]
) -> None:
    environment = "\\begin{align*}\na &= b \\\\\n- c_1 &= d_1\n\\end{align*}"
    inside = r"- so \\(x_1 y_1\\), \$5 and `$z$`"
    page = enter(house.notebook(f"# Sums\n{environment}\n\n{inside}"))
    page.locator("#cell-c1 .formula-display .katex .mtable").wait_for()
    inline = page.locator("#cell-c1 li .formula:not(.formula-display) .katex")
    inline.wait_for()
    assert inline.count() == 1
    assert "$5 and $z$" in page.locator("#cell-c1 li").inner_text()
    assert page.locator("#cell-c1 em").count() == 0


def test_code_within_a_note_has_the_colours_of_its_language(
    house: House, enter: Callable[..., Page]
) -> None:
    fences = '```python\nimport math  # all\n```\n\n```sh\necho "x"\n```\n\n```odd\nimport y\n```'
    note = enter(house.notebook(f"# How\n\n{fences}")).locator("#cell-c1")
    note.locator("pre .tok-keyword", has_text="import").wait_for()
    note.locator("pre .tok-string", has_text="x").wait_for()
    assert note.locator("pre").nth(2).locator("span").count() == 0
    assert note.locator("pre").nth(0).inner_text().strip() == "import math  # all"


def test_a_note_of_openings_alone_does_not_hold_the_page(
    house: House, enter: Callable[..., Page]
) -> None:
    openings = "\n\n".join(("$ " * 200_000, "\\begin{a}\n" * 5_000, r"\\[" * 5_000))
    page = enter(house.notebook("1", f"# Birds\n\n{openings}"))
    page.locator("#cell-c2 h1").wait_for()
    page.locator("#cell-c1 .cm-content").click()
    page.keyboard.type("2")
    page.locator("#cell-c1 .cm-content", has_text="2").wait_for()


def test_what_a_note_says_is_never_run(
    house: House, enter: Callable[..., Page], trouble: list[str]
) -> None:
    page = enter(
        house.notebook(
            "# Birds\n\n<img src=x onerror=\"document.title='run'\"><script>document.title='run'"
            "</script>\n\n[link](javascript:document.title='run')\n\n"
            '<form action="/api"><input name=a></form><svg onload="document.title=\'run\'"></svg>'
        )
    )
    page.locator("#cell-c1 h1").wait_for()
    assert page.locator("#cell-c1 a[href^='javascript']").count() == 0
    assert page.locator("#cell-c1 .note :is(script, form, svg, [onerror])").count() == 0
    assert page.title() == "Birds · In The Loop"
    trouble.clear()  # the browser tells that its policy stopped the handlers, too


def test_the_outline_leads_to_headings(house: House, enter: Callable[..., Page]) -> None:
    page = enter(house.notebook("# Top", *["print()"] * 30, "# Far below"))
    page.get_by_role("navigation", name="Outline").get_by_text("Far below").click()
    page.locator("#cell-c32[data-looking=command]").wait_for()
    page.wait_for_function("() => scrollY > 200")


def test_the_outline_lies_over_the_cells_of_a_phone_until_one_has_chosen(
    house: House, enter: Callable[..., Page]
) -> None:
    page = enter(house.notebook("# Top", *["print()"] * 30, "# Far below"))
    outline = page.get_by_role("navigation", name="Outline")
    outline.wait_for()
    page.set_viewport_size(PHONE)
    outline.wait_for(state="hidden")
    ways: list[Callable[[], None]] = [
        lambda: outline.get_by_text("Far below").click(),
        lambda: page.keyboard.press("Escape"),
        lambda: page.locator("main").click(position={"x": PHONE["width"] - 4, "y": 300}),
    ]
    for leave in ways:
        page.get_by_role("button", name="More", exact=True).click()
        page.get_by_role("menuitem", name="Outline").click()
        outline.wait_for()
        leave()
        outline.wait_for(state="hidden")
    page.set_viewport_size(WIDE)
    outline.wait_for()


def test_outputs_are_folded_and_shown_again(house: House, enter: Callable[..., Page]) -> None:
    notebook = house.notebook("6 * 7")
    house.call("run_cells", notebook_id=notebook, wait_s=60)
    page = enter(notebook)
    choose(page, "c1")
    press(page, "o")
    page.get_by_role("button", name="1 output folded").click()
    page.locator("#cell-c1 .outputs").get_by_text("42").wait_for()


def test_every_key_stands_on_the_sheet_and_every_action_in_the_palette(
    house: House, enter: Callable[..., Page]
) -> None:
    page = enter(house.notebook("1"))
    choose(page, "c1")
    press(page, "?")
    page.get_by_role("dialog").get_by_text("Delete the selected cells").wait_for()
    press(page, "Escape")
    page.get_by_role("dialog").wait_for(state="detached")
    press(page, "Control+k")
    page.get_by_role("combobox").fill("insert below")
    press(page, "Enter")
    page.locator("article").nth(1).wait_for()


def test_the_theme_is_chosen_and_kept(house: House, enter: Callable[..., Page]) -> None:
    page = enter(house.notebook("1"), color_scheme="light")
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("menuitemradio", name="Dark").click()
    page.reload()
    page.locator(":root[data-theme=dark]").wait_for()
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == "rgb(20, 22, 26)"
