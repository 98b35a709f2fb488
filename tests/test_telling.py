"""Outputs in words: tables, charts, tracebacks, images and what else kernels show, as a reader
wants to have them told; and whatever else comes, nothing breaks."""

from __future__ import annotations

import json
import sys
from typing import Any

import msgspec
import pandas  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st
from IPython.core.interactiveshell import InteractiveShell

from intheloop.errors import NotFound
from intheloop.values import EMPTY, Blob, DisplayOutput, ErrorOutput, OtherOutput, Value, inline
from intheloop.views import AnyOutput, told
from intheloop.views.chart import chart_text
from intheloop.views.html import html_text
from intheloop.views.traceback import own_frames
from tests.shown import Screen, picture


def said(data: dict[str, Any]) -> tuple[str, str, str]:
    """Kind, text and shape of a display."""
    screen = Screen().shows(data)
    one = told(screen.outputs[0], screen.fetch)
    return one.kind, one.text.stretch(0, 100_000).text, one.shape


def whole(data: dict[str, Any]) -> dict[str, Any]:
    """What `read_output` is to be asked for to have the rest of a display."""
    screen = Screen().shows(data)
    one = told(screen.outputs[0], screen.fetch)
    return dict(one.form) if one.whole else {}


def bundle(frame: pandas.DataFrame) -> dict[str, Any]:
    """A frame as it is displayed."""
    return {"text/plain": repr(frame), "text/html": frame._repr_html_()}


BIRDS = pandas.DataFrame({"species": ["Adelie", "Gentoo & co"], "mass": [3700.5, float("nan")]})


def test_a_frame_is_told_as_a_table_with_its_shape() -> None:
    kind, text, shape = said(bundle(BIRDS))
    assert (kind, shape) == ("table", "2 x 2")
    assert text.split("\n") == [
        " | species | mass",
        "0 | Adelie | 3700.5",
        "1 | Gentoo & co | NaN",
    ]


def test_a_frame_that_shows_a_part_of_itself_has_the_shape_of_the_whole() -> None:
    kind, text, shape = said(bundle(pandas.DataFrame({f"c{at}": range(5000) for at in range(30)})))
    assert (kind, shape) == ("table", "5000 x 30")
    assert "4999 | 4999" in text and "..." in text


def test_the_frame_of_polars_has_its_shape_too() -> None:
    html = (
        "<div><style>.dataframe > thead {text-align: right}</style><small>shape: (1_204, 2)</small>"
        '<table border="1" class="dataframe"><thead><tr><th>a</th><th>b</th></tr></thead><tbody>'
        "<tr><td>1</td><td>&quot;x&quot;</td></tr></tbody></table></div>"
    )
    assert said({"text/html": html, "text/plain": "shape: ..."}) == (
        *("table", 'shape: (1_204, 2)\na | b\n1 | "x"'),
        "1204 x 2",
    )


def test_a_large_table_is_told_by_its_first_rows_and_counted() -> None:
    rows = 60_000
    frame = pandas.DataFrame({"n": range(rows), "text": "some words for each of the rows"})
    html = frame.to_html()
    data = {"text/html": html, "text/plain": "<IPython.core.display.HTML object>"}
    assert len(html) > 5_000_000
    kind, text, shape = said(data)
    assert (kind, shape) == ("table", f"{rows} x 2")
    last = text.rsplit("\n", 1)[1].split(" | ")[0]
    rest = whole(data)
    assert rest == {"form": "raw", "mime": "text/html", "offset": rest["offset"]}
    around = html.encode()[rest["offset"] - 400 : rest["offset"] + 400].decode()
    assert f"<th>{last}</th>" in around or f"<th>{int(last) + 1}</th>" in around


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<b>Hello</b>, <i>you</i><br>and you", "Hello, you\nand you"),
        ("<style>p {}</style><p>one</p>\n<p>two</p><script>alert('<p>no')</script>", "one\ntwo"),
        ("<ul><li>a</li><li>b &lt; c</ul><!-- no --> 1 < 2", "a\nb < c\n1 < 2"),
        ("<pre>  x\n    y</pre>", "  x\n    y"),
        ("<table><tr><td>a<br>b</td><td></td></tr></table>", "a b |"),
        ("text <unclosed", "text"),
        ("<!-- never closed <p>no", ""),
        ("<script>never closed", ""),
    ],
)
def test_html_is_told_as_the_text_that_it_shows(html: str, text: str) -> None:
    assert html_text(html).text.strip() == text.strip()


def test_what_an_object_says_of_itself_goes_before_what_its_html_shows() -> None:
    drawn = {"text/plain": "LinearRegression()", "text/html": "<div>LinearRegression<p>?</div>"}
    assert said(drawn)[:2] == ("html", "LinearRegression()")
    assert whole(drawn) == {"form": "raw", "mime": "text/html"}
    mere = {"text/plain": "<IPython.core.display.HTML object>", "text/html": "<h1>Hello</h1>"}
    assert said(mere)[:2] == ("html", "Hello") and not whole(mere)
    empty = {"text/plain": "<folium.Map at 0x7f>", "text/html": "<iframe srcdoc='x'></iframe>"}
    assert said(empty)[1] == "HTML of 28 bytes that shows no text."


LINE = {
    "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
    "title": "Mass by species",
    "data": {"name": "d"},
    "datasets": {"d": [{"x": 1}] * 42},
    "layer": [
        {"mark": "line", "encoding": {"x": {"field": "year"}, "y": {"field": "mass"}}},
        {"mark": {"type": "point"}, "encoding": {"y": {"aggregate": "mean", "field": "mass"}}},
    ],
}


@pytest.mark.parametrize(
    ("mime", "spec", "words"),
    [
        (
            "application/vnd.vegalite.v5+json",
            LINE,
            'Vega-Lite chart "Mass by species"; line of x=year, y=mass; point of y=mean(mass); '
            "42 rows of data.",
        ),
        (
            "application/vnd.plotly.v1+json",
            {
                "data": [
                    {"type": "bar", "name": "a", "x": [1, 2, 3]},
                    {"y": {"dtype": "f8", "bdata": "AAAAAAAAAAAAAAAAAADwPw=="}},
                ],
                "layout": {"title": {"text": "T"}, "xaxis": {"title": {"text": "year"}}},
            },
            'Plotly chart "T" (x: year); bar "a" of 3 points; scatter of 2 points.',
        ),
        (
            "application/geo+json",
            {
                "type": "FeatureCollection",
                "features": [
                    {"geometry": {"type": "Point"}, "properties": {"name": "x", "area": 1}},
                    {"geometry": {"type": "Polygon"}},
                    {"geometry": None},
                ],
            },
            "GeoJSON of 3 features (1 Point, 1 Polygon) with the properties area, name.",
        ),
    ],
)
def test_a_chart_is_told_in_words(mime: str, spec: Any, words: str) -> None:
    data = {mime: spec, "text/plain": "<Chart>"}
    assert said(data)[:2] == ("chart", words)
    assert whole(data) == {"form": "raw", "mime": mime}


def test_an_image_is_told_with_its_size_and_what_stands_beside_it() -> None:
    figure = {"image/png": picture(640, 480), "text/plain": "<Figure size 640x480 with 1 Axes>"}
    assert said(figure) == ("image", "<Figure size 640x480 with 1 Axes>", "640 x 480")
    assert said({"image/jpeg": picture(20, 10, "JPEG")}) == ("image", "An image.", "20 x 10")
    assert said({"image/gif": picture(30, 10, "GIF")}) == ("image", "An image.", "30 x 10")
    assert said({"image/webp": picture(30, 10, "WEBP")})[0] == "image"
    assert said({"image/png": "bm8="})[:2] == ("other", "An output of image/png.")
    drawing = {"image/svg+xml": "<svg><text>hi</text></svg>"}
    assert said(drawing)[:2] == ("svg", "An SVG drawing.")
    assert whole(drawing) == {"form": "raw", "mime": "image/svg+xml"}


@pytest.mark.parametrize(
    ("data", "kind", "text"),
    [
        ({"text/plain": "\x1b[1m42\x1b[0m"}, "text", "42"),
        ({"text/plain": ["a\n", "b"]}, "text", "a\nb"),
        ({"text/markdown": "# T", "text/plain": "<Markdown>"}, "markdown", "# T"),
        ({"application/json": {"b": [1.5, None], "a": "x"}}, "json", None),
        ({"application/vnd.x+json": [1]}, "json", "[\n 1\n]"),
        ({"text/plain": 5}, "text", "5"),
        ({}, "other", "An output of no form."),
        ({"application/pdf": "JVBERi0="}, "other", "An output of application/pdf."),
    ],
)
def test_every_kind_of_display_has_a_text(data: dict[str, Any], kind: str, text: str) -> None:
    shown = said(data)
    assert shown[0] == kind
    assert text is None or shown[1] == text
    assert text is not None or json.loads(shown[1]) == data["application/json"]


def test_data_in_base64_is_counted_and_not_shown() -> None:
    data = "A" * 5000
    page = f'<p>see</p><img src="data:image/png;base64,{data}"><p>end</p>'
    assert data[:300] not in said({"text/html": page})[1]
    drawn = said({"text/markdown": f"# T\n![x](data:image/png;base64,{data})"})[1]
    assert drawn == "# T\n![x](data:image/png;base64,…(5000 characters))"
    shown = said({"application/json": {"array": data, "name": "x"}})[1]
    assert "…(5000 characters of data)" in shown and '"name": "x"' in shown


def test_a_traceback_is_told_by_the_error_and_the_frames_of_the_user() -> None:
    shell = InteractiveShell.instance()
    code = "import json\ndef mine(text):\n    return json.loads(text)\nmine('{')"
    try:
        exec(compile(code, "<mine>", "exec"), {})
    except ValueError:
        lines = shell.InteractiveTB.structured_traceback(*sys.exc_info())
    finally:
        InteractiveShell.clear_instance()
    screen = Screen().raises("JSONDecodeError", "Expecting property name", *lines)
    one = told(screen.outputs[0], screen.fetch)
    text = one.text.stretch(0, 10_000).text
    assert text.startswith("JSONDecodeError: Expecting property name\n")
    assert "\x1b" not in text and "in mine(text)" in text
    assert "decoder.py" not in text and "frames are left out, in installed packages" in text
    assert dict(one.form) == {"form": "raw"}


def test_a_traceback_without_foreign_frames_is_whole() -> None:
    lines = ["Cell In[3], line 1\n----> 1 1 / 0", "ZeroDivisionError: division by zero"]
    screen = Screen().raises("ZeroDivisionError", "division by zero", *lines)
    one = told(screen.outputs[0], screen.fetch)
    assert one.text.stretch(0, 1000).text == (
        "ZeroDivisionError: division by zero\nCell In[3], line 1\n----> 1 1 / 0"
    )
    assert own_frames("no frames here") == ""


# ------------------------------------------------------------ whatever else comes

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text("a<&|", max_size=6)
)
keys = st.sampled_from(
    ["data", "layer", "mark", "encoding", "features", "title", "values", "type", "x", "bdata"]
)
json_values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)
mimes = st.sampled_from(
    [
        *("text/plain", "text/html", "text/markdown", "image/png", "image/svg+xml"),
        *("application/json", "application/vnd.vegalite.v5+json", "application/geo+json"),
        *("application/vnd.plotly.v1+json", "application/pdf", "text/x-odd", "", "x" * 300),
    ]
)
raw_values = st.builds(lambda one: inline(msgspec.json.encode(one)), json_values) | st.sampled_from(
    [
        inline(b"1e400"),
        inline(b"[" * 150 + b"]" * 150),
        Value("ab" * 32, blob=Blob(40_000, "json")),
        Value("ab" * 32, blob=Blob(5, "text")),
        Value("ab" * 32, blob=Blob(9, "base64")),
        Value("00" * 32, blob=Blob(9, "json")),
    ]
)
blobs = st.sampled_from(
    [b"", b"\xff\xfe", b'"\\ud800"', b"NaN", b"[" * 100_000, b'{"data": ', b"<p>\x00"]
)


@given(st.dictionaries(mimes, raw_values, max_size=4), blobs)
def test_whatever_is_displayed_has_a_text(data: dict[str, Value], blob: bytes) -> None:
    def fetch(sha256: str) -> bytes:
        if sha256 == "00" * 32:
            raise NotFound("It was erased.")
        return blob

    outputs: list[AnyOutput] = [DisplayOutput(data, EMPTY)]
    outputs += [OtherOutput(value) for value in data.values()]
    outputs += [ErrorOutput("E", "v\x1b[1m", value) for value in data.values()]
    for output in outputs:
        one = told(output, fetch)
        assert one.text.stretch(0, 1000).text.encode() or not one.text.size


@given(mimes, json_values)
def test_no_specification_breaks_the_telling_of_a_chart(mime: str, spec: Any) -> None:
    words = chart_text(mime, spec)
    assert words is None or len(words) < 5000


@given(st.text(st.sampled_from("<>/!-tdrable &;\n\"'=p"), max_size=200))
def test_no_html_breaks_its_reading(html: str) -> None:
    read = html_text(html)
    assert len(read.text) <= 3 * len(html) + 10
