"""Telling something to those who follow a notebook now: no record, and nothing depends on it."""

from __future__ import annotations

import msgspec
from msgspec import Raw, Struct

from intheloop.errors import BadArgument, TooLarge
from intheloop.events import Actor
from intheloop.live import NEVER_KEPT, Signal, Signals, frame

from .clock import Clock
from .desk import Desk

SIGNAL_LIMIT = 16 * 1024
LONGEST_TTL_S = 300.0


class Telling(Struct, frozen=True):
    """What is told; `to` one actor alone, kept for newcomers for `ttl_s`. `value` is JSON."""

    kind: str
    key: str
    value: bytes
    to: str | None = None
    ttl_s: float = 0


def signal(desk: Desk, clock: Clock, notebook_id: str, actor: Actor, told: Telling) -> None:
    """Tell it. Raises BadArgument or TooLarge."""
    value, to = told.value, told.to
    if len(value) > SIGNAL_LIMIT:
        raise TooLarge(f"A signal has at most {SIGNAL_LIMIT} bytes; send less.")
    if told.kind in NEVER_KEPT and to is None:
        raise BadArgument(f"A signal of kind {told.kind!r} goes to one actor; name it in `to`.")
    try:
        msgspec.json.decode(value)
        value = msgspec.json.format(value, indent=-1)
    except (ValueError, RecursionError) as error:
        raise BadArgument(f"The value of a signal is JSON, and this is not: {error}.") from None
    made = Signal(
        notebook_id=notebook_id,
        kind=told.kind,
        key=told.key,
        actor=actor,
        value=Raw(value),
        ttl_s=min(max(told.ttl_s, 0.0), LONGEST_TTL_S),
        to=msgspec.UNSET if to is None else to,
    )
    desk.signals.setdefault(notebook_id, Signals()).take(made, clock.monotonic())
    ring = desk.live_ring(notebook_id)
    if ring is not None:
        ring.notify(frame("signal", made), to)
