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
from intheloop.notebook import Forked, Input, Notebook, Policy, by_reference, pack, part_of, unpack
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

STEP = e.Step("cellMoved", "2" * 64, "a", 1, "3" * 64, "1", "-1")
PLACE = e.Place("rt", "laptop")
EDIT = e.EditProposed("a", 1, [1, [0, "x"]])

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
    e.PolicyChanged("ask", (e.Rule("assistant", "run_cells", "deny"),)),
    e.ApprovalRequested(
        *(
            "p",
            e.Resolved("run_cells", (STEP,), PLACE),
            "0" * 64,
            "1" * 64,
            "It asks.",
            "2026-02-01",
        ),
    ),
    e.ChangesProposed("c", (EDIT, e.DeleteProposed("a", 1)), "Why not."),
    e.PermissionGranted("g", "bot", "run_cells", "run1", "2026-02-01"),
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
        case list():
            return [*value, 1]
        case e.Resolved():
            return replace(value, tool="run_code")
        case Map():
            return value.delete(next(iter(value)))
        case _:
            return OTHERS[type(value)]


OTHERS: dict[type, object] = {
    Value: inline(b"[1]"),
    e.Limits: e.Limits(turns=1),
    e.Usage: e.Usage(1),
    e.Agent: e.Agent("other"),
    e.Kernel: e.Kernel("other"),
    Policy: Policy("propose"),
}


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
    for part in ("approvals", "permissions", "proposals"):
        for name, value in _changed(getattr(full, part)[0]):
            others[part, name] = digest(replace(full, **{part: (value,)}))
    approval = full.approvals[0]
    resolved = {"": replace(approval.resolved, tool="other", place=None)}
    resolved |= {name: replace(approval.resolved, steps=(value,)) for name, value in _changed(STEP)}
    resolved |= {name: replace(approval.resolved, place=value) for name, value in _changed(PLACE)}
    for name, value in resolved.items():
        changed = replace(approval, resolved=value)
        others["resolved", name] = digest(replace(full, approvals=(changed,)))
    for name, value in _changed(full.policy):
        others["policy", name] = digest(replace(full, policy=value))
    hunks: tuple[e.Hunk, ...] = (
        *(EDIT, e.DeleteProposed("a", 1), e.MoveProposed("a", None)),
        e.InsertProposed("a", "code", "1", None),
    )
    for hunk in hunks:
        for name, value in [("", hunk), *_changed(hunk)]:
            changed_ = replace(full.proposals[0], edits=(value,))
            others[str(type(hunk)), name] = digest(replace(full, proposals=(changed_,)))
    assert len(others) > 100
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
    ran: list[e.Event] = [printed("x", "words", 1), completed("x")]
    notebook = replayed(*FULL, *ran, cell("c", outputs=saved))
    bare = by_reference(pack(notebook))
    assert digest(unpack(bare)) == digest(notebook)
    assert b"words" in utf8(pack(notebook))
    assert b"words" not in utf8(bare)


def test_what_still_runs_keeps_what_it_printed_since_more_will_stand_behind_it() -> None:
    notebook = replayed(*FULL, printed("x", "words", 1))
    bare = by_reference(pack(notebook))
    assert digest(unpack(bare)) == digest(notebook)
    more = open_stored(sealed([*FULL, printed("x", "words", 1), printed("x", "more", 2)])[-1])
    (execution,) = [one for one in pack(apply(unpack(bare), more)).executions if one.outputs]
    assert b"words" in utf8(execution.outputs) and b"more" in utf8(execution.outputs)


def test_a_part_of_a_state_is_some_cells_with_what_they_show() -> None:
    notebook = replayed(*FULL, printed("x", "words", 1), cell("c"))
    part = part_of(pack(notebook), {"c"})
    assert [one.cell_id for one in part.cells] == ["c"] and not part.executions
    shown = notebook.executions["x"].cell_id
    assert shown is not None
    part = part_of(pack(notebook), {shown})
    assert [one.execution_id for one in part.executions] == ["x"]
    assert b"words" in utf8(part)


def test_a_value_stands_for_its_recorded_sha256_whatever_its_bytes() -> None:
    one = replayed(e.NotebookMetadataChanged(inline(b"1.0")))
    stamped = Value(sha256_hex(b"1.0"), json=msgspec.Raw(b"1"))
    assert digest(replayed(e.NotebookMetadataChanged(stamped))) == digest(one)
