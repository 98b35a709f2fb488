"""What a kernel's replies to questions mean, and the positions that they speak of. Pure.

Kernels count code points, the wire counts UTF-16 units. A reply that is not as the protocol wants
it is read as well as it can be.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from intheloop.client import Answer, Completions, Inspection, Match, NoAnswer, VariableList
from intheloop.text import utf16_length
from intheloop_agents.runtime.jupyter.messages import read_json
from intheloop_agents.runtime.jupyter.outputs import valid_json, valid_text

# Colours and other marks for a terminal, among them links and titles.
_MARKS = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])",
)
_TYPES = "_jupyter_types_experimental"
_UNKNOWN_TYPES = frozenset(("", "<unknown>"))


def code_points(text: str, units: int) -> int | None:
    """A position in UTF-16 units as one in code points; None if there is no such position."""
    try:
        before = text.encode("utf-16-le")[: 2 * units].decode("utf-16-le")
    except UnicodeDecodeError:
        return None
    return len(before) if utf16_length(before) == units else None


def read_completions(reply: Mapping[str, Any], code: str) -> Answer:
    """The matches in a `complete_reply`."""
    if (untold := _untold(reply)) is not None:
        return untold
    texts = reply.get("matches")
    texts = [valid_text(str(one)) for one in texts] if isinstance(texts, list) else []
    start = _position(reply.get("cursor_start"), code)
    end = max(start, _position(reply.get("cursor_end"), code))
    matches = tuple(map(Match, texts, _types(reply.get("metadata"), texts)))
    return Completions(matches, utf16_length(code[:start]), utf16_length(code[:end]))


def read_inspection(reply: Mapping[str, Any]) -> Answer:
    """What an `inspect_reply` says."""
    if (untold := _untold(reply)) is not None:
        return untold
    data = reply.get("data")
    data = data if isinstance(data, dict) else {}
    return Inspection(
        found=reply.get("found") is True,
        text=_MARKS.sub("", _text(data, "text/plain")),
        html=_text(data, "text/html"),
        markdown=_text(data, "text/markdown"),
    )


def read_variables(reply: Mapping[str, Any]) -> Answer:
    """The variables that an IPython kernel tells of; see `namespace`."""
    if (untold := _untold(reply)) is not None:
        return untold
    try:
        told = valid_json(read_json(str(reply.get("told")).encode()))
        return msgspec.convert(told, type=VariableList)
    except (ValueError, RecursionError):
        return NoAnswer("What the kernel tells of its variables cannot be read.")


def _untold(reply: Mapping[str, Any]) -> NoAnswer | None:
    if reply.get("status") == "ok":
        return None
    why = valid_text(str(reply.get("ename") or reply.get("status") or "an empty reply"))
    return NoAnswer(f"The kernel could not tell it ({why}).")


def _position(value: Any, code: str) -> int:
    known = isinstance(value, int) and not isinstance(value, bool)
    return min(max(value, 0), len(code)) if known else len(code)


def _types(metadata: Any, texts: list[str]) -> list[str]:
    """What IPython says beside its matches, if it is of the same matches."""
    rows = metadata.get(_TYPES) if isinstance(metadata, dict) else None
    rows = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    if [valid_text(str(row.get("text"))) for row in rows] != texts:
        return [""] * len(texts)
    types = [valid_text(str(row.get("type") or "")) for row in rows]
    return ["" if one in _UNKNOWN_TYPES else one for one in types]


def _text(data: Mapping[str, Any], mime: str) -> str:
    text = data.get(mime)
    return valid_text(text) if isinstance(text, str) else ""
