"""The documents say what is: lists and commands in them are held to the code."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import msgspec

from intheloop.cli import COMMANDS
from intheloop.client import Answer, Question
from intheloop.commands import PUBLIC_TOOLS
from intheloop.errors import LoopError
from intheloop.events import EVENT_CLASSES, TYPE_NAMES
from intheloop.settings import table
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


def test_every_question_and_answer_stands_in_the_protocol_as_it_is_written() -> None:
    told = (DOCS / "protocol.md").read_text(encoding="utf-8").partition("### Ask a kernel")[2]
    examples = [row.encode() for row in re.findall(r"\| `(\{.+\})` \|$", told, re.MULTILINE)]
    for union, tag in ((Question, b'"question"'), (Answer, b'"answer"')):
        values = [msgspec.json.decode(one, type=union) for one in examples if tag in one[:11]]
        assert {type(value) for value in values} == set(get_args(union))
        assert [one for one in examples if tag in one[:11]] == [*map(msgspec.json.encode, values)]


def test_every_event_type_stands_in_the_page_of_events() -> None:
    told = (DOCS / "events.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `(\w+)` \|", told, re.MULTILINE)
    assert sorted(listed) == sorted(TYPE_NAMES[cls] for cls in EVENT_CLASSES)


def test_every_setting_stands_in_the_page_of_operations_as_it_is() -> None:
    told = (DOCS / "operations.md").read_text(encoding="utf-8")
    for setting in table():
        line = f"| `{setting.variable}` | {setting.default} | {setting.meaning} |"
        assert line in told, setting.variable
    assert len(re.findall(r"^\| `INTHELOOP_", told, re.MULTILINE)) == len(table())


def test_the_page_of_operations_lists_the_commands_that_there_are() -> None:
    told = (DOCS / "operations.md").read_text(encoding="utf-8")
    listed = told.partition("## Every command")[2].partition("## Settings")[0]
    assert re.findall(r"^\| `(\w+)` \|", listed, re.MULTILINE) == list(COMMANDS)


def test_the_readme_leads_to_every_page() -> None:
    readme = (DOCS.parent / "README.md").read_text(encoding="utf-8")
    for page_file in DOCS.glob("*.md"):
        assert f"docs/{page_file.name}" in readme, page_file.name
