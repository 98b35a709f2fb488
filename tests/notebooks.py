"""Varied notebooks for import, export and whatever else must take any nbformat 4 file.

Some are drawn from nbformat's schemas, the others are hard cases made by hand. Each call makes
them anew, so that a test may change what it gets. Some of the hard ones break the schema, as files
in the field do; `nbformat.reader.reads` reads them all.
"""

import base64
import json
from collections.abc import Iterator
from typing import Any

from tests.notebook_walk import walked_notebooks

Json = dict[str, Any]

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 3).decode()
BIG_PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 600).decode()
# Base64 whose last letter holds bits that no byte has: encoding its bytes again gives another text.
LOOSE_BASE64 = "A" * 40_000 + "QUJ="
NUMBERS = {
    "one": 1.0,
    "minus_zero": -0.0,
    "tenth": 0.1,
    "small": 1e-7,
    "large": 1e308,
    "least": 5e-324,
    "sum": 0.1 + 0.2,
    "past_float": 2**53 + 1,
    "int64": -(2**63),
    "past_uint64": 2**64 + 1,
    "googol": 10**100,
    "list": [1, 1.0, [2**70, [-1e-300]]],
}
UNICODE = "é e\u0301 \u2028\u2029\x85\x0b\x0c 🐧👩🏽\u200d🔬 𝑏 \ufeff\ufffd \x7f \u202e"


def notebook(*cells: Json, minor: int = 5, metadata: Json | None = None, **others: Any) -> Json:
    return {
        "nbformat": 4,
        "nbformat_minor": minor,
        "metadata": metadata or {},
        "cells": list(cells),
        **others,
    }


def cell(kind: str, source: str | list[str] = "", **others: Any) -> Json:
    made: Json = {"cell_type": kind, "metadata": {}, "source": source, **others}
    if kind == "code":
        made = {"execution_count": None, "outputs": []} | made
    return made


def code(source: str | list[str] = "", *outputs: Json, **others: Any) -> Json:
    return cell("code", source, **{"outputs": list(outputs), **others})


def named(*cells: Json) -> list[Json]:
    """The cells with ids, as 4.5 wants them."""
    return [{"id": f"cell-{place}", **one} for place, one in enumerate(cells)]


def stream(text: str | list[str], name: str = "stdout", **others: Any) -> Json:
    return {"output_type": "stream", "name": name, "text": text, **others}


def display(data: Json, metadata: Json | None = None, **others: Any) -> Json:
    return {"output_type": "display_data", "data": data, "metadata": metadata or {}, **others}


def result(data: Json, count: int | None = 1, **others: Any) -> Json:
    made = display(data) | {"output_type": "execute_result", "execution_count": count}
    return made | others


def error(traceback: list[str], **others: Any) -> Json:
    fields = {"ename": "ValueError", "evalue": "no\nway", "traceback": traceback}
    return {"output_type": "error", **fields, **others}


def varied_notebooks() -> Iterator[tuple[str, Json]]:
    """At least 50 notebooks, each with the name of what is hard about it."""
    yield from walked_notebooks()
    yield from _shapes()
    yield from _texts()
    yield from _ids()
    yield from _outputs()
    yield from _values()
    yield from _unknown()
    yield from _large()


def _shapes() -> Iterator[tuple[str, Json]]:
    for minor in range(6):
        yield f"empty-4.{minor}", notebook(minor=minor)
    yield "one-empty-cell", notebook(*named(cell("code")))
    yield "empty-sources", notebook(*named(*(cell(k, s) for k in _KINDS for s in ("", [], [""]))))
    yield "counts", notebook(*named(*(code("1", execution_count=n) for n in (None, 0, 1, 2**31))))
    yield (
        "view-metadata",
        notebook(
            *named(
                code("1", metadata={"collapsed": True, "scrolled": False}),
                code("2", metadata={"collapsed": False, "scrolled": "auto"}),
                code("3", metadata={"jupyter": {"outputs_hidden": True, "source_hidden": False}}),
                code("4", metadata={"tags": ["raises-exception", "ü, not allowed", ""]}),
                cell("raw", "x", metadata={"format": "text/latex", "raw_mimetype": "text/latex"}),
                cell("markdown", "y", metadata={"name": "n", "editable": False}),
            ),
        ),
    )
    yield (
        "kernel-metadata",
        notebook(
            minor=4,
            metadata={
                "kernelspec": {"name": "ir", "display_name": "R", "language": "R"},
                "language_info": {"name": "R", "codemirror_mode": {"name": "r", "version": 4.2}},
                "authors": [{"name": "A"}, {}],
                "title": "Ein Heft",
                "widgets": {"application/vnd.jupyter.widget-state+json": {"state": {}}},
            },
        ),
    )
    yield (
        "transient-metadata",
        notebook(
            cell("markdown", "x", metadata={"trusted": True}),
            code("1", metadata={"trusted": False}),
            minor=2,
            metadata={"orig_nbformat": 3, "orig_nbformat_minor": 0, "signature": "sha256:00"},
        ),
    )
    yield "title-that-is-no-string", notebook(metadata={"title": 7})


_KINDS = ("code", "markdown", "raw")


def _texts() -> Iterator[tuple[str, Json]]:
    yield (
        "source-as-lines",
        notebook(*named(*(cell(k, ["a\n", "\n", "b", "c\n"]) for k in _KINDS))),
    )
    yield "source-as-string", notebook(*named(*(cell(k, "a\n\nb\n") for k in _KINDS)))
    for name, text in {
        "crlf": "a\r\nb\r\n\r\n",
        "lone-cr": "a\rb\r\rc\n\r",
        "nul": "a\x00b\x00",
        "controls": "".join(map(chr, range(32))),
        "unicode": UNICODE,
        "astral": "🐧" * 500 + "\U0010ffff",
        "escapes": '\\ \\n \\u0041 \\ud83d " / </script>',
        "white": " \t\n\u00a0\n\n",
    }.items():
        shown = (stream(text), display({"text/plain": text, "text/html": [text, text]}))
        metadata = {text: text, "list": [text]}
        yield (
            f"text-{name}",
            notebook(
                *named(code(text, *shown), cell("markdown", [text, text]), cell("raw", text)),
                metadata=metadata,
            ),
        )


def _ids() -> Iterator[tuple[str, Json]]:
    lists: dict[str, list[Any]] = {
        "plain": ["a", "A", "0", "-", "_", "a" * 64],
        "duplicate": ["same", "same", "other", "same"],
        "ill-formed": ["", "with space", "ü", "a.b", "a\n", "<b>", "a/b"],
        "too-long": ["a" * 65, "b" * 10_000],
        "no-strings": [1, None, ["a"], {"id": "a"}, 1.5, True],
        "like-javascript": ["__proto__", "constructor", "toString"],
    }
    for name, ids in lists.items():
        yield f"ids-{name}", notebook(*(cell("markdown", str(i), id=i) for i in ids))
    yield "ids-missing-in-4.5", notebook(cell("code", "1"), cell("raw", "2", id="two"))
    yield "ids-in-4.4", notebook(cell("code", "1", id="one"), cell("code", "2"), minor=4)
    yield "ids-in-4.0-that-repeat", notebook(*[cell("raw", "1", id="x")] * 3, minor=0)


def _outputs() -> Iterator[tuple[str, Json]]:
    yield (
        "streams",
        notebook(
            *named(
                code("1", stream("a\n"), stream("b\n", "stderr"), stream(["c\n", "d"]), stream("")),
                code("2", stream([]), stream("x", "stdlog"), stream("x", ""), stream("\rx\b")),
                code("3", stream("a\n"), stream("b\n"), stream("c\n")),
            )
        ),
    )
    yield (
        "errors",
        notebook(
            *named(
                code("1", error([])),
                code("2", error(["\x1b[31mValueError\x1b[0m", "", "no\nway"])),
                code("3", error(["frame " * 200 + "\n"] * 60, evalue="", ename="")),
                code("4", stream("before"), error(["x"]), stream("after")),
            )
        ),
    )
    yield (
        "results",
        notebook(
            *named(
                code("1", result({"text/plain": "1"}), result({}, None), result({}, 0)),
                code("2", result({"text/plain": ["a\n", "b"]}, 2**31), execution_count=7),
            )
        ),
    )
    yield (
        "images",
        notebook(
            *named(
                code(
                    "plot()",
                    display({"image/png": PNG}, {"image/png": {"width": 640, "height": 4.5}}),
                    display({"image/png": PNG + "\n", "image/jpeg": [PNG[:76] + "\n", PNG[76:]]}),
                    display({"image/png": BIG_PNG}, {"needs_background": "light"}),
                    display({"image/png": BIG_PNG + "\n"}),
                    display({"image/png": LOOSE_BASE64}),
                    display({"image/svg+xml": ["<svg>\n", "</svg>"]}),
                    display({"image/png": ""}),
                )
            )
        ),
    )
    yield (
        "attachments",
        notebook(
            *named(
                cell("markdown", "![a](attachment:a.png)", attachments={"a.png": _png(PNG)}),
                cell("markdown", "two", attachments={"": _png(BIG_PNG), "ü ä.png": _png(PNG)}),
                cell("raw", "raw", attachments={"x.svg": {"image/svg+xml": ["<svg/>\n", "\n"]}}),
                cell("markdown", "none", attachments={}),
                cell("markdown", "no types", attachments={"a.png": {}}),
                cell("markdown", "data", attachments={"d": {"application/json": [1.0, "a"]}}),
                code("on code", attachments={"a.png": _png(PNG)}),
            )
        ),
    )


def _png(text: str) -> Json:
    return {"image/png": text}


def _values() -> Iterator[tuple[str, Json]]:
    yield (
        "numbers",
        notebook(
            *named(
                code("x", display({"application/json": NUMBERS}, NUMBERS), metadata={"n": NUMBERS}),
                cell("raw", "x", metadata=NUMBERS),
            ),
            metadata=NUMBERS,
        ),
    )
    scalars: list[Any] = [None, True, False, 0, 1.0, 2**70, "", "text", "a\nb", []]
    scalars += [{}, ["a\n", "b"], [[], {}]]
    yield (
        "json-mimes",
        notebook(
            *named(
                *(code("x", display({"application/json": value})) for value in scalars),
                *(code("x", result({"application/vnd.a.b+json": value})) for value in scalars),
                code("x", display({"application/geo+json": {"type": "Point", "at": [1e-7, 0]}})),
            )
        ),
    )
    yield (
        "many-mimes",
        notebook(
            *named(
                code(
                    "x",
                    display(
                        {
                            "text/plain": ["a\n", "b"],
                            "text/html": "<b>\n</b>",
                            "text/latex": ["$$", "x", "$$"],
                            "text/markdown": [],
                            "application/javascript": ["alert(1)\n", "alert(2)"],
                            "application/pdf": PNG,
                            "application/x-custom": ["one", "two"],
                            "text/vnd.plotly.v1+html": ["<div>\n", "</div>"],
                            "application/vnd.jupyter.widget-view+json": {"model_id": "abc"},
                            "application/vnd.x+json": ["not\n", "joined"],
                            "image/svg+json": ["joined\n", "though"],
                            "": "no name",
                        }
                    ),
                )
            )
        ),
    )
    yield (
        "odd-mime-values",
        notebook(code("x", display({"text/plain": 1, "text/html": [1, "a"], "image/png": None}))),
    )
    deep: Any = 1.0
    for level in range(101):
        deep = [deep] if level % 2 else {"deep": deep}
    yield "deep", notebook(*named(code("x", display({"application/json": deep}))), metadata=deep)
    keys = {"__proto__": {"a": 1}, "constructor": 1, "": "", "hasOwnProperty": [], "b": 1, "a": 2}
    yield "keys", notebook(*named(cell("raw", "x", metadata=keys)), metadata=keys)


def _unknown() -> Iterator[tuple[str, Json]]:
    mark: Json = {"x_lab": {"n": 1.0}, "absent": ["source"], "keys": {"id": 1}}
    for minor in (0, 4, 5, 6, 99):
        cells = (
            code("1", stream("a", **mark), display({}, **mark), result({}, **mark), **mark),
            code("2", error([], **mark), stream("a", metadata={"b": 1})),
            cell("markdown", "3", **mark),
            cell("raw", "4", **mark),
        )
        made = named(*cells) if minor > 4 else cells
        yield f"unknown-keys-4.{minor}", notebook(*made, minor=minor, metadata=mark, **mark)
    yield (
        "unknown-types",
        notebook(
            *named(
                {"cell_type": "heading", "metadata": {"a": 1}, "source": ["x\n"], "level": 2},
                {"cell_type": "ai", "metadata": {}, "outputs": [stream("a")], "prompt": "x"},
                {"cell_type": "other", "metadata": {}},
                code("1", {"output_type": "pyout", "text": ["1"]}, {"output_type": "x", "y": 1.0}),
                code("2", {"output_type": "other", "value": {}}, {"output_type": "", "a": [1e-7]}),
                code("3", {"output_type": "future", "payload": "x" * 40_000}),
            )
        ),
    )
    yield (
        "misplaced-keys",
        notebook(
            *named(
                cell("markdown", "x", outputs=[stream("a")], execution_count=3),
                cell("raw", "x", execution_count=None, outputs=[]),
                cell("raw", "x", output_type="stream", nbformat=4),
            )
        ),
    )
    lean = {"cell_type": "code", "metadata": {}}
    yield (
        "missing-keys",
        {
            "nbformat": 4,
            "metadata": {},
            "cells": [
                lean,
                {**lean, "source": "1", "outputs": [{"output_type": "display_data"}]},
                {**lean, "source": "1", "outputs": [{"output_type": "execute_result", "data": {}}]},
                {**lean, "outputs": [{"output_type": "stream"}, {"output_type": "error"}, {}]},
                {**lean, "outputs": [{"output_type": "stream", "text": ["a"]}]},
                {"cell_type": "markdown", "metadata": {}},
            ],
        },
    )
    yield (
        "wrong-types",
        notebook(
            *named(
                code("1", execution_count="3"),
                code("2", execution_count=3.0),
                code("3", execution_count=2**64),
                code("4", execution_count=True),
                code("5", result({}, 2**60), result({}, 1.0), error([], ename=1, evalue=None)),  # type: ignore[arg-type]
                code("6", error("one\ntext"), error([1]), stream(1)),  # type: ignore
                code("7", display({}) | {"metadata": None}, stream({})),  # type: ignore
                code("8", {"output_type": 1}, {"output_type": None, "data": {}}),
            )
        ),
    )


def _large() -> Iterator[tuple[str, Json]]:
    line = "x = '" + "0123456789" * 100_000 + "'"
    yield "huge-line-in-source", notebook(*named(code(line), cell("markdown", [line, "\n", "x"])))
    yield "huge-line-in-stream", notebook(*named(code("x", stream(line), stream([line, "\n"]))))
    yield (
        "huge-values",
        notebook(
            *named(
                code(
                    "x",
                    display({"text/plain": line, "text/html": [line + "\n"] * 2}),
                    display({"application/json": {"values": [0.1, 2**70, "é"] * 5_000}}),
                    display({"application/json": ["a\n"] * 10_000}),
                    display({"application/vnd.a+json": "é\n" * 20_000}, {"long": "m" * 50_000}),
                    error(["\x1b[31m" + "é" * 1_000] * 60),
                )
            ),
            metadata={"long": "n" * 50_000},
        ),
    )
    sizes = [32 * 1024 + step for step in range(-4, 5)]
    yield (
        "values-near-the-limit",
        notebook(
            *named(
                code("x", *(display({"text/plain": "a" * size}) for size in sizes)),
                code("x", *(stream("é" * (size // 2)) for size in sizes)),
                code("x", *(stream("\x00" * (size // 6)) for size in sizes)),
            )
        ),
    )
    cells = [
        code(f"x{n} = {n}", stream(f"{n}\n"), execution_count=n) if n % 3 else cell("markdown", "#")
        for n in range(300)
    ]
    yield "300-cells", notebook(*named(*cells))


def as_file(made: Json) -> bytes:
    """The notebook's bytes as a program might write them that is not Jupyter."""
    return json.dumps(made).encode()
