"""The streams of docs/protocol.md, over a real connection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import msgspec
import pytest

from tests.serving import Served, problem, serving

WAIT_S = 10
SSE = {"Accept": "text/event-stream"}


@pytest.fixture(scope="module")
def ana(served: Served) -> str:
    """The secret of a person's own credential."""
    return served.secret(served.person("Ana", admin=True))


class Frames:
    """A stream of server-sent events, read frame by frame."""

    def __init__(self, response: httpx2.Response) -> None:
        self.response = response
        self._bytes = response.aiter_raw()
        self._text = b""

    async def next(self) -> dict[str, str]:
        """The next frame that is no ping; {} at the end of the stream."""
        async with asyncio.timeout(WAIT_S):
            while True:
                whole, found, rest = self._text.partition(b"\n\n")
                if found:
                    self._text = rest
                    fields = [line.partition(": ") for line in whole.decode().split("\n")]
                    frame = {name: value for name, _, value in fields if name}
                    if frame:
                        return frame
                    continue
                try:
                    self._text += await anext(self._bytes)
                except StopAsyncIteration:
                    return {}

    async def until(self, event: str) -> dict[str, str]:
        """The next frame of one kind."""
        while True:
            frame = await self.next()
            if not frame or frame["event"] == event:
                return frame

    async def records(self, count: int) -> list[int]:
        """The seqs of the next records."""
        return [int((await self.until("record"))["id"]) for _ in range(count)]


@asynccontextmanager
async def stream(
    http: httpx2.AsyncClient, method: str, path: str, **asked: Any
) -> AsyncIterator[Frames]:
    async with http.stream(method, path, **asked) as response:
        assert response.status_code == 200, await response.aread()
        yield Frames(response)


@pytest.mark.anyio
async def test_a_log_is_followed_from_any_seq_without_gap_or_repeat(
    served: Served, ana: str
) -> None:
    notebook_id = served.notebook(ana, sources=["1", "2", "3"])
    path = f"/api/notebooks/{notebook_id}/events"
    edit = {"notebook_id": notebook_id, "cell_id": "c1", "edits": [{"old": "1", "new": "11"}]}
    async with served.async_client(ana) as http:
        for after in range(5):
            query = {"after": str(after)}
            async with stream(http, "GET", path, params=query, headers=SSE) as frames:
                headers = frames.response.headers
                assert headers["content-type"].startswith("text/event-stream")
                assert headers["cache-control"] == "no-cache"
                assert headers["x-accel-buffering"] == "no"
                assert await frames.records(4 - after) == list(range(after + 1, 5))
        resumed = {**SSE, "Last-Event-ID": "3"}
        async with stream(http, "GET", path, params={"after": "0"}, headers=resumed) as frames:
            assert await frames.records(1) == [4]
            assert (await frames.next())["event"] == "digest"
            await http.post("/api/tools/edit_cell", json=edit)
            record = await frames.next()
    assert (record["id"], record["event"]) == ("5", "record")
    assert msgspec.json.decode(record["data"])["type"] == "cellSourceEdited"


@pytest.mark.anyio
async def test_several_logs_come_in_one_stream_and_a_withdrawn_one_leaves_it(
    served: Served, ana: str
) -> None:
    bea_id = served.person("Bea")
    bea = served.secret(bea_id)
    one, two = served.notebook(ana, sources=["1"]), served.notebook(bea)
    served.grant(one, bea_id, "viewer")
    async with served.async_client(bea) as http, served.async_client(ana) as owner:
        body = {"notebooks": {one: 1, two: 0}}
        async with stream(http, "POST", "/api/follow", json=body) as frames:
            first, second = await frames.until("record"), await frames.until("record")
            seen = {msgspec.json.decode(each["data"])["notebook_id"] for each in (first, second)}
            assert seen == {one, two}
            await owner.post(
                "/api/tools/revoke_role", json={"notebook_id": one, "person_id": bea_id}
            )
            ended = msgspec.json.decode((await frames.until("ended"))["data"])
    assert ended["notebook_id"] == one


@pytest.mark.anyio
async def test_a_stream_ends_when_its_credential_does(served: Served, ana: str) -> None:
    notebook_id = served.notebook(ana)
    other = served.secret(served.service.workspace.notebooks[notebook_id].owner_id)
    credential_id = served.caller(other).credential_id
    async with served.async_client(other) as http, served.async_client(ana) as owner:
        path = f"/api/notebooks/{notebook_id}/events"
        async with (
            stream(http, "GET", path, headers=SSE) as frames,
            stream(http, "GET", "/api/work?kind=execution,input") as work,
        ):
            await frames.records(1)
            await work.until("open")
            answer = await owner.post(
                "/api/tools/revoke_credential", json={"credential_id": credential_id}
            )
            assert answer.status_code == 200
            assert (await frames.until("ended"))["event"] == "ended"
            assert await frames.next() == {}
            assert await work.next() == {}


@pytest.mark.anyio
async def test_open_work_comes_first_and_then_each_change(served: Served, ana: str) -> None:
    notebook_id = served.notebook(ana, sources=["1"])
    runtime = served.secret(served.caller(ana).actor.id, "runtime", ["notebook:read", "runtime"])
    path = "/api/work?kind=execution"
    async with served.async_client(ana) as http, served.async_client(runtime) as worker:
        async with stream(worker, "GET", path) as frames:
            opened = msgspec.json.decode((await frames.next())["data"])
            assert [one for one in opened["items"] if one["notebook_id"] == notebook_id] == []
            run = {"notebook_id": notebook_id, "wait_s": 0}
            ran = (await http.post("/api/tools/run_cells", json=run)).json()
            item = msgspec.json.decode((await frames.until("item"))["data"])
        async with stream(worker, "GET", path) as frames:
            again = msgspec.json.decode((await frames.next())["data"])
    assert item["id"] == ran["execution_ids"][0]
    assert item in again["items"]


@pytest.mark.anyio
async def test_a_signal_reaches_those_who_follow_and_is_in_no_log(served: Served, ana: str) -> None:
    notebook_id = served.notebook(ana)
    said = {"kind": "caret", "key": "c1", "value": {"at": [1, 2.5, "é"]}, "ttl_s": 60}
    async with served.async_client(ana) as http:
        path = f"/api/notebooks/{notebook_id}"
        async with stream(http, "GET", f"{path}/events", headers=SSE) as frames:
            await frames.records(1)
            sent = await http.post(f"{path}/signals", json=said)
            assert (sent.status_code, sent.content) == (204, b"")
            signal = await frames.until("signal")
        async with stream(http, "GET", f"{path}/events", headers=SSE) as frames:
            kept = await frames.until("signal")
    told = msgspec.json.decode(signal["data"])
    assert told["value"] == said["value"] and told["actor"]["name"] == "Ana"
    assert "id" not in signal
    assert msgspec.json.decode(kept["data"])["value"] == said["value"]
    assert served.heads()[notebook_id] == 1


@pytest.mark.anyio
async def test_a_stream_that_may_not_be_opened_is_refused_as_a_problem(
    served: Served, ana: str
) -> None:
    notebook_id = served.notebook(ana)
    stranger = served.secret(served.person("Cy"))
    async with served.async_client(stranger) as http:
        path = f"/api/notebooks/{notebook_id}/events"
        problem(await http.get(path, headers=SSE), "not-found")
        body = {"notebooks": {notebook_id: 0}}
        problem(await http.post("/api/follow", json=body), "not-found")


@pytest.mark.anyio
async def test_a_client_that_leaves_is_forgotten_at_once(served: Served, ana: str) -> None:
    notebook_id = served.notebook(ana)
    async with served.async_client(ana) as http:
        path = f"/api/notebooks/{notebook_id}/events"
        async with stream(http, "GET", path, headers=SSE) as frames:
            await frames.records(1)
            assert served.service.desk.live_ring(notebook_id) is not None
        async with asyncio.timeout(WAIT_S):
            while served.service.desk.live_ring(notebook_id) is not None:
                await http.get("/api/health")


@pytest.mark.anyio
async def test_a_reader_that_stops_reading_holds_nobody_up_and_misses_nothing(
    served: Served, ana: str
) -> None:
    notebook_id = served.notebook(ana)
    path = f"/api/notebooks/{notebook_id}/events"
    cells = [{"cell_type": "code", "source": "x" * 500_000}]
    insert = {"notebook_id": notebook_id, "cells": cells}
    count = 30
    async with (
        served.async_client(ana) as http,
        stream(http, "GET", path, headers=SSE) as slow,
        stream(http, "GET", path, headers=SSE) as quick,
    ):
        assert await slow.records(1) == await quick.records(1) == [1]
        for seq in range(2, count + 2):
            answer = await http.post("/api/tools/insert_cells", json=insert)
            assert answer.status_code == 200
            assert await quick.records(1) == [seq]
        assert await slow.records(count) == list(range(2, count + 2))


@pytest.mark.anyio
async def test_headers_of_a_stream_can_be_asked_for_without_opening_it(
    served: Served, ana: str
) -> None:
    notebook_id = served.notebook(ana)
    async with served.async_client(ana) as http, asyncio.timeout(WAIT_S):
        answer = await http.head(f"/api/notebooks/{notebook_id}/events", headers=SSE)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/event-stream")


@pytest.mark.anyio
async def test_a_server_that_stops_ends_its_streams_whole() -> None:
    with serving() as served:
        ana = served.secret(served.person())
        notebook_id = served.notebook(ana)
        http = served.async_client(ana)
        async with http.stream(
            "GET", f"/api/notebooks/{notebook_id}/events", headers=SSE
        ) as response:
            frames = Frames(response)
            await frames.records(1)
            stopping = asyncio.create_task(asyncio.to_thread(served.stop))
            while frame := await frames.next():
                assert frame["event"] == "digest"
            await stopping
        await http.aclose()
