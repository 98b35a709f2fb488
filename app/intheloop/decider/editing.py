"""What comes of an edit of a source: a change set in final coordinates, or a refusal that helps.

A change set made for an older rev is mapped over what came since, here and never in a reducer. At
one position what is in the log stands first.
"""

from __future__ import annotations

from intheloop import commands as c
from intheloop import events as e
from intheloop import text
from intheloop.errors import BadArgument, Conflict
from intheloop.notebook import Cell, Notebook

from .context import Context, Decision, changed
from .finding import checked_source, the_cell

MAPPED_EDITS = 500
"""How many edits back a change set may have been made for."""


def decide(state: Notebook, command: c.EditCell, context: Context) -> Decision:
    """The decision on an edit. One that changes nothing appends nothing."""
    cell = the_cell(state, command.cell_id)
    given = (command.edits, command.source, command.changes)
    if sum(form is not None for form in given) != 1:
        raise BadArgument("Give exactly one of edits, source and changes.")
    since = _since(cell, command, context)
    try:
        changes = _final_changes(cell, command, since)
        source = text.apply(cell.source, changes)
    except text.ChangeError as error:
        raise _refusal(cell, since, f"{error}") from None
    checked_source(source)
    events = () if text.is_empty(changes) else (_edited(cell, changes),)
    seq = changed(state, *events)
    return Decision(
        events,
        c.Edited(
            seq=seq,
            cell_id=cell.cell_id,
            rev=seq if events else cell.rev,
            merged=tuple(who_changed(record) for record in since),
        ),
    )


def who_changed(record: e.Record) -> str:
    """A sentence on who changed a source, and at which seq."""
    verb = "edited it" if isinstance(record.event, e.CellSourceEdited) else "restored it"
    return f"{record.envelope.actor.name} {verb} (seq {record.seq})."


def _edited(cell: Cell, changes: text.ChangesLike) -> e.CellSourceEdited:
    return e.CellSourceEdited(cell.cell_id, cell.rev, list(text.to_json(changes)))


def _since(cell: Cell, command: c.EditCell, context: Context) -> tuple[e.Record, ...]:
    """What came after the caller's `base_rev`; without one, the caller meant the current source."""
    if command.base_rev is None:
        if command.edits is None:
            raise BadArgument(
                "Give base_rev, the rev of the source that you read, so that nobody's work is lost."
            )
        return ()
    if command.base_rev > cell.rev:
        raise BadArgument(
            f"The cell {cell.cell_id} has no rev {command.base_rev} yet; its rev is {cell.rev}. "
            "Read it and call again."
        )
    return context.edits or ()


def _final_changes(
    cell: Cell, command: c.EditCell, since: tuple[e.Record, ...]
) -> text.ChangesLike:
    if command.edits is not None:
        return _replaced(cell.source, command.edits)
    if command.source is not None:
        if command.base_rev != cell.rev:
            raise _refusal(cell, since, "The source changed after you read it")
        return text.diff(cell.source, checked_source(command.source))
    changes: text.ChangesLike = text.parse(command.changes)
    if command.base_rev == cell.rev:
        return changes
    if not since or len(since) > MAPPED_EDITS:
        raise _refusal(cell, since, f"The edit was made for rev {command.base_rev}, too long ago")
    for record in since:
        if not isinstance(record.event, e.CellSourceEdited):
            raise _refusal(cell, since, "The source was replaced as a whole")
        changes = text.map_changes(changes, record.event.changes, before=False)
    return changes


def _replaced(source: str, edits: list[c.TextEdit]) -> text.ChangesLike:
    """All replacements as one change set; each is looked for in what the one before left."""
    whole: text.ChangesLike | None = None
    for edit in edits:
        step = text.replace(source, edit.old, edit.new)
        source = text.apply(source, step)
        whole = step if whole is None else text.compose(whole, step)
    return whole or []


def _refusal(cell: Cell, since: tuple[e.Record, ...], why: str) -> Conflict:
    whose = " ".join(who_changed(record) for record in since[-5:])
    return Conflict(
        f"{why.rstrip('.')}. {whose + ' ' if whose else ''}The current source (rev {cell.rev}) "
        "comes with this answer; make the edit for it.",
        cell_id=cell.cell_id,
        rev=cell.rev,
        source=cell.source,
        changed_by=[who_changed(record) for record in since[-5:]],
    )
