"""The page's verifier needs nothing but an export: it finds and names what Python's finds."""

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any, TypeAlias

import pytest
from msgspec.structs import replace

from intheloop import events as e
from intheloop.errors import BadArgument
from intheloop.log.chain import verify
from intheloop.log.protocol import Head
from intheloop.log.stored import Stored, export_line, read_line
from intheloop.values import EMPTY, sha256_hex
from tests.needs import WEB
from tests.replaying import NOTEBOOK, cell, completed, edited, printed, running, sealed
from tests.web import Node

pytestmark = pytest.mark.node

Verify: TypeAlias = Callable[..., dict[str, Any]]
MUTATIONS = 200


@pytest.fixture(scope="module")
def page() -> Iterator[Verify]:
    """Answers the verdict on the lines of an export."""
    with Node("test/verify-log.ts") as node:

        def verdict(lines: list[bytes], head: str | None = None) -> dict[str, Any]:
            request: dict[str, Any] = {"lines": [line.decode() for line in lines]}
            answer: dict[str, Any] = node.ask(request | ({"head": head} if head else {}))
            return answer

        yield verdict


STAND_IN = b'{"cell_id":"a","base_rev":2,"changes":[1,[0,"\xe2\x96\x88"]]}'


def _log() -> list[Stored]:
    """A log with an edit in the middle that was erased."""
    redacted = e.PayloadRedacted((3,), (sha256_hex(STAND_IN),), "A key was in it.")
    log = sealed(
        [
            e.NotebookCreated("Пингвины 🐧\u2028", EMPTY),
            cell("a", "1"),
            edited("a", 1, [0, "s"]),
            *running("x", "a"),
            printed("x", "\x00\U0010ffff"),
            completed("x"),
            redacted,
            cell("b", after="a"),
        ]
    )
    log[2] = replace(log[2], data=STAND_IN, salt=None)
    return log


def _lines(log: list[Stored]) -> list[bytes]:
    return [export_line(stored) for stored in log]


def test_a_whole_log_verifies_and_tells_its_head(page: Verify) -> None:
    log = _log()
    head = {"seq": len(log), "hash": log[-1].hash}
    assert page(_lines(log)) == {"fault": None, "head": head}
    assert page(_lines(log), f"{head['seq']}:{head['hash']}")["fault"] is None
    assert page([]) == {"fault": None, "head": {"seq": 0, "hash": "0" * 64}}


CHAIN = json.loads((Path(__file__).parent / "vectors" / "chain.json").read_text(encoding="utf-8"))


def test_the_log_of_the_vectors_verifies(page: Verify) -> None:
    verdict = page([json.dumps(line).encode() for line in CHAIN["lines"]])
    assert verdict == {"fault": None, "head": CHAIN["head"]}


@pytest.mark.parametrize("fault", CHAIN["faults"], ids=lambda fault: fault["done"])
def test_each_fault_of_the_vectors_is_named(page: Verify, fault: dict[str, Any]) -> None:
    given = [CHAIN["lines"][one - 1] if isinstance(one, int) else one for one in fault["lines"]]
    head = f"{CHAIN['head']['seq']}:{CHAIN['head']['hash']}"
    verdict = page([json.dumps(line).encode() for line in given], head)
    assert verdict["fault"]
    assert verdict["seq"] == fault["seq"]


def test_a_removed_swapped_or_repeated_record_is_named(page: Verify) -> None:
    lines = _lines(_log())
    assert page(lines[:4] + lines[5:]) == {
        "fault": "Record 5 is missing: 6 comes after 4.",
        "seq": 5,
    }
    assert page([*lines[:4], lines[5], lines[4], *lines[6:]])["seq"] == 5
    assert page([*lines[:5], lines[4], *lines[5:]]) == {
        "fault": "Record 5 stands where only records after 5 can be.",
        "seq": 5,
    }


def test_a_cut_tail_shows_against_a_head_noted_elsewhere(page: Verify) -> None:
    log = _log()
    assert page(_lines(log)[:-1])["fault"] is None
    assert page(_lines(log)[:-1], f"10:{log[-1].hash}") == {
        "fault": "Record 10 is missing: the log ends with 9, 10 was expected.",
        "seq": 10,
    }
    assert page(_lines(log), f"4:{'0' * 64}")["seq"] == 4


@pytest.mark.parametrize(
    ("change", "seq", "what"),
    [
        ({3: {"data": b"{}"}}, 3, "its data is not the stand-in that record 9 left"),
        ({3: {"salt": b""}}, 3, "its data or its salt is not what was recorded"),
        ({4: {"salt": None}}, 4, "its payload is erased, and no later record tells of that"),
        ({9: {"salt": None}}, 9, "it tells of a redaction and can never be erased itself"),
        ({1: {"data": b"{}"}}, 1, "its data or its salt is not what was recorded"),
        ({2: {"hash": "0" * 64}}, 2, "its hash does not follow from its envelope"),
        ({2: {"envelope": b"[]"}}, 2, "its envelope cannot be read"),
    ],
)
def test_a_changed_record_is_named_with_what_is_wrong(
    page: Verify, change: dict[int, dict[str, Any]], seq: int, what: str
) -> None:
    log = [replace(stored, **change.get(stored.seq, {})) for stored in _log()]
    verdict = page(_lines(log))
    assert verdict["seq"] == seq
    assert what in verdict["fault"]


def test_an_erased_payload_that_came_back_is_named(page: Verify) -> None:
    whole = sealed([cell("a"), e.PayloadRedacted((1,), ("0" * 64,), "A key was in it.")])
    verdict = page(_lines(whole))
    assert verdict["fault"] == "Record 1 was changed: record 2 erased its payload, and there it is."


def _mutated(lines: list[bytes], random: Random) -> list[bytes]:
    """The lines with one character of one field replaced by another."""
    at = random.randrange(len(lines))
    line = json.loads(lines[at])
    field = random.choice([name for name, value in line.items() if value])
    text: str = line[field]
    place = random.randrange(len(text))
    other = random.choice([each for each in "0a\x00\ufffd🐧" if each != text[place]])
    line[field] = text[:place] + other + text[place + 1 :]
    return [*lines[:at], json.dumps(line).encode(), *lines[at + 1 :]]


def test_every_changed_character_is_found_in_the_record_that_python_names(
    page: Verify, seed: int
) -> None:
    random = Random(seed)
    log = _log()
    head = Head(NOTEBOOK, len(log), log[-1].hash)
    for _ in range(MUTATIONS):
        lines = _mutated(_lines(log), random)
        verdict = page(lines)
        assert verdict["fault"] is not None, lines
        try:
            fault = verify(NOTEBOOK, map(read_line, lines), head)
        except BadArgument:
            continue  # Python's reader of exports refuses the line at once
        assert fault is not None
        assert verdict["seq"] == fault.seq


def test_half_of_a_surrogate_pair_is_no_replacement_character(page: Verify) -> None:
    lines = _lines(sealed([cell("a", "\ufffd")]))
    assert page(lines)["fault"] is None
    assert page([lines[0].replace("\ufffd".encode(), b"\\ud800")])["seq"] == 1


def test_the_command_prints_the_head_or_the_first_bad_record(node: Path, tmp_path: Path) -> None:
    log = _log()

    def printed_for(lines: list[bytes]) -> tuple[int, str]:
        export = tmp_path / "export.jsonl"
        export.write_bytes(b"".join(line + b"\n" for line in lines))
        command = [str(node), "test/verify-log.ts", str(export)]
        done = subprocess.run(command, cwd=WEB, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout

    assert printed_for(_lines(log)) == (0, f"10 records, ending with 10:{log[-1].hash}\n")
    assert printed_for(_lines(log)[1:]) == (1, "Record 1 is missing: 2 comes after 0.\n")
