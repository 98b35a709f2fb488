"""Every refusal as `application/problem+json` (RFC 9457)."""

from __future__ import annotations

import logging
from http import HTTPStatus

import msgspec
from starlette.exceptions import HTTPException
from starlette.responses import Response

from intheloop import errors

STATUS: dict[type[errors.LoopError], int] = {
    errors.BadArgument: 400,
    errors.Unauthenticated: 401,
    errors.Denied: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.TooLarge: 413,
    errors.Unavailable: 503,
}
MEDIA_TYPE = "application/problem+json"

_HEADERS = {401: {"WWW-Authenticate": "Bearer"}, 503: {"Retry-After": "1"}}
_logger = logging.getLogger(__name__)
_encode = msgspec.json.Encoder(enc_hook=str).encode


class Problem(msgspec.Struct, frozen=True):
    """The fields that every problem has; `type` tells a program what to do next."""

    type: str
    title: str
    status: int
    detail: str
    retryable: bool


def status_of(error: errors.LoopError) -> int:
    """The status of its type, or of the nearest one that its type is a kind of."""
    return next(STATUS[cls] for cls in type(error).__mro__ if cls in STATUS)


def problem_of(error: Exception) -> Response:
    """The answer to a call that failed. What nobody foresaw is logged and told without details."""
    match error:
        case errors.LoopError():
            status = status_of(error)
            found = Problem(
                f"urn:intheloop:{error.kind}", error.title, status, error.detail, error.retryable
            )
            return _response(found, error.extra)
        case HTTPException(status_code=405):
            detail = "Use one of the methods that Allow names; /openapi.json describes the calls."
            title = errors.BadArgument.title
            found = Problem("urn:intheloop:bad-argument", title, 405, detail, False)
            return _response(found, {}, dict(error.headers or {}))
        case _:
            _logger.error("A call failed in a way that is not foreseen.", exc_info=error)
            title = HTTPStatus.INTERNAL_SERVER_ERROR.phrase
            detail = "The server failed; its log says why. Tell the person who runs it."
            return _response(Problem("urn:intheloop:defect", title, 500, detail, False), {})


def _response(
    found: Problem, extra: dict[str, object], headers: dict[str, str] | None = None
) -> Response:
    body = {**extra, **msgspec.structs.asdict(found)}
    return Response(
        _encode(body),
        found.status,
        {"Cache-Control": "no-store", **_HEADERS.get(found.status, {}), **(headers or {})},
        MEDIA_TYPE,
    )
