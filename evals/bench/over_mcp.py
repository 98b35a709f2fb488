"""Over MCP: running, reading and inserting as a model does it, against the SDK without a notebook.

Both servers are processes of their own with the same uvicorn settings; one client, of the SDK,
calls both and checks what both answer. The same is then done beside a peer.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import httpx2
import msgspec
from anyio.from_thread import BlockingPortal, start_blocking_portal

from intheloop.access.secrets import new_credential_secret, secret_sha256

from .bare_mcp import SECRET, Ready, Script
from .doors import Call, Door, door, fields_of
from .figures import OVER, Figure, Line, NotMeasured, compared, rounds
from .jupyter_mcp import NAME, Peer, PeerFailed, jupyter_mcp
from .ours import Served, served
from .process import process
from .raw_kernel import RawKernel, raw_kernel
from .snippet import SUM

ROUNDS = 7
RUNS = 20
"""Runs of `1 + 1` in a round, of which the median counts."""

READS = 10
"""Readings of a notebook in a round, of which the median counts."""

PEER_ROUNDS = 5
PEER_RUNS = 5

READ = 200
INSERTED = 100

_PEER = f"{NAME}, the extension of JupyterLab"
_SCOPES = ("notebook:read", "notebook:write", "notebook:run")
_CHARACTERS = 18_000
"""As much as one answer may have."""


def over_mcp() -> Iterator[Line]:
    """All of it on one server of ours."""
    with start_blocking_portal() as portal, served() as server:
        up = Up(portal, server)
        with ExitStack() as stack:
            adder, reader = Adder(up, stack), Reader(up, stack)
            floor = stack.enter_context(_floor(portal, adder, reader))
            raw = stack.enter_context(raw_kernel())
            yield _sum(adder, floor, raw)
            yield _read(reader, floor)
        yield _insert(up)
        yield from _beside_peer(up)


class Up:
    """Our server, and the clients that come to it."""

    def __init__(self, portal: BlockingPortal, server: Served) -> None:
        self.portal = portal
        self._server = server

    @contextmanager
    def door(self) -> Iterator[Door]:
        """An assistant of its own, inside the block: how fast somebody may call is counted for
        each of them, and what is measured is never the waiting for that."""
        secret = new_credential_secret()
        issued = httpx2.post(
            f"{self._server.url}/api/tools/issue_credential",
            json={
                "kind": "assistant",
                "label": "Bench",
                "scopes": _SCOPES,
                "secret_sha256": secret_sha256(secret),
            },
            headers={"Authorization": f"Bearer {self._server.token}"},
            trust_env=False,
        )
        issued.raise_for_status()
        with door(self.portal, f"{self._server.url}/mcp", secret) as way:
            yield way


class Adder:
    """A notebook of the one cell `1 + 1`, with a warm kernel."""

    def __init__(self, up: Up, stack: ExitStack) -> None:
        self.way = stack.enter_context(up.door())
        self.call = Call("run_cells", {"notebook_id": _made(self.way, [SUM.source]), "wait_s": 30})
        self.run()

    def run(self) -> float:
        """Seconds from the call until its result is here, with the output."""
        called = self.way.call(self.call)
        (execution,) = fields_of(called)["executions"]
        SUM.check("".join(output["text"] for output in execution["outputs"]))
        return called.took_s


class Reader:
    """A notebook of many cells, and the calls that read it whole: an answer holds only so much."""

    def __init__(self, up: Up, stack: ExitStack) -> None:
        self.way = stack.enter_context(up.door())
        notebook_id = _made(self.way, _sources(READ))
        whole = {"notebook_id": notebook_id, "detail": "source", "characters": _CHARACTERS}
        self.calls, seen = [Call("read_notebook", whole)], list[str]()
        while True:
            fields = fields_of(self.way.call(self.calls[-1]))
            seen += [cell["source"] for cell in fields["cells"]]
            if "next_after" not in fields:
                break
            self.calls.append(Call("read_notebook", {**whole, "after": fields["next_after"]}))
        assert seen == _sources(READ)

    def read(self) -> float:
        """Seconds that all the calls take."""
        return self.way.call(*self.calls).took_s


@contextmanager
def _floor(portal: BlockingPortal, adder: Adder, reader: Reader) -> Iterator[Door]:
    """A client of the floor, which answers these calls as ours answered them just now."""
    tools = [_wire(tool) for tool in reader.way.tools]
    ready = [
        Ready(call, _wire(way.call(call).results[0]))
        for way, call in ((adder.way, adder.call), *((reader.way, call) for call in reader.calls))
    ]
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "script.json"
        script.write_bytes(msgspec.json.encode(Script(tools, ready)))
        with (
            process("evals.bench.bare_mcp", str(script)) as line,
            door(portal, f"{line.strip()}/mcp", SECRET) as way,
        ):
            yield way


def _wire(model: Any) -> dict[str, Any]:
    wire: dict[str, Any] = model.model_dump(mode="json", by_alias=True, exclude_none=True)
    return wire


def _sum(adder: Adder, floor: Door, raw: RawKernel) -> Figure:
    def ours() -> float:
        return _median_ms(RUNS, adder.run)

    def below() -> float:
        kernel = _median_ms(RUNS, lambda: raw.run(SUM))
        return kernel + _median_ms(RUNS, lambda: floor.call(adder.call).took_s)

    ours(), below()
    pairs = rounds(ROUNDS, ours, below)
    note = "raw jupyter_client, and an SDK server that answers at once; added"
    return compared("1 + 1 by MCP", pairs, "ms", measure=OVER, bar=10, at_least=False, note=note)


def _read(reader: Reader, floor: Door) -> Figure:
    def ours() -> float:
        return _median_ms(READS, reader.read)

    def below() -> float:
        return _median_ms(READS, lambda: floor.call(*reader.calls).took_s)

    ours(), below()
    pairs = rounds(ROUNDS, ours, below)
    note = f"an SDK server with the same answers ready; {len(reader.calls)} calls"
    return compared(f"{READ} cells read by MCP", pairs, "ms", bar=1.3, at_least=False, note=note)


def _insert(up: Up) -> Figure:
    pairs = rounds(ROUNDS, lambda: INSERTED / _at_once(up), lambda: INSERTED / _one_by_one(up))
    note = f"ours too, in {INSERTED} calls of one cell"
    return compared(f"{INSERTED} cells in a call by MCP", pairs, "cells/s", bar=10, note=note)


def _at_once(up: Up) -> float:
    with up.door() as way:
        notebook_id = _made(way, ["pass"])
        return way.call(_insertion(notebook_id, _sources(INSERTED))).took_s


def _one_by_one(up: Up) -> float:
    with up.door() as way:
        notebook_id = _made(way, ["pass"])
        return way.call(*(_insertion(notebook_id, [one]) for one in _sources(INSERTED))).took_s


def _insertion(notebook_id: str, sources: Sequence[str]) -> Call:
    return Call("insert_cells", {"notebook_id": notebook_id, "cells": _cells(sources)})


def _beside_peer(up: Up) -> Iterator[Line]:
    figures: dict[str, Callable[[str, Up, Peer], Figure]] = {
        "1 + 1 by MCP, a peer": _sum_beside,
        f"{READ} cells read by MCP, a peer": _read_beside,
        f"{INSERTED} cells in a call by MCP, a peer": _insert_beside,
        f"{INSERTED} cells one by one by MCP, a peer": _one_by_one_beside,
    }
    with ExitStack() as stack:
        try:
            peer = stack.enter_context(jupyter_mcp(up.portal))
        except PeerFailed as error:
            yield from (NotMeasured(name, f"{error}") for name in figures)
            return
        for name, figure in figures.items():
            try:
                yield figure(name, up, peer)
            except PeerFailed as error:
                yield NotMeasured(name, f"{error}")


def _sum_beside(name: str, up: Up, peer: Peer) -> Figure:
    with ExitStack() as stack:
        adder = Adder(up, stack)
        peer.kernel(SUM)

        def ours() -> float:
            return _median_ms(PEER_RUNS, adder.run)

        def theirs() -> float:
            return _median_ms(PEER_RUNS, lambda: peer.run(SUM))

        return _times_beside(name, ours, theirs, "execute_cell")


def _read_beside(name: str, up: Up, peer: Peer) -> Figure:
    with ExitStack() as stack:
        reader = Reader(up, stack)
        whole = peer.read(_sources(READ))

        def ours() -> float:
            return _median_ms(PEER_RUNS, reader.read)

        def theirs() -> float:
            return _median_ms(PEER_RUNS, lambda: peer.timed(whole))

        note = f"read_notebook, detailed, in one call; ours in {len(reader.calls)}"
        return _times_beside(name, ours, theirs, note)


def _insert_beside(name: str, up: Up, peer: Peer) -> Figure:
    note = f"insert_cell {INSERTED} times, as it takes one cell; ours in one call"
    return _inserts_beside(name, lambda: _at_once(up), peer, note)


def _one_by_one_beside(name: str, up: Up, peer: Peer) -> Figure:
    note = f"insert_cell {INSERTED} times; ours in as many calls"
    return _inserts_beside(name, lambda: _one_by_one(up), peer, note)


def _inserts_beside(name: str, ours: Callable[[], float], peer: Peer, note: str) -> Figure:
    sources = _sources(INSERTED)
    pairs = rounds(PEER_ROUNDS, lambda: INSERTED / ours(), lambda: INSERTED / peer.insert(sources))
    return compared(name, pairs, "cells/s", bar=1, note=f"{_PEER}: {note}")


def _times_beside(
    name: str, ours: Callable[[], float], theirs: Callable[[], float], note: str
) -> Figure:
    ours(), theirs()
    pairs = rounds(PEER_ROUNDS, ours, theirs)
    return compared(name, pairs, "ms", bar=1, at_least=False, note=f"{_PEER}: {note}")


def _made(way: Door, sources: Sequence[str]) -> str:
    """The id of a fresh notebook of these cells."""
    made = way.call(Call("create_notebook", {"title": "Bench", "cells": _cells(sources)}))
    notebook_id: str = fields_of(made)["notebook_id"]
    return notebook_id


def _cells(sources: Sequence[str]) -> list[dict[str, str]]:
    return [{"source": source} for source in sources]


def _sources(count: int) -> list[str]:
    return [f"value_{number} = {number} * {number}" for number in range(count)]


def _median_ms(count: int, timed: Callable[[], float]) -> float:
    return median(timed() for _ in range(count)) * 1000
