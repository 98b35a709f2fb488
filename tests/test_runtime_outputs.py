"""Odd and huge outputs over the wire: recorded as they are, or told in their place."""

import asyncio
import os
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest

from intheloop import events as e
from intheloop.notebook import Execution, Stream
from intheloop.notebooks import ServiceSettings
from intheloop.values import DisplayOutput, ErrorOutput, StreamOutput, Value, is_inline, json_bytes
from tests.desk import Desk, desk, shown
from tests.serving import Served, served, serving

__all__ = ["served"]
pytestmark = [pytest.mark.anyio, pytest.mark.timeout(120)]


def nested(levels: int) -> Any:
    value: Any = "core"
    for _ in range(levels):
        value = [value]
    return value


NEST = "x = 'core'\nfor _ in range({}): x = [x]\n"
NEST += "display({{'application/json': x, 'text/plain': 'flat'}}, raw=True)"
TOO_DEEP = "[In The Loop keeps 200 levels of nesting; what stood below is left out.]"
ALTERNATING = (
    "import sys\nfor n in range(40): print(n, file=(sys.stdout, sys.stderr)[n % 2], flush=True)"
)
ODD: dict[str, list[tuple[str, Any]]] = {
    r"print('\0')": [("stdout", "\0\n")],
    r"print('a\ud800b\udcff')": [("stdout", "a\ufffdb\ufffd\n")],
    r"display({'text/html': '<b>\ud800</b>\0'}, raw=True)": [
        ("display", {"text/html": "<b>\ufffd</b>\0"})
    ],
    r"raise ValueError('\ud800\0')": [("ValueError", "\ufffd\0")],
    r"h = display({'text/plain': 'old'}, raw=True, display_id='d')": [
        ("display", {"text/plain": "old"})
    ],
    r"h.update({'text/html': '\ud800'}, raw=True)": [],
    ALTERNATING: [(("stdout", "stderr")[n % 2], f"{n}\n") for n in range(40)],
    "display({f'a/{n}': n for n in range(10_000)}, raw=True)": [
        ("display", {f"a/{n}": n for n in range(10_000)})
    ],
    NEST.format(150): [("display", {"application/json": nested(150), "text/plain": "flat"})],
}


async def test_odd_outputs_come_as_they_are_and_the_next_cell_runs(
    served: Served, tmp_path: Path
) -> None:
    async with desk(served, tmp_path, *ODD, "'here'") as at:
        here = f"c{len(ODD) + 1}"
        for number, expected in enumerate(ODD.values(), 1):
            (one,) = await at.ran(f"c{number}")
            assert told(one) == expected
            (after,) = await at.ran(here)
            assert shown(after) == "\"'here'\""
        updated = at.replica.notebook.cells["c5"].execution_id or ""
        shows = told(at.replica.notebook.executions[updated])
        assert shows == [("display", {"text/html": "\ufffd"})]


# Deeper than a value may be, than a reader's own stack in two ways, nearly as a kernel can send.
@pytest.mark.parametrize("levels", [250, 480, 495, 900])
async def test_what_is_nested_too_deeply_is_told_in_its_place(
    served: Served, tmp_path: Path, levels: int
) -> None:
    async with desk(served, tmp_path, NEST.format(levels), "'here'") as at:
        one, after = await at.ran("c1", "c2")
        ((_, data),) = told(one)
        assert data["text/plain"] == "flat"
        value, depth = data["application/json"], 1
        while isinstance(value, list):
            (value,), depth = value, depth + 1
        assert (value, depth) == (TOO_DEEP, 200)
        assert shown(after) == "\"'here'\""


HUGE = {
    "display({'text/html': 'z' * 100_000_000}, raw=True)": "has more than 67108864 bytes",
    "display({'x' * 20_000_000: ''}, raw=True)": "has more than 8388608 bytes",
}


@pytest.mark.slow
@pytest.mark.parametrize("source", HUGE, ids=["html", "key"])
async def test_an_output_over_every_limit_is_told_in_its_place(
    served: Served, tmp_path: Path, source: str
) -> None:
    """And what stands beside it is recorded."""
    source_between = f"print('before')\n{source}\nprint('after')"
    async with desk(served, tmp_path, source_between, "'here'") as at:
        one, after = await at.ran("c1", "c2")
        assert one.status == "ok"
        names, (before, notice, behind) = zip(*told(one), strict=True)
        assert names == ("stdout", "stderr", "stdout")
        assert (before, behind) == ("before\n", "after\n")
        assert notice.startswith("[In The Loop could not record an output here: ")
        assert HUGE[source] in notice
        assert shown(after) == "\"'here'\""


@pytest.mark.slow
async def test_long_text_and_long_errors_are_kept_whole(served: Served, tmp_path: Path) -> None:
    long = "for _ in range(7): print('y' * 10_000_000)"
    async with desk(served, tmp_path, long, "raise ValueError('m' * 20_000_000)", "'here'") as at:
        (printed,) = await at.ran("c1")
        (stream,) = printed.outputs
        assert isinstance(stream, Stream)
        text = "".join([await text_of(at, piece) for piece in stream.pieces])
        assert text == ("y" * 10_000_000 + "\n") * 7
        (failed,) = await at.ran("c2")
        assert failed.reason and failed.reason.startswith("ValueError: mmm")
        (error,) = failed.outputs
        assert isinstance(error, ErrorOutput)
        assert error.evalue.endswith("m…")
        traceback = await at.me.get_blob(at.notebook_id, error.traceback.sha256)
        assert b"m" * 20_000_000 in traceback
        (after,) = await at.ran("c3")
        assert shown(after) == "\"'here'\""


async def text_of(at: Desk, piece: StreamOutput) -> str:
    """A piece of a stream, wherever it is kept."""
    if piece.text:
        return piece.text
    return (await at.me.get_blob(at.notebook_id, piece.sha256)).decode()


async def test_what_a_thread_prints_after_the_end_is_marked_as_late(
    served: Served, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "go")
    source = (
        "import threading\n"
        "def work():\n    print(open('go').read(), flush=True)\n"
        "threading.Thread(target=work).start()\nprint('in time')"
    )
    async with desk(served, tmp_path, source) as at:
        (one,) = await at.ran("c1")
        await asyncio.to_thread((tmp_path / "go").write_text, r"late word")
        await at.shows(one.execution_id, "late word")
        outputs = [event for event in await at.events() if isinstance(event, e.OutputAppended)]
        assert [(event.index, event.late) for event in outputs] == [(0, False), (1, True)]


@pytest.mark.slow
async def test_a_runtime_that_stands_still_for_ten_seconds_loses_nothing_of_a_flood(
    tmp_path: Path,
) -> None:
    """Its lease runs out meanwhile: it takes up again what it ran."""
    source = "for n in range(20_000): print(n, flush=True)"
    with serving(times=ServiceSettings(lease_s=3, adrift_s=600)) as served:
        async with desk(served, tmp_path, "print('begun', flush=True)\n" + source, "n") as at:
            (running,) = await at.run("c1")
            await at.shows(running, "begun")
            stand_still()
            (ended,) = await at.ended(running)
            assert ended.status == "ok"
            assert ended.generation > 1
            assert shown(ended) == "begun\n" + "".join(f"{n}\n" for n in range(20_000))
            (after,) = await at.ran("c2")
            assert shown(after) == '"19999"'


def stand_still() -> None:
    """Block this thread, and the event loop of runtime and reader with it."""
    time.sleep(10)


def told(execution: Execution) -> list[tuple[str, Any]]:
    """What an execution shows: streams and errors as text, displays as their data."""
    found: list[tuple[str, Any]] = []
    for output in execution.outputs:
        match output:
            case Stream(name=name, pieces=pieces):
                found.append((name, "".join(piece.text for piece in pieces)))
            case ErrorOutput(ename=ename, evalue=evalue):
                found.append((ename, evalue))
            case DisplayOutput(data=data):
                found.append(("display", {mime: plain(value) for mime, value in data.items()}))
    return found


def plain(value: Value) -> Any:
    """The value, or the size of its blob."""
    return msgspec.json.decode(json_bytes(value)) if is_inline(value) else value.blob
