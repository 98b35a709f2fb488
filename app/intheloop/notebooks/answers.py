"""Answers as they are remembered: ids and seqs only, so that erasing a record erases all of it."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from intheloop import commands as c
from intheloop.notebook import Notebook, Workspace


def remembered_form(answer: Struct) -> Struct:
    """The answer without words that stand in a record."""
    if isinstance(answer, c.Claimed) and answer.claim is not None:
        return replace(answer, claim=replace(answer.claim, source=""))
    if isinstance(answer, c.Edited | c.Proposed):
        return replace(answer, diff="")
    return answer


def filled(answer: Struct, state: Notebook | Workspace | None) -> Struct:
    """The remembered answer with those words again, as far as state has them now."""
    if not isinstance(answer, c.Claimed) or answer.claim is None:
        return answer
    execution = (
        state.executions.get(answer.claim.execution_id) if isinstance(state, Notebook) else None
    )
    if execution is None:
        return answer
    return replace(answer, claim=replace(answer.claim, source=execution.source))
