"""The outbox against a server that falls silent before or after it has taken a call, and runtimes
that end at any moment and are followed by another on the same spool: all of it once, in order."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NoReturn

from hypothesis import given, settings
from hypothesis import strategies as st

from intheloop import commands as c
from intheloop.client import Client
from intheloop.notebook import Stream as Shown
from intheloop_agents.runtime.delivery.outbox import Outbox
from intheloop_agents.runtime.delivery.spool import Spool
from intheloop_agents.runtime.jupyter.outputs import Part, Stream
from tests.deciding import Bench
from tests.model import NB

ANSWERS, TAKES, IGNORES = "answers", "takes it and falls silent", "falls silent"
fates = st.sampled_from([ANSWERS, ANSWERS, ANSWERS, TAKES, IGNORES])
lives = st.lists(
    st.tuples(
        st.lists(st.lists(st.sampled_from(["stdout", "stderr"]), max_size=3), max_size=4),
        st.lists(fates, max_size=6),
    ),
    min_size=1,
    max_size=4,
)


class Silent(Exception):
    """The server will not answer any more in this life."""


class Wire(Client):
    """A client of the decider itself, which meets one fate at each call and then falls silent."""

    def __init__(self, bench: Bench, to_come: list[str]) -> None:
        self._bench = bench
        self._to_come = iter(to_come)
        self.silent = asyncio.Event()

    async def call(
        self,
        tool: c.Tool,
        command_id: str | None = None,
        trace_id: str | None = None,
        causation_id: str | None = None,
        *,
        correlation_id: str | None = None,
        untrusted: bool = False,
    ) -> Any:
        fate = next(self._to_come, IGNORES)
        answer = None if fate is IGNORES else self._bench.do(tool, "rt")
        if fate is not ANSWERS:
            self.silent.set()
            await asyncio.Event().wait()
        return answer


async def refuse() -> NoReturn:
    raise AssertionError("the runtime was attached all the time")


@given(lives, st.booleans())
@settings(max_examples=60)
def test_whatever_is_put_in_is_recorded_once_and_in_order(
    some: list[tuple[list[list[str]], list[str]]], with_end: bool
) -> None:
    with TemporaryDirectory() as folder:
        asyncio.run(_live(Path(folder) / "n.spool", some, with_end))


async def _live(path: Path, some: list[tuple[list[list[str]], list[str]]], with_end: bool) -> None:
    bench = Bench("1")
    execution_id = bench.running()
    numbers, said = iter(range(10_000)), list[tuple[str, str]]()
    for at, (appends, to_come) in enumerate([*some, ([], [ANSWERS] * 10_000)]):
        wire, spool = Wire(bench, to_come), Spool(path)
        outbox = Outbox(wire, NB, "r1", spool, refuse, lambda claim: None)
        if at:
            outbox.take_up()
        recorded = bench.execution(execution_id).next_index
        outbox.begin(c.Claim(execution_id, "", 1, max(recorded, outbox_index(spool) + 1)))
        running = asyncio.create_task(outbox.run())
        for names in appends:
            parts = list(_parts(names, numbers))
            said += [(part.name, part.text) for part in parts]
            outbox.append(execution_id, list[Part](parts))
            await asyncio.sleep(0)
        last = at == len(some)
        if last and with_end:
            end = c.CompleteExecution(notebook_id=NB, execution_id=execution_id, status="ok")
            await outbox.complete(end, [])
        await _over(outbox, wire)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        spool.close(remove=False)
    shown = bench.execution(execution_id).outputs
    pieces = [
        (one.name, piece.text) for one in shown if isinstance(one, Shown) for piece in one.pieces
    ]
    assert _joined(pieces) == _joined(said)
    assert bench.execution(execution_id).status == ("ok" if with_end else "started")


def outbox_index(spool: Spool) -> int:
    """The last index that was written down."""
    return max((entry.index or 0 for _, entry in spool.entries()), default=-1)


async def _over(outbox: Outbox, wire: Wire) -> None:
    """Until all is delivered, or nothing more can be."""
    async with asyncio.timeout(30):
        while not outbox.empty and not wire.silent.is_set():  # noqa: ASYNC110
            await asyncio.sleep(0)


def _parts(names: list[str], numbers: Iterator[int]) -> Iterator[Stream]:
    for name in names:
        yield Stream(name, f"{next(numbers)} ")


def _joined(pieces: list[tuple[str, str]]) -> list[tuple[str, str]]:
    joined: list[tuple[str, str]] = []
    for name, text in pieces:
        if joined and joined[-1][0] == name:
            joined[-1] = (name, joined[-1][1] + text)
        else:
            joined.append((name, text))
    return joined
