"""What comes of undoing: new events that take back what was chosen, and leave the work of others.

A text is undone region by region: what was chosen is inverted and followed through all that came
since; a region that somebody else changed the place of is left and told. Whatever else a cell has
(its being there, place, type, metadata) is taken back only if nobody else changed the same since.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from intheloop import commands as c
from intheloop import events as e
from intheloop import text
from intheloop.errors import BadArgument, TooLarge
from intheloop.notebook import Notebook
from intheloop.sentences import who

from .context import Context, Decision, changed
from .deleting import deletion
from .restoring import restored
from .tracing import Trace, traced

HISTORY_LIMIT = 20_000
"""How many changes may be looked through."""

DOCUMENT_EVENTS = (
    *(e.CellCreated, e.CellSourceEdited, e.CellMoved, e.CellTypeChanged, e.CellMetadataChanged),
    *(e.CellDeleted, e.CellRestored, e.CellOutputsCleared, e.CellAttachmentsChanged),
    *(e.NotebookRenamed, e.NotebookMetadataChanged, e.ExecutionRequested),
)
"""What undoing looks at."""


def is_chosen(command: c.RevertChanges, record: e.Record) -> bool:
    """Whether the command is to undo this."""
    envelope = record.envelope
    return (
        (command.correlation_id or envelope.correlation_id) == envelope.correlation_id
        and (command.causation_id or envelope.causation_id) == envelope.causation_id
        and (command.actor or envelope.actor.id) == envelope.actor.id
        and command.after < envelope.seq <= (command.upto or envelope.seq)
    )


def decide(state: Notebook, command: c.RevertChanges, context: Context) -> Decision:
    """The decision on undoing. `context.past` is the notebook before the first of what was chosen,
    `context.history` that and all that came since."""
    if not (command.correlation_id or command.causation_id or command.actor):
        raise BadArgument(
            "Say what to undo: a correlation_id, a causation_id, or an actor after a seq."
        )
    if len(context.history) > HISTORY_LIMIT:
        raise TooLarge(
            f"More than {HISTORY_LIMIT} changes would have to be looked through; give `after`, the "
            "seq after which what you mean was done."
        )
    past = context.past or state
    reverting = _Reverting(state, past, command, context)
    events = tuple(reverting.events())
    answer = c.Reverted(
        seq=changed(state, *events),
        cell_ids=tuple(dict.fromkeys(_cells(events))),
        conflicts=tuple(dict.fromkeys(reverting.conflicts)),
        stays=tuple(_stays(command, context)),
    )
    return Decision(events, answer, causation_id=command.correlation_id or command.causation_id)


def _cells(events: tuple[e.Event, ...]) -> Iterator[str]:
    for event in events:
        cell_id = getattr(event, "cell_id", None)
        if isinstance(cell_id, str):
            yield cell_id


def _stays(command: c.RevertChanges, context: Context) -> Iterator[str]:
    mine = [record.event for record in context.history if is_chosen(command, record)]
    runs = sum(isinstance(event, e.ExecutionRequested) for event in mine)
    if runs:
        told = "1 run was asked for; what its" if runs == 1 else f"{runs} runs were asked for; what"
        yield f"{told} code did stays."
    if any(isinstance(event, e.CellOutputsCleared) for event in mine):
        yield "Outputs that were cleared stay out of sight; run the cells again."
    if any(isinstance(event, e.CellAttachmentsChanged) for event in mine):
        yield "Files that were attached to a cell stay with it."


class _Reverting:
    """The way back for one notebook."""

    def __init__(
        self, state: Notebook, past: Notebook, command: c.RevertChanges, context: Context
    ) -> None:
        self._state = state
        self._past = past
        self._people = {one.person_id: one.name for one in context.workspace.people.values()}
        self._records = context.history
        self._mine = frozenset(one.seq for one in context.history if is_chosen(command, one))
        self._traces = traced(past, context.history, self._mine)
        self._brought: set[str] = set()
        self.conflicts: list[str] = []

    def events(self) -> Iterator[e.Event]:
        """What takes it back: cells from top to bottom, then their places, then the notebook."""
        order = {cell_id: at for at, cell_id in enumerate(self._state.order)}
        for trace in sorted(self._traces.values(), key=lambda one: order.get(one.cell_id, 0)):
            if trace.is_touched:
                yield from self._cell(trace)
        yield from self._moves()
        yield from self._notebook()

    def _told(self, what: str, record: e.Record) -> None:
        name = who(record.envelope.actor, self._people).rstrip(",")
        self.conflicts.append(f"{name} {what} (seq {record.seq}).")

    def _cell(self, trace: Trace) -> Iterator[e.Event]:
        now = self._state.cells.get(trace.cell_id)
        if now is None:
            return
        if trace.made is not None:
            # It was not there, or not in sight, before.
            if now.deleted:
                return
            if trace.others:
                self._told(f"changed cell {trace.cell_id}, which was to go", trace.others[-1])
                return
            yield from deletion(self._state, trace.cell_id)
        elif now.deleted:
            yield from self._brought_back(trace)
        else:
            yield from self._changed_back(trace)

    def _brought_back(self, trace: Trace) -> Iterator[e.Event]:
        ended = trace.ended
        if ended is None or ended.seq not in self._mine:
            return  # its deletion is somebody else's
        before = trace.before_end
        if before is None:
            return
        self._tell_of_text(trace)
        self._brought.add(trace.cell_id)
        back = restored(self._past, replace(before, source=trace.source_back))
        yield replace(back, cell_type=trace.type_back, metadata=trace.metadata_back)

    def _changed_back(self, trace: Trace) -> Iterator[e.Event]:
        now = self._state.cells[trace.cell_id]
        self._tell_of_text(trace)
        if trace.undo is not None and trace.source_back != now.source:
            changes = list(text.to_json(trace.undo))
            yield e.CellSourceEdited(trace.cell_id, now.rev, changes)
        if trace.type_conflict is not None:
            self._told(f"changed the type of cell {trace.cell_id}", trace.type_conflict)
        elif trace.type_back != now.cell_type:
            yield e.CellTypeChanged(trace.cell_id, trace.type_back)
        if trace.metadata_conflict is not None:
            self._told(f"changed the metadata of cell {trace.cell_id}", trace.metadata_conflict)
        elif trace.metadata_back.sha256 != now.metadata.sha256:
            yield e.CellMetadataChanged(trace.cell_id, trace.metadata_back)

    def _tell_of_text(self, trace: Trace) -> None:
        for record in trace.text_conflicts:
            self._told(f"changed the same place of cell {trace.cell_id}", record)

    def _moves(self) -> Iterator[e.Event]:
        """Back after the cell that it stood after; each cell keeps its place, deleted or not."""
        last = {
            record.event.cell_id: record
            for record in self._records
            if isinstance(record.event, e.CellMoved)
        }
        moved = {
            record.event.cell_id
            for record in self._records
            if isinstance(record.event, e.CellMoved) and record.seq in self._mine
        }
        for at, cell_id in enumerate(self._past.order):
            cell = self._state.cells.get(cell_id)
            if cell_id not in moved or cell is None:
                continue
            if cell.deleted and cell_id not in self._brought:
                continue
            if last[cell_id].seq not in self._mine:
                self._told(f"moved cell {cell_id}", last[cell_id])
                continue
            yield e.CellMoved(cell_id, self._past.order[at - 1] if at else None)

    def _notebook(self) -> Iterator[e.Event]:
        title = self._last(e.NotebookRenamed)
        if title is not None and title.seq not in self._mine:
            self._told("renamed the notebook", title)
        elif title is not None and self._past.title != self._state.title:
            yield e.NotebookRenamed(self._past.title)
        metadata = self._last(e.NotebookMetadataChanged)
        if metadata is not None and metadata.seq not in self._mine:
            self._told("changed the metadata of the notebook", metadata)
        elif metadata is not None and (self._past.metadata.sha256 != self._state.metadata.sha256):
            yield e.NotebookMetadataChanged(self._past.metadata)

    def _last(self, kind: type) -> e.Record | None:
        """The last record of this kind, if any of them is to be undone."""
        found = [record for record in self._records if isinstance(record.event, kind)]
        if not any(record.seq in self._mine for record in found):
            return None
        return found[-1]
