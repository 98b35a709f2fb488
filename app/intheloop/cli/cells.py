"""Cells and their outputs as lines of plain text for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from intheloop.client import Client
from intheloop.ipynb import decode_blob
from intheloop.notebook import Cell, Execution, Notebook, Shown, Stream
from intheloop.values import (
    DisplayOutput,
    ErrorOutput,
    OtherOutput,
    Output,
    ResultOutput,
    StreamOutput,
    Value,
    json_bytes,
)
from intheloop.views import plain, visible

_LARGE = 100_000


async def told_cells(client: Client, notebook: Notebook) -> list[str]:
    """All cells, each with a heading, its source and what it shows."""
    lines: list[str] = []
    for cell in notebook.live_cells():
        execution = notebook.executions.get(cell.execution_id or "")
        lines += ["", _heading(cell, execution)]
        lines += [f"    {line}" for line in visible(cell.source).splitlines()]
        outputs: Sequence[Shown | Output] = execution.outputs if execution else cell.outputs
        for output in outputs:
            text = await _told(client, notebook.notebook_id, output)
            lines += [f"  | {line}" for line in plain(text).splitlines()]
    return lines


def _heading(cell: Cell, execution: Execution | None) -> str:
    kind: str = cell.cell_type
    if kind == "code":
        count = execution.execution_count if execution else cell.execution_count
        kind = f"code [{' ' if count is None else count}]"
    status = f", {execution.status}" if execution else ""
    return f"{cell.cell_id} ({kind}, rev {cell.rev}{status})"


async def _told(client: Client, notebook_id: str, output: Shown | Output) -> str:
    match output:
        case Stream(pieces=pieces):
            return "".join([await _piece(client, notebook_id, piece) for piece in pieces])
        case StreamOutput():
            return await _piece(client, notebook_id, output)
        case DisplayOutput(data=data) | ResultOutput(data=data):
            if "text/plain" in data:
                return str(await json_value(client, notebook_id, data["text/plain"]))
            return f"({', '.join(data) or 'nothing'})"
        case ErrorOutput(ename=ename, evalue=evalue):
            return f"{ename}: {evalue}"
        case OtherOutput():
            return "(an output of a kind that this version does not know)"


async def _piece(client: Client, notebook_id: str, piece: StreamOutput) -> str:
    if isinstance(piece.blob, msgspec.UnsetType):
        return piece.text
    if piece.blob.size > _LARGE:
        return f"(text of {piece.blob.size} bytes: blob {piece.sha256})\n"
    return (await client.get_blob(notebook_id, piece.sha256)).decode()


async def json_value(client: Client, notebook_id: str, value: Value) -> object:
    """The JSON value, read from its blob where it is one."""
    if isinstance(value.blob, msgspec.UnsetType):
        return msgspec.json.decode(json_bytes(value))
    data = await client.get_blob(notebook_id, value.sha256)
    return decode_blob(data, value.blob.encoding)
