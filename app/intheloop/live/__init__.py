"""Fan-out: a ring of encoded frames for each log, a cursor for each follower, signals, open work.

Nothing here is durable, and no fact depends on it.
"""

from .frames import PING, frame, record_frame
from .ring import Ring, Wake
from .signals import NEVER_KEPT, Signal, Signals
from .work import Item, WorkIndex, open_items

__all__ = [
    "NEVER_KEPT",
    "PING",
    "Item",
    "Ring",
    "Signal",
    "Signals",
    "Wake",
    "WorkIndex",
    "frame",
    "open_items",
    "record_frame",
]
