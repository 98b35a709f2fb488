"""A whole notebook without anybody looking on: `intheloop run` against nbclient.

Each side is a process of its own and taken as it comes. When a cell was started our log tells, in
whole milliseconds, and nbclient by its own hook.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any

import msgspec

from intheloop.folder import STORE
from intheloop.log import SqlLog, open_envelope, sqlite_url

from .figures import Figure, compared, rounds

ROUNDS = 5
CELLS = 200
STRIDE = 10
"""Cells over which a time is taken, so that whole milliseconds are fine enough."""

_CELL: dict[str, Any] = {
    "cell_type": "code",
    "metadata": {},
    "outputs": [],
    "execution_count": None,
}


def headless() -> Iterator[Figure]:
    """Trivial cells, from the start of one to the start of the next."""
    with tempfile.TemporaryDirectory() as folder:
        given = Path(folder) / "given.ipynb"
        given.write_bytes(msgspec.json.encode(_notebook()))
        pairs = rounds(ROUNDS, lambda: _ours(given), lambda: _nbclient(given))
    note = f"nbclient; start to start of {CELLS} cells from the second on, taken over {STRIDE}"
    yield compared("headless, per cell", pairs, "ms", bar=1.0, at_least=False, note=note)


def per_cell(started: Sequence[float]) -> float:
    """The usual time from one cell's start to that of the next, the first cell left out."""
    after_first = started[1:]
    spans = zip(after_first, after_first[STRIDE:], strict=False)
    return median((late - early) / STRIDE for early, late in spans)


def _notebook() -> dict[str, Any]:
    cells = [{**_CELL, "id": f"c{number}", "source": f"{number} + 1"} for number in range(CELLS)]
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def _ours(given: Path) -> float:
    with tempfile.TemporaryDirectory() as folder:
        data, out = Path(folder) / "data", Path(folder) / "out.ipynb"
        _process("intheloop", "run", str(given), "--data", str(data), "-o", str(out))
        _check(out)
        log = SqlLog(sqlite_url(data / STORE))
        try:
            started = list(_started(log))
        finally:
            log.close()
    return per_cell(started) * 1000


def _started(log: SqlLog) -> Iterator[float]:
    for head in log.heads():
        for stored in log.records(head.notebook_id):
            envelope = open_envelope(stored.envelope)
            if envelope.type == "executionStarted":
                yield datetime.fromisoformat(envelope.recorded_at).timestamp()


def _nbclient(given: Path) -> float:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.ipynb"
        told = _process("evals.bench.nbclient_run", str(given), str(out))
        _check(out)
    return per_cell(msgspec.json.decode(told, type=list[float])) * 1000


def _process(*arguments: str) -> bytes:
    command = [sys.executable, "-m", *arguments]
    ended = subprocess.run(command, capture_output=True, timeout=120, check=False)
    if ended.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{ended.stderr.decode()}")
    return ended.stdout


def _check(out: Path) -> None:
    """Raises RuntimeError unless each cell has its result."""
    cells = msgspec.json.decode(out.read_bytes())["cells"]
    for number, cell in enumerate(cells):
        (output,) = cell["outputs"]
        if "".join(output["data"]["text/plain"]) != str(number + 1):
            raise RuntimeError(f"Cell {number} of {out} has {output} as its output.")
    if len(cells) != CELLS:
        raise RuntimeError(f"{out} has {len(cells)} cells.")
