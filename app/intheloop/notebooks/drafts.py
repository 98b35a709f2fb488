"""Half-written answers of the assistant: kept for newcomers until the record comes that holds, or
voids, what they say."""

from __future__ import annotations

from functools import partial

import msgspec
from msgspec import Struct

from intheloop.events import (
    TYPE_NAMES,
    AssistantRunFinished,
    ModelCallCompleted,
    ModelCallFailed,
    ModelCallRetried,
)

from .desk import Desk
from .draft import Published

DRAFT = "draft"
"""The kind of signal; its key is the run's id."""

_ENDS = frozenset(
    TYPE_NAMES[cls]
    for cls in (ModelCallCompleted, ModelCallRetried, ModelCallFailed, AssistantRunFinished)
)


class _OfRun(Struct):
    run_id: str


def watch_drafts(desk: Desk) -> None:
    """From here on each draft ends with its record."""
    desk.on_published.append(partial(_end_drafts, desk))


def _end_drafts(desk: Desk, published: Published) -> None:
    signals = desk.signals.get(published.notebook_id)
    if signals is None:
        return
    for stored in published.records:
        if stored.type in _ENDS:
            run_id = msgspec.json.decode(stored.data, type=_OfRun).run_id
            signals.drop(DRAFT, run_id)
