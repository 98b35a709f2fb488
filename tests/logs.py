"""Logs to test with: sealed records of every kind that a store treats specially."""

import hashlib
import random
from collections.abc import Iterable, Sequence

from intheloop.events import (
    Actor,
    CellCreated,
    CellSourceEdited,
    CommentAdded,
    Event,
    ExecutionRequested,
    ExecutionStarted,
    NotebookCreated,
    OutputAppended,
    PayloadRedacted,
)
from intheloop.log import (
    GENESIS,
    BlobUse,
    Commit,
    Head,
    Log,
    Remembered,
    Stamp,
    StandIn,
    Stored,
    seal,
)
from intheloop.values import EMPTY, sha256_hex, stream

ANA = Actor("human", "ana", "Ana")
BOB = Actor("human", "bob", "Bob")
NOW = "2026-02-03T04:05:06.789000Z"


def stamp(command_id: str, actor: Actor = ANA) -> Stamp:
    return Stamp(actor, NOW, command_id)


def sealed(
    notebook_id: str,
    events: Iterable[Event],
    after: Head | None = None,
    by: Stamp | None = None,
) -> list[Stored]:
    """Records of the events, going on from a head; salts and ids are those of their places."""
    seq, link = (after.seq, after.hash) if after else (0, GENESIS)
    records = []
    for event in events:
        seq += 1
        place = hashlib.sha256(f"{notebook_id} {seq}".encode()).digest()
        event_id = f"0197{place[:14].hex()}"
        record = seal(notebook_id, seq, link, by or stamp("c1"), event_id, event, place[16:])
        link = record.hash
        records.append(record)
    return records


def head_of(records: Sequence[Stored], summary: bytes = b"{}") -> Head:
    last = records[-1]
    return Head(last.notebook_id, last.seq, last.hash, summary)


def append(
    log: Log,
    notebook_id: str,
    *events: Event,
    by: Stamp | None = None,
    remembered: Sequence[Remembered] = (),
    blobs: Sequence[str] = (),
) -> list[Stored]:
    """Commit the events to the log as it stands; its last record names the blobs."""
    head = log.head(notebook_id)
    records = sealed(notebook_id, events, head, by)
    log.commit(
        Commit(
            expected={notebook_id: head.seq if head else 0},
            records=records,
            heads=[head_of(records)],
            remembered=list(remembered),
            named=[BlobUse(notebook_id, sha256, records[-1].seq) for sha256 in blobs],
        )
    )
    return records


def redact(log: Log, notebook_id: str, stand_ins: dict[int, bytes]) -> None:
    """Erase the data of these records, as a commit does it."""
    head = log.head(notebook_id)
    assert head is not None
    told = PayloadRedacted(
        tuple(stand_ins), tuple(sha256_hex(data) for data in stand_ins.values()), "a secret"
    )
    records = sealed(notebook_id, [told], head, stamp("redact"))
    log.commit(
        Commit(
            expected={notebook_id: head.seq},
            records=records,
            heads=[head_of(records)],
            stand_ins=[StandIn(notebook_id, seq, data) for seq, data in stand_ins.items()],
        )
    )


def delete(log: Log, notebook_id: str) -> None:
    head = log.head(notebook_id)
    assert head is not None
    log.commit(Commit(expected={notebook_id: head.seq}, deleted=[notebook_id]))


def created(title: str = "Penguins") -> NotebookCreated:
    return NotebookCreated(title, EMPTY)


def cell(cell_id: str, source: str = "1+1") -> CellCreated:
    return CellCreated(cell_id, "code", source, None, EMPTY)


def comment(text: str, cell_id: str | None = None) -> CommentAdded:
    return CommentAdded(sha256_hex(text.encode())[:16], text, cell_id)


def varied(rng: random.Random, count: int) -> list[Event]:
    """Events on a few cells and executions, some short, some of many pages."""
    events: list[Event] = [created(), cell("a"), cell("b")]
    while len(events) < count:
        of = rng.choice("ab")
        size = rng.choice([1, 40, 400, 6000])
        kinds: list[Event] = [
            CellSourceEdited(of, 2, [[0, "x" * size]]),
            ExecutionRequested(f"x{of}", "1+1", of, 2),
            ExecutionStarted(f"x{of}", rng.randrange(9)),
            OutputAppended(f"x{of}", 0, [stream("stdout", "é☃𝄞 " * size)]),
            comment(f"{rng.random()}"),
        ]
        events.append(rng.choice(kinds))
    return events[:count]
