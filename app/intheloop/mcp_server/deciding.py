"""What waits for a person, told to a client that can ask its person something.

It is sent where the decision is made and nothing more: whatever the client answers decides nothing,
for no credential that a program could hold does. After the answer the call says that it waits.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from .party import Party

Context: TypeAlias = ServerRequestContext[Any, Any]


def instead_of(
    result: types.CallToolResult,
    params: types.CallToolRequestParams,
    ctx: Context,
    party: Party,
) -> types.CallToolResult | types.InputRequiredResult:
    """What to tell the person, for a call that waits and a client that was not asked to yet; any
    other result as it is."""
    fields = result.structured_content or {}
    approval_id, path = fields.get("approval_id"), fields.get("decide_at")
    if approval_id is None or path is None or not party.url:
        return result
    able = ctx.session.client_capabilities
    asks = able.elicitation if able is not None else None
    if ctx.protocol_version not in MODERN_PROTOCOL_VERSIONS or asks is None:
        return result
    if approval_id in (params.input_responses or {}):
        return result
    request = told(asks, f"{fields['reason']} Decide it in the page", f"{party.url}{path}")
    return types.InputRequiredResult(
        input_requests={approval_id: types.ElicitRequest(params=request)}
    )


def told(
    asks: types.ElicitationCapability, said: str, url: str
) -> types.ElicitRequestURLParams | types.ElicitRequestFormParams:
    """The page itself, or, to a client that shows none, its address and nothing to fill in."""
    if asks.url is not None:
        return types.ElicitRequestURLParams(message=f"{said}.", url=url)
    nothing = {"type": "object", "properties": {}}
    return types.ElicitRequestFormParams(message=f"{said}: {url}", requested_schema=nothing)
