"""A real server that ends itself by SIGKILL at a chosen point of a chosen commit.

`python -m tests.killable_server DATA [POINT NUMBER [STATEMENT [at_once]]]`. After SIGUSR1, or at
once, it counts its commits with records (at the point "erasing": those that erase), and the one of
that number is its last. "in_transaction" and "erasing" end it before that statement of the
transaction, or of what cleans the files after it; when there are fewer of them, after the last one
but COMMIT. Settings come by the environment; without a port it takes a free one.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import sys
import threading

from sqlalchemy import event
from sqlalchemy.pool import Pool

from intheloop.log import Commit, SqlLog
from intheloop.notebooks.draft import Published
from intheloop.server import Running, run, serve
from intheloop.settings import read_settings

POINTS = (
    "before_begin",
    "in_transaction",
    "before_commit",
    "after_commit",
    "after_publish",
    "erasing",
)


class Fate:
    """Counts what happens until it is time. Statements are told by the thread that runs them."""

    def __init__(self, point: str, number: int, statement: int) -> None:
        self._point = point
        self._left = number
        self._statement = statement
        self._armed = False
        self._thread: int | None = None
        self._statements = 0
        self._committed = False
        self._ends: set[tuple[str, int]] = set()

    def arm(self) -> None:
        """From here on commits count."""
        self._armed = True

    def begins(self, commit: Commit) -> None:
        """A commit is about to begin."""
        if not self._armed or not (commit.erases if self._point == "erasing" else commit.records):
            return
        self._left -= 1
        if self._left:
            return
        self._thread = threading.get_ident()
        self._ends = {(head.notebook_id, head.seq) for head in commit.heads}

    def runs(self, statement: str) -> None:
        """A statement is about to run."""
        if threading.get_ident() != self._thread:
            return
        word = statement.partition(" ")[0]
        if self._committed:
            self._statements += 1
            late = self._statements == self._statement or statement.startswith("DELETE FROM meta")
            _end_if(self._point == "erasing" and late)
        elif word == "BEGIN":
            _end_if(self._point == "before_begin")
        elif word == "COMMIT":
            _end_if(self._point in ("before_commit", "in_transaction"))
            self._committed, self._statements = True, 0
        else:
            self._statements += 1
            _end_if(self._point == "in_transaction" and self._statements == self._statement)

    def is_over(self) -> None:
        """The commit is durable, and nobody knows."""
        if threading.get_ident() == self._thread:
            self._thread = None
            _end_if(self._point in ("after_commit", "erasing"))

    def is_seen(self, published: Published) -> None:
        """State and frames are out, the answers are not."""
        tip = published.tip
        seen = tip is not None and (published.notebook_id, tip.seq) in self._ends
        _end_if(self._point == "after_publish" and seen)


def _end_if(now: bool) -> None:
    if now:
        os.kill(os.getpid(), signal.SIGKILL)


class MortalLog(SqlLog):
    """A log that tells its fate what it is about to do."""

    def __init__(self, url: str, fate: Fate) -> None:
        self._fate = fate
        super().__init__(url)

    def commit(self, commit: Commit) -> None:
        self._fate.begins(commit)
        super().commit(commit)
        self._fate.is_over()


def main(
    data: str, point: str = "never", number: str = "0", statement: str = "1", when: str = ""
) -> None:
    """Serve until SIGTERM, or until it is time."""
    fate = Fate(point, int(number), int(statement))
    if when == "at_once":
        fate.arm()
    told: list[str] = []

    def watch(connection: sqlite3.Connection, _: object) -> None:
        connection.set_trace_callback(fate.runs)

    async def beside(up: Running) -> None:
        up.service.desk.on_published.append(fate.is_seen)
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, fate.arm)
        print(*told, flush=True)

    if point != "never":
        event.listen(Pool, "connect", watch)
    run(
        serve(
            read_settings({"INTHELOOP_PORT": "0", **os.environ}, {"data": data}),
            told.append,
            json_lines=True,
            beside=beside,
            open_log=lambda url: MortalLog(url, fate),
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
