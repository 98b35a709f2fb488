"""What a reader sees of a notebook who gets text and little of it: a model, mostly.

Pure: states and a way to fetch blobs in, bounded shapes of `commands` out. What is left out is
always named with the call that reads it.
"""

from .batch import view_requested
from .calls import call
from .diff import DIFF_EVENTS, view_diff
from .execution import places, run_state, view_execution
from .history import STORY_BYTES, view_history
from .image import IMAGES
from .lists import fitted
from .page import view_notebook
from .part import view_part
from .plain import one_line, plain, visible
from .runtime import view_runtime
from .telling import AnyOutput, told
from .value import Fetch
from .weight import MOST, fitting, weight
from .words import words

__all__ = [
    "DIFF_EVENTS",
    "IMAGES",
    "MOST",
    "STORY_BYTES",
    "AnyOutput",
    "Fetch",
    "call",
    "fitted",
    "fitting",
    "one_line",
    "places",
    "plain",
    "run_state",
    "told",
    "view_diff",
    "view_execution",
    "view_history",
    "view_notebook",
    "view_part",
    "view_requested",
    "view_runtime",
    "visible",
    "weight",
    "words",
]
