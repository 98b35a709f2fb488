"""`POST /api/tools/{tool}`: the one row that every tool comes through.

Plain ASGI, because a durable append should cost little more than the disk.
"""

from __future__ import annotations

from typing import Any

from starlette.types import Receive, Scope, Send

from intheloop.commands import PUBLIC_TOOLS, Asked
from intheloop.errors import NotFound
from intheloop.notebooks import Service

from .reading import decode, encode, origin_of, read_body
from .signing import Signing


class CallTool:
    """The ASGI endpoint."""

    def __init__(self, service: Service, signing: Signing, body_limit: int) -> None:
        self._service = service
        self._signing = signing
        self._body_limit = body_limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        tool = PUBLIC_TOOLS.get(scope["path_params"]["tool"])
        if tool is None:
            raise NotFound("There is no such tool; /openapi.json describes those that there are.")
        caller = self._signing.caller(scope)
        origin = origin_of(scope)
        arguments: Any = decode(await read_body(scope, receive, self._body_limit), tool)
        answer = await self._service.call(arguments, caller, origin)
        body = encode(answer)
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(body)),
            (b"cache-control", b"no-store"),
            (b"idempotency-key", (origin.command_id or "").encode()),
        ]
        status = 202 if isinstance(answer, Asked) else 200
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})
