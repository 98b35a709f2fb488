"""What others did since somebody last looked: a line for their next result, never needed for
correctness. Kept in memory: after a restart everybody has looked at nothing yet."""

from __future__ import annotations

from collections import OrderedDict

from msgspec import Struct

from intheloop import commands as c
from intheloop.errors import LoopError

from .party import Party

_MOST = 10_000
_TOLD = 3
_COUNTED = 200


class Others:
    """Remembers up to where each party has looked at each notebook."""

    def __init__(self) -> None:
        self._seen: OrderedDict[tuple[str, str], int] = OrderedDict()

    async def since(self, party: Party, tool: c.Tool, answer: Struct) -> str:
        """The line, "" when there is nothing to tell; from here on they have seen this answer."""
        notebook_id, seq = getattr(tool, "notebook_id", None), getattr(answer, "seq", 0)
        if notebook_id is None or getattr(tool, "at", None) is not None:
            return ""
        key = (party.actor_id, notebook_id)
        seen = self._seen.get(key)
        self._seen[key] = max(seq, seen or 0)
        self._seen.move_to_end(key)
        if len(self._seen) > _MOST:
            self._seen.popitem(last=False)
        if seen is None or seq <= seen or isinstance(tool, c.ReadHistory):
            return ""
        if not party.others_may_have_acted(notebook_id, seen):
            return ""
        try:
            found = await party.call(
                c.ReadHistory(notebook_id=notebook_id, after=seen, limit=_COUNTED)
            )
        except LoopError:
            return ""
        lines = [
            line
            for line in (found.lines if isinstance(found, c.History) else ())
            if line.actor_id != party.actor_id and line.actor_kind not in ("runtime", "system")
        ]
        if not lines:
            return ""
        told = " ".join(line.text for line in lines[-_TOLD:])
        counted = "one thing" if len(lines) == 1 else f"{len(lines)} things"
        return (
            f"Since you last looked (seq {seen}) others did {counted}: {told} "
            f'read_history(notebook_id="{notebook_id}", after={seen}) tells all.'
        )
