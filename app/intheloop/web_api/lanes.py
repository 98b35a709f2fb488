"""`GET /api/notebooks/{id}/lanes`: who was at work from where to where in a log.

Reads through the same query as the log itself; an answer looks at a bounded number of records.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import msgspec
from msgspec import Raw, Struct
from starlette.requests import Request
from starlette.responses import Response

from intheloop.commands import History, ReadHistory
from intheloop.events import Actor
from intheloop.notebooks import Service

from .answers import Json
from .reading import checked_id, query_of
from .shapes import LAST_SEQ, Lanes, LaneSpan, LanesQuery
from .signing import Signing
from .telling import MOST_BYTES, MOST_RECORDS

PAGE = 1000


class _Who(Struct):
    """What of a record is looked at."""

    seq: int
    actor: Actor


_decode = msgspec.json.Decoder(_Who).decode


class LaneTelling:
    """The endpoint."""

    def __init__(self, service: Service, signing: Signing) -> None:
        self._service = service
        self._signing = signing

    async def lanes(self, request: Request) -> Response:
        """Lanes of a stretch of one log."""
        caller = self._signing.caller(request.scope)
        query = query_of(request.scope, LanesQuery)
        notebook_id = checked_id(request.path_params["notebook_id"], "notebook id")
        end = LAST_SEQ if query.upto is None else query.upto
        after, looked, size, head = query.after, 0, 0, 0
        drawn = _Drawn()
        while looked < MOST_RECORDS and size < MOST_BYTES and after < end:
            limit = min(PAGE, end - after, MOST_RECORDS - looked)
            page = ReadHistory(notebook_id=notebook_id, after=after, limit=limit, records=True)
            history: History = await self._service.ask(page, caller)
            head, raw = history.head, history.records
            if not raw:
                after = min(end, max(head, after))
                break
            after = await asyncio.to_thread(drawn.add, raw)
            looked += len(raw)
            size += sum(map(len, raw))
        return Json(Lanes(after, head, drawn.actors, drawn.spans))


class _Drawn:
    """Spans of records that follow each other and are of one actor by one program."""

    def __init__(self) -> None:
        self.actors: list[Actor] = []
        self.spans: list[LaneSpan] = []
        self._lanes: dict[tuple[str, str], int] = {}

    def add(self, raw: Sequence[Raw]) -> int:
        """The seq of the last record."""
        seq = 0
        for one in raw:
            who = _decode(one)
            seq, lane = who.seq, self._lane(who.actor)
            first = seq
            if self.spans and (self.spans[-1].lane, self.spans[-1].last) == (lane, seq - 1):
                first = self.spans.pop().first
            self.spans.append(LaneSpan(lane, first, seq))
        return seq

    def _lane(self, actor: Actor) -> int:
        key = (actor.id, actor.client.name if actor.client else "")
        if key not in self._lanes:
            self._lanes[key] = len(self.actors)
            self.actors.append(actor)
        return self._lanes[key]
