"""Notebooks drawn by a seeded walk over nbformat's own JSON schemas.

Knows only the schema words that those schemas use, and stops at any other.
"""

import json
import re
from collections.abc import Iterator
from importlib.resources import files
from random import Random
from typing import Any

Schema = dict[str, Any]

# One way to make a name for each pattern in the schemas; an unknown pattern is a KeyError.
_STRINGS_BY_PATTERN = {
    "^[a-zA-Z0-9-_]+$": "abcdefghijklmnopqrstuvwxyzABCXYZ0123456789-_",
    "^.+$": "abc dé,ß-雪🐧",
    "^[^,]+$": "abc dé-雪🐧.",
}
_MIME_TYPES = (
    "text/plain",
    "text/html",
    "text/markdown",
    "text/latex",
    "image/png",
    "image/jpeg",
    "image/svg+xml",
    "application/javascript",
    "application/pdf",
    "application/json",
    "application/geo+json",
    "application/vnd.vegalite.v5+json",
    "application/vnd.jupyter.widget-view+json",
    "application/vnd.example.text",
)
_KEYS = ("note", "x-lab", "Ünïcode", "with space", "", "0", "__proto__", "a.b", "toString")
_LINES = (
    "x = 1\n",
    "print('a\\tb')\n",
    "\n",
    "# Überschrift\n",
    "雪 = '🐧👩🏽\u200d🔬'\n",
    "carriage\rreturn\n",
    "windows\r\n",
    "\x1b[31mred\x1b[0m\n",
    "form\x0cfeed \u2028 and \x85 are not ends of a line\n",
    "no end",
    "nul \x00 inside\n",
    "\ufeffmark\n",
)
_NUMBERS = (
    0,
    1,
    -1,
    1.0,
    -0.0,
    0.1,
    1e-7,
    1e22,
    1e308,
    5e-324,
    2**53 + 1,
    -(2**63),
    2**64 + 1,
    10**40,
)


class SchemaWalk:
    """Draws values that a draft 4 schema of nbformat allows."""

    def __init__(self, schema: Schema, random: Random) -> None:
        self._root = schema
        self._random = random

    def notebook(self) -> dict[str, Any]:
        """A whole notebook; its minor version is the least that the schema allows."""
        value = self.value(self._root)
        assert isinstance(value, dict)
        for name in ("nbformat", "nbformat_minor"):
            value[name] = self._root["properties"][name]["minimum"]
        return value

    def value(self, schema: Schema) -> Any:
        """Any value that the schema allows."""
        if "$ref" in schema:
            return self.value(self._at(schema["$ref"]))
        if "oneOf" in schema:
            return self.value(self._random.choice(schema["oneOf"]))
        if "enum" in schema:
            return self._random.choice(schema["enum"])
        kind = schema.get("type")
        if isinstance(kind, list):
            kind = self._random.choice(kind)
        match kind:
            case "object":
                return self._object(schema)
            case "array":
                return self._array(schema)
            case "string":
                return self._string(schema)
            case "integer":
                return int(schema.get("minimum", 0)) + self._int()
            case "boolean":
                return self._random.random() < 0.5
            case "null":
                return None
            case None:
                return self.json_value()
        raise ValueError(f"the walk does not know the schema type {kind!r}; teach it")

    def json_value(self, depth: int = 3) -> Any:
        """Any JSON value, up to a few levels deep."""
        kind = self._random.randrange(8 if depth else 6)
        match kind:
            case 0:
                return None
            case 1:
                return self._random.random() < 0.5
            case 2 | 3:
                return self._random.choice(_NUMBERS)
            case 4 | 5:
                return self._text()
            case 6:
                return [self.json_value(depth - 1) for _ in range(self._random.randrange(4))]
        return {key: self.json_value(depth - 1) for key in self._some(_KEYS, 4)}

    def _at(self, reference: str) -> Schema:
        place: Any = self._root
        for name in reference.removeprefix("#/").split("/"):
            place = place[name]
        assert isinstance(place, dict)
        return place

    def _object(self, schema: Schema) -> dict[str, Any]:
        known = schema.get("properties", {})
        required = schema.get("required", [])
        made = {
            name: self.value(part)
            for name, part in known.items()
            if name in required or self._random.random() < 0.5
        }
        others = schema.get("additionalProperties", True)
        by_pattern = schema.get("patternProperties", {})
        if others is False:
            return made
        # Only bundles of media types say what their other members are.
        names = _MIME_TYPES if isinstance(others, dict) else _KEYS
        for name in self._some(names, 5):
            if name in known:
                continue
            fitting = [part for pattern, part in by_pattern.items() if re.search(pattern, name)]
            made[name] = self.value(fitting[0] if fitting else others if others is not True else {})
        return made

    def _array(self, schema: Schema) -> list[Any]:
        part = schema.get("items") or schema.get("item") or {}
        values = [self.value(part) for _ in range(self._random.randrange(7))]
        if schema.get("uniqueItems"):
            return list(dict.fromkeys(values))
        return values

    def _string(self, schema: Schema) -> str:
        if "pattern" not in schema:
            return self._text()
        letters = _STRINGS_BY_PATTERN[schema["pattern"]]
        longest = min(schema.get("maxLength", 24), 64)
        size = self._random.randint(1, longest)
        return "".join(self._random.choice(letters) for _ in range(size))

    def _text(self) -> str:
        return "".join(self._random.choice(_LINES) for _ in range(self._random.randrange(5)))

    def _int(self) -> int:
        return self._random.choice((0, 1, 7, 2**31, 2**53 - 1))

    def _some(self, names: tuple[str, ...], most: int) -> list[str]:
        return self._random.sample(names, self._random.randrange(most))


def walked_notebooks(each: int = 8) -> Iterator[tuple[str, dict[str, Any]]]:
    """`each` notebooks for every minor version that the installed nbformat has a schema of."""
    folder = files("nbformat.v4")
    for minor in range(6):
        schema = json.loads(folder.joinpath(f"nbformat.v4.{minor}.schema.json").read_text("utf-8"))
        for seed in range(each):
            walk = SchemaWalk(schema, Random(f"{minor}/{seed}"))
            yield f"walk-4.{minor}-{seed}", walk.notebook()
