"""What comes of an edit of a source: a change set in final coordinates, or a refusal that helps.

A change set made for an older rev is mapped over what came since, here and never in a reducer. At
one position what is in the log stands first.
"""

from __future__ import annotations

from functools import reduce
from itertools import groupby, pairwise

from intheloop import commands as c
from intheloop import events as e
from intheloop import text
from intheloop.errors import BadArgument, Conflict
from intheloop.notebook import Cell, Notebook

from .context import Context, Decision, changed
from .finding import checked_source, the_cell

MAPPED_EDITS = 500
"""How many edits back a change set may have been made for."""

TOLD = 5
"""How many of the last changes by others an answer tells of."""


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
    events = () if source == cell.source else (_edited(cell, changes),)
    seq = changed(state, *events)
    return Decision(
        events,
        c.Edited(
            seq=seq,
            cell_id=cell.cell_id,
            rev=seq if events else cell.rev,
            merged=_told(since),
            diff="" if command.changes else text.unified(cell.source, changes, source),
        ),
    )


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
    changes = _well_formed(command.changes)
    if command.base_rev == cell.rev:
        return changes
    if not since or len(since) > MAPPED_EDITS:
        raise _refusal(cell, since, f"The edit was made for rev {command.base_rev}, too long ago")
    for record in since:
        if not isinstance(record.event, e.CellSourceEdited):
            raise _refusal(cell, since, "The source was replaced as a whole")
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


def _refusal(cell: Cell, since: tuple[e.Record, ...], why: str) -> Conflict:
    told = _told(since)
    return Conflict(
        f"{why.rstrip('.')}. {''.join(f'{sentence} ' for sentence in told)}The current source "
        f"(rev {cell.rev}) comes with this answer; make the edit for it.",
        cell_id=cell.cell_id,
        rev=cell.rev,
        source=cell.source,
        changed_by=list(told),
    )


def _told(since: tuple[e.Record, ...]) -> tuple[str, ...]:
    """A sentence for each stretch of changes by one actor, the last ones only."""
    stretches = [list(some) for _, some in groupby(since, key=_who_did_what)]
    return tuple(_sentence(stretch) for stretch in stretches[-TOLD:])


def _who_did_what(record: e.Record) -> tuple[str, str, str]:
    actor = record.envelope.actor
    return actor.id, actor.name, _VERBS.get(type(record.event), "edited it")


_VERBS: dict[type, str] = {e.CellCreated: "created it", e.CellRestored: "restored it"}


def _sentence(stretch: list[e.Record]) -> str:
    _, name, verb = _who_did_what(stretch[0])
    first, last = stretch[0].seq, stretch[-1].seq
    return f"{name} {verb} (seq {first}{f' to {last}' if last > first else ''})."
