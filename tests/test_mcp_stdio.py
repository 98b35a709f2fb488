"""`intheloop mcp` as real processes: the door for models over standard input and output."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import mcp_types as types
import pytest
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError

from intheloop import commands as c
from intheloop.client import Client as Wire
from intheloop.folder import find_server, read_secret
from intheloop.notebook import Credential
from tests.command_line import CommandLine, serving
from tests.mcp_callers import ERAS, called, refused, subscribe
from tests.mcp_stdio import connected, names_of, raw, stdio

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(180)]

READING = ["list_notebooks", "read_notebook", "read_history"]
END_S = 30.0


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Generator[CommandLine]:
    """A running server with its runtime, shared by the tests of this page."""
    at = CommandLine(tmp_path_factory.mktemp("data") / "house", tmp_path_factory.mktemp("here"))
    with serving(at):
        yield at


@asynccontextmanager
async def ana(at: CommandLine) -> AsyncGenerator[Wire]:
    """The person whose machine it is, over the wire."""
    found, token = find_server(at.data), read_secret(at.data, "command-line")
    assert found is not None and token is not None
    async with Wire(found.url, token, "page", "1") as client:
        yield client


async def notebook(client: Client, *sources: str) -> tuple[str, list[str]]:
    made = await called(
        client, "create_notebook", title="Birds", cells=[{"source": one} for one in sources]
    )
    return made["notebook_id"], made.get("cell_ids", [])


# ------------------------------------------------------------------- what it does


@pytest.mark.parametrize("era", ERAS)
async def test_a_model_reads_edits_and_runs_and_the_log_says_for_whom_and_via_what(
    house: CommandLine, era: str
) -> None:
    async with connected(stdio(house), era) as client:
        nb, (cell,) = await notebook(client, "print(6 * 8)")
        read = await called(client, "read_notebook", notebook_id=nb)
        rev = read["cells"][0]["rev"]
        edit = {"notebook_id": nb, "cell_id": cell, "source": "print(6 * 7)", "base_rev": rev}
        await called(client, "edit_cell", **edit)
        assert "print(6 * 7)" in await refused(client, "edit_cell", **{**edit, "source": "0"})
        ran = await called(client, "run_cells", notebook_id=nb, wait_s=60)
        assert ran["executions"][0]["outputs"][0]["text"] == "42\n"
    async with ana(house) as wire:
        me: c.Myself = await wire.call(c.WhoAmI())
        records, _ = await wire.records(nb)
        history: c.History = await wire.call(c.ReadHistory(notebook_id=nb))
    assert records[0].actor.kind == "assistant"
    assert records[0].actor.on_behalf_of == (me.id,)
    assert records[0].actor.client is not None
    assert (records[0].actor.client.name, records[0].actor.client.version) == ("Claude Code", "2.1")
    assert history.lines[0].text.startswith(f"{me.name}'s assistant, via Claude Code, created")


@pytest.mark.slow
@pytest.mark.parametrize("era", ERAS)
async def test_it_is_the_same_server_as_over_http(house: CommandLine, era: str) -> None:
    async with connected(stdio(house), era) as client:
        ours = [await client.list_tools(), await client.list_prompts()]
        instructions = client.instructions
    found = find_server(house.data)
    assert found is not None
    secret = read_secret(house.data, "assistant")
    headers = {"Authorization": f"Bearer {secret}"}
    async with httpx2.AsyncClient(headers=headers, trust_env=False) as http:
        over_http = streamable_http_client(f"{found.url}/mcp", http_client=http)
        async with connected(over_http, era) as client:
            assert [await client.list_tools(), await client.list_prompts()] == ours
            assert client.instructions == instructions


@pytest.mark.slow
@pytest.mark.parametrize("era", ERAS)
async def test_what_others_change_is_noticed_on_what_is_subscribed(
    house: CommandLine, era: str
) -> None:
    noticed: asyncio.Queue[str] = asyncio.Queue()

    async def on_message(message: Any) -> None:
        if isinstance(message, types.ResourceUpdatedNotification):
            noticed.put_nowait(str(message.params.uri))

    async def change(wire: Wire, notebook_id: str) -> None:
        await wire.call(c.RenameNotebook(notebook_id=notebook_id, title="Gulls"))

    async with (
        connected(stdio(house), era, message_handler=on_message) as client,
        ana(house) as wire,
        asyncio.timeout(END_S),
    ):
        (one, _), (other, _) = await notebook(client, "1"), await notebook(client, "2")
        if era == "legacy":
            await subscribe(client, f"notebook://{one}")
            await change(wire, other)
            await change(wire, one)
            assert await noticed.get() == f"notebook://{one}"
            with pytest.raises(MCPError, match="list_notebooks"):
                await subscribe(client, "notebook://nowhere")
            return
        async with client.listen(resource_subscriptions=[f"notebook://{one}"]) as events:
            await change(wire, other)
            await change(wire, one)
            event = await anext(aiter(events))
            assert getattr(event, "uri", None) == f"notebook://{one}"
            await wire.call(c.DeleteNotebook(notebook_id=one))
            async for _ in events:  # ends, since there is nothing left to tell of
                pass
        with pytest.raises(MCPError, match="list_notebooks"):
            async with client.listen(resource_subscriptions=["notebook://nowhere"]):
                pass


# ---------------------------------------------------------------------- who it is


@pytest.mark.parametrize("era", ERAS)
async def test_who_may_only_read_sees_and_uses_nothing_that_acts(
    house: CommandLine, era: str
) -> None:
    async with ana(house) as wire:
        made: c.Created = await wire.call(c.CreateNotebook(cells=[c.GivenCell("1")]))
    async with connected(stdio(house, "--read-only"), era) as client:
        tools = (await client.list_tools()).tools
        assert [one.name for one in tools][:3] == READING
        assert all(one.annotations and one.annotations.read_only_hint for one in tools)
        assert (await called(client, "read_notebook", notebook_id=made.notebook_id))["total"] == 1
        acting = {"notebook_id": made.notebook_id, "title": "Mine"}
        assert "This needs notebook:write" in await refused(client, "rename_notebook", **acting)


@pytest.mark.slow
async def test_a_given_credential_and_address_come_first(
    house: CommandLine, tmp_path: Path
) -> None:
    secret = house.process(
        *("token", "create", "--kind", "assistant", "--label", "Reader"),
        *("--scope", "notebook:read"),
    ).out.strip()
    found = find_server(house.data)
    assert found is not None
    nowhere = CommandLine(
        tmp_path / "none",
        tmp_path,
        {"INTHELOOP_URL": found.url, "INTHELOOP_TOKEN": secret},
    )
    async with connected(stdio(nowhere)) as client:
        assert "edit_cell" not in await names_of(client)
    assert not nowhere.data.exists()
    own = read_secret(house.data, "command-line")
    person = CommandLine(nowhere.data, tmp_path, {**nowhere.variables, "INTHELOOP_TOKEN": str(own)})
    said = person.process("mcp")
    assert (said.code, said.out) == (1, "")
    assert "`intheloop token create --kind assistant`" in said.err
    wrong = CommandLine(nowhere.data, tmp_path, {**nowhere.variables, "INTHELOOP_TOKEN": "itl_no"})
    assert "not known here" in wrong.process("mcp").err


@pytest.mark.slow
async def test_one_credential_serves_all_starts_and_is_made_anew_when_it_was_revoked(
    house: CommandLine,
) -> None:
    async def whoever() -> Credential:
        async with connected(stdio(house)) as client:
            nb, _ = await notebook(client)
        async with ana(house) as wire:
            (first, *_), _ = await wire.records(nb)
            listed: c.Credentials = await wire.call(c.ListCredentials())
        return next(one for one in listed.credentials if one.principal_id == first.actor.id)

    one = await whoever()
    assert (one.kind, one.scopes) == (
        "assistant",
        ("notebook:read", "notebook:run", "notebook:write"),
    )
    assert await whoever() == one
    house.process("token", "revoke", one.credential_id)
    assert (await whoever()).credential_id != one.credential_id


# ------------------------------------------------------------------ as a process


def test_nothing_but_the_protocol_comes_out_and_the_end_of_input_is_the_end_but_no_run_s(
    house: CommandLine,
) -> None:
    with raw(house) as server:
        server.say("this is no message")
        server.begin()
        cells = [{"source": "input_is_closed = False\nwhile not input_is_closed: pass"}]
        server.call(1, "create_notebook", title="Long", cells=cells)
        nb = server.answer(1)["result"]["structuredContent"]["notebook_id"]
        server.call(2, "run_cells", notebook_id=nb, wait_s=0)
        execution_id = server.answer(2)["result"]["structuredContent"]["execution_ids"][0]
        server.call(3, "read_execution", notebook_id=nb, execution_id=execution_id, wait_s=600)
        server.end_input()
        assert server.process.wait(20) == 0
    with raw(house) as server:
        server.begin()
        server.call(1, "read_execution", notebook_id=nb, execution_id=execution_id)
        told = server.answer(1)["result"]["structuredContent"]["execution"]
        assert told["state"] in ("queued", "running")
        server.call(2, "cancel_execution", notebook_id=nb, execution_id=execution_id)
        server.answer(2)
        server.call(3, "read_execution", notebook_id=nb, execution_id=execution_id, wait_s=60)
        told = server.answer(3)["result"]["structuredContent"]["execution"]
        assert told["state"] == "cancelled"


@pytest.mark.slow
def test_a_client_that_reads_no_more_does_not_hold_it(house: CommandLine) -> None:
    with raw(house) as server:
        server.begin()
        for number in range(1, 100):
            server.ask(number, "tools/list")
        server.end_input()
        assert server.process.wait(20) == 0
