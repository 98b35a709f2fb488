"""The fixed rule by which a conversation that grew too long loses its oldest results. Pure.

When a request is larger than the limit, results of tools are left out, the oldest first, until it
is at most LEFT of the limit; the last KEPT stay, and short ones are not worth it.
"""

from __future__ import annotations

from collections.abc import Sequence

from .request import LEFT_OUT
from .thread import Run

LEFT = 0.6
KEPT = 3
SHORT = 500


def to_trim(runs: Sequence[Run], size: int, limit: int) -> tuple[str, ...]:
    """The tool calls whose results go, for a request of `size` bytes."""
    if not limit or size <= limit:
        return ()
    gone = {one for run in runs for turn in run.turns for one in turn.context.trimmed}
    uses = [use for run in runs for use in run.uses if use.completed is not None]
    found: list[str] = []
    for use in uses[:-KEPT]:
        text = use.completed.text if use.completed else ""
        if len(text) <= SHORT or use.proposed.tool_call_id in gone:
            continue
        found.append(use.proposed.tool_call_id)
        size -= len(text.encode()) - len(LEFT_OUT)
        if size <= LEFT * limit:
            break
    return tuple(found)
