"""Answers to queries, from committed state and the store. Access was checked before."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias, assert_never

import msgspec
from msgspec import Raw, Struct
from msgspec.structs import replace

from intheloop import commands as c
from intheloop import ipynb, views
from intheloop.blobs import Blobs
from intheloop.canonical import digest
from intheloop.decider import Caller, is_admin, scopes_in
from intheloop.errors import BadArgument, NotFound
from intheloop.events import ExecutionCompleted, ExecutionRequested
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

from .clock import Clock
from .desk import Desk
from .shelf import open_notebook
from .summary import Summary

_LOOKED_UP = 20
_AROUND = 100

_decode_summary = msgspec.json.Decoder(Summary).decode

Awaits: TypeAlias = Callable[[], Awaitable[bool]]
Recheck: TypeAlias = Callable[[], None]
"""Raises when the caller may no longer have the answer that it waits for."""


class Queries:
    """Answers each query with its ANSWER."""

    def __init__(
        self, desk: Desk, log: Log, blobs: Blobs, clock: Clock, uses: Mapping[str, c.CredentialUse]
    ) -> None:
        self._desk = desk
        self._log = log
        self._blobs = blobs
        self._clock = clock
        self._uses = uses

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
            case c.ListNotebooks():
                return await self._list(caller, query)
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
        return await asyncio.to_thread(views.view_notebook, state, query, self._blobs.get)

    async def _output(self, query: c.ReadOutput) -> c.OutputText:
        if (query.cell_id is None) == (query.execution_id is None):
            raise BadArgument("Name either the cell or the execution whose output you want.")
        state = await self._at(query.notebook_id, query.at)
        execution = None
        if query.execution_id is not None:
            execution = state.executions.get(query.execution_id) or await self._found(
                query.notebook_id, query.execution_id
            )
        return await asyncio.to_thread(views.view_part, state, execution, query, self._blobs.get)

    async def ended(
        self, requested: c.Requested, notebook_id: str, wait_s: float, recheck: Recheck
    ) -> c.Requested:
        """How these executions stand once all have ended, one asks for input, or time is up."""
        ids = frozenset(requested.execution_ids)

        async def settled() -> bool:
            state = await self._existing(notebook_id)
            held = state.held()
            asks = held is not None and held.input is not None and held.execution_id in ids
            return asks or not any(one in ids for one in state.queue)

        await self._wait(notebook_id, wait_s, recheck, settled)
        state = await self._existing(notebook_id)
        found = await self._executions(state, requested)
        return await asyncio.to_thread(
            views.view_requested, requested, state, found, self._blobs.get
        )

    async def _executions(self, state: Notebook, requested: c.Requested) -> list[Execution]:
        """The executions of a batch. Those that have left the state are read from the log, each by
        itself, but of many only how they ended."""
        ids = requested.execution_ids
        left = [one for one in ids if one not in state.executions]
        if len(left) <= _LOOKED_UP:
            return [await self._found(state.notebook_id, one) for one in ids]
        ends = await asyncio.to_thread(_ends, self._log, state, requested.seq - len(ids), left)
        return [state.executions.get(one) or ends[one] for one in ids]

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
        return await asyncio.to_thread(views.view_history, found, head, people, query)

    def _records(self, query: c.ReadHistory, head: int, limit: int) -> list[Raw]:
        """Up to what is published: nobody sees a record before the others do. Of what is only told
        in sentences no more is read than a few MiB."""
        where = Filter(
            types=(query.event_type,) if query.event_type else (),
            cell_id=query.cell,
            actor_id=query.actor,
        )
        records = self._log.records(
            query.notebook_id, after=query.after, upto=head, limit=limit, where=where
        )
        found, size = list[Raw](), 0
        for stored in records:
            found.append(Raw(wire(stored)))
            size += len(stored.data)
            if size > views.STORY_BYTES and not query.records:
                break
        return found

    async def _execution(self, query: c.ReadExecution, recheck: Recheck) -> c.ExecutionTold:
        async def settled() -> bool:
            found = await self._found(query.notebook_id, query.execution_id)
            return not found.is_open or found.input is not None

        await self._wait(query.notebook_id, query.wait_s, recheck, settled)
        state = await self._existing(query.notebook_id)
        execution = await self._found(query.notebook_id, query.execution_id)
        if query.first_output > len(execution.outputs):
            raise BadArgument(
                f"The execution has {len(execution.outputs)} outputs, numbered from 0; "
                "give a first_output among them."
            )
        told = await asyncio.to_thread(
            views.view_execution,
            execution,
            views.places(state).get(execution.execution_id),
            query.first_output,
            query.characters - _AROUND,
            {"notebook_id": query.notebook_id},
            self._blobs.get,
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

    async def _list(self, caller: Caller, query: c.ListNotebooks) -> c.NotebookList:
        workspace = self._desk.workspace
        credential = workspace.credentials[caller.credential_id or ""]
        heads = await asyncio.to_thread(self._log.heads)
        lines = []
        for head in heads:
            if not scopes_in(workspace, credential, head.notebook_id):
                continue
            summary = _decode_summary(head.summary)
            if summary.archived and not query.archived:
                continue
            role = workspace.roles[head.notebook_id][credential.person_id]
            lines.append(_line(head.notebook_id, head.seq, summary, role))
        lines.sort(key=lambda line: line.changed_at, reverse=True)
        return c.NotebookList(seq=workspace.seq, notebooks=_picked(lines, query))

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
        programs = {each.principal_id for each in credentials}
        return c.Credentials(
            seq=workspace.seq,
            credentials=credentials,
            used=[use for each in credentials if (use := self._uses.get(each.credential_id))],
            paused={one: why for one, why in workspace.paused.items() if one in programs},
        )


def _picked(lines: list[c.NotebookSummary], query: c.ListNotebooks) -> list[c.NotebookSummary]:
    """The lines that were looked for, behind the one that was named."""
    if query.after is not None:
        at = next((at for at, one in enumerate(lines) if one.notebook_id == query.after), None)
        if at is None:
            raise NotFound(
                f"There is no notebook {query.after} to read on after; begin without `after`."
            )
        lines = lines[at + 1 :]
    wanted = (query.find or "").casefold()
    return [one for one in lines if wanted in f"{one.title}\n{one.notebook_id}".casefold()]


def _packed(state: Notebook, refs: bool) -> c.NotebookState:
    packed = pack(state)
    raw = Raw(msgspec.json.encode(by_reference(packed) if refs else packed))
    return c.NotebookState(
        seq=state.seq, state=raw, digest=digest(state), reducer_version=REDUCER_VERSION
    )


def _runtime(state: Notebook) -> c.RuntimeState:
    held = state.held()
    queued = tuple(one for one in state.queue if not state.executions[one].is_held)
    runtime = next(iter(state.runtimes.values()), None)
    return c.RuntimeState(
        seq=state.seq,
        runtime=None if runtime is None else views.view_runtime(runtime),
        running=held.execution_id if held else None,
        queue=queued,
    )


def _ends(log: Log, state: Notebook, after: int, ids: list[str]) -> dict[str, Execution]:
    """Executions without what they showed, from the records of their requests and their ends."""
    wanted = frozenset(ids)
    found: dict[str, Execution] = {}
    types = ("executionRequested", "executionCompleted")
    for stored in log.records(state.notebook_id, after=after, where=Filter(types=types)):
        if stored.execution_id not in wanted:
            continue
        record = open_stored(stored)
        match record.event:
            case ExecutionRequested(execution_id=one, cell_id=cell_id, rev=rev):
                by, at = record.envelope.actor.id, record.envelope.recorded_at
                found[one] = Execution(one, "", by, at, cell_id=cell_id, rev=rev)
            case ExecutionCompleted(execution_id=one, status=status, reason=reason):
                found[one] = replace(found[one], status=status, reason=reason)
    return found


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
        asks=summary.asks,
    )
