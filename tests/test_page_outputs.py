"""What cells show in the page, in every known form, and what foreign output cannot reach."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from tests.browsing import House
from tests.hostile import recording
from tests.visiting import PHONE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

DOT = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADU"
    "lEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
DISPLAY = "from IPython.display import display, HTML, SVG, JSON, Latex, Markdown\n"


@pytest.fixture
def shows(house: House, enter: Callable[..., Page]) -> Callable[..., Locator]:
    """Runs a source and gives what its cell then shows in the page."""

    def shows(source: str) -> Locator:
        notebook = house.notebook(DISPLAY + source)
        house.call("run_cells", notebook_id=notebook, wait_s=60, allow_errors=True)
        return enter(notebook).locator("#cell-c1 .outputs")

    return shows


def raw(mime: str, data: object) -> str:
    return f"display({{{mime!r}: {data!r}}}, raw=True)"


def test_text_has_its_colours_and_the_last_state_of_its_lines(
    shows: Callable[..., Locator],
) -> None:
    text = shows(r"print('1%\r50%\r100%'); print('\x1b[31mred\x1b[0m plain')").locator("pre")
    text.get_by_text("100%").wait_for()
    assert text.inner_text().splitlines() == ["100%", "red plain"]
    assert text.locator(".ansi-fg-1").inner_text() == "red"


def test_a_data_frame_is_a_table_that_can_be_read(shows: Callable[..., Locator]) -> None:
    table = shows("import pandas as pd\npd.DataFrame({'site': ['Weir'], 'herons': [12]})")
    table.get_by_role("columnheader", name="herons").wait_for()
    assert table.get_by_role("cell", name="12").get_attribute("class") == "number"
    assert table.locator("iframe").count() == 0
    table.get_by_text("1 row × 2 columns").wait_for()


def test_html_runs_its_scripts_in_a_frame_of_its_own(shows: Callable[..., Locator]) -> None:
    html = "<p id=p>no</p><script>document.getElementById('p').textContent = 'ran'</script>"
    output = shows(f"display(HTML({html!r}))")
    output.frame_locator("iframe").get_by_text("ran").wait_for()


def test_foreign_output_reaches_nothing_of_the_page(
    shows: Callable[..., Locator], trouble: list[str]
) -> None:
    source = """
    const tried = {};
    const attempt = (name, what) => {
      try { tried[name] = String(what()); } catch (error) { tried[name] = error.name; }
    };
    attempt("origin", () => self.origin);
    attempt("cookie", () => document.cookie);
    attempt("storage", () => localStorage.length);
    attempt("parent", () => parent.document.title);
    attempt("navigate", () => { top.location = "/elsewhere"; });
    fetch("/api/health").then(() => "answered", (error) => error.name).then((told) => {
      tried.fetch = told;
      document.getElementById("p").textContent = JSON.stringify(tried);
    });
    """
    html = f"<p id=p>trying</p><script>{source}</script>"
    output = shows(f"display(HTML({html!r}))")
    told = output.frame_locator("iframe").get_by_text("fetch")
    told.wait_for()
    assert told.inner_text() == (
        '{"origin":"null","cookie":"SecurityError","storage":"SecurityError",'
        '"parent":"SecurityError","navigate":"SecurityError","fetch":"TypeError"}'
    )
    trouble.clear()  # the browser tells of each attempt that it stopped


def test_an_svg_is_an_image(shows: Callable[..., Locator]) -> None:
    size = 'xmlns="http://www.w3.org/2000/svg" width="40" height="20"'
    svg = f"<svg {size}><script>alert(1)</script></svg>"
    image = shows(raw("image/svg+xml", svg)).locator("img")
    image.wait_for()
    image.evaluate("image => image.decode()")
    assert image.evaluate("image => [image.naturalWidth, image.naturalHeight]") == [40, 20]


def test_a_photograph_is_an_image(shows: Callable[..., Locator]) -> None:
    image = shows(
        "import base64, io; from PIL import Image\n"
        "held = io.BytesIO(); Image.new('RGB', (40, 20), 'green').save(held, 'JPEG')\n"
        "display({'image/jpeg': base64.b64encode(held.getvalue()).decode()}, raw=True)"
    ).locator("img")
    image.wait_for()
    image.evaluate("image => image.decode()")
    assert image.evaluate("image => [image.naturalWidth, image.naturalHeight]") == [40, 20]


def test_a_wide_table_is_scrolled_and_not_the_page(
    house: House, enter: Callable[..., Page]
) -> None:
    wide = "import pandas as pd\npd.DataFrame({f'hide {n}': [n * 1000] for n in range(20)})"
    notebook = house.notebook(wide)
    house.call("run_cells", notebook_id=notebook, wait_s=60)
    page = enter(notebook, viewport=PHONE)
    last = page.get_by_role("columnheader", name="hide 19")
    last.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert _left(last) > PHONE["width"]
    last.scroll_into_view_if_needed()
    assert _left(last) < PHONE["width"]
    assert page.evaluate("scrollX") == 0


def _left(shown: Locator) -> float:
    box = shown.bounding_box()
    assert box is not None
    return box["x"]


def test_what_could_not_be_loaded_says_so_in_its_place_and_is_asked_for_again(
    house: House, chromium: Browser, enter: Callable[..., Page]
) -> None:
    notebook = _imported(house, _stream("heron " * 20_000), _display("egret " * 20_000))
    context = chromium.new_context(storage_state=house.signed_in, service_workers="block")
    context.route("**/blobs/*", lambda route: route.abort())
    page = enter(notebook, context)
    told = page.get_by_role("alert").filter(has_text="It could not be loaded")
    told.nth(1).get_by_text("The server cannot be reached.").wait_for()
    context.unroute_all()
    for text in ("heron heron", "egret egret"):
        told.first.get_by_role("button", name="Try again").click()
        page.get_by_text(text).first.wait_for()
    told.wait_for(state="detached")
    context.close()


def _stream(text: str) -> dict[str, Any]:
    return {"output_type": "stream", "name": "stdout", "text": text}


def _display(text: str) -> dict[str, Any]:
    return {"output_type": "display_data", "metadata": {}, "data": {"text/plain": text}}


def _imported(house: House, *outputs: dict[str, Any]) -> str:
    """A notebook from a file, one cell for each output. What is large lies beside the log."""
    cells: list[dict[str, Any]] = [
        {
            "cell_type": "code",
            "metadata": {},
            "source": "",
            "execution_count": None,
            "outputs": [one],
        }
        for one in outputs
    ]
    file = {"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": cells}
    headers = {"Authorization": f"Bearer {house.token}"}
    with httpx2.Client(base_url=house.address, headers=headers, trust_env=False) as http:
        answer = http.post("/api/import?name=birds.ipynb", json=file)
    assert answer.status_code in (200, 201), answer.text
    notebook_id: str = answer.json()["notebook_id"]
    return notebook_id


def test_a_plot_is_an_image_that_is_loaded_on_sight(shows: Callable[..., Locator]) -> None:
    image = shows("import matplotlib.pyplot as plt\nplt.plot([1, 3, 2]);").locator("img")
    image.wait_for()
    image.evaluate("image => image.decode()")
    assert image.evaluate("image => image.naturalWidth") > 100


def test_a_picture_says_what_it_is_and_can_be_saved(shows: Callable[..., Locator]) -> None:
    output = shows(
        "import base64; from IPython.display import Image\n"
        f"display(Image(base64.b64decode({DOT!r}), alt='A heron, seen from the hide'))\n"
        f"display({{'image/png': {DOT!r}, 'text/plain': '<Figure with 1 Axes>'}}, raw=True)"
    )
    output.get_by_role("img", name="A heron, seen from the hide", exact=True).wait_for()
    output.get_by_role("img", name="Figure with 1 Axes", exact=True).wait_for()
    with output.page.expect_download() as download:
        output.get_by_role("button", name="Save picture").first.click()
    assert download.value.suggested_filename == "picture.png"
    assert download.value.path().read_bytes() == base64.b64decode(DOT)


def test_what_is_high_stands_folded_until_somebody_wants_it(
    shows: Callable[..., Locator],
) -> None:
    high = "<div style='height: 3000px'>top</div>bottom"
    output = shows(f"print('line\\n' * 90)\ndisplay(HTML({high!r}))")
    output.frame_locator("iframe").get_by_text("bottom").wait_for()
    frame, text = output.locator("iframe"), output.locator("pre")
    unfold = output.get_by_role("button", name="Show at full height")
    assert [_height(text) <= 420, _height(frame)] == [True, 720]
    unfold.nth(1).click()
    output.page.wait_for_function("() => document.querySelector('iframe')?.clientHeight > 3000")
    unfold.first.click()
    assert _height(text) > 1500
    output.get_by_role("button", name="Fold it again").nth(1).click()
    assert _height(frame) == 720


def _height(shown: Locator) -> float:
    box = shown.bounding_box()
    assert box is not None
    return box["height"]


def test_a_link_of_an_output_shows_where_it_leads_and_is_opened_by_a_person(
    house: House, shows: Callable[..., Locator], trouble: list[str]
) -> None:
    with recording() as (recorder, elsewhere):
        output = shows(f"display(HTML('<a href=\"{elsewhere}/page?of=herons\">sheets</a>'))")
        page = output.page
        output.frame_locator("iframe").get_by_role("link", name="sheets").click()
        output.get_by_text(f"{elsewhere}/page?of=herons").wait_for()
        assert (recorder.heard(), len(page.context.pages)) == ([], 1)
        with page.expect_popup() as popup:
            output.get_by_role("link", name="Open in a new tab").click()
        popup.value.wait_for_load_state()
        assert popup.value.evaluate("opener") is None
        [came] = recorder.heard("/page")
        assert "referer" not in came.headers and "cookie" not in came.headers
        assert output.locator(".output-link").count() == 0
        output.frame_locator("iframe").get_by_role("link", name="sheets").click()
        output.get_by_role("button", name="Stay here").click()
        assert output.locator(".output-link").count() == 0
    trouble.clear()  # the new tab is of another origin


def test_a_link_of_a_note_opens_a_tab_that_knows_nothing_of_this_one(
    house: House, enter: Callable[..., Page], trouble: list[str]
) -> None:
    with recording() as (recorder, elsewhere):
        page = enter(house.notebook(f"# Herons\n\n[sheets]({elsewhere}/page)"))
        with page.expect_popup() as popup:
            page.get_by_role("link", name="sheets").click()
        popup.value.wait_for_load_state()
        assert popup.value.evaluate("opener") is None
        [came] = recorder.heard("/page")
        assert "referer" not in came.headers and "cookie" not in came.headers
    trouble.clear()  # the new tab is of another origin


def test_text_of_an_output_can_be_selected_and_copied(shows: Callable[..., Locator]) -> None:
    text = shows("print('\\x1b[31mgrey\\x1b[0m heron')").locator("pre")
    text.get_by_text("heron").wait_for()
    text.select_text()
    assert text.page.evaluate("getSelection().toString().trim()") == "grey heron"


def test_json_is_a_tree(shows: Callable[..., Locator]) -> None:
    tree = shows("JSON({'birds': {'herons': 12}})")
    tree.get_by_text("birds").click()
    tree.get_by_text("12", exact=True).wait_for()


def test_formulas_and_markdown_are_drawn(shows: Callable[..., Locator]) -> None:
    output = shows("display(Latex(r'$\\frac{1}{2}$'), Markdown('**strong** words'))")
    output.locator(".katex .mfrac").wait_for()
    output.locator("strong", has_text="strong").wait_for()


def test_latex_of_words_and_formulas_shows_both(shows: Callable[..., Locator]) -> None:
    output = shows("display(Latex(r'The mean $\\bar n$ and \\begin{align}a&=b\\end{align}'))")
    output.locator(".katex-display .mtable").wait_for()
    assert output.locator(".katex").count() == 2
    output.get_by_text("The mean").wait_for()


def test_vega_lite_and_plotly_are_drawn_in_their_frames(shows: Callable[..., Locator]) -> None:
    spec = {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "title": "Birds of the weir",
        "data": {"values": [{"a": "A", "b": 28}]},
        "mark": "bar",
        "encoding": {"x": {"field": "a"}, "y": {"field": "b", "type": "quantitative"}},
    }
    figure = {"data": [{"type": "scatter", "x": [1, 2], "y": [3, 4]}], "layout": {}}
    output = shows(
        raw("application/vnd.vegalite.v6+json", spec)
        + "\n"
        + raw("application/vnd.plotly.v1+json", figure)
    )
    output.frame_locator("iframe >> nth=0").locator("svg.marks").wait_for()
    output.frame_locator("iframe >> nth=1").locator(".plotly svg").first.wait_for()
    for number in (0, 1):
        with output.page.expect_download() as download:
            output.get_by_role("button", name="Save picture").nth(number).click()
        assert download.value.path().read_bytes().startswith(b"\x89PNG")
    assert output.locator("iframe >> nth=0").get_attribute("title") == "Chart: Birds of the weir"


def test_an_error_shows_its_line_first_and_folds_what_is_of_libraries(
    shows: Callable[..., Locator],
) -> None:
    output = shows("import json\njson.loads('{')")
    output.get_by_text("JSONDecodeError").first.wait_for()
    assert output.locator("details").get_attribute("open") is None
    output.get_by_text("of libraries").click()
    output.get_by_text("raw_decode").first.wait_for()


def test_what_is_unknown_can_be_downloaded(shows: Callable[..., Locator]) -> None:
    output = shows(raw("application/x-thing", "what it is"))
    with output.page.expect_download() as download:
        output.get_by_role("button", name="Download").click()
    assert download.value.path().read_text(encoding="utf-8") == "what it is"


def test_much_text_shows_its_ends_until_somebody_wants_all(shows: Callable[..., Locator]) -> None:
    output = shows("print('\\n'.join(f'line {n}' for n in range(40_000)))")
    output.get_by_text("line 39999").wait_for()
    assert "line 20000\n" not in output.inner_text()
    output.get_by_role("button", name="show all").click()
    output.get_by_text("line 20000\n").first.wait_for()
