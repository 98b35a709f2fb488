"""Fixtures of the conformance suite that ask the client something: by a result that requires input
and a retry, or, in the older revisions, by a request to the client in the midst of the call.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp.shared.message import ServerMessageMetadata

from tests.conformance_contents import Json

Context = ServerRequestContext[Any, Any]


def _form(message: str, **properties: Json) -> Json:
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    params = {"mode": "form", "message": message, "requestedSchema": schema}
    return {"method": "elicitation/create", "params": params}


def _sample(said: str, most: int = 100) -> Json:
    messages = [{"role": "user", "content": {"type": "text", "text": said}}]
    return {
        "method": "sampling/createMessage",
        "params": {"messages": messages, "maxTokens": most},
    }


_TEXT = {"type": "string"}
_ROOTS: Json = {"method": "roots/list", "params": {}}
_NAME = {"user_name": _form("What is your name?", name=_TEXT)}
_CONFIRM = {"confirm": _form("Please confirm", ok={"type": "boolean"})}
_PREFIX = "test_input_required_result_"

ASKED_FIRST: dict[str, list[Json]] = {
    f"{_PREFIX}elicitation": [_NAME],
    f"{_PREFIX}sampling": [{"capital_question": _sample("What is the capital of France?")}],
    f"{_PREFIX}list_roots": [{"client_roots": _ROOTS}],
    f"{_PREFIX}request_state": [_CONFIRM],
    f"{_PREFIX}tampered_state": [_CONFIRM],
    f"{_PREFIX}multiple_inputs": [
        {**_NAME, "greeting": _sample("Generate a greeting", 50), "client_roots": _ROOTS}
    ],
    f"{_PREFIX}multi_round": [
        {"step1": _form("Step 1: What is your name?", name=_TEXT)},
        {"step2": _form("Step 2: What is your favorite color?", color=_TEXT)},
    ],
    f"{_PREFIX}capabilities": [{**_NAME, "greeting": _sample("Generate a greeting")}],
    "test_streaming_elicitation": [_NAME],
}
"""By tool, what has to be answered in each of its rounds before it is done."""

_PROMPT = [{"user_context": _form("What context should the prompt use?", context=_TEXT)}]
_CAPABILITIES = {
    "elicitation/create": types.ClientCapabilities(elicitation=types.ElicitationCapability()),
    "sampling/createMessage": types.ClientCapabilities(sampling=types.SamplingCapability()),
    "roots/list": types.ClientCapabilities(roots=types.RootsCapability()),
}


def ask_first(
    ctx: Context, name: str, params: types.InputResponseRequestParams
) -> types.InputRequiredResult | None:
    """What is still to be answered, None once all is. The state counts the rounds that are over."""
    rounds, answers = ASKED_FIRST.get(name, _PROMPT), params.input_responses or {}
    over = int(params.request_state or 0)
    asked = {
        key: request
        for key, request in rounds[over].items()
        if ctx.session.check_client_capability(_CAPABILITIES[request["method"]])
    }
    if asked.keys() <= answers.keys():
        over, asked = over + 1, {}
    if over == len(rounds):
        return None
    required = {"inputRequests": asked or rounds[over], "requestState": str(over)}
    return types.InputRequiredResult.model_validate(required)


async def _elicited(ctx: Context, request: Json) -> str:
    _require(ctx, request)
    found = await ctx.session.send_request(
        types.ElicitRequest.model_validate(request),
        types.ElicitResult,
        metadata=ServerMessageMetadata(related_request_id=ctx.request_id),
    )
    return f"action={found.action}, content={found.content}"


async def _sampled(ctx: Context, arguments: Json) -> str:
    request = _sample(arguments["prompt"])
    _require(ctx, request)
    found = await ctx.session.send_request(
        types.CreateMessageRequest.model_validate(request),
        types.CreateMessageResult,
        metadata=ServerMessageMetadata(related_request_id=ctx.request_id),
    )
    return f"LLM response: {found.content}"


def _require(ctx: Context, request: Json) -> None:
    if not ctx.session.check_client_capability(_CAPABILITIES[request["method"]]):
        raise MCPError(types.INVALID_REQUEST, f"The client does not serve {request['method']}.")


async def _asked_for_name(ctx: Context, arguments: Json) -> str:
    return await _elicited(ctx, _form(arguments["message"], username=_TEXT, email=_TEXT))


async def _asked_with_defaults(ctx: Context, arguments: Json) -> str:
    return await _elicited(
        ctx,
        _form(
            "Please check",
            name={"type": "string", "default": "John Doe"},
            age={"type": "integer", "default": 30},
            score={"type": "number", "default": 95.5},
            status={
                "type": "string",
                "enum": ["active", "inactive", "pending"],
                "default": "active",
            },
            verified={"type": "boolean", "default": True},
        ),
    )


async def _asked_to_choose(ctx: Context, arguments: Json) -> str:
    plain = ["option1", "option2", "option3"]
    titled = [{"const": f"value{n}", "title": f"Choice {n}"} for n in (1, 2, 3)]
    return await _elicited(
        ctx,
        _form(
            "Please choose",
            untitledSingle={"type": "string", "enum": plain},
            titledSingle={"type": "string", "oneOf": titled},
            legacyEnum={
                "type": "string",
                "enum": ["opt1", "opt2", "opt3"],
                "enumNames": ["Option One", "Option Two", "Option Three"],
            },
            untitledMulti={"type": "array", "items": {"type": "string", "enum": plain}},
            titledMulti={"type": "array", "items": {"anyOf": titled}},
        ),
    )


ASKS_NOW: dict[str, Callable[[Context, Json], Awaitable[str]]] = {
    "test_sampling": _sampled,
    "test_elicitation": _asked_for_name,
    "test_elicitation_sep1034_defaults": _asked_with_defaults,
    "test_elicitation_sep1330_enums": _asked_to_choose,
}
"""By tool, how it asks while it is called."""
