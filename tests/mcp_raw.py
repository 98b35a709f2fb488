"""The MCP door without a client: one request on the wire, in the present revision or in the last
that began with a handshake."""

from __future__ import annotations

import itertools
from typing import Any

import httpx2

MODERN, LEGACY = "2026-07-28", "2025-11-25"
_INFO = {"name": "raw", "version": "0"}
_ids = itertools.count(1)


def ask(
    http: httpx2.Client, method: str, params: dict[str, Any] | None = None, **more: Any
) -> httpx2.Response:
    """Send a request of the present revision. `meta` is added to its `_meta`, `request_id` is its
    own id, `headers` are added."""
    meta = {
        "io.modelcontextprotocol/protocolVersion": MODERN,
        "io.modelcontextprotocol/clientInfo": _INFO,
        "io.modelcontextprotocol/clientCapabilities": {},
        **more.get("meta", {}),
    }
    given = params or {}
    named = given.get("name") or given.get("uri")
    headers = {
        "Accept": "application/json, text/event-stream",
        "MCP-Protocol-Version": MODERN,
        "Mcp-Method": method,
        **({"Mcp-Name": named} if named else {}),
        **more.get("headers", {}),
    }
    body = {
        "jsonrpc": "2.0",
        "id": more.get("request_id", next(_ids)),
        "method": method,
        "params": {**given, "_meta": meta},
    }
    return http.post("/mcp", json=body, headers=headers)


def call(http: httpx2.Client, tool: str, **more: Any) -> dict[str, Any]:
    """Call a tool with `arguments`, and whatever else `ask` takes; its result."""
    arguments = more.pop("arguments", {})
    answer = ask(http, "tools/call", {"name": tool, "arguments": arguments}, **more)
    assert answer.status_code == 200, answer.text
    result: dict[str, Any] = answer.json()["result"]
    return result


def begin(http: httpx2.Client) -> str:
    """Shake hands in the older way; the id of the session."""
    params = {"protocolVersion": LEGACY, "capabilities": {}, "clientInfo": _INFO}
    answer = ask_in_session(http, None, "initialize", params)
    assert answer.status_code == 200, answer.text
    session = str(answer.headers["mcp-session-id"])
    assert ask_in_session(http, session, "notifications/initialized").status_code == 202
    return session


def ask_in_session(
    http: httpx2.Client, session: str | None, method: str, params: dict[str, Any] | None = None
) -> httpx2.Response:
    """Send a request, or a notification, in a session."""
    body: dict[str, Any] = {"jsonrpc": "2.0", "method": method, "params": params or {}}
    if not method.startswith("notifications/"):
        body["id"] = next(_ids)
    headers = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": LEGACY}
    if session is not None:
        headers["Mcp-Session-Id"] = session
    return http.post("/mcp", json=body, headers=headers)
