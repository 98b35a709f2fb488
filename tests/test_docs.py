"""The documents say what is: lists and commands in them are held to the code."""

from __future__ import annotations

import re
from pathlib import Path

from intheloop.commands import PUBLIC_TOOLS
from intheloop.errors import LoopError
from intheloop.events import EVENT_CLASSES, TYPE_NAMES
from tests.make_docs import PAGE, page

DOCS = Path(__file__).parent.parent / "docs"


def test_the_page_of_tools_is_what_the_command_table_gives() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_public_tool_stands_on_the_page_of_tools_once() -> None:
    headings = re.findall(r"^### `(\w+)`$", page(), re.MULTILINE)
    assert sorted(headings) == sorted(PUBLIC_TOOLS)


def test_every_kind_of_error_stands_in_the_protocol() -> None:
    told = (DOCS / "protocol.md").read_text(encoding="utf-8")
    for error in LoopError.__subclasses__():
        assert f"| `{error.kind}` |" in told, error.kind


def test_every_event_type_stands_in_the_page_of_events() -> None:
    told = (DOCS / "events.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `(\w+)` \|", told, re.MULTILINE)
    assert sorted(listed) == sorted(TYPE_NAMES[cls] for cls in EVENT_CLASSES)
