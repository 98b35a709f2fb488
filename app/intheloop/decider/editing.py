"""What comes of an edit of a source: a change set in final coordinates, or a refusal that helps.

A change set made for an older rev is mapped over what came since, here and never in a reducer. At
one position what is in the log stands first.
"""

from __future__ import annotations

from functools import reduce
from itertools import pairwise

from intheloop import commands as c
from intheloop import events as e
from intheloop import text
from intheloop.errors import BadArgument
from intheloop.notebook import Cell, Notebook

from .context import Context, Decision, changed
from .finding import checked_source, the_cell
from .since import Since

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
        raise since.refusal(cell, f"{error}") from None
    checked_source(source)
    events = () if source == cell.source else (_edited(cell, changes),)
    seq = changed(state, *events)
    return Decision(
        events,
        c.Edited(
            seq=seq,
            cell_id=cell.cell_id,
            rev=seq if events else cell.rev,
            merged=since.told(),
            diff="" if command.changes else text.unified(cell.source, changes, source),
        ),
    )


def _edited(cell: Cell, changes: text.ChangesLike) -> e.CellSourceEdited:
    return e.CellSourceEdited(cell.cell_id, cell.rev, list(text.to_json(changes)))


def _since(cell: Cell, command: c.EditCell, context: Context) -> Since:
    """What came after the caller's `base_rev`; without one, the caller meant the current source."""
    if command.base_rev is None:
        if command.edits is None:
            raise BadArgument(
                "Give base_rev, the rev of the source that you read, so that nobody's work is lost."
            )
        return Since((), context.workspace.people)
    if command.base_rev > cell.rev:
        raise BadArgument(
            f"The cell {cell.cell_id} has no rev {command.base_rev} yet; its rev is {cell.rev}. "
            "Read it and call again."
        )
    return Since(context.edits or (), context.workspace.people)


def _final_changes(cell: Cell, command: c.EditCell, since: Since) -> text.ChangesLike:
    if command.edits is not None:
        return _replaced(cell.source, command.edits)
    if command.source is not None:
        if command.base_rev != cell.rev:
            raise since.refusal(cell, "The source changed after you read it")
        return text.diff(cell.source, checked_source(command.source))
    changes = _well_formed(command.changes)
    if command.base_rev == cell.rev:
        return changes
    if not since.records or len(since.records) > MAPPED_EDITS:
        raise since.refusal(cell, f"The edit was made for rev {command.base_rev}, too long ago")
    for record in since.records:
        if not isinstance(record.event, e.CellSourceEdited):
            raise since.refusal(cell, "The source was replaced as a whole")
        changes = text.map_changes(changes, record.event.changes, before=False)
    return changes


def _well_formed(changes: object) -> text.ChangesLike:
    try:
        return text.parse(changes)
    except text.ChangeError as error:
        raise BadArgument(f"The change set is not well formed. {error}") from None


def _replaced(source: str, edits: list[c.TextEdit]) -> text.ChangesLike:
    """All replacements as one change set. Each passage is looked for in the source as it stands."""
    edits = sorted(edits, key=lambda edit: source.find(edit.old))
    steps: list[text.ChangesLike] = [text.replace(source, edit.old, edit.new) for edit in edits]
    for edit, following in pairwise(edits):
        if source.find(edit.old) + len(edit.old) > source.find(following.old):
            raise BadArgument("Two of the edits overlap; join them into one.")
    return reduce(_side_by_side, steps)


def _side_by_side(first: text.ChangesLike, second: text.ChangesLike) -> text.ChangesLike:
    """Two change sets for one text as one, the first standing first."""
    return text.compose(first, text.map_changes(second, first, before=False))
