"""The list of tools that a model gets: short, the same each time, and true in form and in words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import mcp_types as types
import pytest

from intheloop.commands import TOOLS
from intheloop.events import ActorKind, Scope
from intheloop.mcp_server.listing import FOR_MODELS, listed

MOST_TOOLS = 24
MOST_CHARACTERS = 24_000
SPEAKING = {"title", "source", "text", "old", "new", "value", "cells"}


class Model:
    """An assistant that may do all that its kind can."""

    kind: ActorKind = "assistant"
    scopes: frozenset[Scope] = frozenset(("notebook:read", "notebook:write", "notebook:run"))


def wire(tools: list[types.Tool]) -> str:
    """The list as it is sent."""
    return json.dumps(
        [tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in tools],
        ensure_ascii=False,
        separators=(",", ":"),
    )


TOOLS_LISTED = listed(Model())  # type: ignore[arg-type]


def test_the_list_is_short_and_the_same_each_time() -> None:
    again = listed(Model())  # type: ignore[arg-type]
    assert len(TOOLS_LISTED) <= MOST_TOOLS
    assert len(wire(TOOLS_LISTED)) <= MOST_CHARACTERS
    assert wire(TOOLS_LISTED) == wire(again)
    assert [tool.name for tool in TOOLS_LISTED] == list(FOR_MODELS)


@pytest.mark.parametrize("tool", TOOLS_LISTED, ids=lambda tool: tool.name)
def test_each_tool_says_what_it_is_for_and_what_it_does(tool: types.Tool) -> None:
    assert tool.title and tool.description and tool.output_schema and tool.annotations
    assert tool.description.split()[0][0].isupper() and tool.description.endswith(".")
    hints = tool.annotations
    reads = TOOLS[tool.name].TARGET == "nothing"
    assert hints.read_only_hint is reads and hints.idempotent_hint in (True, False)
    assert hints.destructive_hint is TOOLS[tool.name].DESTRUCTIVE
    assert not (reads and hints.destructive_hint)
    assert tool.name in ("list_notebooks", "create_notebook") or (
        "notebook_id" in tool.input_schema["required"]
    )


@pytest.mark.parametrize("tool", TOOLS_LISTED, ids=lambda tool: tool.name)
def test_the_schemas_of_each_tool_are_sound_and_whole_in_themselves(tool: types.Tool) -> None:
    for schema in (tool.input_schema, tool.output_schema):
        jsonschema.Draft202012Validator.check_schema(schema)
        assert schema and schema["type"] == "object" and "$ref" not in json.dumps(schema)
    assert tool.input_schema["additionalProperties"] is False


@pytest.mark.parametrize("tool", TOOLS_LISTED, ids=lambda tool: tool.name)
def test_each_argument_is_told_by_its_name_or_in_words(tool: types.Tool) -> None:
    for name, schema in arguments(tool.input_schema):
        told = schema.get("description") or f"`{name}`" in (tool.description or "")
        assert told or name in SPEAKING or name.endswith(("_id", "_ids", "_type")), name


def arguments(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """All arguments, those inside of others too."""
    for name, inner in schema.get("properties", {}).items():
        yield name, inner
        yield from arguments(inner)
        yield from arguments(inner.get("items", {}))


def test_arguments_that_only_programs_use_are_not_listed() -> None:
    shown = {tool.name: set(tool.input_schema["properties"]) for tool in TOOLS_LISTED}
    assert "changes" not in shown["edit_cell"] and "records" not in shown["read_history"]
    assert "metadata" not in shown["create_notebook"]
    outputs = {tool.name: tool.output_schema or {} for tool in TOOLS_LISTED}
    assert "image" not in outputs["read_output"]["properties"]


def test_who_may_not_write_is_not_shown_how() -> None:
    class Reader(Model):
        scopes: frozenset[Scope] = frozenset(("notebook:read",))

    names = {tool.name for tool in listed(Reader())}  # type: ignore[arg-type]
    assert names == {name for name, tool in FOR_MODELS.items() if tool.TARGET == "nothing"}
