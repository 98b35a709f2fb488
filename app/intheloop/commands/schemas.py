"""JSON schemas of tools as models read them: short, whole in themselves, in a fixed order."""

from __future__ import annotations

import inspect
import re
from typing import Any, TypeAlias

import msgspec
from msgspec import Struct

from .tool import Tool

Json: TypeAlias = dict[str, Any]

_DROPPED = frozenset(("title", "$defs"))
_DEEP = 2


def description(tool: type[Tool]) -> str:
    """What a tool is for, in paragraphs."""
    return re.sub(r"(?<!\n)\n(?!\n)", " ", inspect.getdoc(tool) or "")


def input_schema(tool: type[Tool]) -> Json:
    """What the tool takes; arguments that only programs use are left out."""
    schema = msgspec.json.schema(tool)
    short = _short(schema, schema.get("$defs", {}))
    short.pop("description", None)
    required, properties = short.get("required", []), short["properties"]
    order = sorted(properties, key=lambda name: (name not in required, name != "notebook_id"))
    short["properties"] = {name: properties[name] for name in order}
    return short


def output_schema(answer: type[Struct], more: Json, *, may_wait: bool = False) -> Json:
    """What the tool answers, with `more` properties; what lies deep is told by its type alone.
    One that may say instead that it waits for a person needs no more than `seq`."""
    schema = msgspec.json.schema(answer)
    short = _shallow(_short(schema, schema.get("$defs", {})), _DEEP)
    if may_wait:
        short["required"] = ["seq"]
    short["properties"] = {**short.get("properties", {}), **more}
    return short


def _short(schema: Json, defs: Json) -> Json:
    ref = schema.get("$ref")
    if ref is not None:
        return _short(defs[ref.rsplit("/", 1)[1]], defs)
    if "anyOf" in schema:
        return _union(schema, defs)
    out: Json = {}
    for key, value in schema.items():
        if key in _DROPPED or (key == "default" and value is None) or value == []:
            continue
        match key:
            case "properties":
                out[key] = {
                    name: _short(inner, defs)
                    for name, inner in value.items()
                    if inner.get("x-for") != "programs"
                }
            case "items" | "additionalProperties" if isinstance(value, dict):
                out[key] = _short(value, defs)
            case "pattern":
                continue  # of ids, which nobody makes up
            case "maximum" if isinstance(value, int) and value >= 2**53 - 1:
                continue
            case _:
                out[key] = value
    if out.get("type") == "object" and "description" in out and "properties" in out:
        del out["description"]
    return out


def _union(schema: Json, defs: Json) -> Json:
    """A union. Null is no side of it where leaving the argument out says the same."""
    sides = [_short(side, defs) for side in schema["anyOf"] if side.get("type") != "null"]
    described = {"description": schema["description"]} if "description" in schema else {}
    short: Json = dict(sides[0]) if len(sides) == 1 else {"anyOf": sides}
    if len(sides) < len(schema["anyOf"]) and "default" not in schema:
        short = {"anyOf": [*sides, {"type": "null"}]}
    return {**short, **described}


def _shallow(schema: Json, depth: int) -> Json:
    out = {
        key: value
        for key, value in schema.items()
        if key not in ("description", "default", "additionalProperties", "pattern", "minimum",
                       "maximum", "minLength", "maxLength")
    }  # fmt: skip
    if "properties" in out:
        if depth <= 0:
            return {"type": "object"}
        out["properties"] = {
            name: _shallow(inner, depth - 1) for name, inner in out["properties"].items()
        }
        out.pop("required", None) if depth < _DEEP else None
    if isinstance(out.get("items"), dict):
        out["items"] = _shallow(out["items"], depth - 1)
    return out
