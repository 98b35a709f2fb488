"""The greatest command id that is remembered of each principal in each notebook.

Ids that are ordered by time, as good clients make them, are nearly always beyond it: such a command
cannot have come before, and nobody needs to look.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable

from .protocol import CommandKey, Remembered

KEPT = 4096
"""Principals in notebooks; when there are more all are forgotten, and found again."""


class LatestIds:
    """`find` tells the greatest id in the store, "" for none. Safe from all threads.

    Never below what the store holds, as long as nobody else writes to it; when somebody does, the
    commit fails that this would mislead, and everything is forgotten.
    """

    def __init__(self, find: Callable[[str, str], str]) -> None:
        self._find = find
        self._latest: dict[tuple[str, str], str] = {}
        self._lock = threading.Lock()

    def may_know(self, key: CommandKey) -> bool:
        """Whether the store may hold an answer to this command."""
        notebook_id, principal_id, command_id = key
        place = (notebook_id, principal_id)
        latest = self._latest.get(place)
        if latest is None:
            with self._lock:  # so that no commit comes between the look and the note
                latest = self._latest.get(place) or self._find(notebook_id, principal_id)
                if len(self._latest) >= KEPT:
                    self._latest.clear()
                self._latest[place] = latest
        return command_id <= latest

    def forget(self) -> None:
        """Nothing is sure any more."""
        with self._lock:
            self._latest.clear()

    def take(self, remembered: Iterable[Remembered]) -> None:
        """These are in the store now."""
        with self._lock:
            for one in remembered:
                place = (one.notebook_id, one.principal_id)
                latest = self._latest.get(place)
                if latest is not None and one.command_id > latest:
                    self._latest[place] = one.command_id
