"""Answers that are no success, turned back into the errors that the server raised."""

from __future__ import annotations

import http
from typing import Any, ClassVar

import msgspec
from msgspec import Struct

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


class Answered(Struct, frozen=True):
    """What a server answered, as it came."""

    url: str
    status: int
    content: bytes

    @property
    def good(self) -> bool:
        """Whether it is no refusal."""
        return 200 <= self.status < 300


def error_of(response: Answered) -> errors.LoopError:
    """The error that an answer that is not good stands for."""
    problem = _problem(response)
    kind = str(problem.get("type", "")).removeprefix(_PREFIX)
    extra = {key: value for key, value in problem.items() if key not in _ENVELOPE}
    detail = str(problem.get("detail") or problem.get("title") or _phrase(response))
    cls = _KINDS.get(kind)
    if cls is None:
        cls = errors.Unavailable if response.status in _PASSING else Defect
    extra.pop("self", None)
    return cls(detail, **extra)


def _problem(response: Answered) -> dict[str, Any]:
    try:
        problem = msgspec.json.decode(response.content)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
    return problem if isinstance(problem, dict) else {}


def _phrase(response: Answered) -> str:
    try:
        name = http.HTTPStatus(response.status).phrase
    except ValueError:
        name = "an unknown status"
    return (
        f"The server at {response.url} answered {response.status} ({name}); "
        "check that the address is that of In The Loop."
    )
