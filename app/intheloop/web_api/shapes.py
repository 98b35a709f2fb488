"""What the rows that are no tools take and give."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Raw, Struct

from intheloop.values import Id

LAST_SEQ = 2**53 - 1
"""The greatest number that every JSON reader keeps exactly."""

Seq = Annotated[int, Meta(ge=0, le=LAST_SEQ)]


class EventsQuery(Struct, frozen=True, forbid_unknown_fields=True, rename={"event_type": "type"}):
    """Which records; as a stream, all after `after`."""

    after: Seq = 0
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100
    event_type: str | None = None
    actor: str | None = None
    cell: Id | None = None


class StateQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """As of which seq, and with outputs or only their digests."""

    at: Seq | None = None
    outputs: Literal["inline", "refs"] = "inline"


class WorkQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """Kinds of work, separated by commas: execution, input, assistant_run, approval."""

    kind: Annotated[str, Meta(min_length=1, max_length=200)]


class FollowBody(Struct, frozen=True, forbid_unknown_fields=True):
    """The logs to follow: notebook id to the seq after which to begin."""

    notebooks: Annotated[dict[Id, Seq], Meta(min_length=1, max_length=1000)]


class SignalBody(Struct, frozen=True, forbid_unknown_fields=True):
    """What to tell; `to` one actor id alone, kept for `ttl_s` seconds for those who come later."""

    kind: Annotated[str, Meta(min_length=1, max_length=64)]
    key: Annotated[str, Meta(max_length=200)]
    value: Raw
    to: Annotated[str, Meta(max_length=64)] | None = None
    ttl_s: Annotated[float, Meta(ge=0, le=300)] = 0


class BlobPut(Struct, frozen=True):
    """The blob is there."""

    sha256: str
    size: int


class Opened(Struct, frozen=True):
    """The server has opened a browser on its own machine."""

    opened: bool


class Health(Struct, frozen=True, omit_defaults=True):
    """How the server is."""

    status: str
    version: str
    store: str
    notebooks: int
    records: int
    durability: str
