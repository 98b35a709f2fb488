"""The notebook's tools as the model is told of them, and its calls as commands. Pure.

The table is that of `intheloop.commands`, in its order; the notebook is the run's own, so that no
call can name another.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct

from intheloop import commands as c
from intheloop.commands.schemas import description, input_schema
from intheloop.errors import BadArgument, LoopError
from intheloop.views import fitted, words

from .identity import sha256_of

_NOT_HERE = frozenset(("list_notebooks", "create_notebook"))

OFFERED: dict[str, type[c.Tool]] = {
    cls.tool_name(): cls
    for cls in c.TOOL_CLASSES
    if cls.FOR_MODELS and issubclass(cls, c.NotebookTool) and cls.tool_name() not in _NOT_HERE
}
"""What the model may use, by name."""

_OUTPUTS = ' shows="outputs"'

_IMAGE, _IMAGE_IS = "<image of an output: data:", ";base64,"
"""Around an image in the log; no other answer of a tool begins so."""

MOST_IMAGE = 2_000_000
"""Characters of base64 of an image that is looked at."""

MOST_SOURCE = 12_000
"""Characters of the current source that a refusal shows."""


def described() -> str:
    """The JSON of all tools, as a request holds it."""
    return msgspec.json.encode([*map(_described, OFFERED.values())]).decode()


def _described(tool: type[c.Tool]) -> dict[str, Any]:
    schema = input_schema(tool)
    properties = {name: one for name, one in schema["properties"].items() if name != "notebook_id"}
    required = [name for name in schema.get("required", []) if name != "notebook_id"]
    return {
        "name": tool.tool_name(),
        "description": description(tool),
        "input_schema": {**schema, "properties": properties, "required": required},
    }


def tool_of(name: str, arguments: str, notebook_id: str) -> c.Tool:
    """The call of a tool. Raises BadArgument, whose sentence the model reads."""
    kind = OFFERED.get(name)
    if kind is None:
        raise BadArgument(f"There is no tool {name[:100]!r}; there are {', '.join(OFFERED)}.")
    try:
        given = msgspec.json.decode(arguments, type=dict[str, Any])
        allowed = input_schema(kind)["properties"].keys()
        unknown = given.keys() - allowed
        if unknown:
            raise BadArgument(
                f"There is no argument {min(unknown)[:100]!r} here, but {', '.join(allowed)}."
            )
        if given.get("notebook_id", notebook_id) != notebook_id:
            raise BadArgument(f"This run works in notebook {notebook_id} alone; leave the id out.")
        whole = {**given, "notebook_id": notebook_id}
        return msgspec.json.decode(msgspec.json.encode(whole), type=kind, strict=False)
    except (msgspec.DecodeError, UnicodeEncodeError) as error:
        raise BadArgument(f"The arguments do not fit: {error}. Mend them and call again.") from None


def told(answer: Struct, tool: c.Tool) -> str:
    """The answer of a tool as the model reads it: data of the notebook, marked as such."""
    if isinstance(answer, c.OutputText) and answer.image:
        return _pictured(answer.mime, answer.image)
    shown = fitted(answer, tool)
    name = type(tool).tool_name()
    return untrusted(words(shown), name, outputs=_holds_outputs(shown))


def refused(error: LoopError) -> str:
    """A refusal as the model reads it, with what it needs to decide again."""
    source = error.extra.get("source")
    if not isinstance(source, str):
        return error.detail
    return f"{error.detail}\n\n{untrusted(source[:MOST_SOURCE], 'current source')}"


def untrusted(text: str, origin: str, *, outputs: bool = False) -> str:
    """Data between two marks that the data itself cannot hold, as they carry its hash."""
    mark = sha256_of(text)[:12]
    shows = _OUTPUTS if outputs else ""
    return f'<data from="{origin}"{shows} mark="{mark}">\n{text}\n</data mark="{mark}">'


def _pictured(mime: str, image: str) -> str:
    if len(image) > MOST_IMAGE:
        raise BadArgument(
            f"The image has {len(image)} characters in base64, and {MOST_IMAGE} can be looked at; "
            "make it smaller, or read the output as text."
        )
    return f"{_IMAGE}{mime}{_IMAGE_IS}{image}"


def picture_in(text: str) -> tuple[str, str] | None:
    """The form and the base64 of an image that a tool told, if it told one."""
    if not text.startswith(_IMAGE):
        return None
    mime, _, image = text.removeprefix(_IMAGE).partition(_IMAGE_IS)
    return mime, image


def shows_outputs(text: str) -> bool:
    """Whether data that a tool told is said to hold what some code put out."""
    if text.startswith(_IMAGE):
        return True
    return text.startswith("<data ") and _OUTPUTS in text.partition("\n")[0]


def _holds_outputs(answer: Struct) -> bool:
    """Whether an answer shows what some code put out. Records may hold anything."""
    if isinstance(answer, c.OutputText):
        return True
    held = msgspec.json.decode(msgspec.json.encode(answer))
    found = [held]
    for one in found:
        match one:
            case dict():
                if one.get("outputs") or one.get("records"):
                    return True
                found.extend(one.values())
            case list() | tuple():
                found.extend(one)
    return False


def tool_uses(content: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The blocks of an answer in which a tool is wanted."""
    return (block for block in content if block.get("type") == "tool_use")
