"""Gathering the context of a decision: what the rules said they need, looked up by the writer.

Looks at committed records and at those of the batch under way alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from msgspec.structs import replace

from intheloop import events as e
from intheloop.commands import Command, RevertChanges
from intheloop.decider import (
    DOCUMENT_EVENTS,
    HISTORY_LIMIT,
    Caller,
    Context,
    Gone,
    Needs,
    is_chosen,
    needs,
)
from intheloop.log import Filter, Log, open_stored
from intheloop.notebook import Notebook, Workspace
from intheloop.reducer import replay

from .draft import Draft, Tip
from .settings import ServiceSettings
from .shelf import open_notebook

_NOTHING = Needs()
_SOURCE_EVENTS = ("cellCreated", "cellSourceEdited", "cellRestored")


class Gathering:
    """Makes contexts for one store."""

    def __init__(self, log: Log, settings: ServiceSettings) -> None:
        self._log = log
        self._settings = settings

    def context(
        self,
        caller: Caller,
        workspace: Workspace,
        now: str,
        command_id: str,
        correlation_id: str | None = None,
        *,
        untrusted: bool = False,
    ) -> Context:
        """The part that no state is needed for."""
        return Context(
            caller,
            workspace,
            now,
            command_id,
            lease_s=self._settings.lease_s,
            approval_s=self._settings.approval_s,
            permission_s=self._settings.permission_s,
            correlation_id=correlation_id,
            untrusted=untrusted,
        )

    def complete(self, context: Context, command: Command, tip: Tip, draft: Draft) -> Context:
        """The context with all that this command needs in this state."""
        state = tip.state
        if not isinstance(state, Notebook):
            return context
        wanted = needs(state, command)
        context = replace(context, head_hash=tip.hash)
        if wanted == _NOTHING:
            return context
        pending = draft.opened.get(state.notebook_id, [])
        if wanted.history is not None:
            return self._with_history(context, state, wanted.history, pending)
        return replace(
            context,
            edits=self._edits(state, wanted.edits_of, pending),
            cell_edits={
                each[0]: self._edits(state, each, pending) or () for each in wanted.edits_of_each
            },
            past=self._past(state, wanted, pending),
            gone=self._gone(state, wanted, pending),
            blobs=self._blobs(state, wanted),
            records=self._records(state, wanted),
        )

    def _matching(
        self, state: Notebook, after: int, where: Filter, pending: Iterable[e.Record]
    ) -> Iterator[e.Record]:
        for stored in self._log.records(state.notebook_id, after=after, where=where):
            yield open_stored(stored)
        for record in pending:
            event = record.event
            about = (getattr(event, "cell_id", None), getattr(event, "execution_id", None))
            fits = (where.cell_id or about[0], where.execution_id or about[1]) == about
            if fits and record.seq > after:
                yield record

    def _edits(
        self, state: Notebook, of: tuple[str, int] | None, pending: Iterable[e.Record]
    ) -> tuple[e.Record, ...] | None:
        if of is None:
            return None
        cell_id, rev = of
        where = Filter(types=_SOURCE_EVENTS, cell_id=cell_id)
        return tuple(
            record
            for record in self._matching(state, rev, where, pending)
            if record.envelope.type in _SOURCE_EVENTS
        )

    def _past(self, state: Notebook, wanted: Needs, pending: Iterable[e.Record]) -> Notebook | None:
        if wanted.past_seq is not None:
            return self._at(state, wanted.past_seq, pending)
        if not wanted.past_cells:
            return None
        past = Notebook(state.notebook_id)
        for cell_id in wanted.past_cells:
            where = Filter(types=("cellDeleted",), cell_id=cell_id)
            gone = [
                record.seq
                for record in self._matching(state, 0, where, pending)
                if isinstance(record.event, e.CellDeleted)
            ]
            if gone:
                past = _with_cell(past, self._at(state, gone[-1] - 1, pending), cell_id)
        return past

    def _at(self, state: Notebook, seq: int, pending: Iterable[e.Record]) -> Notebook:
        committed = open_notebook(self._log, state.notebook_id, seq)
        later = [record for record in pending if committed.seq < record.seq <= seq]
        return replay(later, committed)

    def _with_history(
        self,
        context: Context,
        state: Notebook,
        command: RevertChanges,
        pending: Iterable[e.Record],
    ) -> Context:
        where = Filter(types=tuple(e.TYPE_NAMES[kind] for kind in DOCUMENT_EVENTS))
        found = (
            record
            for record in self._matching(state, command.after, where, pending)
            if isinstance(record.event, DOCUMENT_EVENTS)
        )
        records = tuple(islice(found, HISTORY_LIMIT + 1))
        first = next((at for at, one in enumerate(records) if is_chosen(command, one)), None)
        if first is None or len(records) > HISTORY_LIMIT:
            return replace(context, history=records if len(records) > HISTORY_LIMIT else ())
        past = self._at(state, records[first].seq - 1, pending)
        return replace(context, history=records[first:], past=past)

    def _gone(self, state: Notebook, wanted: Needs, pending: Iterable[e.Record]) -> Gone | None:
        if wanted.execution_id is None:
            return None
        found: Gone | None = None
        where = Filter(execution_id=wanted.execution_id)
        for record in self._matching(state, 0, where, pending):
            found = _told(found or Gone(wanted.execution_id, None, 0, False, False), record.event)
        return found

    def _blobs(self, state: Notebook, wanted: Needs) -> frozenset[str]:
        if not wanted.blobs:
            return frozenset()
        return frozenset(self._log.has_blobs(state.notebook_id, wanted.blobs))

    def _records(self, state: Notebook, wanted: Needs) -> tuple[e.Record, ...]:
        """From the log alone: who names records is the only one of its batch."""
        return tuple(
            open_stored(stored)
            for seq in wanted.seqs
            for stored in self._log.records(state.notebook_id, after=seq - 1, upto=seq)
        )


def _with_cell(past: Notebook, then: Notebook, cell_id: str) -> Notebook:
    """The past notebook with one cell, and what it showed, as of then."""
    cell = then.cells[cell_id]
    past = replace(past, cells=past.cells.set(cell_id, cell))
    shown = then.executions.get(cell.execution_id) if cell.execution_id else None
    if shown is None:
        return past
    return replace(past, executions=past.executions.set(shown.execution_id, shown))


def _told(gone: Gone, event: e.Event) -> Gone:
    match event:
        case e.ExecutionClaimed(runtime_id=runtime_id):
            return replace(gone, runtime_id=runtime_id)
        case e.ExecutionStarted():
            return replace(gone, started=True)
        case e.OutputAppended(index=index) | e.OutputUpdated(index=index):
            return replace(gone, next_index=index + 1)
        case e.OutputsCleared(index=index):
            return replace(gone, next_index=index + 1)
        case e.ExecutionCompleted(status=status):
            return replace(
                gone, completed=True, runtime_id=None if status == "lost" else gone.runtime_id
            )
        case _:
            return gone
