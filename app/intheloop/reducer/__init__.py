"""apply(state, record) -> state, and replay: the one way in which state comes about.

Pure and total: no clock, no randomness, no I/O, and no record is ever refused. What makes no sense
for the state at hand, or is of an unknown type, changes nothing but the seq.
"""

from .document import apply, apply_event, replay
from .workspace import apply_workspace, replay_workspace

REDUCER_VERSION = 2
"""Grows when the same log adds up to another state; snapshots and digests are of one version."""

__all__ = [
    "REDUCER_VERSION",
    "apply",
    "apply_event",
    "apply_workspace",
    "replay",
    "replay_workspace",
]
