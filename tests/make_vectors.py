"""Writes `tests/vectors/chain.json`: a small log as exported, and changed ones with their verdict.

`python -m tests.make_vectors` writes it anew. Every reader of exports, in whatever language, comes
to the same verdicts. The bytes of the good log never change: stores and archives hold such logs.
"""

import json
from pathlib import Path
from typing import Any, TypeAlias

from msgspec import Raw
from msgspec.structs import replace

from intheloop.events import (
    CellSourceEdited,
    Event,
    ExecutionRequested,
    OutputAppended,
    PayloadRedacted,
    Unknown,
    encode_event,
)
from intheloop.log import Stored, export_line
from intheloop.values import sha256_hex, stream
from tests.logs import cell, created, sealed

PATH = Path(__file__).parent / "vectors" / "chain.json"
NOTEBOOK = "golden"
ODD = 'é☃𝄞\u2028\x00"\\'

Line: TypeAlias = dict[str, str | None]


def original() -> list[Stored]:
    """Text of all kinds, an unknown type with spaces in its JSON, an edit that is to be erased."""
    events: list[Event] = [
        created(f"Penguins {ODD}"),
        cell("a", "1+1"),
        CellSourceEdited("a", 2, [3, [0, "secret"]]),
        ExecutionRequested("x", "1+1", "a", 2),
        OutputAppended("x", 0, [stream("stdout", ODD)]),
        Unknown("comeLater", Raw(b'{ "cell_id": "a", "pi": 3.14e0 }')),
        PayloadRedacted((3,), (sha256_hex(_stand_in()),), "A name was in it."),
        cell("b"),
    ]
    return sealed(NOTEBOOK, events)


def log() -> list[Stored]:
    """The same once the edit is erased."""
    records = original()
    records[2] = replace(records[2], data=_stand_in(), salt=None)
    return records


def _stand_in() -> bytes:
    return encode_event(CellSourceEdited("a", 2, [3, [0, "██████"]]))


def _line(record: Stored) -> Line:
    line: Line = json.loads(export_line(record))
    return line


def _faults(good: list[Line]) -> list[dict[str, Any]]:
    """What was done, the lines (a number: that line of the good log), and the first bad record."""
    numbers: list[Any] = list(range(1, len(good) + 1))

    def changed(at: int, **fields: str | None) -> list[Any]:
        return [*numbers[: at - 1], {**good[at - 1], **fields}, *numbers[at:]]

    def edited(at: int, field: str, old: str, new: str) -> list[Any]:
        text = str(good[at - 1][field])
        assert text.count(old) == 1
        return changed(at, **{field: text.replace(old, new)})

    faults = [
        ("an actor was changed", edited(2, "envelope", '"ana"', '"bob"'), 2),
        ("a seq was changed", edited(4, "envelope", '"golden",4', '"golden",44'), 4),
        ("data was changed", edited(2, "data", "1+1", "1+2"), 2),
        ("data was written in another way", edited(6, "data", "3.14e0", "3.14"), 6),
        ("a salt was changed", changed(5, salt="00" * 16), 5),
        ("a hash was changed", changed(5, hash="00" * 32), 5),
        ("the last hash was changed", changed(8, hash="00" * 32), 8),
        ("a stand-in was changed", edited(3, "data", "██████", "nothing"), 3),
        ("an erased record came back", changed(3, **_line(original()[2])), 3),
        ("a record was erased in secret", changed(2, salt=None), 2),
        ("a redaction was erased", changed(7, salt=None), 7),
        ("a record was removed", [1, 2, 3, 5, 6, 7, 8], 4),
        ("two records were swapped", [1, 2, 3, 5, 4, 6, 7, 8], 4),
        ("a record was replayed", [1, 2, 3, 4, 4, 5, 6, 7, 8], 4),
        ("the tail was cut", [1, 2, 3, 4, 5, 6, 7], 8),
        ("the head was cut", [2, 3, 4, 5, 6, 7, 8], 1),
    ]
    return [{"done": done, "lines": lines, "seq": seq} for done, lines, seq in faults]


def vectors() -> str:
    """The text of the file."""
    records = log()
    lines = [_line(record) for record in records]
    content = {
        "about": "A log as exported: hash = sha256(previous hash + envelope), the first previous "
        "hash being 32 zero bytes; payload_hash, the twelfth field of the envelope, = sha256(salt "
        "+ data). Without a salt, a later payloadRedacted tells the sha256 of the data. Each of "
        "`faults` is checked against `head` too; a number among its lines is that line of the good "
        "log, from 1.",
        "notebook_id": NOTEBOOK,
        "head": {"seq": records[-1].seq, "hash": records[-1].hash},
        "lines": lines,
        "faults": _faults(lines),
    }
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    PATH.write_text(vectors(), encoding="utf-8")
