"""Durable append: commands through the service, against the same rows by raw sqlite3.

Ours decides, seals, chains, remembers and syncs. The floor writes the very rows that ours wrote, in
the same groups, into the same tables with the same settings, and computes nothing.
"""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

from msgspec import Struct

from intheloop import commands as c
from intheloop.client import fresh_command_id
from intheloop.log import SqlLog, open_envelope, sqlite_url
from intheloop.notebooks import Origin, writer
from intheloop.server import run, settle

from .figures import Figure, Pair, compared
from .workspace import NOTEBOOK, Bench

ROUNDS = 7
GROUPS = {1: 150, 100: 20}
"""Size of a commit to the number of commits in a round."""

_TEXT = "This looks right to me, but the axis of the second plot should start at zero. (%d)"
_SETTINGS = ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON")

Work = Callable[[Bench, int, int], Awaitable[None]]
"""Makes so many commits of such a size."""


def append() -> Iterator[Figure]:
    """One caller that waits for each answer; one command that makes a hundred records; a hundred
    callers at once, whose commands the writer puts together."""
    yield _compared("durable append, 1 a commit", _one_by_one, 1, 0.75)
    yield _compared("durable append, 100 records of a command", _cells, 100, 0.5)
    yield _compared("durable append, 100 commands a commit", _commands, 100, 0.5)


def _compared(name: str, work: Work, size: int, bar: float) -> Figure:
    pairs, seen = [], []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder) / "ours"
            source.mkdir()
            took, before, commits = run(_ours(source, work, size))
            count = GROUPS[size] * size
            seen.append(count / commits)
            floor = _raw(source / "log.db", Path(folder) / "raw.db", before, size)
            pairs.append(Pair(count / took, count / floor))
    note = f"raw sqlite3, the same rows; {median(seen):.0f} records a commit seen"
    return compared(name, pairs, "records/s", bar=bar, note=note)


async def _ours(folder: Path, work: Work, size: int) -> tuple[float, int, int]:
    """(seconds, the seq before the first record, how many commits there were)."""
    writer.BATCH_SIZE = size  # what waits longer is of the next commit
    bench = await Bench.open(folder)
    settle()
    try:
        before = (await bench.service.state(NOTEBOOK, bench.person)).seq
        commits = bench.log.commits
        began = time.perf_counter()
        await work(bench, GROUPS[size], size)
        return time.perf_counter() - began, before, bench.log.commits - commits
    finally:
        await bench.close()


async def _one_by_one(bench: Bench, commits: int, _: int) -> None:
    for number in range(commits):
        await _comment(bench, number)


async def _commands(bench: Bench, commits: int, size: int) -> None:
    """A group is queued while the one before is being written, so that the writer finds all."""
    waiting = [_group(bench, size, 0)]
    for group in range(1, commits):
        waiting.append(_group(bench, size, group))
        await waiting.pop(0)
    await waiting.pop()


def _group(bench: Bench, size: int, group: int) -> asyncio.Future[list[None]]:
    return asyncio.gather(*[_comment(bench, group * size + at) for at in range(size)])


async def _comment(bench: Bench, number: int) -> None:
    command = c.AddComment(
        notebook_id=NOTEBOOK,
        text=_TEXT % number,
        cell_id=bench.cells[number % len(bench.cells)],
    )
    await bench.service.execute(command, bench.person, _origin())


async def _cells(bench: Bench, commits: int, size: int) -> None:
    for group in range(commits):
        cells = [c.GivenCell(source=f"value_{at} = {group} * {at}") for at in range(size)]
        command = c.InsertCells(notebook_id=NOTEBOOK, cells=cells)
        await bench.service.execute(command, bench.person, _origin())


def _origin() -> Origin:
    """A key as clients make them."""
    return Origin(command_id=fresh_command_id())


class _Group(Struct, frozen=True):
    """The rows of one commit."""

    records: list[tuple[Any, ...]]
    remembered: list[tuple[Any, ...]]
    head: tuple[Any, ...]


def _groups(source: Path, before: int, size: int) -> Iterator[_Group]:
    """What ours wrote after `before`, as it was put together."""
    ours = sqlite3.connect(source)
    records = ours.execute(
        "SELECT * FROM record WHERE notebook_id = ? AND seq > ? ORDER BY seq", (NOTEBOOK, before)
    ).fetchall()
    answers = {row[2]: row for row in ours.execute("SELECT * FROM remembered")}
    ((_, _, _, summary),) = ours.execute("SELECT * FROM head WHERE notebook_id = ?", (NOTEBOOK,))
    ours.close()
    for at in range(0, len(records), size):
        rows = records[at : at + size]
        commands = dict.fromkeys(open_envelope(row[2]).command_id for row in rows)
        head = (rows[-1][1], rows[-1][5], summary, NOTEBOOK, before + at)
        yield _Group(rows, [answers[command_id] for command_id in commands], head)


def _raw(source: Path, target: Path, before: int, size: int) -> float:
    """Seconds to write the rows of the records, of their heads and of the remembered answers."""
    SqlLog(sqlite_url(target)).close()
    groups = list(_groups(source, before, size))
    raw = sqlite3.connect(target, isolation_level=None)
    for setting in _SETTINGS:
        raw.execute(f"PRAGMA {setting}")
    raw.execute("INSERT INTO head VALUES (?, ?, '', '')", (NOTEBOOK, before))
    began = time.perf_counter()
    for group in groups:
        raw.execute("BEGIN IMMEDIATE")
        raw.execute(
            "UPDATE head SET seq = ?, hash = ?, summary = ? WHERE notebook_id = ? AND seq = ?",
            group.head,
        )
        raw.executemany("INSERT INTO record VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", group.records)
        raw.executemany("INSERT INTO remembered VALUES (?, ?, ?, ?, ?)", group.remembered)
        raw.execute("COMMIT")
    took = time.perf_counter() - began
    raw.close()
    return took
