"""Who acted last in which notebook, kept in memory, so that most questions for what others changed
are answered without the log. Knows no more than what was published since the start."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from .draft import Published

_MOST = 10_000


class Acts:
    """The last acts in each notebook. `counts` tells whose are of interest."""

    def __init__(self, counts: Callable[[str], bool]) -> None:
        self._counts = counts
        self._known: OrderedDict[str, tuple[int, dict[str, int]]] = OrderedDict()

    def see(self, published: Published) -> None:
        """Records were published."""
        notebook_id, records = published.notebook_id, published.records
        if not records or published.tip is None:
            self._known.pop(notebook_id, None)
            return
        _, last = self._known.setdefault(notebook_id, (records[0].seq - 1, {}))
        self._known.move_to_end(notebook_id)
        last.update({one.actor_id: one.seq for one in records if self._counts(one.actor_id)})
        if len(self._known) > _MOST:
            self._known.popitem(last=False)

    def others_may_have(self, actor_id: str, notebook_id: str, after: int) -> bool:
        """Whether somebody else may have acted after this seq; certain only if False."""
        begin, last = self._known.get(notebook_id, (after + 1, {}))
        return after < begin or any(seq > after for one, seq in last.items() if one != actor_id)
