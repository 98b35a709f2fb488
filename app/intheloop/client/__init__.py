"""The wire client: call tools, follow logs, find work; safe to retry, without gap or repeat.

Speaks `docs/protocol.md` and nothing else. Shared by the command line and the agents; it decides
nothing that the server has to decide.
"""

from .asking import ask
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
from .questions import (
    Answer,
    Complete,
    Completions,
    Inspect,
    Inspection,
    Match,
    Memory,
    MemoryHeld,
    NoAnswer,
    Question,
    Variable,
    VariableList,
    Variables,
    fitted,
)
from .replica import Replica

__all__ = [
    "Answer",
    "Client",
    "Complete",
    "Completions",
    "Defect",
    "DigestFrame",
    "Ended",
    "Inspect",
    "Inspection",
    "LiveItem",
    "Match",
    "Memory",
    "MemoryHeld",
    "NoAnswer",
    "Question",
    "Replica",
    "Signal",
    "StateAt",
    "Variable",
    "VariableList",
    "Variables",
    "WorkChange",
    "WorkGone",
    "WorkItem",
    "WorkOpen",
    "WorkToDo",
    "ask",
    "fitted",
    "fresh_command_id",
    "to_record",
]
