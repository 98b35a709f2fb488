"""The hash chain: whatever is changed in a stored log is found, and the right record is named."""

import hashlib
import json
import random
import sqlite3
import string
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import msgspec
import pytest
from msgspec.structs import replace

from intheloop.errors import BadArgument
from intheloop.events import CellSourceEdited, WireRecord, encode_event
from intheloop.log import (
    GENESIS,
    Fault,
    Filter,
    Head,
    MemoryLog,
    SqlLog,
    Stored,
    check,
    export_line,
    read_line,
    seal,
    sqlite_url,
    verify,
    wire,
)
from intheloop.log.protocol import EVERY
from tests import make_vectors
from tests.logs import (
    ANA,
    append,
    cell,
    created,
    head_of,
    redact,
    sealed,
    stamp,
    varied,
)
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


# A thousand changes of the file itself.

COLUMNS = (
    "notebook_id",
    "seq",
    "envelope",
    "data",
    "salt",
    "hash",
    "type",
    "actor_id",
    "cell_id",
    "execution_id",
)
MUTATIONS = 1000
Row: TypeAlias = tuple[Any, ...]


class Tampering:
    """The file of a store, with hands on its tables past the program."""

    def __init__(self, path: Path) -> None:
        self._raw = sqlite3.connect(path, isolation_level=None)
        self._raw.execute("PRAGMA synchronous=OFF")
        self.rows = self._raw.execute("SELECT * FROM record ORDER BY seq").fetchall()
        self.heads = self._raw.execute("SELECT * FROM head").fetchall()
        self.last = len(self.rows)

    def __call__(self, sql: str, *values: Any) -> None:
        assert self._raw.execute(sql, values).rowcount == 1

    def restore(self) -> None:
        self._raw.execute("BEGIN")
        self._raw.execute("DELETE FROM record")
        self._raw.execute("DELETE FROM head")
        self._raw.executemany(f"INSERT INTO record VALUES ({', '.join('?' * 10)})", self.rows)
        self._raw.executemany("INSERT INTO head VALUES (?, ?, ?, ?)", self.heads)
        self._raw.execute("COMMIT")

    def put(self, row: Row) -> None:
        self(f"INSERT OR REPLACE INTO record VALUES ({', '.join('?' * 10)})", *row)

    def close(self) -> None:
        self._raw.close()


def _other_value(rng: random.Random, value: Any) -> Any:
    """Almost the same: one byte, one character, one number off."""
    if value is None:
        return rng.choice(["", "a", b"", b"\x00" * 16])
    if isinstance(value, int):
        return rng.choice([value + 10_000, -value, 0, value + 0.5])
    if isinstance(value, bytes):
        at = rng.randrange(len(value))
        flipped = bytes([value[at] ^ (1 << rng.randrange(8))])
        return rng.choice([value[:at] + flipped + value[at + 1 :], value[:at], value + b" "])
    at = rng.randrange(len(value))
    letter = rng.choice([one for one in string.printable if one != value[at]])
    return rng.choice([value[:at] + letter + value[at + 1 :], value + " ", value.swapcase() + "é"])


def change_a_column(rng: random.Random, file: Tampering) -> int:
    row = rng.choice(file.rows)
    column = rng.randrange(len(COLUMNS))
    value = _other_value(rng, row[column])
    file(f"UPDATE record SET {COLUMNS[column]} = ? WHERE seq = ?", value, row[1])
    return min(row[1], value) if COLUMNS[column] == "seq" else int(row[1])


def change_the_kind_of_a_column(rng: random.Random, file: Tampering) -> int:
    """The same bytes as text instead, or text that is no UTF-8, or nothing where something was."""
    row = rng.choice([row for row in file.rows if row[4] is not None and row[8] is not None])
    change = rng.choice(
        [
            "data = CAST(data AS TEXT)",
            "envelope = CAST(envelope AS TEXT)",
            "salt = 'a'",
            "salt = NULL",
            "cell_id = NULL",
            "hash = CAST(x'ff' AS TEXT)",
            "type = CAST(type || x'c3' AS TEXT)",
            "actor_id = CAST(x'80' AS TEXT)",
            "cell_id = CAST(cell_id AS BLOB)",
        ]
    )
    file(f"UPDATE record SET {change} WHERE seq = ?", row[1])
    return int(row[1])


def remove_a_record(rng: random.Random, file: Tampering) -> int:
    seq = rng.randint(1, file.last)
    file("DELETE FROM record WHERE seq = ?", seq)
    return seq


def swap_two_records(rng: random.Random, file: Tampering) -> int:
    """All but their seqs, or only the data, or data and salt, of two that differ."""
    first, last = rng.choice([(2, 10), (3, 4), (3, 5)])
    # What is wrong with a payload erased in secret shows only at the end, after all other faults.
    rows = [row for row in file.rows if row[4] is not None or first == 2]
    one = rng.choice(rows)
    other = rng.choice([row for row in rows if row[first:last] != one[first:last]])
    for to, of in ((one, other), (other, one)):
        file.put((*to[:first], *of[first:last], *to[last:]))
    return int(min(one[1], other[1]))


def replay_a_record(rng: random.Random, file: Tampering) -> int:
    row = rng.choice(file.rows)
    seq = rng.choice([at for at in range(file.last + 2) if at != row[1]])
    file.put((row[0], seq, *row[2:]))
    return seq


def replay_a_record_and_move_the_head(rng: random.Random, file: Tampering) -> int:
    row = rng.choice(file.rows)
    file.put((row[0], file.last + 1, *row[2:]))
    file("UPDATE head SET seq = ?, hash = ?", file.last + 1, row[5])
    return file.last + 1


def change_the_head(rng: random.Random, file: Tampering) -> int:
    change, named = rng.choice(
        [
            (f"seq = {file.last + 1}", file.last + 1),
            (f"seq = {file.last - 1}", file.last - 1),
            ("seq = 'many'", file.last),
            (f"hash = '{'0' * 64}'", file.last),
            (f"hash = '{file.rows[-2][5]}'", file.last),
            ("notebook_id = 'n2'", file.last),
        ]
    )
    file(f"UPDATE head SET {change}")
    return named


def cut_the_tail(rng: random.Random, file: Tampering) -> int:
    """With its head, so that nothing in the store shows it."""
    end = rng.randint(1, file.last - 1)
    for seq in range(end + 1, file.last + 1):
        file("DELETE FROM record WHERE seq = ?", seq)
    file("UPDATE head SET seq = ?, hash = ?", end, file.rows[end - 1][5])
    return end + 1


def write_the_end_anew(rng: random.Random, file: Tampering) -> int:
    """Every hash follows from the one before, up to the head."""
    seq = rng.randint(1, file.last)
    link = file.rows[seq - 2][5] if seq > 1 else GENESIS
    for row in file.rows[seq - 1 :]:
        envelope = row[2].replace(b"2026-02-03", b"2026-02-04")
        link = hashlib.sha256(bytes.fromhex(link) + envelope).hexdigest()
        file.put((*row[:2], envelope, *row[3:5], link, *row[6:]))
    file("UPDATE head SET hash = ?", link)
    return file.last


def erase_in_secret(rng: random.Random, file: Tampering) -> int:
    row = rng.choice([row for row in file.rows if row[4] is not None])
    file("UPDATE record SET data = ?, salt = NULL WHERE seq = ?", b"{}", row[1])
    return int(row[1])


MUTATIONS_OF: dict[Callable[[random.Random, Tampering], int], int] = {
    change_a_column: 10,
    change_the_kind_of_a_column: 2,
    remove_a_record: 2,
    swap_two_records: 3,
    replay_a_record: 2,
    replay_a_record_and_move_the_head: 1,
    change_the_head: 1,
    cut_the_tail: 2,
    write_the_end_anew: 1,
    erase_in_secret: 1,
}
"""Each way of tampering, and how often it is taken."""

NEEDS_A_NOTED_HEAD = (cut_the_tail, write_the_end_anew)


@pytest.fixture
def stored(tmp_path: Path) -> Iterator[tuple[SqlLog, Tampering]]:
    """A log of sixty records, two of them erased and one erased twice, and its file."""
    log = SqlLog(sqlite_url(tmp_path / "log.db"))
    for event in varied(random.Random(7), 40):
        append(log, NB, event)
    append(log, NB, CellSourceEdited("a", 2, [[0, "secret"]]), CellSourceEdited("b", 2, [[0, "s"]]))
    redact(log, NB, {41: encode_event(CellSourceEdited("a", 2, [[0, "██████"]]))})
    redact(log, NB, {41: b'{"cell_id":"a"}', 42: b'{"cell_id":"b"}'})
    for event in varied(random.Random(8), 16):
        append(log, NB, event)
    file = Tampering(tmp_path / "log.db")
    assert file.last == 60
    yield log, file
    file.close()
    log.close()


@pytest.mark.slow
def test_a_thousand_changes_are_each_found_and_the_record_named(
    stored: tuple[SqlLog, Tampering], seed: int
) -> None:
    log, file = stored
    rng = random.Random(seed)
    noted = (file.last, file.rows[-1][5])
    ways, weights = list(MUTATIONS_OF), list(MUTATIONS_OF.values())
    assert check(log, NB, noted) is None
    for number in range(MUTATIONS):
        (mutate,) = rng.choices(ways, weights)
        expected = noted if mutate in NEEDS_A_NOTED_HEAD else None
        named = mutate(rng, file)
        fault = check(log, NB, expected)
        place = f"change {number}, {mutate.__name__}"
        assert fault is not None, place
        assert (fault.notebook_id, fault.seq) == (NB, named), (place, fault.what)
        assert str(named) in fault.what, place
        file.restore()
        if mutate in NEEDS_A_NOTED_HEAD or number % 50 == 0:
            assert check(log, NB, noted) is None, place


def test_an_erased_record_that_comes_back_is_named(tmp_path: Path) -> None:
    log = SqlLog(sqlite_url(tmp_path / "log.db"))
    append(log, NB, created())
    (record,) = append(log, NB, cell("a", "secret"))
    redact(log, NB, {2: encode_event(cell("a", "██████"))})
    file = Tampering(tmp_path / "log.db")
    file("UPDATE record SET data = ?, salt = ? WHERE seq = 2", record.data, record.salt)
    fault = check(log, NB)
    assert fault is not None
    assert fault.what == "Record 2 was changed: record 3 erased its payload, and there it is."
    file.close()
    log.close()


def test_records_without_a_head_are_a_fault(stored: tuple[SqlLog, Tampering]) -> None:
    log, file = stored
    file("DELETE FROM head")
    assert check(log, NB) == Fault(NB, 60, "The log ends with record 60 and has no head.")


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
