"""What the conformance suite wants of every server under test: tools, resources and prompts of
fixed names. Mounted on our server by tests alone; what is not theirs still reaches ours.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.request_state import RequestStateBoundary, RequestStateSecurity
from mcp.shared.exceptions import MCPError

from tests.conformance_asking import ASKED_FIRST, ASKS_NOW, ask_first
from tests.conformance_contents import (
    CONTENTS,
    PROMPTS,
    RESOURCES,
    SCHEMAS,
    TEMPLATE,
    Json,
    templated,
    text,
)

Context = ServerRequestContext[Any, Any]
Handler = Callable[[Context, Any], Awaitable[Any]]

_LISTED = {"type": "object", "properties": {}}
_PROMPT_THAT_ASKS = "test_input_required_result_prompt"


def mount(server: Server[Any]) -> None:
    """Add the fixtures to a server."""
    security = RequestStateSecurity.ephemeral()
    server.middleware.append(RequestStateBoundary(security, default_audience=server.name))
    _beside(server, "tools/list", _tools)
    _beside(server, "tools/call", _call)
    _beside(server, "resources/list", _resources)
    _beside(server, "resources/templates/list", _templates)
    _beside(server, "resources/read", _read)
    _beside(server, "resources/subscribe", _watch)
    _beside(server, "resources/unsubscribe", _watch)
    _beside(server, "prompts/list", _prompts)
    _beside(server, "prompts/get", _prompt)
    server.get_tool_input_schema = SCHEMAS.get
    server.add_request_handler("logging/setLevel", types.SetLevelRequestParams, _set_level)


def _beside(server: Server[Any], method: str, wrap: Callable[[Handler], Handler]) -> None:
    """Put a handler before the server's own, which it may call."""
    entry = server.get_request_handler(method)
    assert entry is not None, f"the server does not serve {method}"
    server.add_request_handler(method, entry.params_type, wrap(entry.handler))


def _tools(ours: Handler) -> Handler:
    names = [*CONTENTS, *ASKED_FIRST, *ASKS_NOW, *_DOES, *SCHEMAS]

    async def tools(ctx: Context, params: types.PaginatedRequestParams) -> types.ListToolsResult:
        found: types.ListToolsResult = await ours(ctx, params)
        listed = [
            types.Tool(name=name, description="A fixture.", input_schema=SCHEMAS.get(name, _LISTED))
            for name in names
        ]
        return found.model_copy(update={"tools": [*found.tools, *listed]})

    return tools


def _call(ours: Handler) -> Handler:
    async def call(ctx: Context, params: types.CallToolRequestParams) -> Any:
        name = params.name
        if name in CONTENTS:
            return types.CallToolResult.model_validate(CONTENTS[name])
        if name in SCHEMAS:
            return _said("It was called.")
        if name in ASKED_FIRST:
            return ask_first(ctx, name, params) or _said("state-ok: all was answered.")
        if name in ASKS_NOW:
            return _said(await ASKS_NOW[name](ctx, params.arguments or {}))
        if name in _DOES:
            return _said(await _DOES[name](ctx))
        return await ours(ctx, params)

    return call


async def _progresses(ctx: Context) -> str:
    for done in (0, 50, 100):
        await ctx.session.report_progress(done, 100)
    return "It was reported."


async def _logs(ctx: Context) -> str:
    for step in ("started", "processing data", "completed"):
        await ctx.session.send_log_message(
            "info", f"Tool execution {step}", related_request_id=ctx.request_id
        )
    return "It was logged."


async def _needs_sampling(ctx: Context) -> str:
    if ctx.session.check_client_capability(
        types.ClientCapabilities(sampling=types.SamplingCapability())
    ):
        return "The client samples."
    needed: Json = {"requiredCapabilities": {"sampling": {}}}
    raise MCPError(types.MISSING_REQUIRED_CLIENT_CAPABILITY, "This tool needs sampling.", needed)


_DOES: dict[str, Callable[[Context], Awaitable[str]]] = {
    "test_tool_with_progress": _progresses,
    "test_tool_with_logging": _logs,
    "test_logging_tool": _logs,
    "test_missing_capability": _needs_sampling,
}


def _said(text: str) -> types.CallToolResult:
    return types.CallToolResult(content=[types.TextContent(type="text", text=text)])


def _resources(ours: Handler) -> Handler:
    async def resources(ctx: Context, params: Any) -> types.ListResourcesResult:
        found: types.ListResourcesResult = await ours(ctx, params)
        listed = [types.Resource(uri=uri, name=uri) for uri in RESOURCES]
        return found.model_copy(update={"resources": [*found.resources, *listed]})

    return resources


def _templates(ours: Handler) -> Handler:
    async def templates(ctx: Context, params: Any) -> types.ListResourceTemplatesResult:
        found: types.ListResourceTemplatesResult = await ours(ctx, params)
        listed = [types.ResourceTemplate(uri_template=TEMPLATE, name="data")]
        both = [*found.resource_templates, *listed]
        return found.model_copy(update={"resource_templates": both})

    return templates


def _read(ours: Handler) -> Handler:
    async def read(ctx: Context, params: types.ReadResourceRequestParams) -> Any:
        uri = str(params.uri)
        content = RESOURCES.get(uri) or templated(uri)
        if content is None:
            return await ours(ctx, params)
        return types.ReadResourceResult.model_validate({"contents": [{"uri": uri, **content}]})

    return read


def _watch(ours: Handler) -> Handler:
    async def watch(ctx: Context, params: Any) -> Any:
        return {} if str(params.uri) == "test://watched-resource" else await ours(ctx, params)

    return watch


def _prompts(ours: Handler) -> Handler:
    async def prompts(ctx: Context, params: Any) -> types.ListPromptsResult:
        found: types.ListPromptsResult = await ours(ctx, params)
        listed = [
            types.Prompt(name=name, description="A fixture.")
            for name in (*PROMPTS, _PROMPT_THAT_ASKS)
        ]
        return found.model_copy(update={"prompts": [*found.prompts, *listed]})

    return prompts


def _prompt(ours: Handler) -> Handler:
    async def prompt(ctx: Context, params: types.GetPromptRequestParams) -> Any:
        if params.name == _PROMPT_THAT_ASKS:
            return ask_first(ctx, params.name, params) or _messages([text("It was answered.")])
        if params.name not in PROMPTS:
            return await ours(ctx, params)
        return _messages(PROMPTS[params.name](params.arguments or {}))

    return prompt


def _messages(contents: list[Json]) -> types.GetPromptResult:
    messages = [{"role": "user", "content": one} for one in contents]
    return types.GetPromptResult.model_validate({"messages": messages})


async def _set_level(ctx: Context, params: types.SetLevelRequestParams) -> types.EmptyResult:
    return types.EmptyResult()
