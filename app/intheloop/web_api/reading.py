"""What a request says: headers, body and query, checked for form and turned into values once.

Every fault is BadArgument or TooLarge with the place in it.
"""

from __future__ import annotations

import re
import secrets
from typing import Any, TypeVar, cast
from urllib.parse import parse_qsl

import msgspec
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope

from intheloop.errors import BadArgument, TooLarge
from intheloop.events import Client
from intheloop.notebooks import Origin
from intheloop.values import ID_PATTERN, trace_id_of

T = TypeVar("T")

LONGEST_NAME = 64
"""Characters of what a client calls itself."""

_BROWSER = re.compile(r"(Firefox|Edg|Chrome|Version)/([0-9.]+)")
_BROWSER_NAMES = {"Edg": "Edge", "Version": "Safari"}


def headers_of(scope: Scope) -> dict[str, str]:
    """The request's headers by lower-case name; the last of a name counts."""
    known = scope.get("intheloop.headers")
    if known is None:
        known = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        }
        scope["intheloop.headers"] = known
    return cast(dict[str, str], known)


async def read_body(scope: Scope, receive: Receive, limit: int) -> bytes:
    """The whole body. Raises TooLarge as soon as it is known to have more than `limit` bytes."""
    declared = headers_of(scope).get("content-length", "")
    if declared.isdecimal() and int(declared) > limit:
        raise _too_large(limit)
    chunks: list[bytes] = []
    size = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise _too_large(limit)
        chunks.append(chunk)
        more = message.get("more_body", False)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _too_large(limit: int) -> TooLarge:
    return TooLarge(
        f"The body has more than {limit} bytes; send less at once, or put the bytes into a blob.",
        limit=limit,
    )


def decode(body: bytes, kind: type[T]) -> T:
    """The value that a JSON body spells. Raises BadArgument."""
    try:
        return msgspec.json.decode(body, type=kind)
    except UnicodeDecodeError:
        raise BadArgument("The body is not UTF-8; send JSON in UTF-8.") from None
    except msgspec.ValidationError as error:
        raise BadArgument(f"The arguments do not fit: {error}. {_MEND}") from None
    except msgspec.DecodeError as error:
        raise BadArgument(f"The body is not valid JSON: {error}. {_MEND}") from None
    except RecursionError:
        raise BadArgument(f"The JSON is nested too deeply. {_MEND}") from None


_MEND = "/openapi.json describes what is taken."


def query_of(scope: Scope, kind: type[T]) -> T:
    """The query parameters as a value; empty ones count as left out. Raises BadArgument."""
    try:
        pairs = parse_qsl(scope["query_string"].decode("ascii"), errors="strict")
        given = {name: value for name, value in pairs if value}
        return msgspec.convert(given, kind, strict=False)
    except ValueError as error:
        raise BadArgument(f"The query does not fit: {error}. {_MEND}") from None


def checked_id(value: str, what: str) -> str:
    """An id from the path. Raises BadArgument for one that can be none."""
    if not ID_PATTERN.match(value):
        raise BadArgument(f"{value[:100]!r} is no {what}; ids are 1 to 64 of A-Za-z0-9_-.")
    return value


def origin_of(scope: Scope) -> Origin:
    """What the headers say of a command beside its arguments; without a key a fresh one is made."""
    headers = headers_of(scope)
    key = headers.get("idempotency-key")
    return Origin(
        command_id=secrets.token_hex(12) if key is None else _id_in("Idempotency-Key", key),
        causation_id=_optional_id("Loop-Causation-Id", headers),
        correlation_id=_optional_id("Loop-Correlation-Id", headers),
        trace_id=trace_id_of(headers.get("traceparent")),
        untrusted=headers.get("loop-untrusted", "0") != "0",
    )


def _optional_id(name: str, headers: dict[str, str]) -> str | None:
    value = headers.get(name.lower())
    return None if value is None else _id_in(name, value)


def _id_in(name: str, value: str) -> str:
    if not ID_PATTERN.match(value):
        raise BadArgument(f"{name} must be 1 to 64 of A-Za-z0-9_-; send it so.")
    return value


def client_of(scope: Scope) -> Client | None:
    """What the caller calls itself."""
    headers = headers_of(scope)
    named = headers.get("loop-client")
    if named is None:
        agent = headers.get("user-agent", "")
        browser = _BROWSER.search(agent) if agent.startswith("Mozilla/") else None
        if browser:
            return Client(_BROWSER_NAMES.get(browser[1], browser[1]), browser[2][:LONGEST_NAME])
        named = agent.partition(" ")[0]
    # Headers come as Latin-1, but who has more letters than that sends UTF-8. Names may hold a
    # slash (as those of npm packages do), versions none.
    said = _printable(named.encode("latin-1").decode("utf-8", errors="replace"))
    name, _, version = said.rpartition("/") if "/" in said else (said, "", "")
    return Client(name[:LONGEST_NAME], version[:LONGEST_NAME] or None) if name else None


def _printable(text: str) -> str:
    if not text.isprintable():
        text = "".join(character for character in text if character.isprintable())
    return text.strip()


def encode(value: Any) -> bytes:
    """The JSON of an answer."""
    return _encoder.encode(value)


_encoder = msgspec.json.Encoder()
