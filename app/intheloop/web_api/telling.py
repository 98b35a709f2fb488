"""`GET /api/notebooks/{id}/lines`: a stretch of a log, told in sentences for people who look at it.

Reads through the same query as the log itself, so that the same rules of access hold. An answer
looks at a bounded number of records; who wants more asks again from where it ended.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, get_args

import msgspec
from msgspec import Raw
from starlette.requests import Request
from starlette.responses import Response

from intheloop import events as e
from intheloop.commands import History, ReadHistory
from intheloop.decider import Caller
from intheloop.notebooks import Service
from intheloop.sentences import Line, story

from .answers import Json
from .reading import checked_id, query_of
from .shapes import LAST_SEQ, Kind, Lines, LinesQuery, RecordLine
from .signing import Signing

PAGE = 250
"""Records that are read at once."""

MOST_RECORDS = 5000
MOST_BYTES = 8 << 20
"""Records and bytes of them after which an answer ends, and the page that goes beyond."""

_UNIONS: tuple[tuple[Kind, Any], ...] = (
    ("notebook", e.NotebookEvent),
    ("cells", e.CellEvent),
    ("runs", e.ExecutionEvent),
    ("runtime", e.RuntimeEvent),
    ("comments", e.CommentEvent),
    ("people", e.WorkspaceEvent),
)
_ABOUT: dict[str, Kind] = {
    **{e.TYPE_NAMES[cls]: kind for kind, union in _UNIONS for cls in get_args(union)},
    **dict.fromkeys(("outputAppended", "outputUpdated", "outputsCleared"), "outputs"),
    **dict.fromkeys(("notebookListed", "notebookDeleted", "payloadRedacted"), "notebook"),
    "actionDenied": "refused",
}
"""What a type is about; one that this version does not know is about nothing."""


class Telling:
    """The endpoint."""

    def __init__(self, service: Service, signing: Signing) -> None:
        self._service = service
        self._signing = signing

    async def lines(self, request: Request) -> Response:
        """Lines of one log."""
        caller = self._signing.caller(request.scope)
        query = query_of(request.scope, LinesQuery)
        notebook_id = checked_id(request.path_params["notebook_id"], "notebook id")
        end = LAST_SEQ if query.upto is None else query.upto
        after, head, found = query.after, 0, list[e.WireRecord]()
        cells: dict[str, str] = {}
        looked, size = 0, 0
        while looked < MOST_RECORDS and size < MOST_BYTES:
            history = await self._page(notebook_id, query, after, end, caller)
            head, raw = history.head, history.records
            after, some = await asyncio.to_thread(_picked, raw, query, end, cells)
            found += some
            looked += len(raw)
            size += sum(map(len, raw))
            if len(raw) < min(PAGE, end - query.after) or after >= min(end, head):
                after = min(end, head)
                break
        people = {one.person_id: one.name for one in self._service.workspace.people.values()}
        told = await asyncio.to_thread(_told, found, people, cells)
        return Json(Lines(upto=max(after, query.after), head=head, lines=told))

    async def _page(
        self, notebook_id: str, query: LinesQuery, after: int, end: int, caller: Caller
    ) -> History:
        """Records of one actor or cell are found by the store; all else is picked out here."""
        history: History = await self._service.ask(
            ReadHistory(
                notebook_id=notebook_id,
                after=after,
                limit=max(1, min(PAGE, end - after)),
                actor=query.actor,
                cell=query.cell,
                records=True,
            ),
            caller,
        )
        return history


def _picked(
    raw: Sequence[Raw], query: LinesQuery, end: int, cells: dict[str, str]
) -> tuple[int, list[e.WireRecord]]:
    """How far the records reach, and those that are wanted. `cells` learns whose runs there are."""
    records = [msgspec.json.decode(one, type=e.WireRecord) for one in raw]
    if not records:
        return end, []
    for record in records:
        if record.type == "executionRequested" and (cell_id := _data(record).get("cell_id")):
            cells[_data(record)["execution_id"]] = cell_id
    tests = _tests(query)
    wanted = [
        record for record in records if record.seq <= end and all(test(record) for test in tests)
    ]
    return records[-1].seq, wanted


def _tests(query: LinesQuery) -> list[Callable[[e.WireRecord], bool]]:
    tests: list[Callable[[e.WireRecord], bool]] = []
    since, until = query.since, query.until
    if query.actor_kind is not None:
        tests.append(lambda record: record.actor.kind == query.actor_kind)
    if query.about is not None:
        tests.append(lambda record: _ABOUT.get(record.type) == query.about)
    if since is not None:
        tests.append(lambda record: record.recorded_at >= since)
    if until is not None:
        tests.append(lambda record: record.recorded_at < until)
    if query.of is not None:
        tests.append(lambda record: query.of in _ids(record))
    return tests


def _ids(record: e.WireRecord) -> tuple[Any, ...]:
    data = _data(record)
    own = (record.event_id, record.command_id, record.causation_id, record.correlation_id)
    return (*own, data.get("execution_id"), data.get("notebook_id"))


def _data(record: e.WireRecord) -> dict[str, Any]:
    data: dict[str, Any] = msgspec.json.decode(record.data)
    return data


def _told(
    records: Sequence[e.WireRecord], people: Mapping[str, str], cells: Mapping[str, str]
) -> list[RecordLine]:
    by_seq = {record.seq: record for record in records}
    return [_line(line, by_seq[line.last], cells) for line in story(records, people, joined=True)]


def _line(line: Line, record: e.WireRecord, cells: Mapping[str, str]) -> RecordLine:
    data = _data(record)
    execution_id = _text(data.get("execution_id"))
    return RecordLine(
        seq=line.last,
        first_seq=line.first,
        at=line.recorded_at,
        text=line.text,
        type=record.type,
        actor=record.actor,
        event_id=record.event_id,
        command_id=record.command_id,
        count=line.count,
        causation_id=record.causation_id or None,
        correlation_id=record.correlation_id or None,
        cell_id=_text(data.get("cell_id")) or cells.get(execution_id or ""),
        execution_id=execution_id,
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
