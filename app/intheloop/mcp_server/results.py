"""What a call gives back: the answer as fields and as text, images as images, refusals as text."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import islice
from typing import Any

import mcp_types as types
import msgspec
from msgspec import Struct

from intheloop import commands as c
from intheloop.errors import BadArgument, LoopError
from intheloop.views import call, fitted, fitting, one_line, visible, words

from .images import NoPicture, shrunk
from .listing import IMAGES, OTHERS
from .party import Party

MOST_IMAGES = 2
MOST_OTHERS = 1_000
MOST_REFUSAL = 2_000
MOST_SOURCE = 12_000


async def result_of(
    answer: Struct, tool: c.Tool, party: Party, others: str
) -> types.CallToolResult:
    """The result of a call that was done. Raises BadArgument for an image that is none."""
    answer = fitted(answer, tool)
    if isinstance(answer, c.OutputText) and answer.image is not None:
        pictures, said = [await _picture(answer)], list[str]()
        shown = "The image comes with this answer, as an image."
        answer = msgspec.structs.replace(answer, image=None, text=shown)
    else:
        pictures, said = await _pictures(_queries(answer, tool), party)
    # By way of JSON, so that what is sent is what was measured.
    fields: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(answer))
    told = [words(answer), *said]
    if said:
        fields[IMAGES] = said
    if others:
        fields[OTHERS] = one_line(others, MOST_OTHERS)
        told.append(fields[OTHERS])
    text = types.TextContent(type="text", text="\n".join(told))
    return types.CallToolResult(content=[text, *pictures], structured_content=fields)


def refusal(error: LoopError, notebook_id: object = None) -> types.CallToolResult:
    """The result of a call that could not be done: a sentence with the next step, and the state
    that is needed to decide again."""
    text = visible(error.detail[:MOST_REFUSAL])
    source, cell_id = error.extra.get("source"), error.extra.get("cell_id")
    if isinstance(source, str):
        end = fitting(source, MOST_SOURCE)
        if end < len(source):
            of = {"notebook_id": notebook_id, "cells": [cell_id], "detail": "source"}
            text += f" The rest of the source: {call('read_notebook', of, offset=end)}"
        text += f"\n\nCurrent source:\n{visible(source[:end])}"
    return types.CallToolResult(content=[types.TextContent(type="text", text=text)], is_error=True)


async def _picture(found: c.OutputText) -> types.ImageContent:
    try:
        picture = await asyncio.to_thread(shrunk, found.image or "")
    except NoPicture as error:
        raise BadArgument(f"The image cannot be shown: {error}. Read the output as text.") from None
    return types.ImageContent(type="image", data=picture.data, mime_type=picture.mime)


async def _pictures(
    queries: Iterator[c.ReadOutput], party: Party
) -> tuple[list[types.ImageContent], list[str]]:
    """The first of these images, and a sentence for each. That one cannot be had spoils no
    answer."""
    pictures, said = list[types.ImageContent](), list[str]()
    for query in islice(queries, MOST_IMAGES):
        whose = f"cell {query.cell_id}" if query.cell_id else f"execution {query.execution_id}"
        which = f"output {query.output} of {whose}"
        try:
            found = await party.call(query)
            assert isinstance(found, c.OutputText)
            pictures.append(await _picture(found))
            said.append(f"Image {len(pictures)} is {which}.")
        except LoopError as error:
            said.append(f"{which.capitalize()} is not shown. {one_line(error.detail, 200)}")
    return pictures, said


def _queries(answer: Struct, tool: c.Tool) -> Iterator[c.ReadOutput]:
    """The images in an answer, as the queries that read them."""
    match answer, tool:
        case c.NotebookView(cells=cells), c.ReadNotebook(notebook_id=of, at=at):
            for cell in cells:
                for number in _numbers(cell.outputs):
                    yield c.ReadOutput(
                        notebook_id=of, cell_id=cell.cell_id, output=number, form="image", at=at
                    )
        case c.Requested(executions=found), c.NotebookTool(notebook_id=of):
            for one in found:
                yield from _of(one, of)
        case c.ExecutionTold(execution=one), c.NotebookTool(notebook_id=of):
            yield from _of(one, of)


def _of(view: c.ExecutionView, notebook_id: str) -> Iterator[c.ReadOutput]:
    for number in _numbers(view.outputs):
        yield c.ReadOutput(
            notebook_id=notebook_id,
            execution_id=view.execution_id,
            output=number,
            form="image",
        )


def _numbers(outputs: tuple[c.OutputView, ...]) -> Iterator[int]:
    return (one.output for one in outputs if one.kind == "image")
