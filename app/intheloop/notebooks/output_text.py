"""One output for who wants more of it than an answer shows: in parts, raw, or as an image."""

from __future__ import annotations

from typing import Any

import msgspec

from intheloop import commands as c
from intheloop.errors import BadArgument, NotFound
from intheloop.notebook import Execution, Notebook, Stream
from intheloop.values import DisplayOutput, ErrorOutput, ResultOutput, StreamOutput
from intheloop.views import IMAGES, AnyOutput, Fetch, joined, piece_text, plain, value_of

_PREFERRED = ("text/plain", "text/markdown", "text/html", "application/json", "image/svg+xml")


def output_text(
    state: Notebook, execution: Execution | None, query: c.ReadOutput, fetch: Fetch
) -> c.OutputText:
    """The wanted part of an output of this execution, or of the cell that the query names."""
    shown = _of_cell(state, query.cell_id or "") if execution is None else execution.outputs
    if query.output >= len(shown):
        raise NotFound(
            f"There are {len(shown)} outputs, numbered from 0; there is no output {query.output}."
        )
    output = shown[query.output]
    if query.form == "image":
        return _image(state, output, query.mime, fetch)
    mime, text = _text(output, query.mime, fetch)
    if query.form == "text":
        text = plain(text)
    if query.find is not None:
        text = _lines_with(text, query.find)
    end = query.offset + query.limit
    return c.OutputText(
        seq=state.seq,
        text=text[query.offset : end],
        total=len(text),
        mime=mime,
        next_offset=end if end < len(text) else None,
    )


def _of_cell(state: Notebook, cell_id: str) -> tuple[AnyOutput, ...]:
    cell = state.cells.get(cell_id)
    if cell is None or cell.deleted:
        raise NotFound(
            f"There is no cell {cell_id} in notebook {state.notebook_id}; "
            "read_notebook shows the cells with their ids."
        )
    execution = state.executions.get(cell.execution_id) if cell.execution_id else None
    return cell.outputs if execution is None else execution.outputs


def _image(state: Notebook, output: AnyOutput, mime: str | None, fetch: Fetch) -> c.OutputText:
    data = output.data if isinstance(output, DisplayOutput | ResultOutput) else {}
    wanted = next((one for one in (mime, *IMAGES) if one in IMAGES and one in data), None)
    if wanted is None:
        raise BadArgument(
            f"This output is no image but {', '.join(data) or 'text'}; read it as text or raw."
        )
    image = joined(value_of(data[wanted], fetch)).replace("\n", "")
    return c.OutputText(seq=state.seq, text="", total=len(image), mime=wanted, image=image)


def _text(output: AnyOutput, mime: str | None, fetch: Fetch) -> tuple[str, str]:
    match output:
        case Stream(pieces=pieces):
            return "text/plain", "".join(piece_text(piece, fetch) for piece in pieces)
        case StreamOutput():
            return "text/plain", piece_text(output, fetch)
        case ErrorOutput(traceback=traceback):
            return "text/plain", "\n".join(map(str, value_of(traceback, fetch)))
        case DisplayOutput(data=data) | ResultOutput(data=data):
            name = mime or next((one for one in _PREFERRED if one in data), next(iter(data), ""))
            if name not in data:
                raise NotFound(f"The output has {', '.join(data) or 'no data'}; ask for one.")
            return name, _as_text(value_of(data[name], fetch))
        case _:
            return "application/json", _as_text(value_of(output.value, fetch))


def _as_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        return "".join(value)
    return msgspec.json.format(msgspec.json.encode(value), indent=1).decode()


def _lines_with(text: str, wanted: str) -> str:
    found = [
        f"{number}: {line}" for number, line in enumerate(text.splitlines(), 1) if wanted in line
    ]
    return "\n".join(found)
