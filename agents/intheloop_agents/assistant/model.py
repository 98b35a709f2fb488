"""The model behind its HTTP interface: one call, streamed, tried again as long as that may help.

The one place that knows the SDK. Its own retries are off: what is tried again is in the log.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import TypeAlias

import anthropic
import httpx2
from anthropic import AsyncStream
from anthropic.types import Message, RawMessageStreamEvent
from msgspec import Struct
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt
from tenacity.wait import wait_random_exponential

from .blocks import Answering, Piece

_CONNECT_S = 10.0
_QUIET_S = 120.0
_LONGEST_WAIT_S = 60.0
_PASSING = frozenset((408, 409, 429))
_PASSING_KINDS = frozenset(("overloaded_error", "api_error", "rate_limit_error", "timeout_error"))

Heard: TypeAlias = Callable[[int, Piece], None]
"""Told of each piece as it comes, with the number of the try."""
Retried: TypeAlias = Callable[[int, str, float], Awaitable[None]]
"""Told that the try of this number failed, why, and after how many seconds the next one begins."""


class Endpoint(Struct, frozen=True):
    """Where the model is, and the key to it, which is shown nowhere."""

    url: str
    key: str
    tries: int = 6
    first_wait_s: float = 0.5

    def __repr__(self) -> str:
        return f"Endpoint({self.url!r})"


class Answered(Struct, frozen=True):
    """A whole answer."""

    answer: Answering
    request_id: str | None
    duration_ms: int


class TruncatedStream(Exception):
    """The stream ended before the answer did."""


class NoAnswer(Exception):
    """The call is given up; the message is a sentence."""


class Model:
    """Calls the model at one endpoint. Use it as `async with`."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._client = anthropic.AsyncAnthropic(
            api_key=endpoint.key,
            base_url=endpoint.url or "https://api.anthropic.com",
            max_retries=0,
            timeout=httpx2.Timeout(_QUIET_S, connect=_CONNECT_S),
        )

    async def __aenter__(self) -> Model:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.close()

    async def ask(self, body: bytes, heard: Heard, retried: Retried, first: int = 1) -> Answered:
        """The answer. Tries are numbered from `first`. Raises NoAnswer."""
        number = first

        async def before_sleep(state: RetryCallState) -> None:
            nonlocal number
            delay = state.next_action.sleep if state.next_action else 0.0
            await retried(number, why(_error(state)), delay)
            number += 1

        trying = AsyncRetrying(
            wait=self._wait,
            stop=stop_after_attempt(self._endpoint.tries),
            retry=retry_if_exception(is_passing),
            before_sleep=before_sleep,
            reraise=True,
        )

        async def once() -> Answered:
            return await self._once(body, lambda piece: heard(number, piece))

        try:
            return await trying(once)
        except (anthropic.AnthropicError, httpx2.TransportError, TruncatedStream) as error:
            raise NoAnswer(why(error)) from None

    def _wait(self, state: RetryCallState) -> float:
        told = retry_after(_error(state))
        if told is not None:
            return min(told, _LONGEST_WAIT_S)
        return wait_random_exponential(multiplier=self._endpoint.first_wait_s, max=8.0)(state)

    async def _once(self, body: bytes, heard: Callable[[Piece], None]) -> Answered:
        began = time.monotonic()
        answering = Answering()
        # As bytes, so that what is sent is what was hashed; the SDK would order the fields anew.
        stream = await self._client.post(
            "/v1/messages",
            content=body,
            options={"headers": {"Content-Type": "application/json"}},
            cast_to=Message,
            stream=True,
            stream_cls=AsyncStream[RawMessageStreamEvent],
        )
        async with stream:
            async for event in stream:
                piece = answering.add(event.to_dict())
                if piece is not None:
                    heard(piece)
        if not answering.complete:
            raise TruncatedStream("The answer broke off before its end.")
        duration_ms = round((time.monotonic() - began) * 1000)
        return Answered(answering, stream.response.headers.get("request-id"), duration_ms)


def _error(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome is not None else None


def is_passing(error: BaseException | None) -> bool:
    """Whether the same call may succeed later: lost connections, 408, 409, 429, 5xx, overloaded,
    an error inside a stream, and a stream without an end."""
    if isinstance(error, TruncatedStream | httpx2.TransportError | anthropic.APIConnectionError):
        return True
    if not isinstance(error, anthropic.APIStatusError):
        return False
    if error.status_code in _PASSING or error.status_code >= 500:
        return True
    return error.status_code == 200 and kind_of(error) in _PASSING_KINDS


def kind_of(error: anthropic.APIStatusError) -> str:
    """What kind of error the interface calls it."""
    body = error.body
    inner = body.get("error", body) if isinstance(body, dict) else {}
    return str(inner.get("type", "")) if isinstance(inner, dict) else ""


def retry_after(error: BaseException | None) -> float | None:
    """How long the server asks to wait."""
    if not isinstance(error, anthropic.APIStatusError):
        return None
    headers = error.response.headers
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            return max(0.0, float(headers[name]) * unit)
        except (KeyError, ValueError):
            continue
    return None


def why(error: BaseException | None) -> str:
    """What went wrong, as a sentence that holds no header and no key."""
    match error:
        case TruncatedStream():
            return str(error)
        case anthropic.AuthenticationError() | anthropic.PermissionDeniedError():
            return "The model's server does not accept the key; set another one."
        case anthropic.APIStatusError():
            kind = kind_of(error) or "error"
            return f"The model's server answered {error.status_code} ({kind}): {_said(error)}"
        case _:
            return "The model's server cannot be reached, or the connection broke."


def _said(error: anthropic.APIStatusError) -> str:
    body = error.body
    inner = body.get("error", body) if isinstance(body, dict) else {}
    message = inner.get("message", "") if isinstance(inner, dict) else ""
    return f"{str(message)[:300].rstrip('.') or 'no reason was given'}."
