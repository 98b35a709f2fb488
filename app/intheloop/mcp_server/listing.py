"""The tools as they are listed: those of the table that are for models, in its order."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import mcp_types as types

from intheloop.commands import TOOL_CLASSES, ExecutionTold, NotebookView, Requested, Tool
from intheloop.commands.schemas import description, input_schema, output_schema

from .party import Party, may_use

OTHERS = "others"
"""The property of every answer that tells what others did since the caller last looked."""

IMAGES = "images"
"""The property of an answer with images that tells what they are."""

_OTHERS_SCHEMA = {OTHERS: {"type": "string"}}
_IMAGES_SCHEMA = {IMAGES: {"type": "array", "items": {"type": "string"}}}
_WITH_IMAGES = (NotebookView, ExecutionTold, Requested)

FOR_MODELS: dict[str, type[Tool]] = {cls.tool_name(): cls for cls in TOOL_CLASSES if cls.FOR_MODELS}


def listed(party: Party) -> list[types.Tool]:
    """What this party may use."""
    return [_described(cls) for cls in FOR_MODELS.values() if may_use(party, cls)]


@cache
def _described(tool: type[Tool]) -> types.Tool:
    name = tool.tool_name()
    reads = tool.TARGET == "nothing"
    more = {**(_IMAGES_SCHEMA if tool.ANSWER in _WITH_IMAGES else {}), **_OTHERS_SCHEMA}
    return types.Tool(
        name=name,
        title=name.replace("_", " ").capitalize(),
        description=description(tool),
        input_schema=input_schema(tool),
        output_schema=output_schema(tool.ANSWER, more, may_wait=tool.DEED is not None),
        annotations=types.ToolAnnotations(
            read_only_hint=reads,
            destructive_hint=tool.DESTRUCTIVE,
            idempotent_hint=reads or tool.REPEATABLE,
            open_world_hint=name in ("run_cells", "run_code", "restart_kernel"),
        ),
    )


def arguments_of(tool: type[Tool]) -> Sequence[str]:
    """The names of the arguments that are listed: those for programs are not taken from models."""
    return tuple(_described(tool).input_schema["properties"])
