"""A log whose file was tampered with: each change is found, and the right record is named."""

import hashlib
import random
import sqlite3
import string
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from intheloop.events import CellSourceEdited, encode_event
from intheloop.log import GENESIS, Fault, SqlLog, check, sqlite_url
from tests.logs import append, cell, created, redact, varied

NB = "n1"
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
