"""One call of a tool: arguments in, the answer or a refusal out, progress while it waits."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any

import mcp_types as types
import msgspec
from msgspec import Struct

from intheloop import commands as c
from intheloop.errors import BadArgument, LoopError
from intheloop.values import ID_PATTERN, trace_id_of

from .listing import FOR_MODELS, arguments_of
from .others import Others
from .party import Party, may_use
from .results import refusal, result_of

COMMAND_ID = "intheloop/command_id"
"""The member of `_meta` by which a program makes a call safe to repeat: the protocol's own ids are
new for each request, and each client counts from one."""

_TICK_S = 2.0

Progress = Callable[[float, float | None, str], Awaitable[None]]
"""Tells the caller how far a call is: seconds waited, seconds at most, a sentence."""


async def call_tool(
    party: Party,
    others: Others,
    name: str,
    arguments: dict[str, Any] | None,
    progress: Progress,
    meta: Mapping[str, Any],
) -> types.CallToolResult:
    """The result, be it an answer or a refusal."""
    kind = FOR_MODELS.get(name)
    if kind is None:
        known = ", ".join(one for one, cls in FOR_MODELS.items() if may_use(party, cls))
        return refusal(BadArgument(f"There is no tool {name[:100]!r} for you; there are {known}."))
    try:
        tool = _tool_of(kind, arguments)
        trace_id, command_id = trace_id_of(meta.get("traceparent")), _command_id(meta)
        calling, wait_s = party.call(tool, trace_id, command_id), getattr(tool, "wait_s", 0)
        answer = await (_ticking(calling, wait_s, progress) if wait_s else calling)
        told = await others.since(party, tool, answer)
        return await result_of(answer, tool, party, told)
    except LoopError as error:
        return refusal(error, (arguments or {}).get("notebook_id"))


def _tool_of(kind: type[c.Tool], arguments: dict[str, Any] | None) -> c.Tool:
    """The arguments as those of this tool; a number as text is taken as the number. What is not
    listed is not taken."""
    unknown = (arguments or {}).keys() - arguments_of(kind)
    if unknown:
        known = ", ".join(arguments_of(kind))
        raise BadArgument(f"There is no argument {min(unknown)[:100]!r} here, but {known}.")
    try:
        return msgspec.json.decode(msgspec.json.encode(arguments or {}), type=kind, strict=False)
    except msgspec.ValidationError as error:
        why = f"{error}"
    except UnicodeEncodeError:
        why = "text has whole characters, and this has half a surrogate pair"
    raise BadArgument(f"The arguments do not fit: {why}. Mend them and call again.")


def _command_id(meta: Mapping[str, Any]) -> str | None:
    given = meta.get(COMMAND_ID)
    if given is not None and not (isinstance(given, str) and ID_PATTERN.match(given)):
        raise BadArgument(f"{COMMAND_ID} in _meta is 1 to 64 of A-Za-z0-9_-; send one so.")
    return given


async def _ticking(call: Coroutine[Any, Any, Struct], wait_s: float, progress: Progress) -> Struct:
    """What the call gives; meanwhile somebody is told that it goes on. Cancelling ends the wait,
    which is all that the call does by then: what it started is in the log."""
    began, calling = time.monotonic(), asyncio.ensure_future(call)
    try:
        while not calling.done():
            await asyncio.wait((calling,), timeout=_TICK_S)
            if not calling.done():
                waited = time.monotonic() - began
                await progress(waited, wait_s, f"It runs; {waited:.0f} s were waited.")
        return calling.result()
    finally:
        calling.cancel()
