"""What waits for a person, told to a client that can show a page to its person.

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
    """The request to show the page, for a call that waits and a client that was not sent there
    yet; any other result as it is."""
    fields = result.structured_content or {}
    approval_id, path = fields.get("approval_id"), fields.get("decide_at")
    if approval_id is None or path is None or not party.url or not _can_show(ctx):
        return result
    if approval_id in (params.input_responses or {}):
        return result
    request = types.ElicitRequest(
        params=types.ElicitRequestURLParams(
            message=f"{fields['reason']} Decide it in the page.", url=f"{party.url}{path}"
        )
    )
    return types.InputRequiredResult(input_requests={approval_id: request})


def _can_show(ctx: Context) -> bool:
    able = ctx.session.client_capabilities
    asks = able.elicitation if able is not None else None
    modern = ctx.protocol_version in MODERN_PROTOCOL_VERSIONS
    return modern and asks is not None and asks.url is not None
