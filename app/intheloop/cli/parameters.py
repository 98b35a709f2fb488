"""Parameters of a run, as papermill users know them: given by name, put into a cell of their own.

Pure: parsed notebooks in, parsed notebooks out.
"""

from __future__ import annotations

import json
import keyword
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import UNSET
from msgspec.structs import replace

from intheloop.commands import GivenCell
from intheloop.errors import BadArgument
from intheloop.ipynb import ParsedNotebook
from intheloop.notebook import kernel_language
from intheloop.values import Value, inline, json_bytes, utf8

DEFAULTS = "parameters"
INJECTED = "injected-parameters"
SKIPPED = "skip-execution"


def read_parameter(text: str) -> tuple[str, Any]:
    """`name=value`; the value is True, False, None, a number, a JSON list or object, else text.

    Raises BadArgument.
    """
    name, equals, value = text.partition("=")
    if not equals or not name.isidentifier() or keyword.iskeyword(name):
        raise BadArgument(f"The parameter {text!r} is not NAME=VALUE; write it as in -p alpha=0.1.")
    return name, _value(value)


def _value(text: str) -> Any:
    constants = {"True": True, "False": False, "None": None}
    if text in constants:
        return constants[text]
    for number in (int, float):
        try:
            return number(text)
        except ValueError:
            continue
    if text[:1] in ("[", "{"):
        try:
            return json.loads(text)
        except ValueError:
            pass
    return text


def inject(parsed: ParsedNotebook, parameters: Mapping[str, Any]) -> ParsedNotebook:
    """The notebook with its parameters set in a cell after the one tagged `parameters` (or at the
    top), in place of an earlier such cell. Raises BadArgument for a language other than Python."""
    if not parameters:
        return parsed
    language = kernel_language(parsed.metadata)
    if language not in ("", "python"):
        raise BadArgument(
            f"Parameters can be set in Python notebooks alone, and this one is in {language}; set "
            "them in the notebook itself."
        )
    lines = [f"{name} = {value!r}" for name, value in parameters.items()]
    cell = GivenCell(
        source="\n".join(("# Parameters", *lines)),
        metadata=inline(utf8({"tags": [INJECTED]})),
        outputs=UNSET,
    )
    cells = list(parsed.cells)
    before = _tagged(cells, INJECTED)
    if before is not None:
        cells[before] = cell
    else:
        defaults = _tagged(cells, DEFAULTS)
        cells.insert(0 if defaults is None else defaults + 1, cell)
    return replace(parsed, cells=cells)


def _tagged(cells: Sequence[GivenCell], tag: str) -> int | None:
    for place, cell in enumerate(cells):
        if tag in tags_of(cell.metadata):
            return place
    return None


class _Tagged(msgspec.Struct, frozen=True):
    tags: list[str] = []


def tags_of(metadata: Value) -> list[str]:
    """The tags of a cell; none when its metadata says something else."""
    try:
        return msgspec.json.decode(json_bytes(metadata), type=_Tagged).tags
    except (msgspec.DecodeError, ValueError):
        return []
