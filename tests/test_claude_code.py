"""Claude Code itself, led by a scripted model, as a client of a real server."""

import asyncio
import json
import os
import shlex
import subprocess
import threading
from collections.abc import Generator
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import pytest
from msgspec import Struct

from intheloop import commands as c
from intheloop.client import Client as Wire
from intheloop.events import WireRecord
from intheloop.folder import find_server, read_secret
from intheloop.mcp_server.listing import FOR_MODELS
from tests.command_line import CommandLine, serving_at_a_link
from tests.needs import CLAUDE_CODE
from tests.scripted_model import Script, Use, scripted

pytestmark = [pytest.mark.claude_code, pytest.mark.timeout(180)]

WAIT_S = 120
PREFIX = "mcp__intheloop__"
GATE_IN_ORDER = [
    ("changesProposed", "assistant"),
    ("cellSourceEdited", "human"),
    ("approvalRequested", "assistant"),
    ("approvalGranted", "human"),
    ("approvalUsed", "assistant"),
    ("executionRequested", "assistant"),
]
GATE = {kind for kind, _ in GATE_IN_ORDER}


class House(Struct, frozen=True):
    """A running server with its runtime, and a person's browser that is signed in to it."""

    at: CommandLine
    url: str
    cookie: str

    def page(self, tool: c.Tool) -> Any:
        """What the person does in the page."""
        answer = httpx2.post(
            f"{self.url}/api/tools/{tool.tool_name()}",
            content=msgspec.json.encode(tool),
            headers={"Cookie": self.cookie, "Origin": self.url, "Content-Type": "application/json"},
            trust_env=False,
        )
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Generator[House]:
    at = CommandLine(tmp_path_factory.mktemp("data") / "house", tmp_path_factory.mktemp("here"))
    with serving_at_a_link(at) as (_, link):
        entered = httpx2.get(link, trust_env=False, follow_redirects=False)
        found = find_server(at.data)
        assert found is not None
        yield House(at, found.url, entered.headers["set-cookie"].partition(";")[0])


class Claude:
    """Claude Code in a home and a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._home = folder / "home"
        self.here = folder / "project"
        for one in (self._home, self.here):
            one.mkdir()

    def paste(self, line: str) -> str:
        """Run a line that begins with `claude`."""
        first, *words = shlex.split(line)
        assert first == "claude"
        return self._run(*words)

    def prompt(self, text: str, model_url: str) -> list[dict[str, Any]]:
        """What it reports of one prompt that the model at this address answers."""
        said = self._run(
            *("-p", text, "--model", "claude-test", "--verbose"),
            *("--output-format", "stream-json", "--allowedTools", "mcp__intheloop"),
            ANTHROPIC_BASE_URL=model_url,
        )
        return [json.loads(line) for line in said.splitlines()]

    def _run(self, *words: str, **variables: str) -> str:
        done = subprocess.run(
            [CLAUDE_CODE, *words],
            cwd=self.here,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self._home),
                "ANTHROPIC_API_KEY": "none",
                "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
                "DISABLE_AUTOUPDATER": "1",
                "ENABLE_TOOL_SEARCH": "false",
                "MCP_CONNECTION_NONBLOCKING": "0",  # the first turn waits for the tools
                "MCP_CONNECT_TIMEOUT_MS": "60000",
                **variables,
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=WAIT_S,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def ask(house: House, tool: c.Tool) -> Any:
    """What the person whose machine it is calls."""
    token = read_secret(house.at.data, "command-line")
    assert token is not None

    async def call() -> Any:
        async with Wire(house.url, token, "page", "1") as client:
            return await client.call(tool)

    return asyncio.run(call())


def session(house: House, nb: str, gate: Path) -> Script:
    """Reads, edits in vain and then rightly, runs a long cell and waits for it."""
    listed = yield Use("list_notebooks", {})
    assert nb in [one["notebook_id"] for one in listed.fields["notebooks"]]
    read = yield Use("read_notebook", {"notebook_id": nb})
    (cell,) = read.fields["cells"]
    assert cell["source"] == "print('slow')"
    names = {"notebook_id": nb, "cell_id": cell["cell_id"]}
    mine = f"print(open({str(gate)!r}).read())"

    theirs = "print('slower')"
    ask(house, c.EditCell(**names, source=theirs, base_rev=cell["rev"]))
    refused = yield Use("edit_cell", {**names, "source": mine, "base_rev": cell["rev"]})
    assert refused.is_error and theirs in refused.text, refused

    again = yield Use("read_notebook", {"notebook_id": nb, "cells": [cell["cell_id"]]})
    rev = again.fields["cells"][0]["rev"]
    edited = yield Use("edit_cell", {**names, "source": mine, "base_rev": rev})
    ran = yield Use(
        "run_cells",
        {
            "notebook_id": nb,
            "cells": [{"cell_id": cell["cell_id"], "rev": edited.fields["rev"]}],
            "wait_s": 1,
        },
    )
    (execution,) = ran.fields["executions"]
    assert execution["state"] in ("queued", "running") and "read_execution" in ran.fields["more"]

    gate.write_text("It is open.")
    waited = yield Use(
        "read_execution",
        {"notebook_id": nb, "execution_id": execution["execution_id"], "wait_s": 60},
    )
    assert waited.fields["execution"]["state"] == "ok"
    assert waited.fields["execution"]["outputs"][0]["text"].strip() == "It is open."
    yield "It printed that it is open."


@pytest.mark.parametrize("flags", [(), ("--http",)], ids=["a command", "an address"])
def test_claude_code_connects_by_the_printed_line_and_works_in_a_shared_notebook(
    house: House, tmp_path: Path, flags: tuple[str, ...]
) -> None:
    claude, gate = Claude(tmp_path), tmp_path / "gate"
    os.mkfifo(gate)
    cells = [c.GivenCell("print('slow')")]
    nb = ask(house, c.CreateNotebook(title="Shared", cells=cells)).notebook_id
    claude.paste(house.at.ok("connect", "claude-code", *flags))
    with scripted(session(house, nb, gate), PREFIX) as model:
        told = claude.prompt("Mend and run the notebook.", model.url)
        assert model.failed is None, model.failed
    (begin,) = [one for one in told if one.get("subtype") == "init"]
    servers = [(one["name"], one["status"]) for one in begin["mcp_servers"]]
    assert servers == [("intheloop", "connected")]
    assert told[-1]["result"] == "It printed that it is open."
    lines = ask(house, c.ReadHistory(notebook_id=nb)).lines
    person = ask(house, c.WhoAmI()).name
    via = f"{person}'s assistant, via Claude Code, "
    mine = [line.text.removeprefix(via) for line in lines if line.text.startswith(via)]
    assert [text.split()[0] for text in mine] == ["edited", "ran"], lines
    assert {line.actor_kind for line in lines} == {"human", "assistant", "runtime"}
    offered = {one for one in model.offered if one.startswith(PREFIX)}
    assert offered == {PREFIX + one for one in FOR_MODELS}


def reviewed(house: House, nb: str) -> Script:
    """Proposes, has to wait for a word that is given in the page, and goes on."""
    read = yield Use("read_notebook", {"notebook_id": nb})
    (cell,) = read.fields["cells"]
    edit = {
        "kind": "edit",
        "cell_id": cell["cell_id"],
        "base_rev": cell["rev"],
        "edits": [{"old": "six = 5", "new": "six = 6"}],
    }
    denied = yield Use("edit_cell", {"notebook_id": nb, **without_kind(edit)})
    assert denied.is_error and "propose_changes" in denied.text, denied
    proposed = yield Use(
        "propose_changes", {"notebook_id": nb, "changes": [edit], "rationale": "Six is 6."}
    )
    assert not proposed.is_error, proposed
    house.page(
        c.ResolveProposal(
            notebook_id=nb, proposal_id=proposed.fields["proposal_id"], verdict="accept"
        )
    )

    run = {"notebook_id": nb, "source": "print(6 * 7)"}
    asked = yield Use("run_code", {**run, "wait_s": 0})
    assert not asked.is_error and "Nothing was done yet" in asked.fields["next"], asked
    word = c.ResolveApproval(
        notebook_id=nb,
        approval_id=asked.fields["approval_id"],
        verdict="allow",
        resolved_sha256=asked.fields["resolved_sha256"],
    )
    waits = {"notebook_id": nb, "after": asked.fields["seq"], "type": "approvalGranted"}
    deciding = threading.Timer(1.0, house.page, [word])
    deciding.start()
    heard = yield Use("read_history", {**waits, "wait_s": 60})
    deciding.join()
    assert "allowed" in heard.text, heard
    ran = yield Use("run_code", {**run, "wait_s": 60})
    assert ran.fields["executions"][0]["outputs"][0]["text"].strip() == "42", ran
    yield "It is 42."


def without_kind(edit: dict[str, Any]) -> dict[str, Any]:
    """The same for edit_cell."""
    return {name: value for name, value in edit.items() if name != "kind"}


def test_claude_code_proposes_waits_for_a_word_in_the_page_and_goes_on(
    house: House, tmp_path: Path
) -> None:
    claude = Claude(tmp_path)
    cells = [c.GivenCell("six = 5", cell_id="six")]
    nb = ask(house, c.CreateNotebook(title="Reviewed", cells=cells)).notebook_id
    house.page(c.SetPolicy(notebook_id=nb, preset="propose"))
    claude.paste(house.at.ok("connect", "claude-code"))
    with scripted(reviewed(house, nb), PREFIX) as model:
        told = claude.prompt("Mend the notebook.", model.url)
        assert model.failed is None, model.failed
    assert told[-1]["result"] == "It is 42."
    (cell,) = ask(house, c.ReadNotebook(notebook_id=nb)).cells
    assert cell.source == "six = 6"
    raw = ask(house, c.ReadHistory(notebook_id=nb, records=True)).records
    lines = [msgspec.json.decode(one, type=WireRecord) for one in raw]
    by = [(one.type, one.actor.kind) for one in lines if one.type in GATE]
    assert by == GATE_IN_ORDER
