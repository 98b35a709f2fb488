"""The hash chain: whatever is changed in a stored log is found, and the right record is named."""

import hashlib
import json
import random
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from intheloop.errors import BadArgument
from intheloop.events import WireRecord, encode_event
from intheloop.log import (
    GENESIS,
    Fault,
    Filter,
    Head,
    MemoryLog,
    Stored,
    check,
    export_line,
    read_line,
    seal,
    verify,
    wire,
)
from intheloop.log.protocol import EVERY
from tests import make_vectors
from tests.logs import ANA, append, cell, created, head_of, redact, sealed, stamp, varied
from tests.web import Node

NB = "n1"


# The form of a record.


def test_a_record_is_hashed_as_everybody_can_repeat_it() -> None:
    """Nothing but hashlib and json: what the documentation says, said once more."""
    previous = bytes(32)
    for record in sealed(NB, varied(random.Random(1), 20)):
        payload = hashlib.sha256((record.salt or b"") + record.data).hexdigest()
        assert json.loads(record.envelope)[-1] == payload
        link = hashlib.sha256(previous + record.envelope)
        assert record.hash == link.hexdigest()
        previous = link.digest()


def test_the_envelope_is_an_array_in_fixed_order() -> None:
    (record,) = sealed(NB, [cell("a")])
    assert json.loads(record.envelope) == [
        NB,
        1,
        record.envelope.decode().split('"')[3],
        "cellCreated",
        1,
        {"kind": "human", "id": "ana", "name": "Ana"},
        "2026-02-03T04:05:06.789000Z",
        "c1",
        None,
        None,
        None,
        hashlib.sha256((record.salt or b"") + record.data).hexdigest(),
    ]


def test_a_record_on_the_wire_carries_the_stored_bytes() -> None:
    by = replace(stamp("c1"), causation_id="e1", trace_id="t1")
    event = cell("a", 'é☃𝄞\u2028\x00"')
    record = seal(NB, 7, GENESIS, by, "e7", event, bytes(16))
    sent = msgspec.json.decode(wire(record), type=WireRecord)
    assert bytes(sent.data) == record.data == encode_event(event)
    assert (sent.notebook_id, sent.seq, sent.type, sent.actor) == (NB, 7, "cellCreated", ANA)
    assert (sent.causation_id, sent.correlation_id, sent.trace_id) == ("e1", msgspec.UNSET, "t1")
    assert sent.hash == record.hash
    assert b"correlation_id" not in wire(record)


def test_an_exported_line_gives_the_record_back() -> None:
    for record in make_vectors.log():
        assert b"\n" not in export_line(record)
        assert read_line(export_line(record)) == record


@pytest.mark.parametrize(
    "line",
    [b"", b"{}", b"[]", b'{"envelope":"[]","data":"{}","salt":null,"hash":""}', b"\xff"],
)
def test_a_line_that_is_no_record_is_refused(line: bytes) -> None:
    with pytest.raises(BadArgument, match="export the log again"):
        read_line(line)


# Golden bytes.


def test_the_vectors_are_what_their_generator_writes() -> None:
    assert make_vectors.PATH.read_text(encoding="utf-8") == make_vectors.vectors(), (
        "run `python -m tests.make_vectors` if the form of records was meant to change"
    )


def _vectors() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(make_vectors.PATH.read_text(encoding="utf-8"))
    return content


def _lines(vectors: dict[str, Any], fault: dict[str, Any]) -> list[str]:
    good = vectors["lines"]
    lines = [good[one - 1] if isinstance(one, int) else one for one in fault["lines"]]
    return [json.dumps(line, ensure_ascii=False) for line in lines]


def test_the_golden_log_has_no_fault_and_each_change_of_it_has_the_named_one() -> None:
    vectors = _vectors()
    end = (vectors["head"]["seq"], vectors["head"]["hash"])
    head = Head(vectors["notebook_id"], *end)
    good = [read_line(json.dumps(line).encode()) for line in vectors["lines"]]
    assert verify(vectors["notebook_id"], good, head, end) is None
    for fault in vectors["faults"]:
        records = [read_line(line.encode()) for line in _lines(vectors, fault)]
        found = verify(vectors["notebook_id"], records, head, end)
        assert found is not None, fault["done"]
        assert found.seq == fault["seq"], (fault["done"], found)


@pytest.mark.node
def test_the_page_comes_to_the_same_verdicts_on_the_golden_log() -> None:
    vectors = _vectors()
    head = f"{vectors['head']['seq']}:{vectors['head']['hash']}"
    good = {"lines": list(range(1, len(vectors["lines"]) + 1))}
    with Node("test/verify-log.ts") as node:
        verdict = node.ask({"lines": _lines(vectors, good), "head": head})
        assert verdict == {"fault": None, "head": vectors["head"]}
        for fault in vectors["faults"]:
            verdict = node.ask({"lines": _lines(vectors, fault), "head": head})
            assert verdict["fault"] is not None, fault["done"]
            assert verdict["seq"] == fault["seq"], (fault["done"], verdict)


# Verdicts.


def _log() -> list[Stored]:
    return sealed(NB, [created(), *(cell(f"c{number}") for number in range(9))])


def test_a_log_without_a_record_has_no_fault() -> None:
    assert verify(NB, [], None) is None
    assert verify(NB, [], Head(NB, 0, GENESIS)) is None
    assert verify(NB, [], None, (0, GENESIS)) is None


def test_a_cut_tail_shows_against_a_head_noted_elsewhere_and_not_without() -> None:
    records = _log()
    cut = records[:6]
    noted = (10, records[-1].hash)
    assert verify(NB, cut, head_of(cut)) is None
    assert verify(NB, cut, head_of(cut), noted) == Fault(
        NB, 7, "Record 7 is missing: the log ends with 6, 10 was expected."
    )
    assert verify(NB, records, head_of(records), noted) is None
    assert verify(NB, [], None, noted) is not None


def test_a_log_written_anew_shows_against_a_head_noted_elsewhere_and_not_without() -> None:
    records = _log()
    anew = sealed(NB, [created(), *(cell(f"d{number}") for number in range(9))])
    assert verify(NB, anew, head_of(anew)) is None
    for seq in (2, 10):
        fault = verify(NB, anew, head_of(anew), (seq, records[seq - 1].hash))
        assert fault is not None
        assert fault.seq == seq
        assert "it or a record before it was written anew" in fault.what


def test_a_log_under_another_name_is_a_fault() -> None:
    records = _log()
    fault = verify("n2", records, head_of(records))
    assert fault == Fault("n2", 1, "Record 1 was changed: it belongs to the log of n1.")


class GrowingLog(MemoryLog):
    """Does something between the look at the head and the reading of the records."""

    def __init__(self, meanwhile: list[Callable[[], object]]) -> None:
        super().__init__()
        self.meanwhile = meanwhile

    def records(
        self,
        notebook_id: str,
        after: int = 0,
        upto: int | None = None,
        limit: int | None = None,
        where: Filter = EVERY,
    ) -> Iterator[Stored]:
        if self.meanwhile:
            self.meanwhile.pop(0)()
        return super().records(notebook_id, after, upto, limit, where)


@pytest.mark.parametrize("looks_before", [0, 1])
def test_a_log_that_goes_on_while_it_is_checked_has_no_fault(looks_before: int) -> None:
    meanwhile: list[Callable[[], object]] = []
    log = GrowingLog(meanwhile)
    append(log, NB, created(), cell("a", "secret"))
    stand_in = encode_event(cell("a", "█"))
    steps: list[Callable[[], object]] = [
        lambda: append(log, NB, cell("b")),
        lambda: redact(log, NB, {2: stand_in}),
    ]
    for step in steps:
        log.meanwhile = [*[lambda: None] * looks_before, step]
        assert check(log, NB) is None
        assert not log.meanwhile
    assert [record.salt is None for record in log.records(NB)] == [False, True, False, False]


def test_a_redaction_cannot_be_erased() -> None:
    log = MemoryLog()
    append(log, NB, created(), cell("a"))
    redact(log, NB, {2: b"{}"})
    redact(log, NB, {3: b"{}"})
    fault = check(log, NB)
    assert fault is not None
    assert fault.seq == 3
    assert "can never be erased itself" in fault.what


@pytest.mark.parametrize(
    "data", [b"", b"{", b'{"\xe2": 1}', b'{"cell_id": "\xe2"}', b"[]", b"\x00"]
)
def test_a_stand_in_that_is_no_json_is_named(data: bytes) -> None:
    records = make_vectors.log()
    records[2] = replace(records[2], data=data)
    fault = verify(make_vectors.NOTEBOOK, records, head_of(records))
    assert fault is not None
    assert fault.seq == 3
