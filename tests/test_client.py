"""The wire client against a server that misbehaves: nothing happens twice, nothing is missed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import msgspec
import pytest

from intheloop import commands as c
from intheloop.client import Client, Defect, DigestFrame, Ended, LiveItem, Signal, WorkOpen
from intheloop.client.sse import BrokenStream, Frame, Parser
from intheloop.errors import BadArgument, Conflict, LoopError, Unauthenticated, Unavailable
from intheloop.events import WireRecord
from tests.odd_server import LAST_CHUNK, STREAM, Asked, chunk, json_answer, odd_server

RENAME = c.RenameNotebook(notebook_id="nb", title="T")


def client(url: str, patience_s: float | None = None) -> Client:
    return Client(url, "secret", "test", "1", patience_s=patience_s)


def record(seq: int, notebook_id: str = "nb") -> bytes:
    data = {
        "notebook_id": notebook_id,
        "seq": seq,
        "event_id": f"e{seq}",
        "type": "notebookRenamed",
        "schema_version": 1,
        "data": {"title": f"title {seq}"},
        "actor": {"kind": "human", "id": "ana", "name": "Ana"},
        "recorded_at": "2026-01-31T12:00:00.000Z",
        "command_id": f"c{seq}",
        "payload_hash": "0" * 64,
        "hash": "0" * 64,
    }
    return b"id: %d\nevent: record\ndata: %b\n\n" % (seq, msgspec.json.encode(data))


def ended(notebook_id: str = "nb") -> bytes:
    data = msgspec.json.encode({"notebook_id": notebook_id, "reason": "deleted"})
    return b"event: ended\ndata: %b\n\n" % data


def problem(status: int, kind: str, retryable: bool, **extra: object) -> bytes:
    said = {
        "type": f"urn:intheloop:{kind}",
        "title": "T",
        "status": status,
        "detail": "A sentence.",
    }
    return json_answer(status, said | {"retryable": retryable} | extra)


async def seqs_of(items: AsyncIterator[LiveItem]) -> list[int]:
    return [item.seq async for item in items if isinstance(item, WireRecord)]


@pytest.mark.anyio
async def test_a_call_that_is_refused_for_now_is_sent_again_with_the_same_command_id() -> None:
    asked: list[Asked] = []

    async def answer(request: Asked) -> AsyncIterator[bytes]:
        asked.append(request)
        if len(asked) < 3:
            yield problem(503, "unavailable", True)
        else:
            yield json_answer(200, {"seq": 4})

    async with odd_server(answer) as url, client(url) as caller:
        assert await caller.call(RENAME) == c.Done(seq=4)
    assert len(asked) == 3
    assert len({request.headers["idempotency-key"] for request in asked}) == 1
    assert asked[0].headers["authorization"] == "Bearer secret"
    assert asked[0].headers["loop-client"] == "test/1"


@pytest.mark.anyio
async def test_a_call_whose_answer_was_lost_after_the_commit_happens_once() -> None:
    done: dict[str, int] = {}

    async def answer(request: Asked) -> AsyncIterator[bytes]:
        key = request.headers["idempotency-key"]
        if key not in done:
            done[key] = 7 + len(done)
            return  # Committed, and the connection is gone before a word is said.
        yield json_answer(200, {"seq": done[key]})

    async with odd_server(answer) as url, client(url) as caller:
        assert await caller.call(RENAME) == c.Done(seq=7)
    assert len(done) == 1


@pytest.mark.anyio
async def test_a_caller_may_repeat_a_call_under_its_own_command_id() -> None:
    seen: list[str] = []

    async def answer(request: Asked) -> AsyncIterator[bytes]:
        seen.append(request.headers["idempotency-key"])
        yield json_answer(200, {"seq": 1})

    async with odd_server(answer) as url, client(url) as caller:
        await caller.call(RENAME, "mine")
        await caller.call(RENAME)
    assert seen[0] == "mine"
    assert seen[1] != "mine"


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("status", "kind", "error"),
    [
        (400, "bad-argument", BadArgument),
        (401, "unauthenticated", Unauthenticated),
        (409, "conflict", Conflict),
        (500, "never-heard-of", Defect),
    ],
)
async def test_a_refusal_comes_back_as_the_error_that_it_was(
    status: int, kind: str, error: type[LoopError]
) -> None:
    asked: list[Asked] = []

    async def answer(request: Asked) -> AsyncIterator[bytes]:
        asked.append(request)
        yield problem(status, kind, False, expected_index=3)

    async with odd_server(answer) as url, client(url) as caller:
        with pytest.raises(error) as caught:
            await caller.call(RENAME)
    assert caught.value.detail == "A sentence."
    assert caught.value.extra == {"expected_index": 3}
    assert len(asked) == 1


@pytest.mark.anyio
async def test_an_answer_that_is_no_json_is_a_defect_and_a_bad_gateway_is_tried_again() -> None:
    asked: list[Asked] = []

    async def answer(request: Asked) -> AsyncIterator[bytes]:
        asked.append(request)
        if len(asked) == 1:
            yield b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 4\r\n\r\nhtml"
        else:
            yield b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhtml"

    async with odd_server(answer) as url, client(url) as caller:
        with pytest.raises(Defect, match="cannot be read"):
            await caller.call(RENAME)
    assert len(asked) == 2


@pytest.mark.anyio
async def test_an_unreachable_server_is_tried_as_long_as_patience_says() -> None:
    async def answer(_: Asked) -> AsyncIterator[bytes]:
        return
        yield b""

    async with odd_server(answer) as url:
        pass
    async with client(url, patience_s=0.3) as caller:
        with pytest.raises(Unavailable, match="cannot be reached"):
            await caller.call(RENAME)
        with pytest.raises(Unavailable, match="cannot be reached"):
            await seqs_of(caller.follow({"nb": 0}))


@pytest.mark.anyio
async def test_a_stream_cut_in_the_middle_of_a_frame_goes_on_without_gap_or_repeat() -> None:
    after: list[int] = []

    async def answer(request: Asked) -> AsyncIterator[bytes]:
        cursor = msgspec.json.decode(request.body)["notebooks"]["nb"]
        after.append(cursor)
        frames = b"".join(record(seq) for seq in range(1, 31))
        cuts = [len(record(1)) + 20, 2500, 2501]
        yield STREAM
        if len(after) <= len(cuts):
            yield chunk(frames[: cuts[len(after) - 1]])  # From the start each time: repeats.
        else:
            yield chunk(frames[len(b"".join(record(n) for n in range(1, cursor + 1))) :])
            yield chunk(ended())
            yield LAST_CHUNK

    async with odd_server(answer) as url, client(url) as caller:
        assert await seqs_of(caller.follow({"nb": 0})) == list(range(1, 31))
    assert after[:2] == [0, 1]


@pytest.mark.anyio
async def test_a_stream_that_skips_a_record_is_left_and_resumed() -> None:
    after: list[int] = []

    async def answer(request: Asked) -> AsyncIterator[bytes]:
        after.append(msgspec.json.decode(request.body)["notebooks"]["nb"])
        seqs = (1, 3) if len(after) == 1 else (2, 3)
        yield STREAM + chunk(b"".join(map(record, seqs)) + ended()) + LAST_CHUNK

    async with odd_server(answer) as url, client(url) as caller:
        assert await seqs_of(caller.follow({"nb": 0})) == [1, 2, 3]
    assert after == [0, 1]


@pytest.mark.anyio
async def test_the_cursor_of_each_notebook_moves_alone() -> None:
    bodies: list[dict[str, int]] = []

    async def answer(request: Asked) -> AsyncIterator[bytes]:
        bodies.append(msgspec.json.decode(request.body)["notebooks"])
        yield STREAM
        if len(bodies) == 1:
            yield chunk(record(1, "a") + record(6, "b") + record(2, "a") + ended("b"))
        else:
            yield chunk(ended("a")) + LAST_CHUNK

    async with odd_server(answer) as url, client(url) as caller:
        items = [item async for item in caller.follow({"a": 0, "b": 5})]
    assert bodies == [{"a": 0, "b": 5}, {"a": 2}]
    assert [type(item) for item in items] == [WireRecord, WireRecord, WireRecord, Ended, Ended]


@pytest.mark.anyio
async def test_signals_and_digests_come_typed_and_move_no_cursor() -> None:
    signal = {
        "notebook_id": "nb",
        "kind": "caret",
        "key": "c1",
        "actor": {"kind": "human", "id": "ana", "name": "Ana"},
        "value": {"at": 3},
        "ttl_s": 5,
    }
    digest = {"notebook_id": "nb", "seq": 4, "digest": "d", "reducer_version": 1}

    async def answer(_: Asked) -> AsyncIterator[bytes]:
        yield STREAM + chunk(
            b": \n\nevent: signal\ndata: %b\n\n" % msgspec.json.encode(signal)
            + b"event: digest\ndata: %b\n\n" % msgspec.json.encode(digest)
            + b"event: of-tomorrow\ndata: {}\n\n"
            + ended()
        )

    async with odd_server(answer) as url, client(url) as caller:
        items = [item async for item in caller.follow({"nb": 4})]
    assert isinstance(items[0], Signal)
    assert bytes(items[0].value) == b'{"at":3}'
    assert items[1:] == [DigestFrame("nb", 4, "d", 1), Ended("nb", "deleted")]


@pytest.mark.anyio
async def test_a_stream_that_is_refused_raises_the_refusal() -> None:
    async def answer(_: Asked) -> AsyncIterator[bytes]:
        yield problem(401, "unauthenticated", False)

    async with odd_server(answer) as url, client(url) as caller:
        with pytest.raises(Unauthenticated):
            await seqs_of(caller.follow({"nb": 0}))


@pytest.mark.anyio
async def test_open_work_comes_again_after_a_break() -> None:
    item = {"kind": "execution", "notebook_id": "nb", "id": "x1", "runtime_id": None, "kernel": "r"}

    async def answer(request: Asked) -> AsyncIterator[bytes]:
        assert request.path == "/api/work?kind=execution"
        yield STREAM + chunk(b"event: open\ndata: %b\n\n" % msgspec.json.encode({"items": [item]}))

    async with (
        odd_server(answer) as url,
        client(url) as caller,
        aclosing(caller.work({"execution"})) as changes,
        asyncio.timeout(10),
    ):
        first, second = await anext(changes), await anext(changes)
    assert isinstance(first, WorkOpen)
    assert first == second
    assert first.items[0].kernel == "r"


def test_frames_are_the_same_however_the_bytes_are_cut() -> None:
    text = "µ" * 50
    raw = (
        f"id: 1\nevent: record\ndata: {text}\n\n: ping\n\nretry: 5\n\ndata:a\r\ndata: b\r\n\r\n"
        "event: digest\ndata: x\n\nevent: unfinished\ndata: y\n"
    ).encode()
    whole = list(Parser().feed(raw))
    assert whole == [
        Frame("record", text.encode(), "1"),
        Frame("message", b"a\nb"),
        Frame("digest", b"x"),
    ]
    for size in (1, 2, 3, 7):
        parser = Parser()
        cut = [raw[at : at + size] for at in range(0, len(raw), size)]
        assert [frame for piece in cut for frame in parser.feed(piece)] == whole


def test_a_large_frame_is_read_in_linear_time_and_what_is_no_stream_is_refused() -> None:
    parser = Parser()
    data = b"x" * (8 * 1024 * 1024)
    pieces = [b"data: ", *(data[at : at + 4096] for at in range(0, len(data), 4096)), b"\n\n"]
    assert [frame.data for piece in pieces for frame in parser.feed(piece)] == [data]
    with pytest.raises(BrokenStream):
        list(Parser().feed(b"<html>\n"))
