"""Running cells in the page: a real browser, server, runtime and kernel."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browsing import WAIT_MS, House, housing
from tests.command_line import CommandLine

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WAITS = "import threading\nthreading.Event().wait(60)"


def wait_for_state(page: Page, cell: str, state: str) -> None:
    page.locator(f"#cell-{cell}[data-state='{state}']").wait_for()


def run(page: Page, cell: str, keys: str = "Shift+Enter") -> None:
    page.locator(f"#cell-{cell} .cm-content").click()
    page.keyboard.press(keys)


def test_a_cell_is_run_and_shows_what_it_printed(house: House, enter: Callable[..., Page]) -> None:
    page = enter(house.notebook("print('hello, ' + 'birds')"))
    run(page, "c1")
    page.get_by_text("hello, birds").wait_for()
    wait_for_state(page, "c1", "ok")


def test_what_is_typed_and_run_at_once_is_what_runs(
    house: House, enter: Callable[..., Page]
) -> None:
    page = enter(house.notebook(""))
    page.locator("#cell-c1 .cm-content").click()
    page.keyboard.type("print(6 * 7)")
    page.keyboard.press("Shift+Enter")
    page.locator("#cell-c1 .outputs").get_by_text("42").wait_for()


def test_an_edited_cell_is_stale_until_it_runs_again(
    house: House, enter: Callable[..., Page]
) -> None:
    page = enter(house.notebook("1 + 1"))
    run(page, "c1", "Control+Enter")
    wait_for_state(page, "c1", "ok")
    page.keyboard.press("Enter")
    page.keyboard.press("Control+End")
    page.keyboard.type(" + 1")
    wait_for_state(page, "c1", "stale")
    page.keyboard.press("Control+Enter")
    wait_for_state(page, "c1", "ok")
    page.locator("#cell-c1 .outputs").get_by_text("3").wait_for()


def test_run_all_runs_in_order_and_tells_places_in_the_queue(
    house: House, enter: Callable[..., Page]
) -> None:
    page = enter(house.notebook("input('go? ')", "2", "3"))
    page.get_by_role("button", name="Run all cells").click()
    wait_for_state(page, "c1", "waiting for input")
    page.locator("#cell-c2 .standing-text", has_text="1st").wait_for()
    page.locator("#cell-c3 .standing-text", has_text="2nd").wait_for()
    page.get_by_label("go?").fill("yes")
    page.get_by_role("button", name="Answer").click()
    wait_for_state(page, "c3", "ok")
    page.locator("#cell-c1 .outputs").get_by_text("'yes'").wait_for()


def test_a_password_is_given_and_stands_in_no_record(
    house: House, enter: Callable[..., Page]
) -> None:
    notebook = house.notebook("import getpass\nlen(getpass.getpass('Key: '))")
    page = enter(notebook)
    run(page, "c1")
    field = page.get_by_label("Key:")
    assert field.get_attribute("type") == "password"
    field.fill("sesame")
    field.press("Enter")
    page.locator("#cell-c1 .outputs").get_by_text("6").wait_for()
    log = house.call("export_notebook", notebook_id=notebook, format="log")["content"]
    assert "sesame" not in log


def test_a_running_cell_shows_its_time_and_is_cancelled(
    house: House, enter: Callable[..., Page]
) -> None:
    page = enter(house.notebook(WAITS))
    run(page, "c1")
    wait_for_state(page, "c1", "running")
    page.locator("#cell-c1 .standing-text", has_text=" s").wait_for()
    page.get_by_role("button", name="Cancel this run").click()
    wait_for_state(page, "c1", "cancelled")


def test_what_does_not_stop_may_be_forced(house: House, enter: Callable[..., Page]) -> None:
    source = f"""
    while True:
        try:
            {WAITS.replace(chr(10), chr(10) + " " * 12)}
        except KeyboardInterrupt:
            print('no')
    """
    page = enter(house.notebook("\n".join(line[4:] for line in source.splitlines()).strip()))
    run(page, "c1")
    wait_for_state(page, "c1", "running")
    page.get_by_role("button", name="Cancel this run").click()
    page.locator("#cell-c1").get_by_role("button", name="Restart the kernel").click()
    wait_for_state(page, "c1", "cancelled")


def test_the_kernel_is_interrupted_by_two_keys(house: House, enter: Callable[..., Page]) -> None:
    page = enter(house.notebook(WAITS, "1"))
    run(page, "c1")
    wait_for_state(page, "c1", "running")
    page.keyboard.press("i")
    page.keyboard.press("i")
    page.get_by_text("KeyboardInterrupt").first.wait_for()


def test_a_restart_forgets_variables_and_can_run_all(
    house: House, enter: Callable[..., Page]
) -> None:
    page = enter(house.notebook("n = globals().get('n', 0) + 1", "print(f'n is {n}')"))
    page.get_by_role("button", name="Run all cells").click()
    page.get_by_text("n is 1").wait_for()
    page.get_by_role("button", name="Run all cells").click()
    page.get_by_text("n is 2").wait_for()
    page.get_by_role("button", name="More ways to run").click()
    page.get_by_role("menuitem", name="Restart the kernel and run all cells").click()
    page.get_by_text("n is 1").wait_for()


def test_run_above_and_below(house: House, enter: Callable[..., Page]) -> None:
    page = enter(house.notebook("1", "2", "3"))
    page.locator("#cell-c2").click(position={"x": 4, "y": 4})
    page.keyboard.press("Control+k")
    page.get_by_role("combobox").fill("run all above")
    page.keyboard.press("Enter")
    wait_for_state(page, "c1", "ok")
    assert page.locator("#cell-c2").get_attribute("data-state") == "never run"
    page.keyboard.press("Control+k")
    page.get_by_role("combobox").fill("and all below")
    page.keyboard.press("Enter")
    wait_for_state(page, "c3", "ok")
    wait_for_state(page, "c2", "ok")


def test_what_changed_or_never_ran_is_run_and_nothing_else(
    house: House, enter: Callable[..., Page]
) -> None:
    notebook = house.notebook("runs = [1]", "runs.append(2)", "# A note", "runs")
    page = enter(notebook)
    page.get_by_role("button", name="Run all cells").click()
    page.locator("#cell-c4 .outputs").get_by_text("[1, 2]").wait_for()
    edits = [{"old": "2", "new": "3"}]
    house.call("edit_cell", notebook_id=notebook, cell_id="c2", edits=edits)
    new = [{"cell_id": "c5", "source": "runs.append(4)"}, {"cell_id": "c6", "source": ""}]
    house.call("insert_cells", notebook_id=notebook, cells=new, after="c4")
    wait_for_state(page, "c2", "stale")
    wait_for_state(page, "c5", "never run")
    page.get_by_role("button", name="More ways to run").click()
    page.get_by_role("menuitem", name="Run all that changed or never ran").click()
    wait_for_state(page, "c5", "ok")
    wait_for_state(page, "c2", "ok")
    assert page.locator("#cell-c6").get_attribute("data-state") == "never run"
    run(page, "c4", "Control+Enter")
    page.locator("#cell-c4 .outputs").get_by_text("[1, 2, 3, 4]").wait_for()


def test_what_waits_is_cancelled_with_the_selected_cells(
    house: House, enter: Callable[..., Page]
) -> None:
    page = enter(house.notebook("input('go? ')", "2", "3"))
    page.get_by_role("button", name="Run all cells").click()
    wait_for_state(page, "c3", "queued")
    page.locator("#cell-c3").click(position={"x": 4, "y": 4})
    page.keyboard.press("Control+k")
    page.get_by_role("combobox").fill("cancel selected")
    page.keyboard.press("Enter")
    wait_for_state(page, "c3", "never run")
    page.get_by_label("go?").fill("yes")
    page.get_by_role("button", name="Answer").click()
    wait_for_state(page, "c2", "ok")


def test_late_adrift_and_lost_runs_say_so_with_the_way_on_who_and_when(
    tmp_path: Path, chromium: Browser
) -> None:
    credential = tmp_path / "runtime.token"
    hasty = {"INTHELOOP_LEASE_S": "1"}
    alone_at = CommandLine(tmp_path / "data", tmp_path)
    arguments = ("--runtime-token", str(credential))
    with housing(tmp_path, chromium, *arguments, variables=hasty) as alone:
        notebook = alone.notebook("print('at last')", WAITS)
        context = chromium.new_context(storage_state=alone.signed_in)
        context.set_default_timeout(WAIT_MS)
        page = context.new_page()
        page.goto(f"{alone.url}/n/{notebook}")
        run(page, "c1", "Control+Enter")
        wait_for_state(page, "c1", "queued")
        page.get_by_role("button", name="no runtime").click()
        page.get_by_role("dialog").get_by_text("intheloop runtime").wait_for()
        page.keyboard.press("Escape")
        page.locator("#cell-c1").get_by_text("It is late: no runtime is there").wait_for()
        told = page.locator("#cell-c1 .last-changed", has_text="asked to run it just now")
        told.wait_for()
        with alone_at.start("runtime", "--token-file", str(credential)) as runtime:
            try:
                wait_for_state(page, "c1", "ok")
                run(page, "c2")
                wait_for_state(page, "c2", "running")
                runtime.send_signal(signal.SIGSTOP)
                wait_for_state(page, "c2", "adrift")
                adrift = page.locator("#cell-c2")
                adrift.get_by_text("Its runtime is out of reach.").wait_for()
                page.get_by_role("button", name="Kernel").get_by_text("out of reach").wait_for()
                adrift.locator(".standing").hover()
                hint = page.locator(".tooltip", has_text="Adrift: its runtime is out of reach")
                hint.get_by_text(f"asked by {alone.call('who_am_i')['name']}").wait_for()
                hint.get_by_text("today, ").wait_for()
                runtime.send_signal(signal.SIGCONT)
                wait_for_state(page, "c2", "running")
                runtime.send_signal(signal.SIGSTOP)
                adrift.get_by_role("button", name="Give it up").click()
                wait_for_state(page, "c2", "lost")
                adrift.get_by_text("It was given up while adrift.").wait_for()
            finally:
                runtime.send_signal(signal.SIGCONT)
                runtime.terminate()
        context.close()


def test_the_output_is_complete_for_who_comes_later(
    house: House, enter: Callable[..., Page]
) -> None:
    notebook = house.notebook("for n in range(200): print('line', n, flush=True)")
    page = enter(notebook)
    run(page, "c1")
    page.locator("#cell-c1 .outputs").wait_for()
    page.context.close()
    later = enter(notebook)
    later.get_by_text("line 199").wait_for()
    shown = later.locator("#cell-c1 .output-text").inner_text().split("\n")
    assert shown == [f"line {n}" for n in range(200)]
