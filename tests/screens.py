"""Every screen of the page with something on it: a workspace as people have it after a morning, and
the way to each screen and panel. For those who look at them all: axe, and `make screenshots`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

import httpx2
from msgspec import Struct

from tests.browsing import House

if TYPE_CHECKING:
    from playwright.sync_api import Page

NOTES = """# Herons at the weir

Counts from the hide, every ten minutes, **March to May**. The mean of a morning is

$$\\bar n = \\frac{1}{k} \\sum_{i=1}^{k} n_i$$

and a morning counts when $k \\ge 12$. See the [protocol](https://example.org/protocol).

- [x] March and April are typed in
- [ ] May: two mornings are missing

| site | first seen | remarks |
|---|---|---|
| Weir | 3 March | two pairs, *one ringed* |
| Mill pond | 11 March | disturbed by works |
"""
TABLE = """import pandas as pd

counts = pd.DataFrame({
    "site": ["Weir", "Mill pond", "Old lock", "Reed bed", "Island"],
    "mornings": [18, 14, 17, 9, 12],
    "herons": [143, 61, 88, 27, 52],
    "per morning": [7.94, 4.36, 5.18, 3.0, 4.33],
})
counts"""
PLOT = """import matplotlib.pyplot as plt

figure, axes = plt.subplots(figsize=(7, 3))
axes.bar(counts["site"], counts["herons"], color="#4c66d9")
axes.set_ylabel("herons");"""
CHART = """from IPython.display import display

display({"application/vnd.vegalite.v6+json": {
    "title": "Herons per morning",
    "data": {"values": counts.to_dict("records")},
    "width": 420, "height": 180, "mark": "bar",
    "encoding": {
        "y": {"field": "site", "type": "nominal", "sort": "-x", "title": None},
        "x": {"field": "per morning", "type": "quantitative"},
        "tooltip": [{"field": "herons"}],
    },
}}, raw=True)"""
PLOTLY = """display({"application/vnd.plotly.v1+json": {
    "data": [{"type": "scatter", "mode": "lines+markers", "name": "Weir",
              "x": ["March", "April", "May"], "y": [31, 58, 54]}],
    "layout": {"title": {"text": "The weir, month by month"}},
}}, raw=True)"""
FORMS = r"""from IPython.display import HTML, JSON, SVG, Latex

print("\x1b[32mread\x1b[0m 70 mornings, \x1b[33m2 without weather\x1b[0m")
display(HTML("<p>The <b>raw sheets</b> are <a href='https://example.org/sheets'>here</a>.</p>"))
display(JSON({"station": "Weir", "hides": {"north": 2, "south": 1}, "open": True}))
display(Latex(r"$\hat\lambda = 5.3 \pm 0.4$"))
display(SVG('<svg xmlns="http://www.w3.org/2000/svg" width="220" height="60"><path fill="none" '
            'stroke="#4c66d9" stroke-width="3" d="M0 40 Q40 0 80 30 T160 25 T220 10"/></svg>'))
display({"application/x-hdf5": "not shown"}, raw=True)"""
ERROR = """def morning(name):
    return json.loads("{" + name)

import json
morning("17 May")"""
WAITS = "print('listening for the first heron ...')\nimport threading\nthreading.Event().wait(3600)"

PATIENCE_MS = 120_000
Arrange: TypeAlias = "Callable[[Page], None]"


class Screen(Struct, frozen=True):
    """One thing to look at: its address, what has to be done there, and whether it is looked at
    from top to bottom."""

    name: str
    path: str
    arrange: Arrange
    whole: bool = False


def screens(house: House) -> list[Screen]:
    """Make the workspace, and tell what there is to see in it."""
    house.notebook("# Owls\n\nHeard, not seen.", "owls = 12", title="Owls of the old lock")
    walk = house.notebook("1 + 1", "2 + 2", title="Ringing, spring")
    house.call("run_cells", notebook_id=walk, wait_s=60)
    gallery = _gallery(house)
    asks = house.notebook(
        "name = input('Who counted? ')", "print(name)", title="A form for the hide"
    )
    house.call("run_cells", notebook_id=asks, wait_s=0)
    review = _review(house)
    talk = house.notebook("counts = [7, 4, 5, 3, 4]", title="Asked of the assistant")
    house.call("post_message", notebook_id=talk, text="Add a sum of the counts, please")
    near, of = f"/n/{gallery}", f"/n/{gallery}/history"
    return [
        Screen("home", "/", _waits_for(".home-title")),
        Screen("welcome", "/n/welcome", _waits_for(".markdown h1"), whole=True),
        Screen("notebook", near, _whole_gallery),
        Screen("notebook-whole", near, _whole_gallery, whole=True),
        Screen("input", f"/n/{asks}", _waits_for(".input-prompt")),
        Screen("approvals", f"/n/{review}", _waits_for("#cells .approval"), whole=True),
        Screen("proposals", f"/n/{review}", _waits_for(".hunk"), whole=True),
        Screen("assistant", f"/n/{talk}", _assistant),
        Screen("history-panel", near, _history),
        Screen("history", of, _waits_for(".line[data-seq]")),
        Screen("record", of, _record),
        Screen("past", f"{of}?at=3", _waits_for(".line[data-seq]")),
        Screen("audit", "/audit", _waits_for(".line[data-seq]")),
        Screen("connect", "/connect", _connect, whole=True),
        Screen("people", f"/people?notebook={gallery}", _waits_for("main h2"), whole=True),
        Screen("palette", near, _keys("Control+k", "combobox")),
        Screen("keys", near, _keys("?", "dialog")),
        Screen("outline", near, _outline),
        Screen("variables", f"/n/{walk}", _variables),
    ]


def _gallery(house: House) -> str:
    cells = [NOTES, TABLE, PLOT, CHART, PLOTLY, FORMS, ERROR, WAITS, "counts.describe()"]
    gallery = house.notebook(*cells, title="Herons at the weir")
    ran = [f"c{number}" for number in range(2, 8)]
    house.call("run_cells", notebook_id=gallery, cells=_revs(house, gallery, *ran), wait_s=0)
    last = _revs(house, gallery, "c8", "c9")
    house.call("run_cells", notebook_id=gallery, cells=last, wait_s=0)
    house.call("add_comment", notebook_id=gallery, cell_id="c2", text="Is May complete?")
    return gallery


def _revs(house: House, notebook_id: str, *cells: str) -> list[dict[str, Any]]:
    found = house.call("read_notebook", notebook_id=notebook_id)["cells"]
    return [
        {"cell_id": one["cell_id"], "rev": one["rev"]} for one in found if one["cell_id"] in cells
    ]


def _review(house: House) -> str:
    source = "rate = herons / mornings\nprint(rate)\nthreshold = 3\nkept = rate > threshold"
    review = house.notebook(
        "# What Claude proposes", source, "del counts['remarks']", title="Review, please"
    )
    _asks_first(house, review)
    secret = house.credential("assistant", "Claude Code")
    [cell] = _revs(house, review, "c2")
    edited = source.replace("print(rate)\n", "").replace("> threshold", ">= threshold")
    with httpx2.Client(base_url=house.address, trust_env=False, timeout=60) as http:
        http.headers["Authorization"] = f"Bearer {secret}"
        changes = [
            {"kind": "edit", "cell_id": "c2", "base_rev": cell["rev"], "source": edited},
            {"kind": "insert", "source": "kept.sum()", "after": "c2", "cell_id": "c9"},
        ]
        calls: list[tuple[str, dict[str, Any]]] = [
            ("propose_changes", {"changes": changes, "rationale": "Three or more is enough."}),
            ("run_code", {"source": "import os\nos.listdir('data')", "wait_s": 0}),
            ("delete_cells", {"cell_ids": ["c3"]}),
        ]
        for tool, more in calls:
            answer = http.post(f"/api/tools/{tool}", json={"notebook_id": review, **more})
            assert answer.status_code in (200, 202), answer.text
    return review


def _asks_first(house: House, notebook_id: str) -> None:
    """Programs ask in this notebook: said in the page, as only a person can."""
    cookies = {one["name"]: one["value"] for one in house.signed_in["cookies"]}
    headers = {"Origin": house.url}
    with httpx2.Client(base_url=house.url, cookies=cookies, headers=headers) as http:
        body = {"notebook_id": notebook_id, "preset": "ask"}
        answer = http.post("/api/tools/set_policy", json=body)
    assert answer.status_code == 200, answer.text


def _waits_for(selector: str) -> Arrange:
    def arrange(page: Page) -> None:
        page.locator(selector).first.wait_for(timeout=PATIENCE_MS)

    return arrange


def _whole_gallery(page: Page) -> None:
    page.locator("#cell-c8[data-state=running]").wait_for(timeout=PATIENCE_MS)
    drawn = {
        4: page.frame_locator("#cell-c4 iframe").locator("svg.marks"),
        5: page.frame_locator("#cell-c5 iframe").locator(".plotly svg").first,
        6: page.locator("#cell-c6 .katex").first,
    }
    for number in range(3, 8):
        page.locator(f"#cell-c{number}").scroll_into_view_if_needed()
        page.locator(f"#cell-c{number} .outputs").wait_for()
        # A chart is drawn while it is in sight.
        if number in drawn:
            drawn[number].wait_for()
    page.evaluate("scrollTo(0, 0)")
    page.locator("#cell-c1 .katex").first.wait_for()


def _assistant(page: Page) -> None:
    page.locator(".cells").wait_for()
    page.keyboard.press("Control+j")
    panel = page.get_by_role("complementary", name="Assistant")
    panel.get_by_text("add up to 55").wait_for(timeout=PATIENCE_MS)
    panel.get_by_text("tokens in").wait_for()


def _record(page: Page) -> None:
    page.locator(".line[data-seq]").nth(2).dblclick()
    page.get_by_role("dialog").get_by_role("heading", level=2).wait_for()


def _connect(page: Page) -> None:
    page.get_by_role("button", name="Make the credential").click()
    page.get_by_text("Waiting for Claude Code to come").wait_for()


def _keys(keys: str, role: Any) -> Arrange:
    def arrange(page: Page) -> None:
        page.locator("#cell-c2").wait_for()
        page.keyboard.press(keys)
        page.get_by_role(role).first.wait_for()

    return arrange


def _outline(page: Page) -> None:
    page.locator(".cells").wait_for()
    if page.locator(".headings").count() == 0:  # where there is room it is open
        _by_palette(page, "outline")
    page.locator(".headings a").first.wait_for()


def _history(page: Page) -> None:
    _by_palette(page, "history")
    page.locator(".line[data-seq]").first.wait_for()


def _variables(page: Page) -> None:
    _by_palette(page, "variables")
    page.get_by_role("heading", name=re.compile("variables", re.IGNORECASE)).wait_for()


def _by_palette(page: Page, words: str) -> None:
    page.locator(".cells").wait_for()
    page.keyboard.press("Control+k")
    page.get_by_role("combobox").fill(words)
    page.keyboard.press("Enter")


def settle(page: Page) -> None:
    """Until nothing moves but what goes on for ever, and every face of the type is there."""
    page.evaluate("document.fonts.ready.then(() => null)")
    page.wait_for_function(
        "() => document.getAnimations().every((one) => one.playState !== 'running' ||"
        " one.effect.getComputedTiming().iterations === Infinity)"
    )


def overflow(page: Page) -> str:
    """What is wider than the window, if anything is."""
    found: list[str] = page.evaluate(
        """() => document.documentElement.scrollWidth <= innerWidth ? [] :
          [...document.querySelectorAll('body *')]
            .filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
            .map((one) => one.outerHTML.slice(0, 120))"""
    )
    return json.dumps(found[:3]) if found else ""
