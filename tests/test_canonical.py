"""The digest: its bytes are those of the shared vectors, and nothing of state is left out of it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from immutables import Map
from msgspec import Struct
from msgspec.structs import replace

from intheloop import events as e
from intheloop.canonical import Digester, digest
from intheloop.log.stored import open_stored
from intheloop.notebook import Forked, Input, Notebook, by_reference, pack, unpack
from intheloop.reducer import apply
from intheloop.values import EMPTY, Output, Value, inline, sha256_hex, stream, utf8
from tests.replaying import (
    NOTEBOOK,
    appended,
    asked,
    cell,
    completed,
    display,
    edited,
    printed,
    replayed,
    running,
    sealed,
)

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parent / "vectors" / "canonical.json").read_text(encoding="utf-8")
)


class Vector(Struct, frozen=True):
    """Fields and the UTF-8 of their JSON, as hex."""

    fields: list[Any]
    hex: str


JSON_VECTORS = msgspec.convert(VECTORS["json"], list[Vector])
NAMES: list[str] = VECTORS["names"]

FULL: list[e.Event] = [
    e.NotebookCreated("Title", EMPTY),
    e.RuntimeAttached("r1", e.Kernel("python3")),
    cell("a", "1"),
    cell("b", "2", after="a"),
    *running("x", "a"),
    appended("x", display("1", "d")),
    asked("loose"),
    completed("loose"),
    e.CommentAdded("k", "Why?"),
    e.MessagePosted("m", "t", "Do it."),
    e.AssistantRunRequested("q", "t", "m", "ana", ("notebook:read",), ("a",)),
    e.AssistantRunClaimed("q", 1, "k1", e.Agent("assistant")),
]


@pytest.mark.parametrize("vector", JSON_VECTORS)
def test_canonical_bytes_are_those_of_the_vectors(vector: Vector) -> None:
    assert utf8(vector.fields).hex() == vector.hex


def test_names_stand_in_the_order_of_their_utf8_bytes() -> None:
    def bundled(names: list[str]) -> str:
        saved = display("1")
        data = {name: inline(utf8(name)) for name in names}
        return digest(replayed(cell("a", outputs=[replace(saved, data=data)])))

    assert sorted(NAMES, key=str.encode) == NAMES
    assert bundled(NAMES) == bundled(NAMES[::-1])


def _other(value: object) -> object:
    """A value of the same kind that is not the same."""
    match value:
        case None:
            return "other"
        case bool():
            return not value
        case int():
            return value + 1
        case str():
            return value + "x"
        case tuple():
            return (*value, *value[:1]) if value else ("other",)
        case Value():
            return inline(b"[1]")
        case e.Limits():
            return e.Limits(turns=1)
        case e.Usage():
            return e.Usage(1)
        case e.Agent():
            return e.Agent("other")
        case e.Kernel():
            return e.Kernel("other")
        case Map():
            return value.delete(next(iter(value)))
        case _:
            raise TypeError(f"Say here what else a {type(value)} could be.")


SPECIAL: dict[str, object] = {
    "imported": e.Imported("a", "0" * 64, "4.5"),
    "forked": Forked("nb0", 1, "0" * 64),
    "attachments": {"a.png": {"image/png": EMPTY}},
    "extra": EMPTY,
    "input": Input("i", "?"),
}


def _changed(value: Struct, but: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """The value with one field changed, for each field."""
    for name in value.__struct_fields__:
        if name not in but:
            other = SPECIAL.get(name) or _other(getattr(value, name))
            if name == "outputs":
                other = (display("another"),)
            yield name, replace(value, **{name: other})


def test_every_field_of_state_shows_in_the_digest() -> None:
    full = replayed(*FULL)
    others = {("empty", "log"): digest(Notebook(NOTEBOOK)), ("as", "it is"): digest(full)}
    for name, notebook in _changed(full, but=("order", "cells", "displays", "runs", "run_order")):
        others["Notebook", name] = digest(notebook)
    others["Notebook", "order"] = digest(replace(full, order=("b", "a")))
    others["Notebook", "run_order"] = digest(replace(full, run_order=()))
    for part in ("cells", "executions", "runtimes", "comments", "runs"):
        values: Map[str, Any] = getattr(full, part)
        key = min(values)
        for name, value in _changed(values[key]):
            others[part, name] = digest(replace(full, **{part: values.set(key, value)}))
    assert len(others) > 50
    same = {one for one in others if list(others.values()).count(others[one]) > 1}
    assert same == set()


def test_a_digester_that_follows_a_log_gives_what_a_fresh_one_gives() -> None:
    digester = Digester()
    notebook = Notebook(NOTEBOOK)
    for stored in sealed([*FULL, edited("a", [1, "9"]), printed("x", "1", 1), completed("x")]):
        notebook = apply(notebook, open_stored(stored))
        assert digester.digest(notebook) == digest(notebook)


def test_a_state_by_reference_has_the_same_digest() -> None:
    saved: list[Output] = [
        stream("stdout", "words"),
        display("1"),
        replace(display("2"), extra=inline(b"1")),
    ]
    notebook = replayed(*FULL, printed("x", "words", 1), cell("c", outputs=saved))
    bare = by_reference(pack(notebook))
    assert digest(unpack(bare)) == digest(notebook)
    assert b"words" in utf8(pack(notebook))
    assert b"words" not in utf8(bare)


def test_a_value_stands_for_its_recorded_sha256_whatever_its_bytes() -> None:
    one = replayed(e.NotebookMetadataChanged(inline(b"1.0")))
    stamped = Value(sha256_hex(b"1.0"), json=msgspec.Raw(b"1"))
    assert digest(replayed(e.NotebookMetadataChanged(stamped))) == digest(one)
