"""Notebook files: bytes in, values out, and back without loss for nbformat 4.

Pure: blobs and files are read and written by the caller. Knows nothing of what outputs mean.
"""

from .blob_values import decode_blob, encode_blob, stream_of, value_of
from .json_text import DEEPEST
from .reading import ParsedNotebook, parse
from .writing import render

__all__ = [
    "DEEPEST",
    "ParsedNotebook",
    "decode_blob",
    "encode_blob",
    "parse",
    "render",
    "stream_of",
    "value_of",
]
