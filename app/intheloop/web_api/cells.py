"""Cells and what they show as HTML that only shows text."""

from __future__ import annotations

from html import escape
from typing import Any

import msgspec

from intheloop.notebook import Cell, Execution, Shown, Stream
from intheloop.values import (
    DisplayOutput,
    ErrorOutput,
    Output,
    ResultOutput,
    StreamOutput,
    Value,
    is_inline,
    json_bytes,
)
from intheloop.views import plain

LONGEST_OUTPUT = 20_000
"""Characters of one output that are shown."""


def cell_html(cell: Cell, execution: Execution | None) -> str:
    """The cell with its source and, if any, what it shows."""
    outputs: tuple[Shown | Output, ...] = cell.outputs if execution is None else execution.outputs
    shown = "".join(f'<pre class="output">{escape(_cut(_text(one)))}</pre>' for one in outputs)
    status = "" if execution is None or execution.status == "ok" else f", {execution.status}"
    return (
        f'<article id="{escape(cell.cell_id)}"><small>{escape(cell.cell_id)} · '
        f"{escape(cell.cell_type)}{escape(status)}</small>"
        f"<pre>{escape(cell.source)}</pre>{shown}</article>"
    )


def _cut(text: str) -> str:
    shown = plain(text)
    return shown if len(shown) <= LONGEST_OUTPUT else shown[:LONGEST_OUTPUT] + "\n…"


def _text(output: Shown | Output) -> str:
    match output:
        case Stream(pieces=pieces):
            return "".join(map(_piece, pieces))
        case StreamOutput():
            return _piece(output)
        case DisplayOutput(data=data) | ResultOutput(data=data):
            text = data.get("text/plain")
            return f"[{', '.join(data)}]" if text is None else _value(text)
        case ErrorOutput(ename=ename, evalue=evalue, traceback=traceback):
            return _value(traceback, "\n") or f"{ename}: {evalue}"
        case _:
            return "[an output of an unknown type]"


def _piece(piece: StreamOutput) -> str:
    return piece.text if isinstance(piece.blob, msgspec.UnsetType) else _size(piece.blob.size)


def _value(value: Value, between: str = "") -> str:
    if not is_inline(value):
        blob = value.blob
        return "" if isinstance(blob, msgspec.UnsetType) else _size(blob.size)
    said: Any = msgspec.json.decode(json_bytes(value))
    return between.join(map(str, said)) if isinstance(said, list) else str(said)


def _size(size: int) -> str:
    return f"[{size} bytes]"
