"""A tool that asks the person at the client first: what the client carries to the next round is
sealed, and for the credential alone that was asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx2
import mcp_types as types
import pytest
from mcp.client.context import ClientRequestContext

from tests.conformance_fixtures import mount
from tests.mcp_callers import ERAS, Era, model, text_of
from tests.mcp_raw import ask
from tests.serving import Served, serving

ELICITS: dict[str, Any] = {"io.modelcontextprotocol/clientCapabilities": {"elicitation": {}}}
TOOL = "test_input_required_result_request_state"
OTHER = "test_input_required_result_tampered_state"


@pytest.fixture(scope="module")
def here() -> Iterator[Served]:
    """A server with tools that ask."""
    with serving(furnish=lambda endpoint: mount(endpoint.server)) as one:
        yield one


def test_what_a_client_carries_is_for_the_one_that_was_asked_and_this_call_alone(
    here: Served,
) -> None:
    ana = here.person("Ana")
    first, second = (here.secret(ana, "assistant") for _ in range(2))

    def answer(http: httpx2.Client, state: str, tool: str = TOOL) -> httpx2.Response:
        yes = {"confirm": {"action": "accept", "content": {"ok": True}}}
        given = {"name": tool, "arguments": {}, "inputResponses": yes, "requestState": state}
        return ask(http, "tools/call", given, meta=ELICITS)

    with here.client(first) as mine, here.client(second) as other:
        begun = ask(mine, "tools/call", {"name": TOOL, "arguments": {}}, meta=ELICITS)
        asked = begun.json()["result"]
        assert asked["resultType"] == "input_required"
        state = asked["requestState"]
        for refused in (
            answer(other, state),
            answer(mine, state, OTHER),
            answer(mine, state[:-4] + "AAAA"),
            answer(mine, "0"),
        ):
            assert refused.status_code == 400
            assert refused.json()["error"]["message"] == "Invalid or expired requestState"
        assert answer(mine, state).json()["result"]["resultType"] == "complete"


@pytest.mark.anyio
@pytest.mark.parametrize("era", ERAS)
async def test_a_person_at_a_client_of_either_era_is_asked(here: Served, era: Era) -> None:
    async def answer(
        context: ClientRequestContext, params: types.ElicitRequestParams
    ) -> types.ElicitResult:
        return types.ElicitResult(action="accept", content={"name": "Ana", "username": "ana"})

    secret = here.secret(here.person("Ana"))
    tools = {"auto": "test_input_required_result_elicitation", "legacy": "test_elicitation"}
    async with model(here.url, secret, era, elicitation_callback=answer) as client:
        result = await client.call_tool(tools[era], {"message": "Who are you?"})
        assert "answered" in text_of(result) or "ana" in text_of(result)
