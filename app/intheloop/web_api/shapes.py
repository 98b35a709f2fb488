"""What the rows that are no tools take and give."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Raw, Struct

from intheloop.commands import Title
from intheloop.events import Actor, ActorKind
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


Kind = Literal["cells", "runs", "outputs", "comments", "runtime", "notebook", "people", "refused"]
"""What a record is about."""


class LinesQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """Which records to tell: those after `after` and up to `upto` that fit all that is given.

    `of` is any id that a record carries: of its command, its cause, its correlation, its run, or
    its own.
    """

    after: Seq = 0
    upto: Seq | None = None
    actor: str | None = None
    actor_kind: ActorKind | None = None
    cell: Id | None = None
    about: Kind | None = None
    since: str | None = None
    until: str | None = None
    of: Id | None = None


class RecordLine(Struct, frozen=True, omit_defaults=True):
    """What happened, as a sentence, with the ids of the last record that it tells of.

    Like records, and what a runtime tells of one run, stand in one line, from `first_seq` to `seq`;
    `count` says how many. `cell_id` is the cell that it is about, or that was run, where the
    stretch tells of it.
    """

    seq: int
    first_seq: int
    at: str
    text: str
    type: str
    actor: Actor
    event_id: str
    command_id: str
    count: int = 1
    causation_id: str | None = None
    correlation_id: str | None = None
    cell_id: str | None = None
    execution_id: str | None = None


class Lines(Struct, frozen=True):
    """Lines in order. All records up to `upto` were looked at; `head` is the last that there is."""

    upto: int
    head: int
    lines: list[RecordLine]


class LanesQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """Those records after `after` and up to `upto`."""

    after: Seq = 0
    upto: Seq | None = None


class LaneSpan(Struct, frozen=True):
    """Records that follow each other, all of the actor at the position `lane`."""

    lane: int
    first: int
    last: int


class Lanes(Struct, frozen=True):
    """Who was at work from where to where; one actor by two programs is two. All records up to
    `upto` were looked at."""

    upto: int
    head: int
    actors: list[Actor]
    spans: list[LaneSpan]


class ImportQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """The name of the file, and a title other than the file's own."""

    name: Annotated[str, Meta(min_length=1, max_length=200)]
    title: Title | None = None


class StateQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """As of which seq, and with outputs or only their digests. `cells` are ids with commas between
    them: these cells alone, which have no digest."""

    at: Seq | None = None
    outputs: Literal["inline", "refs"] = "inline"
    cells: Annotated[str, Meta(max_length=4000, pattern=r"^[A-Za-z0-9_,-]+$(?!\n)")] | None = None


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


class OwnCommand(Struct, frozen=True):
    """How `intheloop` is started on the caller's own machine, as far as the server knows."""

    command: tuple[str, ...] | None


class Health(Struct, frozen=True, omit_defaults=True):
    """How the server is."""

    status: str
    version: str
    store: str
    notebooks: int
    records: int
    durability: str
