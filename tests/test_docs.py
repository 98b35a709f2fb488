"""The documents say what is: lists and commands in them are held to the code."""

from __future__ import annotations

import ast
import re
import shlex
from pathlib import Path
from typing import get_args

import click
import msgspec

from intheloop.cli import COMMANDS, main
from intheloop.client import Answer, Question
from intheloop.commands import PUBLIC_TOOLS
from intheloop.errors import LoopError
from intheloop.events import EVENT_CLASSES, TYPE_NAMES
from intheloop.mcp_server.calls import COMMAND_ID
from intheloop.mcp_server.listing import FOR_MODELS
from intheloop.mcp_server.pace import Pace
from intheloop.mcp_server.resources import TEMPLATES
from intheloop.mcp_server.watching import MOST_STREAMS, MOST_WATCHED
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


def test_what_the_door_for_models_allows_stands_in_the_protocol() -> None:
    told = " ".join((DOCS / "protocol.md").read_text(encoding="utf-8").split())
    pace = Pace()
    assert f"{pace.per_second:g} calls a second, {pace.burst:g} at once" in told
    assert f"at most {MOST_WATCHED} resources a stream and {MOST_STREAMS} streams" in told
    assert f'`"{COMMAND_ID}"`' in told
    for one in TEMPLATES:
        form = one.uri_template.replace("{notebook_id}", "ID").replace("{cell_id}", "CELL")
        assert f"`{form}`" in told


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


def test_the_page_for_models_lists_the_tools_that_they_are_offered_in_their_order() -> None:
    told = (DOCS / "mcp.md").read_text(encoding="utf-8").partition("## The tools")[2]
    rows = re.findall(r"^\| \w+ \| (`.+`) \|$", told, re.MULTILINE)
    assert [name for row in rows for name in re.findall(r"`(\w+)`", row)] == list(FOR_MODELS)


def test_every_call_on_the_page_for_models_fits_its_tool() -> None:
    told = (DOCS / "mcp.md").read_text(encoding="utf-8")
    calls = re.findall(rf"`((?:{'|'.join(FOR_MODELS)})\(.*\))`", told)
    assert len(calls) >= 8
    for text in calls:
        call = ast.parse(text, mode="eval").body
        assert isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
        given = {str(one.arg): ast.literal_eval(one.value) for one in call.keywords}
        msgspec.convert(given, FOR_MODELS[call.func.id])


def test_every_command_line_in_the_documents_is_one_that_there_is() -> None:
    pages = [*DOCS.glob("*.md"), DOCS.parent / "README.md"]
    text = "\n".join(page_file.read_text(encoding="utf-8") for page_file in pages)
    lines = re.findall(r"`(intheloop [a-z][^`]*)`|^(intheloop [^\n]*)", text, re.MULTILINE)
    assert len(lines) > 20
    for line in ("".join(pair) for pair in lines):
        words = shlex.split(line.replace("\n", " ").replace(" ...", ""), comments=True)[1:]
        command: click.Command = main
        with click.Context(main) as context:
            while isinstance(command, click.Group) and words and not words[0].startswith("-"):
                found = command.get_command(context, words.pop(0))
                assert found is not None, line
                command = found
        known = {flag for one in command.get_params(context) for flag in one.opts}
        assert [one for one in words if one.startswith("-") and one not in known] == [], line


def test_the_readme_leads_to_every_page() -> None:
    readme = (DOCS.parent / "README.md").read_text(encoding="utf-8")
    for page_file in DOCS.glob("*.md"):
        assert f"docs/{page_file.name}" in readme, page_file.name
