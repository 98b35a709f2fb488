"""Replay and opening: a long log through the reducer, and from its snapshot.

The floor of the replay reads the same rows, decodes their JSON with orjson and folds it into dicts:
no types, no rules, no digest-able state.
"""

from __future__ import annotations

import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from intheloop import events as e
from intheloop.log import GENESIS, Commit, Head, SqlLog, Stamp, Stored, seal, sqlite_url
from intheloop.notebooks.shelf import open_notebook, snapshot_of
from intheloop.reducer import REDUCER_VERSION
from intheloop.values import EMPTY, stream

from .figures import Figure, compared, rounds

NOTEBOOK = "long"
RECORDS = 100_000
CELLS = 200
TAIL = 1000
"""Records after the snapshot: as many as there ever are before the next one is made."""

ROUNDS = 3
_AT_ONCE = 2000
_RECORDS = "SELECT seq, envelope, data FROM record WHERE notebook_id = ? ORDER BY seq"


class History:
    """A store with one long log."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.log = SqlLog(sqlite_url(path))
        seq, link = 0, GENESIS
        batch: list[Stored] = []
        for seq, event in enumerate(_events(RECORDS), start=1):
            stamp = Stamp(_actor(event), "2026-01-31T12:00:00.000Z", f"command{seq}")
            batch.append(seal(NOTEBOOK, seq, link, stamp, f"{seq:036x}", event, b"%016d" % seq))
            link = batch[-1].hash
            if seq % _AT_ONCE == 0 or seq == RECORDS:
                head = Head(NOTEBOOK, seq, link)
                before = seq - len(batch)
                self.log.commit(Commit({NOTEBOOK: before}, records=batch, heads=[head]))
                batch = []

    def open(self) -> float:
        """Seconds to open the notebook as the server does."""
        began = time.perf_counter()
        state = open_notebook(self.log, NOTEBOOK)
        took = time.perf_counter() - began
        assert state.seq == RECORDS
        assert state.cells["cell0"].source != "total = 000000\n"
        return took

    def fold(self) -> float:
        """Seconds to decode the same rows and fold them into dicts."""
        began = time.perf_counter()
        state: dict[str, dict[str, Any]] = {}
        store = sqlite3.connect(self.path)
        for seq, envelope, data in store.execute(_RECORDS, (NOTEBOOK,)):
            record, event = orjson.loads(envelope), orjson.loads(data)
            subject = event.get("execution_id") or event.get("cell_id") or ""
            state.setdefault(subject, {}).update(event, seq=seq, at=record[6], by=record[5])
        store.close()
        assert state
        return time.perf_counter() - began

    def keep_snapshot(self) -> None:
        """Keep the state as it was TAIL records ago."""
        seq = RECORDS - TAIL
        data = snapshot_of(open_notebook(self.log, NOTEBOOK, seq))
        assert self.log.save_snapshot(NOTEBOOK, REDUCER_VERSION, seq, data)


@contextmanager
def history() -> Iterator[History]:
    """The store, inside the block."""
    with tempfile.TemporaryDirectory() as folder:
        made = History(Path(folder) / "log.db")
        try:
            yield made
        finally:
            made.log.close()


def replay_and_open() -> Iterator[Figure]:
    """Both figures of one store: replay first, as there is no snapshot yet."""
    with history() as past:
        replays = rounds(ROUNDS, past.open, past.fold)
        note = f"{RECORDS:,} records; orjson into a dict"
        replayed = compared("replay", replays, "s", bar=3.3, at_least=False, note=note)
        yield replayed
        past.keep_snapshot()
        full = replayed.ours
        opened = rounds(ROUNDS, lambda: 1 / past.open(), lambda: 1 / full)
        note = f"full replay; {TAIL:,} records after the snapshot"
        yield compared("open from a snapshot", opened, "opens/s", bar=4, note=note)


def _actor(event: e.Event) -> e.Actor:
    if isinstance(event, e.ExecutionClaimed | e.ExecutionStarted | e.OutputAppended):
        return e.Actor("runtime", "runtime1", "Local runtime", ("ana",))
    return e.Actor("human", "ana", "Ana", (), e.Client("page", "1.0"))


def _events(count: int) -> Iterator[e.Event]:
    """A notebook of CELLS cells that is edited and run again and again, with a word in between."""
    yield e.NotebookCreated("A long history", EMPTY)
    anchor = None
    for number in range(CELLS):
        yield e.CellCreated(f"cell{number}", "code", "total = 000000\n", anchor, EMPTY)
        anchor = f"cell{number}"
    made, run = 1 + CELLS, 0
    while True:
        for event in _one_run(run):
            if made == count:
                return
            yield event
            made += 1
        run += 1


def _one_run(run: int) -> Iterator[e.Event]:
    cell_id, execution_id = f"cell{run % CELLS}", f"execution{run}"
    digits = f"{run:06}"
    for at, digit in enumerate(digits):
        changes = [len("total = ") + at, [1, digit], len(digits) - at]
        yield e.CellSourceEdited(cell_id, run, changes)
    yield e.ExecutionRequested(execution_id, f"total = {digits}\n", cell_id, run)
    yield e.ExecutionClaimed(execution_id, "runtime1", 1)
    yield e.ExecutionStarted(execution_id, run)
    for index in range(3):
        text = f"step {index} of run {run}: the total is now {run * index}\n" * 3
        yield e.OutputAppended(execution_id, index, [stream("stdout", text)])
    yield e.ExecutionCompleted(execution_id, "ok", duration_ms=run % 1000)
    if run % 5 == 0:
        yield e.CommentAdded(f"comment{run}", f"Run {run} looks right to me.", cell_id)
