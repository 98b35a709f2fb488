"""Answers that are no success, turned back into the errors that the server raised."""

from __future__ import annotations

import http
from typing import Any, ClassVar

import httpx2
import msgspec

from intheloop import errors

_PREFIX = "urn:intheloop:"
_ENVELOPE = frozenset(("type", "title", "status", "detail", "retryable", "instance"))
# What a proxy in between says when the server behind it cannot be reached.
_PASSING = frozenset((429, 502, 503, 504))


class Defect(errors.LoopError):
    """Report it: the server answered in a way that its protocol does not know."""

    kind: ClassVar[str] = "defect"
    title: ClassVar[str] = "The server answered in an unknown way"


_KINDS: dict[str, type[errors.LoopError]] = {
    cls.kind: cls
    for cls in (
        errors.BadArgument,
        errors.NotFound,
        errors.Unauthenticated,
        errors.Denied,
        errors.Conflict,
        errors.TooLarge,
        errors.Unavailable,
    )
}


def error_of(response: httpx2.Response) -> errors.LoopError:
    """The error that an answer of status 400 or more stands for. Its body must have been read."""
    problem = _problem(response)
    kind = str(problem.get("type", "")).removeprefix(_PREFIX)
    extra = {key: value for key, value in problem.items() if key not in _ENVELOPE}
    detail = str(problem.get("detail") or problem.get("title") or _phrase(response))
    cls = _KINDS.get(kind)
    if cls is None:
        cls = errors.Unavailable if response.status_code in _PASSING else Defect
    extra.pop("self", None)
    return cls(detail, **extra)


def _problem(response: httpx2.Response) -> dict[str, Any]:
    try:
        problem = msgspec.json.decode(response.content)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
    return problem if isinstance(problem, dict) else {}


def _phrase(response: httpx2.Response) -> str:
    try:
        name = http.HTTPStatus(response.status_code).phrase
    except ValueError:
        name = "an unknown status"
    return (
        f"The server at {response.request.url} answered {response.status_code} ({name}); "
        "check that the address is that of In The Loop."
    )
