"""What a reader sees of a notebook who gets text and little of it: a model, mostly.

Pure: states and a way to fetch blobs in, bounded shapes of `commands` out. What is left out is
always named with the call that reads it.
"""

from .execution import run_state, view_execution, view_outputs
from .notebook import Detail, view_cells
from .output import IMAGES, AnyOutput, Fetch, image_size, joined, piece_text, value_of
from .plain import cut, first_line, plain
from .words import words

__all__ = [
    "IMAGES",
    "AnyOutput",
    "Detail",
    "Fetch",
    "cut",
    "first_line",
    "image_size",
    "joined",
    "piece_text",
    "plain",
    "run_state",
    "value_of",
    "view_cells",
    "view_execution",
    "view_outputs",
    "words",
]
