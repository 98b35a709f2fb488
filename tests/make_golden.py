"""Writes golden logs into `tests/golden`: a log per noun, every event type and branch among them.

`python -m tests.make_golden` writes those that are missing and leaves the others as they are;
with `--digests` it computes the digests of all anew, after a change of REDUCER_VERSION.
"""

import sys
from collections.abc import Iterable

import msgspec
from msgspec.structs import replace

from intheloop import events as e
from intheloop.log.stored import wire
from tests.golden_events import (
    LATER,
    approvals,
    assistants,
    attachments,
    cells,
    document,
    executions,
    fork,
    loose,
    proposals,
    redacted,
    runtimes,
)
from tests.golden_logs import FOLDER, GOLDEN, read_golden, write_golden
from tests.replaying import sealed

LOGS = (
    *(document, fork, cells, attachments, executions, runtimes, loose, redacted),
    *(approvals, proposals, assistants),
)
CORRELATION = {assistants: "run"}
"""What all records of a log are part of."""


def records(events: Iterable[e.Event], correlation_id: str | None = None) -> list[e.WireRecord]:
    """The records of events; one that is LATER comes in a schema version of the future."""
    found = []
    events = list(events)
    for event, stored in zip(events, sealed(events, correlation_id=correlation_id), strict=True):
        record = msgspec.json.decode(wire(stored), type=e.WireRecord)
        found.append(replace(record, schema_version=2) if event is LATER else record)
    return found


def main(arguments: list[str]) -> None:
    """Write what is missing, or all digests anew."""
    if arguments == ["--digests"]:
        for path in GOLDEN:
            write_golden(path, [line.record for line in read_golden(path)])
        return
    FOLDER.mkdir(exist_ok=True)
    for make in LOGS:
        path = FOLDER / f"{make.__name__}.jsonl"
        if not path.exists():
            write_golden(path, records(make(), CORRELATION.get(make)))


if __name__ == "__main__":
    main(sys.argv[1:])
