"""Text changes: what an edit of a source is, and how edits are applied, mapped, composed and found.

Positions and lengths count UTF-16 code units, and the JSON form is that of CodeMirror 6
(`ChangeSet.toJSON()`), so that the page uses them as they are. Pure; knows no cell and no log.
"""

from intheloop.text.changes import (
    MAX_LENGTH,
    MAX_SECTIONS,
    ChangeError,
    Changes,
    ChangesLike,
    Section,
    apply,
    is_empty,
    parse,
    stand_in,
    stand_in_text,
    to_json,
    utf16_length,
)
from intheloop.text.diff import diff, replace
from intheloop.text.hunks import unified
from intheloop.text.parts import parts, span, touches
from intheloop.text.transform import compose, invert, map_changes, map_position

__all__ = [
    "MAX_LENGTH",
    "MAX_SECTIONS",
    "ChangeError",
    "Changes",
    "ChangesLike",
    "Section",
    "apply",
    "compose",
    "diff",
    "invert",
    "is_empty",
    "map_changes",
    "map_position",
    "parse",
    "parts",
    "replace",
    "span",
    "stand_in",
    "stand_in_text",
    "to_json",
    "touches",
    "unified",
    "utf16_length",
]
