"""What a process does whose disk fails; run by `test_disk_faults`, which gives it such a disk.

`python -m tests.failing_disk SCENARIO FAULT FOLDER` prints one JSON object. `FAIL_SYNC` names a
file: while it is there, every sync fails. Room is taken away by a limit on the size of files.
"""

import json
import os
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from intheloop.blobs import FolderBlobs
from intheloop.errors import Unavailable
from intheloop.events import encode_event
from intheloop.log import Head, Remembered, SqlLog, check, sqlite_url
from intheloop.values import sha256_hex
from tests.logs import NOW, append, cell, created, redact

NB = "n1"
BLOB = b"x" * 300_000
GOOD = 3


@contextmanager
def no_room() -> Iterator[None]:
    """No file may grow: what is already written may be written over."""
    unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)


@contextmanager
def no_sync() -> Iterator[None]:
    """What is written stays in memory, and the disk says so."""
    flag = Path(os.environ["FAIL_SYNC"])
    flag.touch()
    try:
        yield
    finally:
        flag.unlink()


FAULTS = {"full": no_room, "sync": no_sync}


def refusal(action: Callable[[], object]) -> str | None:
    """The sentence with which it was refused, or None when it was done."""
    try:
        action()
    except Unavailable as error:
        return str(error)
    return None


def goes_on(fault: str, folder: Path) -> dict[str, Any]:
    """Good commits, refused ones and good ones again, and what is seen in between."""
    log = SqlLog(sqlite_url(folder / "log.db"))
    append(log, NB, created(), *(cell(f"c{number}") for number in range(GOOD - 1)))
    answer = Remembered(NB, "ana", "c9", None, b"{}")

    def add() -> None:
        append(log, NB, cell("a", "x" * 200_000), cell("b"), remembered=[answer])

    def add_blobs() -> None:
        for number in range(200):
            log.put_blob(NB, sha256_hex(b"%d" % number), 1, NOW)

    def seen() -> dict[str, Any]:
        head = log.head(NB)
        return {
            "head": head.seq if isinstance(head, Head) else None,
            "seqs": [record.seq for record in log.records(NB)],
            "fault": repr(check(log, NB)),
            "remembered": len(log.remembered([answer.key])),
        }

    with FAULTS[fault]():
        refused = [
            refusal(add),
            refusal(add),
            refusal(lambda: log.save_snapshot(NB, 1, GOOD, b"x" * 200_000)),
            refusal(add_blobs),
        ]
        during = seen()
    after = seen()
    refused_later = refusal(add)
    result = {
        "refused": refused,
        "during": during,
        "after": after,
        "refused_later": refused_later,
        "later": seen(),
        "snapshot": repr(log.snapshot(NB, 1)),
    }
    log.close()
    return result


def dies(fault: str, folder: Path) -> dict[str, Any]:
    """Refuses a commit and is then killed at once."""
    log = SqlLog(sqlite_url(folder / "log.db"))
    append(log, NB, created(), *(cell(f"c{number}") for number in range(GOOD - 1)))
    log._database._bury_failed_commit()  # as if it were not the first one
    with FAULTS[fault]():
        refused = refusal(lambda: append(log, NB, cell("a", "never acknowledged"), cell("b")))
        print(json.dumps({"refused": refused}), flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    return {}


def erases(fault: str, folder: Path) -> dict[str, Any]:
    """A redaction that the disk allows and whose cleaning of the files it does not."""
    log = SqlLog(sqlite_url(folder / "log.db"))
    append(
        log, NB, created(), cell("a", "hush-hush"), *(cell(f"c{n}", "x" * 5000) for n in range(99))
    )
    scrub = log._database.scrub

    def scrub_on_a_bad_disk() -> bool:
        with FAULTS[fault]():
            return scrub()

    log._database.scrub = scrub_on_a_bad_disk  # type: ignore[method-assign]
    refused = refusal(lambda: redact(log, NB, {2: encode_event(cell("a", "█"))}))
    log._database.scrub = scrub  # type: ignore[method-assign]

    def hushed() -> bool:
        return not any(b"hush-hush" in file.read_bytes() for file in folder.iterdir())

    fault_found, before = repr(check(log, NB)), hushed()
    log.drop_unnamed_blobs(NOW)
    result = {
        "refused": refused,
        "fault": fault_found,
        "hushed": [before, hushed()],
        "fault_later": repr(check(log, NB)),
    }
    log.close()
    return result


def puts_blobs(fault: str, folder: Path) -> dict[str, Any]:
    """A blob on a bad disk and on a good one."""
    blobs = FolderBlobs(folder / "blobs")
    sha256 = sha256_hex(BLOB)
    with FAULTS[fault]():
        refused = refusal(lambda: blobs.put(sha256, BLOB))
        had = blobs.has(sha256)
    leftovers = len(list((folder / "blobs" / "incoming").iterdir()))
    refused_later = refusal(lambda: blobs.put(sha256, BLOB))
    return {
        "refused": refused,
        "had": had,
        "leftovers": leftovers,
        "refused_later": refused_later,
        "whole": blobs.get(sha256) == BLOB,
    }


if __name__ == "__main__":
    name, fault_name, folder_name = sys.argv[1:]
    scenarios = {one.__name__: one for one in (goes_on, dies, erases, puts_blobs)}
    with suppress(KeyboardInterrupt):
        print(json.dumps(scenarios[name](fault_name, Path(folder_name))), flush=True)
