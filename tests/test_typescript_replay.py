"""The page's reducer computes what the server's does, record by record, shown by the digest."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from intheloop.canonical import Digester, digest
from intheloop.log.stored import Stored, open_stored, wire
from intheloop.notebook import Notebook, PortableNotebook, by_reference, pack, unpack
from intheloop.reducer import apply, replay
from tests.event_strategies import logs
from tests.golden_logs import GOLDEN, read_golden
from tests.needs import WEB
from tests.replaying import NOTEBOOK, record_of
from tests.test_canonical import JSON_VECTORS, NAMES
from tests.web import Node

pytestmark = pytest.mark.node

EVERY = 3
"""From which states a golden log is gone on with: those before every third record."""


@pytest.fixture(scope="module")
def page() -> Iterator[Node]:
    """Replays what it is asked to with the page's reducer."""
    with Node("test/replay.ts") as node:
        yield node


def _on_page(
    page: Node, log: list[Stored], start: PortableNotebook | None = None, *, each: bool = False
) -> dict[str, Any]:
    request: dict[str, Any] = {"records": [msgspec.json.decode(wire(one)) for one in log]}
    if start is not None:
        request["start"] = _json(start)
    answer: dict[str, Any] = page.ask(request | {"each": each})
    return answer


def _json(value: Struct) -> Any:
    return msgspec.json.decode(msgspec.json.encode(value))


def _states(log: list[Stored]) -> list[Notebook]:
    """The notebook before the first record and after each."""
    states = [Notebook(NOTEBOOK)]
    for stored in log:
        states.append(apply(states[-1], open_stored(stored)))
    return states


@given(log=logs())
def test_the_digest_after_every_record_is_the_same_on_the_page(
    page: Node, log: list[Stored]
) -> None:
    digester = Digester()
    expected = [digester.digest(state) for state in _states(log)[1:]]
    answer = _on_page(page, log, each=True)
    assert answer["digests"] == expected
    assert answer["digest"] == expected[-1]


@given(log=logs(), data=st.data(), bare=st.booleans())
def test_the_rest_of_a_log_fits_a_state_that_came_as_json(
    page: Node, log: list[Stored], data: st.DataObject, bare: bool
) -> None:
    states = _states(log)
    expected = digest(states[-1])
    at = data.draw(st.integers(0, len(log)))
    packed = by_reference(pack(states[at])) if bare else pack(states[at])
    came = msgspec.json.decode(msgspec.json.encode(packed), type=PortableNotebook)
    rest = log[at:]
    assert digest(unpack(came)) == digest(states[at])
    assert digest(replay(map(open_stored, rest), unpack(came))) == expected
    answer = _on_page(page, rest, came)
    assert answer["digest"] == expected
    again = msgspec.json.decode(msgspec.json.encode(answer["packed"]), type=PortableNotebook)
    assert digest(unpack(again)) == expected


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_the_page_replays_golden_logs_to_their_digests(page: Node, path: Path) -> None:
    lines = read_golden(path)
    records = [_json(line.record) for line in lines]
    answer = page.ask({"records": records, "each": True})
    assert answer["digests"] == [line.digest for line in lines]


@pytest.mark.parametrize("bare", [False, True], ids=["inline", "by reference"])
@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_the_page_goes_on_with_a_golden_log_from_any_state(
    page: Node, path: Path, bare: bool
) -> None:
    lines = read_golden(path)
    notebook = Notebook(NOTEBOOK)
    for at, line in enumerate(lines):
        if at % EVERY == 0:
            start = by_reference(pack(notebook)) if bare else pack(notebook)
            records = [_json(later.record) for later in lines[at:]]
            answer = page.ask({"records": records, "start": _json(start)})
            assert answer["digest"] == lines[-1].digest
        notebook = apply(notebook, record_of(line.record))


def test_canonical_bytes_of_the_page_are_those_of_the_vectors() -> None:
    with Node("test/canonical-vectors.ts") as node:
        assert [node.ask({"fields": one.fields})["hex"] for one in JSON_VECTORS] == [
            one.hex for one in JSON_VECTORS
        ]
        assert node.ask({"names": NAMES[::-1]})["sorted"] == NAMES


def test_the_page_has_no_type_errors(node: Path) -> None:
    command = [str(node), "node_modules/typescript/bin/tsc", "--noEmit"]
    checked = subprocess.run(command, cwd=WEB, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout
