"""One error type per next action of the reader.

Each message is a full sentence that ends with the next step. Doors translate these types and
nothing else; an error that is none of them is a defect of ours.
"""

from __future__ import annotations

from typing import Any, ClassVar


class LoopError(Exception):
    """A refusal. `detail` is the sentence; `extra` is what the caller needs to try again."""

    kind: ClassVar[str]
    title: ClassVar[str]
    retryable: ClassVar[bool] = False

    def __init__(self, detail: str, **extra: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.extra = extra


class BadArgument(LoopError):
    """Mend the arguments; the same call can never succeed."""

    kind = "bad-argument"
    title = "The call is not well formed"


class NotFound(LoopError):
    """Look up the right name; what was named is not there, or not for this caller."""

    kind = "not-found"
    title = "There is no such thing here"


class Unauthenticated(LoopError):
    """Sign in, or send a credential."""

    kind = "unauthenticated"
    title = "Nobody is signed in"


class Denied(LoopError):
    """Ask a person for access; the caller is known and may not do this."""

    kind = "denied"
    title = "This is not allowed"


class Conflict(LoopError):
    """Read the current state, which `extra` holds in part, and decide again."""

    kind = "conflict"
    title = "Something changed in between"


class TooLarge(LoopError):
    """Send less at once, or put the bytes into a blob."""

    kind = "too-large"
    title = "This is too large"


class Unavailable(LoopError):
    """Wait and send the same call again; nothing happened."""

    kind = "unavailable"
    title = "Not possible right now"
    retryable = True
