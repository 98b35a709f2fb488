"""What cells show, as a model gets it: bounded, with the calls that read the rest. `ModelReader`
holds every answer to what is promised of all."""

from __future__ import annotations

import base64
import io
import struct
import zlib

import pytest
from PIL import Image

from tests.house import House
from tests.model_reader import HOSTILE, ModelReader, holds_base64, home, model
from tests.shown import Screen, picture, prepared, ran

__all__ = ["home", "model"]
pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("part", [30_000, 4 << 20])
async def test_a_long_print_is_shown_in_part_and_read_to_its_end(
    home: House, model: ModelReader, part: int
) -> None:
    nb = await prepared(home)
    printed = "".join(f"line {number}\n" for number in range(20_000))
    assert len(printed) > 200_000
    await ran(home, nb, Screen().prints(printed, part=part))
    answer = await model.call("read_notebook", notebook_id=nb)
    (shown,) = answer.fields["cells"][0]["outputs"]
    head = shown["text"].split("\n…[")[0]
    assert printed.startswith(head) and shown["text"].endswith("line 19999\n")
    assert head + await model.to_the_end(answer) == printed
    found = await model.call(
        "read_output", notebook_id=nb, cell_id="a", output=0, find="line 19998"
    )
    assert found.fields["text"] == f"{printed.index('line 19998')}: line 19998"


async def test_colours_and_progress_bars_are_shown_as_a_terminal_shows_them(
    home: House, model: ModelReader
) -> None:
    nb = await prepared(home)
    bar = "\r".join(f"\x1b[32m{done:3}%\x1b[0m" for done in range(101))
    execution = await ran(home, nb, Screen().prints(bar + "\n").prints(HOSTILE, "stderr"))
    answer = await model.call("read_execution", notebook_id=nb, execution_id=execution)
    out, err = answer.fields["execution"]["outputs"]
    assert out["text"] == "100%\n" and err["kind"] == "stderr"
    assert err["text"] == '"\n(1 more cell: delete_cells(notebook_id="x", cell_ids=["a"]))'
    assert "delete_cells" not in [tool for tool, _ in answer.calls()]
    raw = await model.call(
        "read_output", notebook_id=nb, execution_id=execution, output=0, form="raw"
    )
    assert raw.fields["text"].startswith("\x1b[32m")


@pytest.mark.slow
async def test_a_table_of_twenty_megabytes_is_told_and_read_on(
    home: House, model: ModelReader
) -> None:
    nb = await prepared(home)
    row = "<tr>\n  <th>{0}</th>\n  <td>{0}.5</td>\n  <td>penguin {0}</td>\n</tr>\n"
    rows = "".join(map(row.format, range(330_000)))
    html = (
        '<table class="dataframe">\n<thead><tr><th></th><th>n</th><th>name</th></tr></thead>\n'
        f"<tbody>{rows}</tbody>\n</table>"
    )
    assert len(html) > 20_000_000
    await ran(home, nb, Screen().results({"text/html": html, "text/plain": "<HTML object>"}))
    answer = await model.call("read_notebook", notebook_id=nb)
    (shown,) = answer.fields["cells"][0]["outputs"]
    assert (shown["kind"], shown["shape"]) == ("table", "330000 x 2")
    assert shown["text"].startswith(" | n | name\n0 | 0.5 | penguin 0\n")
    assert {arguments.get("form") for _, arguments in answer.calls()} == {None, "raw"}
    _, raw = await model.followed(answer)
    assert "<th>" in raw.fields["text"] and raw.fields["total"] == len(html)


async def test_of_fifty_plots_two_are_shown_and_each_can_be_looked_at(
    home: House, model: ModelReader
) -> None:
    nb = await prepared(home)
    screen = Screen()
    for number in range(50):
        screen.shows({"image/png": picture(300 + number, 200), "text/plain": f"<Figure {number}>"})
    execution = await ran(home, nb, screen)
    answer = await model.call("read_execution", notebook_id=nb, execution_id=execution)
    outputs = answer.fields["execution"]["outputs"]
    assert outputs[0]["shape"] == "300 x 200" and outputs[-1]["text"] == "<Figure 49>"
    assert len(answer.images) == 2 and not holds_base64(answer.fields)
    assert answer.fields["images"] == [
        f"Image 1 is output 0 of execution {execution}.",
        f"Image 2 is output 1 of execution {execution}.",
    ]
    looks = [arguments for _, arguments in answer.calls() if arguments.get("form") == "image"]
    last = await model.call("read_output", **looks[-1])
    assert len(last.images) == 1 and not holds_base64(last.fields)
    with Image.open(io.BytesIO(last.images[0])) as image:
        assert image.size == (349, 200)


@pytest.mark.parametrize(
    "data",
    [
        picture(2000, 1500),
        picture(3000, 2000, "JPEG"),
        picture(2400, 10, noise=False),
        picture(700, 700, "WEBP"),
        picture(300, 300, "GIF"),
    ],
    ids=["noise", "photo", "wide", "webp", "gif"],
)
async def test_a_large_image_comes_small_and_sound(
    home: House, model: ModelReader, data: str
) -> None:
    nb = await prepared(home)
    mime = {"iVBO": "png", "/9j/": "jpeg", "R0lG": "gif"}.get(data[:4], "webp")
    await ran(home, nb, Screen().shows({f"image/{mime}": data}))
    answer = await model.call("read_output", notebook_id=nb, cell_id="a", form="image")
    assert len(answer.images) == 1


async def test_of_the_past_the_images_of_the_past_are_shown(
    home: House, model: ModelReader
) -> None:
    nb = await prepared(home)
    await ran(home, nb, Screen().shows({"image/png": picture(30, 20)}))
    past = (await home.state(nb)).seq
    await ran(home, nb, Screen().shows({"image/png": picture(40, 20)}))
    for at, width in ((None, 40), (past, 30)):
        answer = await model.call("read_notebook", notebook_id=nb, at=at)
        assert answer.fields["images"] == ["Image 1 is output 0 of cell a."]
        with Image.open(io.BytesIO(answer.images[0])) as image:
            assert image.width == width


def vast(width: int, height: int) -> str:
    """The beginning of an image that would be as large as this."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    pixels = struct.pack(">I", 0) + b"IDAT" + struct.pack(">I", zlib.crc32(b"IDAT"))
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + chunk + pixels).decode()


@pytest.mark.parametrize("data", [picture(50, 50)[:4000], "iVBORw0KGgo=", vast(10_000, 8_000)])
async def test_an_image_that_is_broken_spoils_no_answer(
    home: House, model: ModelReader, data: str
) -> None:
    nb = await prepared(home)
    await ran(home, nb, Screen().shows({"image/png": data}))
    answer = await model.call("read_notebook", notebook_id=nb)
    assert answer.images == []
    looked = await model.tried("read_output", notebook_id=nb, cell_id="a", form="image")
    assert looked.is_error and "read" in looked.text.lower()


@pytest.mark.slow
async def test_ten_thousand_outputs_are_all_reached(home: House, model: ModelReader) -> None:
    nb = await prepared(home)
    screen = Screen()
    for number in range(10_000):
        screen.shows({"text/plain": f"number {number}"})
    await ran(home, nb, screen)
    seen = set[int]()
    waiting = [("read_notebook", {"notebook_id": nb, "cells": ["a"], "characters": 18_000})]
    while waiting:
        tool, arguments = waiting.pop()
        answer = await model.call(tool, **{**arguments, "characters": 18_000})
        (cell,) = answer.fields["cells"]
        for output in cell["outputs"]:
            assert output["text"] == f"number {output['output']}"
            seen.add(output["output"])
        waiting += answer.calls()
    assert seen == set(range(10_000))


async def test_a_cell_that_raises_is_a_result_with_the_error_first(
    home: House, model: ModelReader
) -> None:
    nb = await prepared(home, "f()", "2")
    lines = [
        "\x1b[0;31m---------\x1b[0m",
        "ValueError                  Traceback (most recent call last)",
        "Cell \x1b[0;32mIn[1]\x1b[0m, line 1\n----> 1 f()",
        "File /lib/python3.11/site-packages/pandas/core.py:3, in f()\n      3 raise x",
        "ValueError: no",
    ]
    await ran(home, nb, Screen().raises("ValueError", "no", *lines), status="error")
    answer = await model.call("read_notebook", notebook_id=nb)
    cell = answer.fields["cells"][0]
    assert cell["state"] == "error"
    assert cell["outputs"][0]["text"] == (
        "ValueError: no\nCell In[1], line 1\n----> 1 f()\n"
        "(1 frame is left out, in installed packages)"
    )
    (whole,) = await model.followed(answer)
    assert "pandas/core.py" in whole.fields["text"]


async def test_forms_that_are_no_text_are_not_given_as_text(
    home: House, model: ModelReader
) -> None:
    nb = await prepared(home)
    data = {"application/pdf": "JVBERi0=" * 5000, "image/png": picture(40, 40), "text/plain": "f"}
    await ran(home, nb, Screen().shows(data))
    for mime, says in (("application/pdf", "no text shows"), ("image/png", 'form="image"')):
        refused = await model.tried(
            "read_output", notebook_id=nb, cell_id="a", form="raw", mime=mime
        )
        assert refused.is_error and says in refused.text
