"""A notebook from a file that was changed and run here, and goes back into a file."""

# mypy: disable-error-code="no-untyped-call"

import base64
import json
from typing import Any

import nbformat
import nbformat.reader
import pytest

from intheloop import events as e
from intheloop.ipynb import decode_blob, encode_blob, parse, render, stream_of
from intheloop.ipynb.json_text import Number, write_json
from intheloop.notebook import Notebook
from intheloop.values import (
    EMPTY,
    INLINE_LIMIT,
    DisplayOutput,
    ErrorOutput,
    Output,
    ResultOutput,
    StreamOutput,
    inline,
    stream,
)
from tests.notebooks import (
    BIG_PNG,
    LOOSE_BASE64,
    PNG,
    as_file,
    cell,
    code,
    display,
    named,
    notebook,
)
from tests.test_ipynb import exact, imported, is_valid, no_blobs, state, through


def test_the_ids_of_a_file_are_ours_when_they_are_well_formed_and_new() -> None:
    ids = ["a", "b", "a", "no good", "c" * 65, "c" * 64]
    raw = as_file(notebook(*(cell("raw", id=one) for one in ids)))
    parsed = parse(raw, "n.ipynb")
    assert [one.cell_id for one in parsed.cells] == ["a", "b", None, None, None, "c" * 64]
    exported = json.loads(render(imported(parsed), parsed.blobs.__getitem__))
    assert [one["id"] for one in exported["cells"]] == ids


@pytest.mark.parametrize(("minor", "ids"), [(4, [None, None]), (5, ["cell-0", "new"])])
def test_a_new_cell_gets_an_id_in_the_file_from_4_5_on(minor: int, ids: list[str | None]) -> None:
    cells = named(code("1")) if minor == 5 else [code("1")]
    parsed = parse(as_file(notebook(*cells, minor=minor)), "n.ipynb")
    before = imported(parsed)
    grown = state([e.CellCreated("new", "markdown", "# New", before.order[0], EMPTY)], before)
    exported = json.loads(render(grown, parsed.blobs.__getitem__))
    assert [one.get("id") for one in exported["cells"]] == ids
    assert exported["nbformat_minor"] == minor
    assert is_valid(exported)


def test_a_notebook_made_here_is_exported_as_4_5() -> None:
    made = state(
        [
            e.NotebookCreated("Made here", inline(b'{"n":1.0}')),
            e.CellCreated("one", "code", "1\n2\n", None, EMPTY),
            e.CellCreated("two", "markdown", "", "one", EMPTY),
        ]
    )
    exported = render(made, no_blobs)
    assert is_valid(json.loads(exported))
    assert exported.decode() == nbformat.writes(nbformat.reads(exported.decode(), 4)) + "\n"
    assert json.loads(exported) == notebook(
        code(["1\n", "2\n"], id="one"), cell("markdown", [], id="two"), metadata={"n": 1.0}
    )


def test_what_was_changed_here_stands_in_place_of_what_was_ill_formed() -> None:
    made = notebook({"cell_type": "ai", "metadata": {}, "id": "a b", "prompt": "?"})
    parsed = parse(as_file(made), "n.ipynb")
    before = imported(parsed)
    edited = state(
        [
            e.CellSourceEdited("fresh_0", 2, [[0, "x = 1"]]),
            e.CellTypeChanged("fresh_0", "code"),
            e.CellMetadataChanged("fresh_0", inline(b'{"tags":["t"]}')),
        ],
        before,
    )
    exported = json.loads(render(edited, parsed.blobs.__getitem__))
    assert exported["cells"] == [
        code(["x = 1"], id="a b", metadata={"tags": ["t"]}, prompt="?"),
    ]


@pytest.mark.parametrize(("count", "ours"), [(2**53 - 1, 2**53 - 1), (2**53, None), (3.0, None)])
def test_a_count_that_not_every_reader_holds_exactly_stays_out_of_state(
    count: int | float, ours: int | None
) -> None:
    raw = as_file(notebook(*named(code("1", execution_count=count))))
    assert [one.execution_count for one in parse(raw, "n.ipynb").cells] == [ours]
    assert exact(json.loads(through(raw))["cells"][0]["execution_count"]) == exact(count)


def run(outputs: list[Output], start: Notebook) -> Notebook:
    """The first cell after a run with these outputs."""
    requested = e.ExecutionRequested("run-1", "1", cell_id=start.order[0], rev=2)
    return state(
        [
            requested,
            e.ExecutionStarted("run-1", 4),
            *(e.OutputAppended("run-1", place, [one]) for place, one in enumerate(outputs)),
            e.ExecutionCompleted("run-1", "ok"),
        ],
        start,
    )


def test_a_cell_that_was_run_shows_what_jupyter_would_save() -> None:
    raw = as_file(notebook(*named(code("1", display({"text/plain": "old"}), execution_count=1))))
    parsed = parse(raw, "n.ipynb")
    blobs = dict(parsed.blobs)
    long = "long\n" * 20_000
    text = inline(b'"one\\ntwo"')
    ran = run(
        [
            stream("stdout", "a\nb"),
            stream_of("stdout", long, blobs),
            stream("stderr", "c"),
            DisplayOutput({"text/plain": text}, EMPTY, display_id="d"),
            ResultOutput({"text/plain": text}, EMPTY, execution_count=4, display_id="e"),
            ErrorOutput("E", "v", inline(b'["t"]')),
        ],
        imported(parsed),
    )
    exported = json.loads(render(ran, blobs.__getitem__))
    assert is_valid(exported)
    bundle = {"text/plain": ["one\n", "two"]}
    assert exported["cells"][0]["execution_count"] == 4
    assert exported["cells"][0]["outputs"] == [
        {"output_type": "stream", "name": "stdout", "text": ("a\nb" + long).splitlines(True)},
        {"output_type": "stream", "name": "stderr", "text": ["c"]},
        {"output_type": "display_data", "data": bundle, "metadata": {}},
        {"output_type": "execute_result", "data": bundle, "metadata": {}, "execution_count": 4},
        {"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["t"]},
    ]


def test_a_run_replaces_ill_formed_outputs_and_counts() -> None:
    odd = code("1", execution_count="three") | {"outputs": "none"}
    parsed = parse(as_file(notebook(*named(odd))), "n.ipynb")
    exported = json.loads(render(run([], imported(parsed)), parsed.blobs.__getitem__))
    assert exported["cells"] == named(code(["1"], execution_count=4))


@pytest.mark.parametrize(
    ("value", "encoding"),
    [
        (PNG, "base64"),
        (BIG_PNG, "base64"),
        (BIG_PNG + "\n", "text"),
        (LOOSE_BASE64, "text"),
        ("", "base64"),
        ("<svg/>\n", "text"),
        ("é", "text"),
        (["a", 1.0, 2**70, None, {"b": -0.0}], "json"),
        ({}, "json"),
        (None, "json"),
    ],
)
def test_a_blob_is_decoded_to_the_value_that_it_was_made_of(value: object, encoding: str) -> None:
    data, chosen = encode_blob(value)
    assert chosen == encoding
    assert exact(decode_blob(data, chosen)) == exact(value)


def test_a_blob_of_an_image_is_the_image() -> None:
    parsed = parse(as_file(notebook(*named(code("x", display({"image/png": BIG_PNG}))))), "n.ipynb")
    assert list(parsed.blobs.values()) == [base64.b64decode(BIG_PNG)]


def test_a_long_stream_becomes_a_blob_and_a_short_one_stays() -> None:
    blobs: dict[str, bytes] = {}
    assert stream_of("stdout", "é\ud800", blobs) == stream("stdout", "é\ufffd")
    long = stream_of("stdout", "é" * INLINE_LIMIT, blobs)
    assert isinstance(long, StreamOutput)
    assert long.text == ""
    assert blobs[long.sha256].decode() == "é" * INLINE_LIMIT


def test_json_is_written_in_python_s_forms_or_not_at_all() -> None:
    value: dict[str, Any] = {
        "b": [1, 1.0, -0.0, 1e308, 2**70, True, None, (), {}],
        "a": "é\n\u2028\x00",
    }
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    assert write_json(value).decode() == text
    ordered = json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True)
    assert write_json(value, indented=True).decode() == ordered
    assert write_json([float("nan"), Number("1e400")]) == b"[null,1e400]"
    with pytest.raises(ValueError, match="no form for bytes"):
        write_json([b""])
