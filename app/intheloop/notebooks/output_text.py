"""A part of one output as text: what a reader asks for who does not want all of it at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import UnsetType

from intheloop import commands as c
from intheloop.errors import NotFound
from intheloop.ipynb import decode_blob
from intheloop.notebook import Notebook, Shown, Stream
from intheloop.values import (
    DisplayOutput,
    ErrorOutput,
    Output,
    ResultOutput,
    StreamOutput,
    Value,
    json_bytes,
)

Fetch = Callable[[str], bytes]

_PREFERRED = ("text/plain", "text/markdown", "text/html", "application/json", "image/svg+xml")


def output_text(state: Notebook, query: c.ReadOutput, fetch: Fetch) -> c.OutputText:
    """The wanted part. Raises NotFound for an output or mime type that is not there."""
    shown = _shown(state, query.cell_id)
    if query.output >= len(shown):
        raise NotFound(
            f"The cell {query.cell_id} shows {len(shown)} outputs, numbered from 0; "
            f"there is no output {query.output}."
        )
    mime, text = _text(shown[query.output], query.mime, fetch)
    end = query.offset + query.limit
    return c.OutputText(
        seq=state.seq,
        text=text[query.offset : end],
        total=len(text),
        mime=mime,
        next_offset=end if end < len(text) else None,
    )


def _shown(state: Notebook, cell_id: str) -> tuple[Shown | Output, ...]:
    cell = state.cells.get(cell_id)
    if cell is None or cell.deleted:
        raise NotFound(
            f"There is no cell {cell_id} in notebook {state.notebook_id}; "
            "read_notebook shows the cells with their ids."
        )
    execution = state.executions.get(cell.execution_id) if cell.execution_id else None
    return cell.outputs if execution is None else execution.outputs


def _text(output: Shown | Output, mime: str | None, fetch: Fetch) -> tuple[str, str]:
    match output:
        case Stream(pieces=pieces):
            return "text/plain", "".join(_piece(piece, fetch) for piece in pieces)
        case StreamOutput():
            return "text/plain", _piece(output, fetch)
        case ErrorOutput(traceback=traceback):
            return "text/plain", "\n".join(map(str, _value(traceback, fetch)))
        case DisplayOutput(data=data) | ResultOutput(data=data):
            name = mime or next((one for one in _PREFERRED if one in data), next(iter(data), ""))
            if name not in data:
                raise NotFound(f"The output has {', '.join(data) or 'no data'}; ask for one.")
            return name, _as_text(_value(data[name], fetch))
        case _:
            return "application/json", _as_text(_value(output.value, fetch))


def _piece(piece: StreamOutput, fetch: Fetch) -> str:
    return piece.text if isinstance(piece.blob, UnsetType) else fetch(piece.sha256).decode()


def _value(value: Value, fetch: Fetch) -> Any:
    if isinstance(value.blob, UnsetType):
        return msgspec.json.decode(json_bytes(value))
    return decode_blob(fetch(value.sha256), value.blob.encoding)


def _as_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        return "".join(value)
    return msgspec.json.format(msgspec.json.encode(value), indent=1).decode()
