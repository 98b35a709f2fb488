"""Long runs as tasks, the extension `io.modelcontextprotocol/tasks`: for a client that declares it,
a call whose run goes on after its wait is answered by a task.

A task is no state of this door: its id names the notebook and the first execution, and what there
is to tell of it is read from the log. Owns the ids and the form of tasks; runs are ended by the
tools that end runs.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Final, TypeAlias

import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp_types.jsonrpc import HEADER_MISMATCH, MISSING_REQUIRED_CLIENT_CAPABILITY
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from intheloop import commands as c
from intheloop.errors import Conflict, NotFound
from intheloop.values import ID_PATTERN

from .party import Party
from .results import result_of

Context: TypeAlias = ServerRequestContext[Any, Any]
Json: TypeAlias = dict[str, Any]

EXTENSION: Final = "io.modelcontextprotocol/tasks"

_POLL_MS = 1000
_STARTING = frozenset(kind.tool_name() for kind in (c.RunCells, c.RunCode))
_GOING: dict[object, str] = {
    "queued": "It waits in the queue.",
    "running": "It runs.",
    "waiting for input": "It asks for a line of text.",
    "adrift": "Its runtime is out of reach; it may come back.",
}
_VALUE = {"type": "object", "properties": {"value": {"type": "string"}}, "required": ["value"]}


class TaskParams(types.RequestParams):
    """What `tasks/get` and `tasks/cancel` take."""

    task_id: str


class UpdateParams(TaskParams):
    """What `tasks/update` takes: answers by the keys that were asked under."""

    input_responses: dict[str, Any] = {}


def declared(ctx: Context) -> bool:
    """Whether the sender of this request knows tasks."""
    able = ctx.session.client_capabilities
    return bool(
        ctx.protocol_version in MODERN_PROTOCOL_VERSIONS
        and able is not None
        and able.extensions
        and EXTENSION in able.extensions
    )


def require(ctx: Context) -> None:
    """Raises MCPError unless the sender of this request knows tasks."""
    if not declared(ctx):
        raise MCPError(
            MISSING_REQUIRED_CLIENT_CAPABILITY,
            f"Declare the extension {EXTENSION} in the client's capabilities to use tasks; "
            "without it read_execution waits for a run.",
            {"requiredCapabilities": {"extensions": {EXTENSION: {}}}},
        )


async def instead_of(
    result: types.CallToolResult, params: types.CallToolRequestParams, party: Party
) -> types.CallToolResult | Json:
    """The task of a run that goes on; any other result as it is."""
    fields = result.structured_content or {}
    ids = fields.get("execution_ids")
    # Without a state nobody waited at all.
    if params.name not in _STARTING or not ids or fields.get("state", "queued") not in _GOING:
        return result
    first = c.ReadBatch(notebook_id=(params.arguments or {})["notebook_id"], execution_id=ids[0])
    batch = await party.call(first)
    assert isinstance(batch, c.Batch)
    return {"resultType": "task", **_task(first, batch, "working", _going(batch.requested))}


async def get(ctx: Context, params: TaskParams, party: Party) -> Json:
    """How a task stands, with what came of it. Raises MCPError, or one of `errors`."""
    query = _query(ctx, params)
    batch = await party.call(query)
    assert isinstance(batch, c.Batch)
    found = batch.requested
    if found.state == "waiting for input" and (asks := _asks(ctx, found)):
        return {**_task(query, batch, "input_required", _going(found)), "inputRequests": asks}
    if found.state in _GOING:
        return _task(query, batch, "working", _going(found))
    if found.state == "cancelled":
        reasons = (one.reason for one in found.executions if one.reason)
        return _task(query, batch, "cancelled", next(reasons, "It was cancelled."))
    result = await result_of(found, c.RunCells(notebook_id=query.notebook_id), party, "")
    told = result.model_dump(by_alias=True, mode="json", exclude_none=True)
    return {**_task(query, batch, "completed", f"It ended: {found.state}."), "result": told}


async def cancel(ctx: Context, params: TaskParams, party: Party) -> Json:
    """Cancel what has not ended of a task: what is queued first, so that it does not begin."""
    query = _query(ctx, params)
    batch = await party.call(query)
    assert isinstance(batch, c.Batch)
    now = await party.call(c.ReadRuntime(notebook_id=query.notebook_id))
    assert isinstance(now, c.RuntimeState)
    own = frozenset(batch.requested.execution_ids)
    for execution_id in (*reversed(now.queue), now.running):
        if execution_id in own:
            with suppress(Conflict):  # it ended meanwhile
                await party.call(
                    c.CancelExecution(notebook_id=query.notebook_id, execution_id=execution_id)
                )
    return {}


async def update(ctx: Context, params: UpdateParams, party: Party) -> Json:
    """Give the line that the code asks for. What is not asked, or no more, is passed over."""
    query = _query(ctx, params)
    await party.call(query)
    for input_id, given in params.input_responses.items():
        value = (given.get("content") or {}).get("value") if isinstance(given, dict) else None
        accepted = isinstance(value, str) and given.get("action") == "accept"
        if accepted and ID_PATTERN.match(input_id):
            with suppress(Conflict, NotFound):
                await party.call(
                    c.ProvideInput(notebook_id=query.notebook_id, input_id=input_id, value=value)
                )
    return {}


def _query(ctx: Context, params: TaskParams) -> c.ReadBatch:
    """What a task's id names. Raises MCPError."""
    if ctx.protocol_version not in MODERN_PROTOCOL_VERSIONS:
        raise MCPError(types.METHOD_NOT_FOUND, "Method not found")
    require(ctx)
    if ctx.request is not None and ctx.request.headers.get("mcp-name") != params.task_id:
        raise MCPError(HEADER_MISMATCH, "The header Mcp-Name must be the task's id.")
    parts = params.task_id.split(".")
    if len(parts) != 2 or not all(map(ID_PATTERN.match, parts)):
        raise MCPError(types.INVALID_PARAMS, f"There is no task {params.task_id[:100]!r}.")
    return c.ReadBatch(notebook_id=parts[0], execution_id=parts[1])


def _task(query: c.ReadBatch, batch: c.Batch, status: str, message: str) -> Json:
    """It is kept for ever, as the log is."""
    return {
        "taskId": f"{query.notebook_id}.{query.execution_id}",
        "status": status,
        "statusMessage": message,
        "createdAt": batch.requested_at,
        "lastUpdatedAt": batch.changed_at,
        "ttlMs": None,
        "pollIntervalMs": _POLL_MS,
    }


def _going(found: c.Requested) -> str:
    if found.waiting_for_runtime:
        return "No runtime is attached yet; it waits for one."
    asking = next((one for one in found.executions if one.asks is not None), None)
    if asking is not None:
        return f"It asks {asking.asks!r}. {asking.more}".strip()
    return _GOING[found.state]


def _asks(ctx: Context, found: c.Requested) -> Json:
    """The question as a request to the client, if that can ask its person. A password is for
    nobody to ask for by this way: it has no input_id here."""
    able = ctx.session.client_capabilities
    if able is None or able.elicitation is None:
        return {}
    return {
        one.input_id: {
            "method": "elicitation/create",
            "params": {
                "mode": "form",
                "message": one.asks or "The code asks for a line of text.",
                "requestedSchema": _VALUE,
            },
        }
        for one in found.executions
        if one.input_id is not None
    }
