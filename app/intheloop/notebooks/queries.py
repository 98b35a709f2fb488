"""Answers to queries, from committed state and the store. Access was checked before."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias, assert_never

import msgspec
from msgspec import Raw, Struct
from msgspec.structs import replace

from intheloop import commands as c
from intheloop import ipynb
from intheloop.blobs import Blobs
from intheloop.canonical import digest
from intheloop.decider import Caller, is_admin, scopes_in
from intheloop.errors import BadArgument, NotFound
from intheloop.events import ExecutionRequested, WireRecord
from intheloop.live import Wake
from intheloop.log import Filter, Log, export_line, open_stored, wire
from intheloop.notebook import (
    WORKSPACE_ID,
    Execution,
    Notebook,
    by_reference,
    pack,
    pack_workspace,
)
from intheloop.reducer import REDUCER_VERSION, apply
from intheloop.sentences import story
from intheloop.views import view_execution

from .clock import Clock
from .desk import Desk
from .notebook_view import notebook_view
from .output_text import output_text
from .shelf import open_notebook
from .summary import Summary

_LONGEST_STORY = 16_000
_MOST_TOLD = 40

_decode_summary = msgspec.json.Decoder(Summary).decode

Awaits: TypeAlias = Callable[[], Awaitable[bool]]
Recheck: TypeAlias = Callable[[], None]
"""Raises when the caller may no longer have the answer that it waits for."""


class Queries:
    """Answers each query with its ANSWER."""

    def __init__(self, desk: Desk, log: Log, blobs: Blobs, clock: Clock) -> None:
        self._desk = desk
        self._log = log
        self._blobs = blobs
        self._clock = clock

    async def answer(self, query: c.Query, caller: Caller, recheck: Recheck) -> Struct:
        """The answer. One that is waited for goes only to who may still have it then."""
        match query:
            case c.ReadNotebook():
                return await self._notebook(query)
            case c.ReadHistory():
                return await self._history(query, recheck)
            case c.ReadExecution():
                return await self._execution(query, recheck)
            case c.ReadOutput():
                return await self._output(query)
            case c.ReadRuntime(notebook_id=notebook_id):
                return _runtime(await self._existing(notebook_id))
            case c.ListNotebooks(archived=archived):
                return await self._list(caller, archived)
            case c.ExportNotebook():
                return await self._export(query)
            case c.WhoAmI():
                return self._myself(caller)
            case c.ListPeople(notebook_id=notebook_id):
                return self._people(notebook_id)
            case c.ListCredentials():
                return self._credentials(caller)
            case _:
                assert_never(query)

    async def _existing(self, notebook_id: str) -> Notebook:
        state = await self._desk.notebook(notebook_id)
        if state.seq == 0:
            raise NotFound(
                f"There is no notebook {notebook_id}; list_notebooks shows those that there are."
            )
        return state

    async def _at(self, notebook_id: str, at: int | None) -> Notebook:
        state = await self._existing(notebook_id)
        if at is None or at == state.seq:
            return state
        if at > state.seq:
            raise BadArgument(f"There is no seq {at} yet; the last one is {state.seq}.")
        return await asyncio.to_thread(open_notebook, self._log, notebook_id, at)

    async def state(self, notebook_id: str, at: int | None, refs: bool) -> c.NotebookState:
        """The whole state with its digest; with `refs` outputs are only named."""
        if notebook_id == WORKSPACE_ID:
            packed = pack_workspace(self._desk.workspace)
            raw = Raw(msgspec.json.encode(packed))
            return c.NotebookState(
                seq=packed.seq, state=raw, digest="", reducer_version=REDUCER_VERSION
            )
        state = await self._at(notebook_id, at)
        return await asyncio.to_thread(_packed, state, refs)

    async def _notebook(self, query: c.ReadNotebook) -> c.NotebookView:
        if query.notebook_id == WORKSPACE_ID:
            raise BadArgument("The workspace has no cells; read_history tells what happened in it.")
        state = await self._at(query.notebook_id, query.at)
        return await asyncio.to_thread(notebook_view, state, query, self._blobs.get)

    async def _output(self, query: c.ReadOutput) -> c.OutputText:
        if (query.cell_id is None) == (query.execution_id is None):
            raise BadArgument("Name either the cell or the execution whose output you want.")
        state = await self._existing(query.notebook_id)
        execution = None
        if query.execution_id is not None:
            execution = await self._found(query.notebook_id, query.execution_id)
        return await asyncio.to_thread(output_text, state, execution, query, self._blobs.get)

    async def ended(
        self, requested: c.Requested, notebook_id: str, wait_s: float, recheck: Recheck
    ) -> c.Requested:
        """How these executions stand once all have ended, one asks for input, or time is up."""
        ids = requested.execution_ids

        async def settled() -> bool:
            found = [await self._found(notebook_id, one) for one in ids]
            return not any(one.is_open for one in found) or any(one.input for one in found)

        await self._wait(notebook_id, wait_s, recheck, settled)
        state = await self._existing(notebook_id)
        shown = ids[:_MOST_TOLD]
        found = [await self._found(notebook_id, one) for one in shown]

        def views() -> tuple[c.ExecutionView, ...]:
            share = _LONGEST_STORY // max(len(found), 1)
            return tuple(view_execution(state, one, share, self._blobs.get) for one in found)

        return replace(
            requested,
            seq=state.seq,
            waiting_for_runtime=requested.waiting_for_runtime and not state.runtimes,
            executions=await asyncio.to_thread(views),
            more=_more(notebook_id, len(ids) - len(shown), found),
        )

    async def _wait(self, notebook_id: str, wait_s: float, recheck: Recheck, there: Awaits) -> None:
        """Until `there` says that it is there, at most `wait_s` seconds."""
        if wait_s <= 0 or await there():
            return
        until = self._clock.monotonic() + wait_s
        wake, tip = Wake(self._clock.wait), await self._desk.tip(notebook_id)
        self._desk.ring(notebook_id, tip.seq).watch(wake)
        self._desk.access_changed.add(wake)
        try:
            while not await there() and (left := until - self._clock.monotonic()) > 0:
                await wake.wait(left)
                recheck()
        finally:
            self._desk.access_changed.discard(wake)
            self._desk.leave(notebook_id, wake)

    async def _history(self, query: c.ReadHistory, recheck: Recheck) -> c.History:
        async def some() -> bool:
            head = (await self._desk.tip(query.notebook_id)).seq
            return bool(await asyncio.to_thread(self._records, query, head, 1))

        await self._wait(query.notebook_id, query.wait_s, recheck, some)
        head = (await self._desk.tip(query.notebook_id)).seq
        found = await asyncio.to_thread(self._records, query, head, query.limit)
        if query.records:
            return c.History(seq=head, records=found, head=head)
        people = {one.person_id: one.name for one in self._desk.workspace.people.values()}
        return await asyncio.to_thread(_told, found, head, people)

    def _records(self, query: c.ReadHistory, head: int, limit: int) -> list[Raw]:
        """Up to what is published: nobody sees a record before the others do."""
        where = Filter(
            types=(query.event_type,) if query.event_type else (),
            cell_id=query.cell,
            actor_id=query.actor,
        )
        records = self._log.records(
            query.notebook_id, after=query.after, upto=head, limit=limit, where=where
        )
        return [Raw(wire(stored)) for stored in records]

    async def _execution(self, query: c.ReadExecution, recheck: Recheck) -> c.ExecutionTold:
        async def settled() -> bool:
            found = await self._found(query.notebook_id, query.execution_id)
            return not found.is_open or found.input is not None

        await self._wait(query.notebook_id, query.wait_s, recheck, settled)
        state = await self._existing(query.notebook_id)
        execution = await self._found(query.notebook_id, query.execution_id)
        told = await asyncio.to_thread(
            view_execution, state, execution, query.characters, self._blobs.get
        )
        return c.ExecutionTold(seq=state.seq, execution=told)

    async def _found(self, notebook_id: str, execution_id: str) -> Execution:
        """The execution from state, or, once it has left it, replayed from its own records."""
        state = await self._existing(notebook_id)
        execution = state.executions.get(execution_id)
        if execution is not None:
            return execution
        execution = await asyncio.to_thread(_replayed, self._log, notebook_id, execution_id)
        if execution is None:
            raise NotFound(
                f"There is no execution {execution_id} in notebook {notebook_id}; "
                "read_history shows which there were."
            )
        return execution

    async def _list(self, caller: Caller, archived: bool) -> c.NotebookList:
        workspace = self._desk.workspace
        credential = workspace.credentials[caller.credential_id or ""]
        heads = await asyncio.to_thread(self._log.heads)
        lines = []
        for head in heads:
            if not scopes_in(workspace, credential, head.notebook_id):
                continue
            summary = _decode_summary(head.summary)
            if summary.archived and not archived:
                continue
            role = workspace.roles[head.notebook_id][credential.person_id]
            lines.append(_line(head.notebook_id, head.seq, summary, role))
        lines.sort(key=lambda line: line.changed_at, reverse=True)
        return c.NotebookList(seq=workspace.seq, notebooks=lines)

    async def _export(self, query: c.ExportNotebook) -> c.Exported:
        state = await self._at(query.notebook_id, query.at)

        def text() -> str:
            if query.format == "ipynb":
                return ipynb.render(state, self._blobs.get).decode()
            records = self._log.records(query.notebook_id, upto=state.seq)
            return "".join(export_line(stored).decode() + "\n" for stored in records)

        name = f"{state.title}.{'ipynb' if query.format == 'ipynb' else 'jsonl'}"
        content = await asyncio.to_thread(text)
        return c.Exported(seq=state.seq, name=name.replace("/", "-"), content=content)

    def _myself(self, caller: Caller) -> c.Myself:
        workspace, actor = self._desk.workspace, caller.actor
        credential = workspace.credentials[caller.credential_id or ""]
        return c.Myself(
            seq=workspace.seq,
            kind=actor.kind,
            id=actor.id,
            name=actor.name,
            scopes=sorted(credential.scopes),
            on_behalf_of=actor.on_behalf_of,
            notebooks=None if credential.notebooks is None else list(credential.notebooks),
        )

    def _people(self, notebook_id: str | None) -> c.People:
        workspace = self._desk.workspace
        members: Any = workspace.roles.get(notebook_id, {}) if notebook_id else {}
        people = [
            c.PersonLine(person, members.get(person.person_id))
            for person in sorted(workspace.people.values(), key=lambda one: one.name)
        ]
        return c.People(seq=workspace.seq, people=people)

    def _credentials(self, caller: Caller) -> c.Credentials:
        workspace = self._desk.workspace
        own = workspace.credentials[caller.credential_id or ""]
        everybody = is_admin(workspace, own)
        credentials = [
            each
            for each in workspace.credentials.values()
            if everybody or each.person_id == own.person_id
        ]
        credentials.sort(key=lambda each: each.issued_at)
        return c.Credentials(seq=workspace.seq, credentials=credentials)


def _more(notebook_id: str, left_out: int, found: list[Execution]) -> str:
    told = []
    if left_out:
        told.append(f"{left_out} more executions are not shown; read_notebook shows their cells.")
    running = next((one.execution_id for one in found if one.is_open), None)
    if running is not None:
        told.append(
            "What has not ended goes on: read_execution("
            f'notebook_id="{notebook_id}", execution_id="{running}", wait_s=20)'
        )
    return " ".join(told)


def _told(found: list[Raw], head: int, people: Mapping[str, str]) -> c.History:
    """The records as sentences, up to a bound of their length."""
    records = [msgspec.json.decode(raw, type=WireRecord) for raw in found]
    actors = {record.seq: record.actor for record in records}
    lines, left = list[c.HistoryLine](), _LONGEST_STORY
    for line in story(records, people):
        left -= len(line.text) + 60
        if left < 0:
            return c.History(seq=head, head=head, lines=lines, next_after=line.first - 1)
        actor = actors[line.last]
        lines.append(
            c.HistoryLine(
                seq=line.last,
                at=line.recorded_at,
                text=line.text,
                actor_id=actor.id,
                actor_kind=actor.kind,
                first_seq=line.first if line.first != line.last else 0,
            )
        )
    last = records[-1].seq if records else head
    return c.History(
        seq=head, head=head, lines=lines, next_after=last if records and last < head else None
    )


def _packed(state: Notebook, refs: bool) -> c.NotebookState:
    packed = pack(state)
    raw = Raw(msgspec.json.encode(by_reference(packed) if refs else packed))
    return c.NotebookState(
        seq=state.seq, state=raw, digest=digest(state), reducer_version=REDUCER_VERSION
    )


def _runtime(state: Notebook) -> c.RuntimeState:
    held = state.held()
    queued = tuple(one for one in state.queue if not state.executions[one].is_held)
    return c.RuntimeState(
        seq=state.seq,
        runtime=next(iter(state.runtimes.values()), None),
        running=held.execution_id if held else None,
        queue=queued,
    )


def _replayed(log: Log, notebook_id: str, execution_id: str) -> Execution | None:
    """The execution alone, from its own records. As one without a cell it stays in state."""
    state, cell_id = Notebook(notebook_id), None
    for stored in log.records(notebook_id, where=Filter(execution_id=execution_id)):
        record = open_stored(stored)
        if isinstance(record.event, ExecutionRequested):
            cell_id = record.event.cell_id
            record = replace(record, event=replace(record.event, cell_id=None))
        state = apply(state, record)
    execution = state.executions.get(execution_id)
    return None if execution is None else replace(execution, cell_id=cell_id)


def _line(notebook_id: str, seq: int, summary: Summary, role: str) -> c.NotebookSummary:
    return c.NotebookSummary(
        notebook_id=notebook_id,
        title=summary.title,
        seq=seq,
        cells=summary.cells,
        created_at=summary.created_at,
        changed_at=summary.changed_at,
        role=role,
        archived=summary.archived,
        running=summary.open,
    )
