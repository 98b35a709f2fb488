"""One output for who wants more of it than an answer shows: in parts, raw, or as an image."""

from __future__ import annotations

from intheloop import commands as c
from intheloop.errors import BadArgument, NotFound
from intheloop.notebook import Execution, Notebook, Stream
from intheloop.values import DisplayOutput, ErrorOutput, ResultOutput, StreamOutput, Value

from .calls import Arguments, call
from .image import IMAGES, base64_of
from .long_text import LongText, Stretch
from .plain import one_line
from .telling import (
    AnyOutput,
    Told,
    is_binary,
    mimes_of,
    raw_text,
    told,
    traceback_text,
)
from .value import Fetch, size_of, stream_text, text_of

_PREFERRED = ("text/plain", "text/markdown", "text/html", "application/json", "image/svg+xml")
_QUOTED = 100


def view_part(
    state: Notebook, execution: Execution | None, query: c.ReadOutput, fetch: Fetch
) -> c.OutputText:
    """The wanted part of an output of this execution, or of the cell that the query names. Raises
    NotFound and BadArgument."""
    shown = _of_cell(state, query.cell_id or "") if execution is None else execution.outputs
    if query.output >= len(shown):
        raise NotFound(
            f"There are {len(shown)} outputs, numbered from 0; there is no output {query.output}."
        )
    output = shown[query.output]
    if query.form == "image":
        return _image(state, output, query.mime, fetch)
    one = _wanted(output, query, fetch)
    text, mime = one.text, query.mime or _main_mime(output)
    if query.offset > text.size:
        raise BadArgument(f"It has {text.size} bytes; begin at an offset before that.")
    if query.find is None:
        part = text.stretch(query.offset, query.limit)
    else:
        part = text.find(query.find, query.offset, query.limit)
    goes_on = part.end < text.size
    return c.OutputText(
        seq=state.seq,
        text=part.text,
        total=text.size,
        mime=mime,
        offset=query.offset,
        next_offset=part.end if goes_on else None,
        more=_more(query, one, part, goes_on=goes_on),
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
    image = "" if wanted is None else base64_of(data[wanted], fetch)
    if wanted is None or not image:
        raise BadArgument(
            f"This output is no image but {_forms(output)}; read it with form text or raw."
        )
    return c.OutputText(seq=state.seq, text="", total=len(image), mime=wanted, image=image)


def _wanted(output: AnyOutput, query: c.ReadOutput, fetch: Fetch) -> Told:
    """What the query asks for: the text that answers show, or a form as it is."""
    if query.form == "text" and query.mime is None:
        return told(output, fetch)
    raw = query.form == "raw"
    match output:
        case Stream(pieces=pieces):
            text = stream_text(pieces, fetch, styled=not raw)
        case StreamOutput():
            text = stream_text((output,), fetch, styled=not raw)
        case ErrorOutput():
            text = LongText.of(traceback_text(output, fetch))
        case DisplayOutput(data=data) | ResultOutput(data=data):
            text = _form(output, data, query, fetch)
        case _:
            text = raw_text("application/json", output.value, fetch)
    return Told("text", text)


def _form(output: AnyOutput, data: dict[str, Value], query: c.ReadOutput, fetch: Fetch) -> LongText:
    mime = query.mime or _main_mime(output)
    if mime not in data:
        raise NotFound(f"The output has {_forms(output)}; ask for one of these as mime.")
    if mime in IMAGES:
        raise BadArgument(f'{mime} is no text; look at it with form="image".')
    if is_binary(mime):
        raise BadArgument(
            f"{mime} is {size_of(data[mime])} bytes of data that no text shows; "
            "a program can read it as a blob of the notebook."
        )
    found = text_of(data[mime], fetch, styled=True) if query.form == "text" else None
    return found or raw_text(mime, data[mime], fetch)


def _main_mime(output: AnyOutput) -> str:
    if not isinstance(output, DisplayOutput | ResultOutput):
        return "text/plain"
    names = (*_PREFERRED, *sorted(output.data))
    return next((one for one in names if one in output.data), "text/plain")


def _forms(output: AnyOutput) -> str:
    return ", ".join(mimes_of(output)[:10]) or "text"


def _more(query: c.ReadOutput, one: Told, part: Stretch, *, goes_on: bool) -> str:
    """The call that reads on, or what else there is to read."""
    if query.find is not None and not part.text:
        return f'No line from byte {query.offset} on holds "{one_line(query.find, _QUOTED)}".'
    of: Arguments = {
        name: given
        for name in ("notebook_id", "cell_id", "execution_id", "at", "output")
        if (given := getattr(query, name)) is not None
    }
    form = None if query.form == "text" else query.form
    if goes_on:
        on = call("read_output", of, form=form, mime=query.mime, find=query.find, offset=part.end)
        return f"It goes on: {on}"
    return f"{one.whole}: {call('read_output', of, **one.form)}" if one.whole else ""
