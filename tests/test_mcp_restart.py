"""The MCP door when the server stops and comes back: nothing that a client knows lives in it."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import httpx2
import pytest
from mcp.client.subscriptions import SubscriptionLost

from intheloop.server.listening import GRACE_S
from intheloop.settings import Settings
from tests.mcp_callers import called, model
from tests.mcp_raw import LEGACY, ask, ask_in_session, begin
from tests.relay import relay
from tests.server_process import ServerProcess
from tests.serving import serving

pytestmark = pytest.mark.anyio


@pytest.mark.slow
async def test_a_client_of_the_present_revision_goes_on_and_an_older_one_begins_anew(
    tmp_path: Path,
) -> None:
    data = tmp_path / "data"
    first = ServerProcess(data)
    async with relay(first.url) as there:
        headers = {"Authorization": f"Bearer {first.token}"}
        with first, httpx2.Client(base_url=there.url, headers=headers, trust_env=False) as older:
            async with model(there.url, first.token) as client:
                made = await called(client, "create_notebook", cells=[{"source": "1"}])
                session = await asyncio.to_thread(begin, older)
                assert first.stop() == 0
                there.cut()
                with ServerProcess(data) as second:
                    there.aim(second.url)
                    there.mend()
                    read = await called(client, "read_notebook", notebook_id=made["notebook_id"])
                    assert read["seq"] == made["seq"]
                    with httpx2.Client(
                        base_url=there.url, headers=headers, trust_env=False
                    ) as again:
                        old = await asyncio.to_thread(ask_in_session, again, session, "tools/list")
                        assert old.status_code == 404
                        session = await asyncio.to_thread(begin, again)
                        new = await asyncio.to_thread(ask_in_session, again, session, "tools/list")
                        assert new.status_code == 200


async def test_open_streams_do_not_hold_up_a_server_that_stops() -> None:
    with serving() as served:
        secret = served.secret(served.person("Ana"))
        notebook_id = served.notebook(secret)
        uri = f"notebook://{notebook_id}"
        with served.client(secret) as http:
            session = {"Mcp-Session-Id": await asyncio.to_thread(begin, http)}
        async with served.async_client(secret) as older, model(served.url, secret) as client:
            headers = {"MCP-Protocol-Version": LEGACY, "Accept": "text/event-stream", **session}
            async with older.stream("GET", "/mcp", headers=headers) as stream:
                assert stream.status_code == 200
                async with client.listen(resource_subscriptions=[uri]) as listening:
                    began = time.monotonic()
                    await asyncio.to_thread(served.stop)
                    assert time.monotonic() - began < GRACE_S
                    assert [line async for line in stream.aiter_lines() if "data" in line] == []
                    with pytest.raises(SubscriptionLost):
                        await anext(aiter(listening))


async def test_a_door_that_cannot_be_opened_says_so_and_nothing_else_suffers() -> None:
    with (
        serving(settings=Settings(body_limit=-1)) as served,
        served.client(served.secret(served.person("Ana"))) as http,
    ):
        for _ in range(2):
            answer = await asyncio.to_thread(ask, http, "tools/list")
            assert answer.status_code == 500
            assert answer.json()["type"] == "urn:intheloop:defect"
        assert http.get("/api/health").status_code == 200
