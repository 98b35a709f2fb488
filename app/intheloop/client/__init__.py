"""The wire client: call tools, follow logs, find work; safe to retry, without gap or repeat.

Speaks `docs/protocol.md` and nothing else. Shared by the command line and the agents; it decides
nothing that the server has to decide.
"""

from .client import Client, StateAt, fresh_command_id
from .live import (
    DigestFrame,
    Ended,
    LiveItem,
    Signal,
    WorkChange,
    WorkGone,
    WorkItem,
    WorkOpen,
    WorkToDo,
    to_record,
)
from .problems import Defect
from .replica import Replica

__all__ = [
    "Client",
    "Defect",
    "DigestFrame",
    "Ended",
    "LiveItem",
    "Replica",
    "Signal",
    "StateAt",
    "WorkChange",
    "WorkGone",
    "WorkItem",
    "WorkOpen",
    "WorkToDo",
    "fresh_command_id",
    "to_record",
]
