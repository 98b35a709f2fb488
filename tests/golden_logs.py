"""Golden logs: records with the digest of the state after each, replayed for ever by every version.

The records of a committed log never change. Digests are of one reducer version: when that grows,
`python -m tests.make_golden --digests` writes them anew for the same records.
"""

from collections.abc import Iterable
from pathlib import Path

import msgspec
from msgspec import Struct

from intheloop.canonical import Digester
from intheloop.events import WireRecord
from intheloop.notebook import Notebook
from intheloop.reducer import apply
from tests.replaying import record_of

FOLDER = Path(__file__).parent / "golden"
GOLDEN = sorted(FOLDER.glob("*.jsonl"))


class Line(Struct, frozen=True):
    """A record and the digest of the state that it leaves."""

    record: WireRecord
    digest: str


def read_golden(path: Path) -> list[Line]:
    """The lines of a golden log."""
    return [msgspec.json.decode(line, type=Line) for line in path.read_bytes().splitlines()]


def digests(records: Iterable[WireRecord]) -> list[str]:
    """The digest after each record, as this version computes it."""
    digester = Digester()
    notebook: Notebook | None = None
    found = []
    for record in records:
        notebook = apply(notebook or Notebook(record.notebook_id), record_of(record))
        found.append(digester.digest(notebook))
    return found


def write_golden(path: Path, records: Iterable[WireRecord]) -> None:
    """Write records with the digests that they add up to now."""
    records = list(records)
    lines = map(Line, records, digests(records))
    path.write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))
