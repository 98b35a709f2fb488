"""A model that follows a script, behind the HTTP interface of the Messages API: not an AI.

It stands in where there is no key: in tests, with faults on demand, and in the demonstration.
"""

from .reply import Fault, Json, Part, Reply, Say, Think, Use, by_turn
from .serving import Answer, ScriptedModel, serving

__all__ = [
    "Answer",
    "Fault",
    "Json",
    "Part",
    "Reply",
    "Say",
    "ScriptedModel",
    "Think",
    "Use",
    "by_turn",
    "serving",
]
