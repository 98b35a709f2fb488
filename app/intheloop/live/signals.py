"""Signals: presence, carets, half-written words, questions to a kernel. Never in any log.

The last value of a kind, key and actor lives until its time is up and is sent to newcomers. Time is
passed in, in monotonic seconds.
"""

from __future__ import annotations

from msgspec import UNSET, Raw, Struct, UnsetType

from intheloop.events import Actor

NEVER_KEPT = frozenset(("ask", "answer"))
MOST_KEPT = 1024
"""Signals of one notebook; beyond that the oldest is forgotten."""


class Signal(Struct, frozen=True, omit_defaults=True):
    """A signal as it is sent to followers. `gone`: what it said before no longer holds."""

    notebook_id: str
    kind: str
    key: str
    actor: Actor
    value: Raw
    ttl_s: float = 0
    to: str | UnsetType = UNSET
    gone: bool = False


class Kept(Struct, frozen=True):
    """A signal that newcomers still get."""

    signal: Signal
    until: float


class Signals:
    """The signals of one notebook that are still alive."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str, str], Kept] = {}

    def take(self, signal: Signal, now: float) -> None:
        """Keep it as long as it says, in place of the last one."""
        place = (signal.kind, signal.key, signal.actor.id)
        self._kept.pop(place, None)
        if signal.ttl_s > 0 and signal.kind not in NEVER_KEPT:
            self._kept[place] = Kept(signal, now + signal.ttl_s)
        if len(self._kept) > MOST_KEPT:
            self.alive(now)
            for oldest in list(self._kept)[:-MOST_KEPT]:
                del self._kept[oldest]

    def drop(self, kind: str, key: str) -> None:
        """What was said under this kind and key holds no more, whoever said it."""
        for place in [place for place in self._kept if place[:2] == (kind, key)]:
            del self._kept[place]

    def alive(self, now: float) -> list[Signal]:
        """What a newcomer gets."""
        self._kept = {place: kept for place, kept in self._kept.items() if kept.until > now}
        return [kept.signal for kept in self._kept.values()]
