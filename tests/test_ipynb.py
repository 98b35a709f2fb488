"""Notebook files go in and come out without loss; what is none is refused with the next step."""

# mypy: disable-error-code="no-untyped-call"

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
from intheloop.ipynb import ParsedNotebook, parse, render
from intheloop.ipynb.json_text import read_json
from intheloop.notebook import Notebook
from intheloop.reducer import replay
from intheloop.values import (
    INLINE_LIMIT,
    DisplayOutput,
    ErrorOutput,
    OtherOutput,
    ResultOutput,
    StreamOutput,
    Value,
    inline,
    is_inline,
    json_bytes,
    sha256_hex,
    utf8,
)
from tests.notebooks import as_file, cell, code, named, notebook, varied_notebooks

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
