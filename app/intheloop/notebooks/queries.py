"""Answers to queries, from committed state and the store. Access was checked before."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable
from itertools import islice
from typing import Any, assert_never

import msgspec
from msgspec import Raw, Struct

from intheloop import commands as c
from intheloop import ipynb, views
from intheloop.blobs import Blobs
from intheloop.canonical import digest
from intheloop.decider import Caller, is_admin, scopes_in
from intheloop.errors import BadArgument, NotFound, TooLarge
from intheloop.events import TYPE_NAMES, Envelope, Record
from intheloop.log import Filter, Log, Stored, export_line, open_stored, wire
from intheloop.notebook import (
    WORKSPACE_ID,
    Notebook,
    Workspace,
    by_reference,
    pack,
    pack_workspace,
    part_of,
)
from intheloop.reducer import REDUCER_VERSION

from .desk import Desk
from .executions import Executions
from .shelf import open_notebook
from .summary import Summary
from .uses import Uses
from .waiting import Recheck, Waiting

MOST_DIFFERENT = 20_000
"""How many changes are looked through for one diff."""

_decode_summary = msgspec.json.Decoder(Summary).decode


class Queries:
    """Answers each query with its ANSWER."""

    def __init__(
        self,
        desk: Desk,
        log: Log,
        blobs: Blobs,
        waiting: Waiting,
        executions: Executions,
        uses: Uses,
    ) -> None:
        self._desk = desk
        self._log = log
        self._blobs = blobs
        self._waiting = waiting
        self._executions = executions
        self._uses = uses

    async def answer(  # noqa: C901
        self, query: c.Query, caller: Caller, recheck: Recheck
    ) -> Struct:
        """The answer. One that is waited for goes only to who may still have it then."""
        match query:
            case c.ReadNotebook():
                return await self._notebook(query)
            case c.ReadHistory():
                return await self._history(query, recheck)
            case c.DiffNotebook():
                return await self._diff(query)
            case c.ReadExecution():
                return await self._executions.told(query, recheck)
            case c.ReadBatch():
                return await self._executions.batch(query, recheck)
            case c.ReadOutput():
                return await self._output(query)
            case c.ReadRuntime(notebook_id=notebook_id):
                return _runtime(await self._desk.existing(notebook_id))
            case c.ListNotebooks():
                return await self._list(caller, query)
            case c.ExportNotebook():
                return await self._export(query)
            case c.ReadPrompt(sha256=sha256):
                return _prompt(self._desk.workspace, sha256)
            case c.WhoAmI():
                return self._myself(caller)
            case c.ListPeople(notebook_id=notebook_id):
                return self._people(notebook_id)
            case c.ListCredentials():
                return self._credentials(caller)
            case _:
                assert_never(query)

    async def _at(self, notebook_id: str, at: int | None) -> Notebook:
        state = await self._desk.existing(notebook_id)
        if at is None or at == state.seq:
            return state
        if at > state.seq:
            raise BadArgument(f"There is no seq {at} yet; the last one is {state.seq}.")
        return await asyncio.to_thread(open_notebook, self._log, notebook_id, at)

    async def state(
        self, notebook_id: str, at: int | None, refs: bool, cell_ids: Collection[str] | None
    ) -> c.NotebookState:
        """The whole state with its digest; with `refs` outputs are only named. Or a part of it,
        these cells, which has no digest."""
        if notebook_id == WORKSPACE_ID:
            packed = pack_workspace(self._desk.workspace)
            raw = Raw(msgspec.json.encode(packed))
            return c.NotebookState(
                seq=packed.seq, state=raw, digest="", reducer_version=REDUCER_VERSION
            )
        state = await self._at(notebook_id, at)
        return await asyncio.to_thread(_packed, state, refs, cell_ids)

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
            execution = state.executions.get(query.execution_id) or await self._executions.found(
                query.notebook_id, query.execution_id
            )
        return await asyncio.to_thread(views.view_part, state, execution, query, self._blobs.get)

    async def _history(self, query: c.ReadHistory, recheck: Recheck) -> c.History:
        async def some() -> bool:
            head = (await self._desk.tip(query.notebook_id)).seq
            return bool(await asyncio.to_thread(self._records, query, head, 1))

        await self._waiting.until(query.notebook_id, query.wait_s, recheck, some)
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
        run = query.correlation_id
        records: Iterable[Stored] = self._log.records(
            query.notebook_id,
            after=query.after,
            upto=head,
            limit=limit if run is None else None,
            where=where,
        )
        if run is not None:
            # No index has it: what is walked through is bounded by what `after` leaves.
            of_run = (one for one in records if open_stored(one).envelope.correlation_id == run)
            records = islice(of_run, limit)
        found, size = list[Raw](), 0
        for stored in records:
            found.append(Raw(wire(stored)))
            size += len(stored.data)
            if size > views.STORY_BYTES and not query.records:
                break
        return found

    async def _diff(self, query: c.DiffNotebook) -> c.NotebookDiff:
        now = await self._at(query.notebook_id, query.to_seq)
        asked = query.from_seq
        if asked is not None and asked > now.seq:
            raise BadArgument(f"A diff goes forward: give a `from` of at most {now.seq}.")
        return await asyncio.to_thread(self._different, now, query)

    def _different(self, now: Notebook, query: c.DiffNotebook) -> c.NotebookDiff:
        where = Filter(types=tuple(TYPE_NAMES[kind] for kind in views.DIFF_EVENTS))
        found = self._log.records(
            now.notebook_id, after=query.from_seq or 0, upto=now.seq, where=where
        )
        records = [open_stored(one) for one in islice(found, MOST_DIFFERENT + 1)]
        if len(records) > MOST_DIFFERENT:
            raise TooLarge(
                f"More than {MOST_DIFFERENT} changes lie between; give a later `from`, or an "
                "earlier `to`."
            )
        mine = [one for one in records if _is_meant(one.envelope, query)]
        start = query.from_seq
        if start is None:
            narrowed = query.actor is not None or query.correlation_id is not None
            start = mine[0].seq - 1 if narrowed and mine else 0
        cells = {_cell_id(one) for one in mine}
        about = [one for one in records if one.seq > start and _cell_id(one) in cells]
        before = open_notebook(self._log, now.notebook_id, start)
        return views.view_diff(before, now, about, query)

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
            used=[use for each in credentials if (use := self._uses.of(each.credential_id))],
            paused={one: why for one, why in workspace.paused.items() if one in programs},
        )


def _is_meant(envelope: Envelope, query: c.DiffNotebook) -> bool:
    return query.actor in (None, envelope.actor.id) and query.correlation_id in (
        None,
        envelope.correlation_id,
    )


def _cell_id(record: Record) -> str | None:
    return getattr(record.event, "cell_id", None)


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


def _packed(state: Notebook, refs: bool, cell_ids: Collection[str] | None) -> c.NotebookState:
    packed = pack(state) if cell_ids is None else part_of(pack(state), cell_ids)
    raw = Raw(msgspec.json.encode(by_reference(packed) if refs else packed))
    return c.NotebookState(
        seq=state.seq,
        state=raw,
        digest=digest(state) if cell_ids is None else "",
        reducer_version=REDUCER_VERSION,
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
        to_decide=summary.to_decide,
    )


def _prompt(workspace: Workspace, sha256: str) -> c.PromptText:
    prompt = workspace.prompts.get(sha256)
    if prompt is None:
        raise NotFound(f"No prompt has the sha256 {sha256}; contextAssembled records name them.")
    return c.PromptText(
        seq=workspace.seq, prompt_id=prompt.prompt_id, version=prompt.version, text=prompt.text
    )
