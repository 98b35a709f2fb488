"""Over HTTP: durable appends, fan-out and its latency, against bare apps in memory.

Both servers are processes of their own with the same uvicorn settings, and so is the client, which
sends both the very same requests.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import msgspec

from intheloop.folder import read_secret
from intheloop.server import COMMAND_LINE

from .figures import Figure, Pair, compared
from .load import Target, Task, Told
from .process import process

TEXT = "This looks right to me, but the axis of the second plot should start at zero."


def over_http() -> Iterator[Figure]:
    """All of it on one pair of servers."""
    with servers() as up:
        yield durable_http_append(up)
        yield fan_out(up, 100, 2000)
        yield fan_out(up, 500, 600)
        yield from append_to_sse(up)


class Servers(msgspec.Struct, frozen=True):
    """Ours and the floor, both up."""

    ours: Target
    bare: Target


@contextmanager
def servers() -> Iterator[Servers]:
    """Both servers, inside the block."""
    with tempfile.TemporaryDirectory() as data, _ours(Path(data)) as ours, _bare() as bare:
        yield Servers(ours, bare)


@contextmanager
def _ours(data: Path) -> Iterator[Target]:
    options = ("--port", "0", "--data", str(data), "--no-browser", "--no-runtime", "--json")
    with process("intheloop", "serve", *options) as line:
        url = msgspec.json.decode(line)["url"]
        token = read_secret(data, COMMAND_LINE)
        assert token is not None
        headers = {"Authorization": f"Bearer {token}"}
        made = httpx2.post(
            f"{url}/api/tools/create_notebook",
            json={"title": "Bench", "cells": [{"source": "1 + 1"}]},
            headers=headers,
        ).json()
        notebook_id, (cell_id,) = made["notebook_id"], made["cell_ids"]
        comment = {"notebook_id": notebook_id, "cell_id": cell_id, "text": TEXT}
        yield Target(
            url=url,
            append="/api/tools/add_comment",
            events=f"/api/notebooks/{notebook_id}/events?after=AFTER",
            token=token,
            body=msgspec.json.encode(comment).decode(),
        )


@contextmanager
def _bare() -> Iterator[Target]:
    with process("evals.bench.bare") as line:
        body = msgspec.json.encode({"notebook_id": "a" * 12, "cell_id": "b" * 8, "text": TEXT})
        yield Target(line.strip(), "/append", "/events?after=AFTER", "t" * 48, body.decode())


def _load(task: Task) -> Told:
    told = subprocess.run(
        [sys.executable, "-m", "evals.bench.load", msgspec.json.encode(task).decode()],
        stdout=subprocess.PIPE,
        check=True,
        timeout=120,
    ).stdout
    return msgspec.json.decode(told, type=Told)


def _sides(up: Servers, count: int, task: Callable[[Target], Task]) -> list[tuple[Told, Told]]:
    """Rounds of (ours, floor)."""
    told: list[tuple[Told, Told]] = []
    for number in range(count):
        sides = (up.ours, up.bare) if number % 2 else (up.bare, up.ours)
        by_side = {side.url: _load(task(side)) for side in sides}
        told.append((by_side[up.ours.url], by_side[up.bare.url]))
    return told


def durable_http_append(up: Servers) -> Figure:
    """Requests a second of 32 clients, each answered after its sync."""

    def task(target: Target) -> Task:
        return Task(target=target, clients=32, seconds=2.0)

    told = _sides(up, 5, task)
    pairs = [Pair(ours.rate, floor.rate) for ours, floor in told]
    note = f"Starlette in memory; ours p99 {max(ours.p99_ms for ours, _ in told):.0f} ms"
    return compared("durable HTTP append, 32 clients", pairs, "requests/s", bar=0.6, note=note)


def fan_out(up: Servers, subscribers: int, records: int) -> Figure:
    """Deliveries a second: every record to every subscriber, appended as fast as 8 clients can."""

    def task(target: Target) -> Task:
        return Task(target=target, clients=8, records=records, subscribers=subscribers)

    pairs = [Pair(ours.rate, floor.rate) for ours, floor in _sides(up, 3, task)]
    name = f"fan-out to {subscribers} subscribers"
    return compared(name, pairs, "deliveries/s", bar=0.5, note="a bare ring in memory")


def append_to_sse(up: Servers) -> list[Figure]:
    """Milliseconds from sending a record until each of 100 subscribers has it, 50 a second."""

    def task(target: Target) -> Task:
        return Task(target=target, records=100, subscribers=100, rate=50.0)

    told = _sides(up, 3, task)
    note = "100 subscribers, 50 records/s; the floor syncs nothing"
    p50 = [Pair(ours.p50_ms, floor.p50_ms) for ours, floor in told]
    p99 = [Pair(ours.p99_ms, floor.p99_ms) for ours, floor in told]
    return [
        compared("append to SSE, p50", p50, "ms", at_least=False, note=note),
        compared("append to SSE, p99", p99, "ms", at_least=False, note=note),
    ]
