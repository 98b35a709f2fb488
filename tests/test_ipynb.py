"""Notebook files go in and come out without loss; what is run or changed comes out well formed."""

# mypy: disable-error-code="no-untyped-call"

import base64
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import nbclient
import nbformat
import nbformat.reader
import pytest
from msgspec import UnsetType
from nbformat.v4.rwbase import rejoin_lines

from intheloop import events as e
from intheloop.commands.given import GivenCell
from intheloop.errors import BadArgument
from intheloop.ipynb import ParsedNotebook, decode_blob, encode_blob, parse, render, stream_of
from intheloop.ipynb.json_text import Number, read_json, write_json
from intheloop.notebook import Notebook
from intheloop.reducer import replay
from intheloop.values import (
    EMPTY,
    INLINE_LIMIT,
    DisplayOutput,
    ErrorOutput,
    OtherOutput,
    Output,
    ResultOutput,
    StreamOutput,
    Value,
    inline,
    is_inline,
    json_bytes,
    sha256_hex,
    stream,
    utf8,
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
    varied_notebooks,
)

FIXTURE = Path(__file__).parent.parent / "evals" / "fixtures" / "penguins.ipynb"
VARIED = dict(varied_notebooks())
ACTOR = e.Actor("human", "person-1", "Ana")


def state(events: Iterable[e.Event], start: Notebook | None = None) -> Notebook:
    """What the events add up to, each taken through the JSON that a log stores."""
    start = start or Notebook("notebook-1")
    records = []
    for seq, event in enumerate(events, start.seq + 1):
        name, version = e.type_name(event), 1
        stored = e.decode_event(name, version, e.encode_event(event))
        envelope = e.Envelope(
            *("notebook-1", seq, f"event-{seq}", name, version, ACTOR),
            *("2026-01-01T00:00:00Z", f"command-{seq}", None, None, None, ""),
        )
        records.append(e.Record(envelope, stored))
    return replay(records, start)


def imported(parsed: ParsedNotebook) -> Notebook:
    """The state after an import, with fresh ids for the cells that bring none."""
    events: list[e.Event] = [e.NotebookCreated(parsed.title, parsed.metadata, parsed.imported)]
    after = None
    for place, given in enumerate(parsed.cells):
        cell_id = given.cell_id or f"fresh_{place}"
        events.append(
            e.CellCreated(
                cell_id=cell_id,
                cell_type=given.cell_type,
                source=given.source,
                after=after,
                metadata=given.metadata,
                attachments=given.attachments,
                outputs=given.outputs,
                execution_count=given.execution_count,
                extra=given.extra,
            )
        )
        after = cell_id
    return state(events)


def no_blobs(sha256: str) -> bytes:
    raise AssertionError(f"there is no blob {sha256}")


def through(raw: bytes) -> bytes:
    """A file that was imported and exported."""
    parsed = parse(raw, "n.ipynb")
    return render(imported(parsed), parsed.blobs.__getitem__)


def exact(tree: object) -> str:
    """One text for equal JSON, which 1 and 1.0, 0.0 and -0.0 are not."""
    return json.dumps(tree, sort_keys=True)


def read(raw: bytes) -> str:
    return exact(nbformat.reader.reads(raw.decode()))


def rejoined(raw: bytes) -> str:
    """As `nbformat.read` has it, but for the metadata that it drops."""
    return exact(rejoin_lines(nbformat.from_dict(json.loads(raw))))


def is_valid(made: dict[str, Any]) -> bool:
    """By the schema of its own version, and its ids (which `nbformat.read` would mend) unique."""
    minor = made.get("nbformat_minor", -1)
    if minor not in range(6):
        return False
    ids = [one["id"] for one in made["cells"] if isinstance(one.get("id"), str)]
    validator = nbformat.validator.get_validator(4, minor)
    return len(ids) == len(set(ids)) and not list(validator.iter_errors(made))


@pytest.mark.parametrize("name", VARIED)
def test_a_notebook_that_is_imported_and_exported_is_the_same_json(name: str) -> None:
    raw = as_file(VARIED[name])
    exported = through(raw)
    assert read(exported) == read(raw)
    assert rejoined(exported) == rejoined(raw)
    made = VARIED[name]
    if made.get("nbformat_minor", 0) < 5 and name not in {"ids-in-4.4", "ids-in-4.0-that-repeat"}:
        assert all("id" not in one for one in json.loads(exported)["cells"])


def test_half_of_the_varied_notebooks_are_valid_and_stay_so() -> None:
    valid = {name: made for name, made in VARIED.items() if is_valid(made)}
    assert len(valid) > len(VARIED) / 2
    assert len(VARIED) >= 50
    assert {made["nbformat_minor"] for made in valid.values()} == set(range(6))
    for made in valid.values():
        raw, exported = as_file(made), through(as_file(made))
        assert is_valid(json.loads(exported))
        texts = [exact(nbformat.reads(r.decode(), nbformat.NO_CONVERT)) for r in (raw, exported)]
        assert texts[0] == texts[1]


@pytest.mark.parametrize("name", VARIED)
def test_no_large_value_of_an_output_or_attachment_stands_inline(name: str) -> None:
    parsed = parse(as_file(VARIED[name]), "n.ipynb")
    values = [value for given in parsed.cells for value in values_of(given)]
    inline_sizes = [len(json_bytes(value)) for value in values if is_inline(value)]
    assert max(inline_sizes, default=0) <= INLINE_LIMIT
    for value in values:
        if not is_inline(value):
            assert not isinstance(value.blob, UnsetType)
            assert len(parsed.blobs[value.sha256]) == value.blob.size
    assert all(sha256 == sha256_hex(data) for sha256, data in parsed.blobs.items())
    assert set(parsed.blobs) == {value.sha256 for value in values if not is_inline(value)}


def values_of(given: GivenCell) -> Iterator[Value]:
    """Every value of a cell that may be a blob; a stream's text is one as well."""
    for bundle in (given.attachments or {}).values():
        yield from bundle.values()
    for output in given.outputs or ():
        match output:
            case StreamOutput(text=text, sha256=sha256, blob=blob):
                yield (
                    inline(utf8(text)) if isinstance(blob, UnsetType) else Value(sha256, blob=blob)
                )
            case ErrorOutput(traceback=value) | OtherOutput(value=value):
                yield value
            case DisplayOutput() | ResultOutput():
                yield from (*output.data.values(), output.metadata)


def test_a_notebook_that_nbformat_itself_cannot_read_comes_back_too() -> None:
    odd: list[Any] = [
        {"output_type": "display_data", "data": [], "metadata": {}},
        {"output_type": "stream", "name": "stdout", "text": ["a", 1]},
        *(None, 1.5, "text", []),
    ]
    cells: list[Any] = [
        code("1", *odd),
        code("2") | {"outputs": {"a": 1}},
        code("3") | {"metadata": [1], "source": 7},
        cell("markdown", attachments={"a": "b"}),
        cell("markdown", attachments=None),
        {"cell_type": None},
        {"cell_type": "code"},
        {"source": "x", "outputs": []},
        {},
    ]
    made = notebook(*named(*cells)) | {"metadata": None}
    exported = json.loads(through(as_file(made)))
    for one in exported["cells"]:
        if isinstance(one.get("source"), list):
            one["source"] = "".join(one["source"])
    assert exact(exported) == exact(made)


def test_the_fixture_comes_back_byte_for_byte() -> None:
    raw = FIXTURE.read_bytes()
    assert through(raw) == raw


@pytest.mark.slow
def test_the_fixture_with_its_outputs_comes_back_byte_for_byte() -> None:
    made = nbformat.reads(FIXTURE.read_text("utf-8"), 4)
    nbclient.NotebookClient(made, timeout=120, kernel_name="python3").execute()
    raw = (nbformat.writes(made) + "\n").encode()
    parsed = parse(raw, "penguins.ipynb")
    assert len(parsed.blobs) >= 5
    assert render(imported(parsed), parsed.blobs.__getitem__) == raw


def test_a_number_keeps_its_text() -> None:
    numbers = ["1.10", "1E5", "1e400", "-0", "1e-7", "9" * 5000, "0.1000000000000000055511151231"]
    raw = b'{"nbformat": 4, "nbformat_minor": 5, "cells": [], "metadata": {"n": [%s]}}'
    exported = through(raw % ", ".join(numbers).encode())
    assert [number.text for number in read_json(exported.decode())["metadata"]["n"]] == numbers


def test_half_a_surrogate_pair_becomes_the_replacement_character_and_a_pair_stays() -> None:
    source = r"\ud83d\udc27 \ud83d \udc27 \\ud83d"
    raw = as_file(notebook(*named(code("SOURCE")), metadata={"SOURCE": 1.5}))
    exported = json.loads(through(raw.replace(b"SOURCE", source.encode())))
    assert exported["cells"][0]["source"] == ["🐧 \ufffd \ufffd \\ud83d"]
    assert exported["metadata"] == {"🐧 \ufffd \ufffd \\ud83d": 1.5}


def test_a_byte_order_mark_is_no_part_of_the_notebook() -> None:
    raw = as_file(notebook(*named(code("1"))))
    assert through(b"\xef\xbb\xbf" + raw) == through(raw)


@pytest.mark.parametrize(
    ("raw", "next_step"),
    [
        (b"", "is not valid JSON.*Jupyter"),
        (b"{'nbformat': 4}", "line 1 column 2.*Jupyter"),
        (b'{"nbformat": 4, "cells": [', "is not valid JSON.*older copy"),
        ('{"nbformat": 4, "é": 1}'.encode("latin-1"), "not UTF-8.*Save it as UTF-8"),
        (b"[]", "no notebook.*Choose a .ipynb"),
        (b'{"cells": []}', "no notebook.*Choose a .ipynb"),
        (b"\x00", "is not valid JSON"),
        (b'{"nbformat": 3, "worksheets": []}', "nbformat 3.*nbconvert.*import it again"),
        (b'{"nbformat": 2, "worksheets": []}', "nbformat 2.*nbconvert.*import it again"),
        (b'{"worksheets": []}', "nbformat 2.*nbconvert.*import it again"),
        (b'{"nbformat": 5, "cells": []}', "newer.*Save it as nbformat 4"),
        (b'{"nbformat": "4", "cells": []}', "which nbformat 4.*Save it"),
        (b'{"nbformat": 4, "nbformat_minor": -1, "cells": []}', "which nbformat 4.*Save it"),
        (b'{"nbformat": 4, "nbformat_minor": 2.5, "cells": []}', "which nbformat 4.*Save it"),
        (b'{"nbformat": 4, "metadata": {}}', "no list of cells.*whole"),
        (b'{"nbformat": 4, "metadata": {}, "cells": {}}', "no list of cells.*whole"),
        (b'{"nbformat": 4, "metadata": {}, "cells": [1]}', "no list of cells.*whole"),
        (b'{"nbformat": 4, "metadata": {"a": NaN}, "cells": []}', "NaN.*JSON does not have"),
        (b'{"nbformat": 4, "metadata": {"a": -Infinity}, "cells": []}', "-Infinity.*does not"),
        (b'{"nbformat": 4, "cells": %s}' % (b"[" * 100_000), "nested too deeply"),
        (
            b'{"nbformat": 4, "cells": [], "metadata": {"a": %s}}' % (b"[" * 600 + b"]" * 600),
            "nested.*",
        ),
    ],
)
def test_what_is_no_nbformat_4_file_is_refused_with_the_next_step(
    raw: bytes, next_step: str
) -> None:
    with pytest.raises(BadArgument, match=rf"(?s)^n\.ipynb .*{next_step}"):
        parse(raw, "n.ipynb")


@pytest.mark.parametrize(
    ("metadata", "name", "title"),
    [
        ({}, "Whales of 2025.ipynb", "Whales of 2025"),
        ({"title": " Wale "}, "x.ipynb", "Wale"),
        ({"title": 7}, "x.ipynb", "x"),
        ({"title": " \n"}, "x", "x"),
        ({}, ".ipynb", "Untitled"),
        ({"title": "é" * 1000}, "x", "é" * 200),
    ],
)
def test_the_title_is_that_of_the_file_or_else_its_name(
    metadata: dict[str, Any], name: str, title: str
) -> None:
    assert parse(as_file(notebook(metadata=metadata)), name).title == title


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
