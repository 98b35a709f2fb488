"""What a call gives back: the answer as fields and as text, images as images, refusals as text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import mcp_types as types
import msgspec
from msgspec import Struct

from intheloop import commands as c
from intheloop.errors import LoopError
from intheloop.views import words

from .images import shrunk
from .listing import OTHERS
from .party import Party

MOST_IMAGES = 2


async def result_of(
    answer: Struct, tool: c.Tool, party: Party, others: str
) -> types.CallToolResult:
    """The result of a call that was done."""
    fields: dict[str, Any] = msgspec.to_builtins(answer)
    text = words(answer)
    images: list[types.ImageContent] = []
    if isinstance(answer, c.OutputText) and answer.image:
        images.append(_image(answer))
        fields.pop("image")
    else:
        notebook_id = getattr(tool, "notebook_id", "")
        for query in list(_pictures(answer, notebook_id))[:MOST_IMAGES]:
            found = await party.call(query)
            if isinstance(found, c.OutputText) and found.image:
                images.append(_image(found))
    if others:
        fields[OTHERS] = others
        text += f"\n\n{others}"
    content: list[types.ContentBlock] = [types.TextContent(type="text", text=text), *images]
    return types.CallToolResult(content=content, structured_content=fields)


def refusal(error: LoopError) -> types.CallToolResult:
    """The result of a call that could not be done: a sentence with the next step, and the state
    that is needed to decide again."""
    source = error.extra.get("source")
    text = error.detail if source is None else f"{error.detail}\n\nCurrent source:\n{source}"
    return types.CallToolResult(content=[types.TextContent(type="text", text=text)], is_error=True)


def _image(found: c.OutputText) -> types.ImageContent:
    data, mime = shrunk(found.image or "", found.mime)
    return types.ImageContent(type="image", data=data, mime_type=mime)


def _pictures(answer: Struct, notebook_id: str) -> Iterator[c.ReadOutput]:
    """The images in an answer, as the queries that read them."""
    match answer:
        case c.NotebookView(notebook_id=of, cells=cells):
            for cell in cells:
                for number in _numbers(cell.outputs):
                    yield c.ReadOutput(
                        notebook_id=of, cell_id=cell.cell_id, output=number, form="image"
                    )
        case c.Requested(executions=executions):
            for one in executions:
                yield from _of(one, notebook_id)
        case c.ExecutionTold(execution=one):
            yield from _of(one, notebook_id)


def _of(view: c.ExecutionView, notebook_id: str) -> Iterator[c.ReadOutput]:
    for number in _numbers(view.outputs):
        yield c.ReadOutput(
            notebook_id=notebook_id,
            execution_id=view.execution_id,
            output=number,
            form="image",
        )


def _numbers(outputs: tuple[c.OutputView, ...]) -> Iterator[int]:
    for one in outputs:
        if one.kind == "image" and one.mimes != ("image/svg+xml",):
            yield one.output
