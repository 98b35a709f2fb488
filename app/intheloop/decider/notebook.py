"""What comes of commands that make, name, file away, erase and redact notebooks."""

from __future__ import annotations

import re
from typing import assert_never

from intheloop import commands as c
from intheloop import events as e
from intheloop.errors import BadArgument, Conflict
from intheloop.notebook import WORKSPACE_ID, Notebook
from intheloop.values import sha256_hex

from . import cell, redaction
from .access import standing
from .context import Context, Decision, changed, derived_id
from .finding import the_cell
from .stamping import refuse_missing_blobs, the_metadata

NOTEBOOK_ID_LENGTH = 12


def decide(state: Notebook, command: c.NotebookCommand, context: Context) -> Decision:
    """The decision on a command about a notebook as a whole."""
    match command:
        case c.CreateNotebook() | c.ImportNotebook():
            return _create(state, command, context)
        case c.RenameNotebook(title=title):
            return _done(state, *([] if title == state.title else [e.NotebookRenamed(title)]))
        case c.SetMetadata():
            return _set_metadata(state, command)
        case c.ArchiveNotebook(archived=archived):
            if archived == state.archived:
                return _done(state)
            return _done(state, e.NotebookArchived() if archived else e.NotebookUnarchived())
        case c.DeleteNotebook():
            return _delete(state, context)
        case c.Redact():
            return _redact(state, command, context)
        case _:
            assert_never(command)


def fresh_notebook_id(command: c.CreateNotebook | c.ImportNotebook, context: Context) -> str:
    """The id of the notebook to be made: the client's choice, or one made of the command."""
    taken = context.workspace.notebooks
    if command.notebook_id is None:
        return derived_id(
            context, 0, NOTEBOOK_ID_LENGTH, lambda one: one in taken or one == WORKSPACE_ID
        )
    if command.notebook_id in taken or command.notebook_id == WORKSPACE_ID:
        raise BadArgument(
            f"The notebook id {command.notebook_id} was used before; choose another, "
            "or leave it out."
        )
    return command.notebook_id


def _done(state: Notebook, *events: e.Event) -> Decision:
    return Decision(events, c.Done(seq=changed(state, *events)))


def _create(
    state: Notebook, command: c.CreateNotebook | c.ImportNotebook, context: Context
) -> Decision:
    """`state` is the empty notebook under its fresh id."""
    the_metadata(command.metadata, "a notebook")
    refuse_missing_blobs(command, context.blobs)
    imported = _source_file(command) if isinstance(command, c.ImportNotebook) else None
    cells = tuple(cell.created(command.cells, None, state, context))
    events: tuple[e.Event, ...] = (
        e.NotebookCreated(command.title, command.metadata, imported),
        *cells,
    )
    owner_id = standing(context.workspace, context.caller, context.now).person_id
    return Decision(
        events,
        c.Created(
            seq=changed(state, *events),
            notebook_id=state.notebook_id,
            cell_ids=tuple(event.cell_id for event in cells),
        ),
        workspace_events=(
            e.NotebookListed(state.notebook_id, owner_id),
            e.RoleGranted(state.notebook_id, owner_id, "owner"),
        ),
    )


def _source_file(command: c.ImportNotebook) -> e.Imported:
    """Where the notebook comes from, in a form that an export can go by."""
    imported = command.imported
    if not re.fullmatch(r"4\.\d{1,4}", imported.nbformat):
        raise BadArgument(
            f"The nbformat {imported.nbformat!r} is not of the form 4.5; send that of the file."
        )
    return imported


def _set_metadata(state: Notebook, command: c.SetMetadata) -> Decision:
    metadata = the_metadata(command.metadata, "a notebook or a cell")
    if command.cell_id is None:
        if metadata.sha256 == state.metadata.sha256:
            return _done(state)
        return _done(state, e.NotebookMetadataChanged(metadata))
    if metadata.sha256 == the_cell(state, command.cell_id).metadata.sha256:
        return _done(state)
    return _done(state, e.CellMetadataChanged(command.cell_id, metadata))


def _delete(state: Notebook, context: Context) -> Decision:
    if state.held() is not None:
        raise Conflict(
            "A cell is running; cancel it first, so that nothing is lost by surprise.",
        )
    gone = e.NotebookDeleted(state.notebook_id, state.seq, context.head_hash)
    return Decision((), c.Done(seq=state.seq), workspace_events=(gone,), erase=True)


def _redact(state: Notebook, command: c.Redact, context: Context) -> Decision:
    wanted = sorted(set(command.seqs))
    if [record.seq for record in context.records] != wanted:
        raise BadArgument(
            f"There is no such seq in notebook {state.notebook_id}: its records go from 1 to "
            f"{state.seq}; read_history shows them."
        )
    for record in context.records:
        _refuse_open_request(state, record.event)
    stand_ins = tuple((record.seq, redaction.stand_in(record.event)) for record in context.records)
    hashes = tuple(sha256_hex(data) for _, data in stand_ins)
    event = e.PayloadRedacted(tuple(wanted), hashes, command.reason)
    return Decision((event,), c.Done(seq=changed(state, event)), stand_ins=stand_ins)


def _refuse_open_request(state: Notebook, event: e.Event) -> None:
    """What is still to be run cannot be erased: its runtime would be given the stand-in to run."""
    if not isinstance(event, e.ExecutionRequested):
        return
    execution = state.executions.get(event.execution_id)
    if execution is not None and execution.is_open:
        raise Conflict(
            f"The execution {event.execution_id} has not ended, and its code is still needed; "
            "cancel it with cancel_execution, then redact.",
            execution_id=event.execution_id,
            execution_status=execution.status,
        )
