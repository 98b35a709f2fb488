"""The MCP door as the protocol's own client sees it: tools, resources, prompts and notices, in the
present revision and in those that begin with a handshake."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager

import mcp_types as types
import pytest
from mcp.client import Client
from mcp.shared.exceptions import MCPError

from intheloop import commands as c
from intheloop.mcp_server.listing import FOR_MODELS
from intheloop.mcp_server.resources import PAGE
from tests.mcp_callers import ERAS, Era, called, model, refused, subscribe, text_of, unsubscribe
from tests.serving import Served

pytestmark = pytest.mark.anyio
SOON_S = 10

READING = [name for name, tool in FOR_MODELS.items() if tool.TARGET == "nothing"]


@pytest.fixture(params=ERAS)
def era(request: pytest.FixtureRequest) -> Iterator[Era]:
    yield request.param


@pytest.fixture(scope="module")
def ana(served: Served) -> str:
    return served.person("Ana")


@pytest.fixture(scope="module")
def mine(served: Served, ana: str) -> str:
    return served.secret(ana)


async def test_the_door_says_what_it_is_and_promises_no_more(
    served: Served, mine: str, era: Era
) -> None:
    async with model(served.url, mine, era) as client:
        able = client.server_capabilities
        assert client.server_info and client.server_info.title == "In The Loop"
        assert client.instructions and "read_history" in client.instructions
        assert able.tools and not able.tools.list_changed
        assert able.prompts and not able.prompts.list_changed
        assert able.resources and not able.resources.list_changed and able.resources.subscribe
        assert able.completions and able.logging is None


async def test_tools_are_those_that_a_credential_opens_in_the_order_of_the_table(
    served: Served, ana: str, mine: str, era: Era
) -> None:
    reader = served.secret(ana, "assistant", ["notebook:read"])
    runner = served.secret(ana, "assistant", ["notebook:read", "notebook:run"])

    async def names(secret: str) -> list[str]:
        async with model(served.url, secret, era) as client:
            first, second = await client.list_tools(), await client.list_tools()
        assert first == second
        return [tool.name for tool in first.tools]

    assert await names(mine) == list(FOR_MODELS)
    assert await names(reader) == READING
    assert "run_cells" in await names(runner) and "edit_cell" not in await names(runner)


async def test_a_tool_answers_in_fields_and_in_words(served: Served, mine: str, era: Era) -> None:
    async with model(served.url, mine, era) as client:
        made = await called(client, "create_notebook", title="Herons", cells=[{"source": "1 + 1"}])
        result = await client.call_tool("read_notebook", {"notebook_id": made["notebook_id"]})
        (cell,) = result.structured_content["cells"]
        assert cell["source"] == "1 + 1" and cell["cell_id"] == made["cell_ids"][0]
        assert "Herons" in text_of(result) and cell["cell_id"] in text_of(result)


async def test_a_call_that_cannot_be_done_is_a_sentence_and_no_error_of_the_protocol(
    served: Served, mine: str, era: Era
) -> None:
    notebook_id = served.notebook(mine)
    async with model(served.url, mine, era) as client:
        said = await refused(client, "edit_cells", notebook_id=notebook_id)
        assert said.startswith("There is no tool 'edit_cells' for you; there are list_notebooks, ")
        said = await refused(client, "edit_cell", notebook_id=notebook_id)
        assert "missing required field `cell_id`" in said and said.endswith("call again.")
        said = await refused(client, "delete_cells", notebook_id=notebook_id, cell_ids=["c9"])
        assert "read_notebook shows the cells" in said


async def test_a_stale_edit_is_refused_with_who_changed_what_and_the_current_source(
    served: Served, ana: str, mine: str, era: Era
) -> None:
    notebook_id = served.notebook(mine, sources=["a = 1\nb = 2"])
    bea = served.secret(ana, "assistant", label="Bea")
    edit = {"notebook_id": notebook_id, "cell_id": "c1", "base_rev": 2}
    async with (
        model(served.url, mine, era) as mine_,
        model(served.url, bea, era, "Bea") as hers,
    ):
        done = await called(hers, "edit_cell", **edit, source="a = 1\nb = 3")
        said = await refused(mine_, "edit_cell", **edit, source="a = 5\nb = 2")
        assert (
            "Ana's assistant, via Bea, edited it" in said
            and "a = 1\nb = 3" in said
            and str(done["rev"]) in said
        )
        await called(mine_, "edit_cell", **edit | {"base_rev": done["rev"]}, source="a = 5\nb = 3")


async def test_a_call_that_waits_tells_how_far_it_is(served: Served, mine: str) -> None:
    notebook_id = served.notebook(mine)
    told: list[tuple[float, float | None, str | None]] = []

    async def note(progress: float, total: float | None, message: str | None) -> None:
        told.append((progress, total, message))

    async with model(served.url, mine) as client:
        waiting = {"notebook_id": notebook_id, "source": "1", "wait_s": 2.5}
        result = await client.call_tool("run_code", waiting, progress_callback=note)
    assert [(round(done), total) for done, total, _ in told] == [(2, 2.5)]
    assert "No runtime is attached" in text_of(result)


async def test_a_result_tells_what_others_did_since_one_last_looked(
    served: Served, ana: str, mine: str, era: Era
) -> None:
    notebook_id = served.notebook(mine, sources=["1"])
    bea = served.secret(ana, "assistant")
    async with (
        model(served.url, mine, era) as mine_,
        model(served.url, bea, era, "Bea") as hers,
    ):
        await called(mine_, "read_notebook", notebook_id=notebook_id)
        again = await called(mine_, "read_notebook", notebook_id=notebook_id)
        assert "others" not in again
        await called(hers, "insert_cells", notebook_id=notebook_id, cells=[{"source": "2"}])
        result = await mine_.call_tool("read_notebook", {"notebook_id": notebook_id})
        line = result.structured_content["others"]
        assert "others did one thing: Ana's assistant, via Bea," in line and line in text_of(result)
        assert f'read_history(notebook_id="{notebook_id}", after={again["seq"]})' in line
        after = await called(mine_, "read_notebook", notebook_id=notebook_id)
        assert "others" not in after


async def test_notebooks_are_resources_by_their_three_forms(
    served: Served, mine: str, era: Era
) -> None:
    notebook_id = served.notebook(mine, "Terns", sources=["x = 'tern'", "y = 'gull'"])
    async with model(served.url, mine, era) as client:
        listed = {one.uri: one.title for one in (await client.list_resources()).resources}
        assert listed[f"notebook://{notebook_id}"] == "Terns"
        templates = (await client.list_resource_templates()).resource_templates
        assert [one.uri_template for one in templates] == [
            "notebook://{notebook_id}",
            "notebook://{notebook_id}/cells/{cell_id}",
            "notebook://{notebook_id}/events",
        ]

        async def text(uri: str) -> str:
            (found,) = (await client.read_resource(uri)).contents
            assert isinstance(found, types.TextResourceContents) and found.uri == uri
            return found.text

        assert "tern" in await text(f"notebook://{notebook_id}")
        cell = await text(f"notebook://{notebook_id}/cells/c2")
        assert "gull" in cell and "tern" not in cell
        assert "created" in await text(f"notebook://{notebook_id}/events")
        with pytest.raises(MCPError) as error:
            await client.read_resource(f"notebook://{notebook_id}/cells/c7")
        assert error.value.error.code == types.INVALID_PARAMS
        assert error.value.error.data == {"uri": f"notebook://{notebook_id}/cells/c7"}


async def test_notebooks_are_listed_page_by_page(served: Served, era: Era) -> None:
    secret = served.secret(served.person("Dora"))
    ids = {served.notebook(secret) for _ in range(PAGE + 1)}
    async with model(served.url, secret, era) as client:
        first = await client.list_resources()
        assert len(first.resources) == PAGE and first.next_cursor is not None
        second = await client.list_resources(cursor=first.next_cursor)
        assert second.next_cursor is None
        found = [one.name for one in (*first.resources, *second.resources)]
        assert len(found) == len(ids) and set(found) == ids
        with pytest.raises(MCPError) as error:
            await client.list_resources(cursor="nonsense")
        assert error.value.error.code == types.INVALID_PARAMS


async def test_ids_are_completed_in_prompts_and_templates(
    served: Served, mine: str, era: Era
) -> None:
    notebook_id = served.notebook(mine, sources=["1", "2"])
    async with model(served.url, mine, era) as client:
        prompt = types.PromptReference(name="debug_cell")
        template = types.ResourceTemplateReference(uri="notebook://{notebook_id}/cells/{cell_id}")
        for ref in (prompt, template):
            found = await client.complete(ref, {"name": "notebook_id", "value": notebook_id[:-1]})
            assert found.completion.values == [notebook_id]
            cells = await client.complete(
                ref, {"name": "cell_id", "value": "c"}, {"notebook_id": notebook_id}
            )
            assert cells.completion.values == ["c1", "c2"]
            nothing = await client.complete(ref, {"name": "cell_id", "value": "c"})
            assert nothing.completion.values == []


async def test_the_ids_of_all_cells_of_a_long_notebook_are_completed(
    served: Served, mine: str, era: Era
) -> None:
    notebook_id = served.notebook(mine, sources=["x" * 50] * 1000)
    async with model(served.url, mine, era) as client:
        template = types.ResourceTemplateReference(uri="notebook://{notebook_id}/cells/{cell_id}")
        known = {"notebook_id": notebook_id}
        found = await client.complete(template, {"name": "cell_id", "value": "c99"}, known)
        assert found.completion.values == ["c99", *(f"c{number}" for number in range(990, 1000))]
        many = (await client.complete(template, {"name": "cell_id", "value": ""}, known)).completion
        assert (len(many.values), many.total, many.has_more) == (100, 1000, True)


async def test_prompts_are_filled_in_and_say_what_they_need(
    served: Served, mine: str, era: Era
) -> None:
    async with model(served.url, mine, era) as client:
        prompts = (await client.list_prompts()).prompts
        assert all(one.description and one.arguments for one in prompts)
        given = {"notebook_id": "nb7", "cell_id": "c3"}
        (message,) = (await client.get_prompt("debug_cell", given)).messages
        assert isinstance(message.content, types.TextContent)
        assert "c3" in message.content.text and "nb7" in message.content.text
        with pytest.raises(MCPError, match="needs cell_id; give it"):
            await client.get_prompt("debug_cell", {"notebook_id": "nb7"})
        with pytest.raises(MCPError, match="there are explain_notebook"):
            await client.get_prompt("sing")


@asynccontextmanager
async def watching(
    served: Served, secret: str, era: Era, *uris: str
) -> AsyncGenerator[asyncio.Queue[str]]:
    """The notices of resources, as this era brings them; "" is the end of the stream."""
    notices: asyncio.Queue[str] = asyncio.Queue()

    async def note(message: object) -> None:
        if isinstance(message, types.ResourceUpdatedNotification):
            notices.put_nowait(message.params.uri)

    async def listen(client: Client) -> None:
        async with client.listen(resource_subscriptions=list(uris)) as stream:
            notices.put_nowait("begun")
            async for event in stream:
                notices.put_nowait(getattr(event, "uri", str(event)))
        notices.put_nowait("")

    handler = note if era == "legacy" else None
    async with model(served.url, secret, era, message_handler=handler) as client:
        if era == "legacy":
            for uri in uris:
                await subscribe(client, uri)
            yield notices
            for uri in uris:
                await unsubscribe(client, uri)
            return
        listening = asyncio.create_task(listen(client))
        assert await soon(notices) == "begun"
        yield notices
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


async def soon(notices: asyncio.Queue[str]) -> str:
    async with asyncio.timeout(SOON_S):
        return await notices.get()


async def test_a_change_is_told_to_who_watches_and_one_elsewhere_is_not(
    served: Served, mine: str, era: Era
) -> None:
    here, there, elsewhere = (served.notebook(mine, sources=["1"]) for _ in range(3))
    uris = f"notebook://{here}", f"notebook://{there}/cells/c1"
    async with (
        watching(served, mine, era, *uris) as notices,
        model(served.url, mine, era) as client,
    ):
        await called(client, "add_comment", notebook_id=elsewhere, text="not seen")
        for notebook_id, uri in ((here, uris[0]), (there, uris[1]), (here, uris[0])):
            await called(client, "add_comment", notebook_id=notebook_id, text="seen")
            assert await soon(notices) == uri
    assert notices.empty()


async def test_notices_end_with_the_access(served: Served, ana: str, mine: str, era: Era) -> None:
    notebook_id, kept = served.notebook(mine, sources=["1"]), served.notebook(mine)
    bob = served.person("Bob")
    for one in (notebook_id, kept):
        served.grant(one, bob, "viewer")
    his = served.secret(bob, "assistant", ["notebook:read"])
    uri, kept_uri = f"notebook://{notebook_id}", f"notebook://{kept}"
    async with (
        model(served.url, mine, era) as client,
        watching(served, his, era, kept_uri) as of_kept,
        watching(served, his, era, uri) as notices,
    ):
        await called(client, "add_comment", notebook_id=notebook_id, text="seen")
        assert await soon(notices) == uri
        gone = c.RevokeRole(notebook_id=notebook_id, person_id=bob)
        await asyncio.to_thread(served.call_as_system, gone)
        await called(client, "add_comment", notebook_id=notebook_id, text="hidden")
        await called(client, "add_comment", notebook_id=kept, text="seen")
        assert await soon(of_kept) == kept_uri
        if era != "legacy":
            assert await soon(notices) == ""
        assert notices.empty()


async def test_who_may_not_read_watches_nothing(
    served: Served, ana: str, mine: str, era: Era
) -> None:
    notebook_id = served.notebook(mine)
    async with model(served.url, served.secret(served.person("Bob")), era) as client:
        for uri, says in (
            (f"notebook://{notebook_id}", "that you may see"),
            ("notebook://workspace/events", "for admins"),
            ("file:///etc/passwd", "the forms are notebook://ID"),
        ):
            with pytest.raises(MCPError, match=says):
                if era == "legacy":
                    await subscribe(client, uri)
                else:
                    async with client.listen(resource_subscriptions=[uri]):
                        pass
