"""`intheloop connect`: what it prints and writes is executed as a client would."""

import json
import re
import shlex
from collections.abc import Generator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

from intheloop.cli.connection import Connection, shown, with_server
from intheloop.commands import PUBLIC_TOOLS
from intheloop.errors import BadArgument
from intheloop.folder import find_server, read_secret
from tests.command_line import CommandLine, Said, serving
from tests.mcp_callers import called
from tests.mcp_stdio import connected, names_of

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(180)]

SECRET = re.compile(r"itl_[A-Za-z0-9_-]{20,}")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Generator[CommandLine]:
    """A running server, shared by the tests of this page, with two notebooks."""
    at = CommandLine(tmp_path_factory.mktemp("data") / "house", tmp_path_factory.mktemp("here"))
    with serving(at, "--no-runtime"):
        for title in ("birds", "gulls"):
            file = at.here / f"{title}.ipynb"
            file.write_text('{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}')
            at.ok("import", str(file))
        yield at


def notebooks(at: CommandLine) -> dict[str, str]:
    """The ids of the notebooks by title."""
    return {line.split()[1]: line.split()[0] for line in at.process("list").out.splitlines()}


async def opened(stack: AsyncExitStack, entry: dict[str, Any], cwd: Path) -> Client:
    """A client that goes by an entry of its configuration."""
    if "url" in entry:
        http = httpx2.AsyncClient(headers=entry["headers"], trust_env=False)
        await stack.enter_async_context(http)
        over_http = streamable_http_client(entry["url"], http_client=http)
        return await stack.enter_async_context(connected(over_http))
    started = StdioServerParameters(
        command=entry["command"], args=entry["args"], env=entry.get("env"), cwd=cwd
    )
    return await stack.enter_async_context(connected(started))


def entry_of_line(line: str) -> dict[str, Any]:
    """What Claude Code makes of the words of `claude mcp add`."""
    words = shlex.split(line)
    assert words[:3] == ["claude", "mcp", "add"]
    if words[3:5] == ["--transport", "http"]:
        name, url, flag, header = words[5:]
        assert (name, flag) == ("intheloop", "--header")
        key, _, value = header.partition(": ")
        return {"url": url, "headers": {key: value}}
    assert words[3] == "intheloop"
    end = words.index("--")
    variables = words[4:end]
    assert variables[::2] == ["--env"] * (len(variables) // 2)
    given = dict(one.split("=", 1) for one in variables[1::2])
    return {"command": words[end + 1], "args": words[end + 2 :], "env": given}


# ---------------------------------------------------------------------- printed


@pytest.mark.parametrize("flags", [(), ("--http",)])
async def test_the_line_for_claude_code_connects(
    house: CommandLine, flags: tuple[str, ...]
) -> None:
    said = house.process("connect", "claude-code", *flags)
    assert said.code == 0, said.err
    assert said.out.count("\n") == 1
    async with AsyncExitStack() as stack:
        client = await opened(stack, entry_of_line(said.out), Path("/"))
        assert "edit_cell" in await names_of(client)
        assert len((await called(client, "list_notebooks"))["notebooks"]) == 2


@pytest.mark.parametrize("client_name", ["claude-desktop", "json"])
async def test_the_file_for_other_clients_connects(house: CommandLine, client_name: str) -> None:
    said = house.process("connect", client_name)
    entry = json.loads(said.out)["mcpServers"]["intheloop"]
    assert Path(entry["command"]).is_absolute() and "env" not in entry
    async with AsyncExitStack() as stack:
        assert "run_cells" in await names_of(await opened(stack, entry, Path("/")))


@pytest.mark.slow
@pytest.mark.parametrize("flags", [(), ("--http",), ("--http", "--notebook"), ("--notebook",)])
async def test_who_is_let_in_to_read_reads_and_only_what_was_named(
    house: CommandLine, flags: tuple[str, ...]
) -> None:
    known = notebooks(house)
    named = [*flags, known["birds"]] if "--notebook" in flags else [*flags]
    said = house.process("connect", "json", "--read-only", *named)
    entry = json.loads(said.out)["mcpServers"]["intheloop"]
    async with AsyncExitStack() as stack:
        client = await opened(stack, entry, house.here)
        tools = (await client.list_tools()).tools
        assert all(one.annotations and one.annotations.read_only_hint for one in tools)
        seen = [one["title"] for one in (await called(client, "list_notebooks"))["notebooks"]]
    assert sorted(seen) == (["birds"] if "--notebook" in flags else ["birds", "gulls"])


@pytest.mark.slow
async def test_a_server_elsewhere_is_reached_by_its_address_with_a_credential_of_its_own(
    house: CommandLine, tmp_path: Path
) -> None:
    found, token = find_server(house.data), read_secret(house.data, "command-line")
    assert found is not None and token is not None
    variables = {"INTHELOOP_URL": found.url, "INTHELOOP_TOKEN": token}
    far = CommandLine(tmp_path / "none", tmp_path, variables)
    said = far.process("connect", "claude-desktop", "--label", "Desk")
    entry = json.loads(said.out)["mcpServers"]["intheloop"]
    assert entry["env"]["INTHELOOP_URL"] == found.url
    assert entry["env"]["INTHELOOP_TOKEN"] not in ("", token)
    async with AsyncExitStack() as stack:
        assert "run_cells" in await names_of(await opened(stack, entry, tmp_path))
    assert "assistant 'Desk'" in house.process("token", "list").out
    assert not far.data.exists()


@pytest.mark.parametrize("flags", [("claude-code", "--http"), ("json", "--http")])
def test_a_secret_is_shown_once_with_the_way_to_end_it(
    house: CommandLine, flags: tuple[str, ...]
) -> None:
    said = house("connect", *flags)
    (secret,) = SECRET.findall(said.out + said.err)
    assert "`intheloop token revoke " in said.err and "this once" in said.err
    assert secret not in house.ok("token", "list")
    assert all(secret.encode() not in file.read_bytes() for file in house.data.glob("*.*"))
    credential_id = re.findall(r"token revoke (\S+?)`", said.err)[0]
    house.ok("token", "revoke", credential_id)


# ---------------------------------------------------------------------- written

OTHERS = """{
    "theme": "dark ☾",
    "mcpServers": {
        "other": {"command": "x"}
    }
}
"""


def write(at: CommandLine, *arguments: str) -> Said:
    said = at("connect", *arguments, "--write")
    assert said.code == 0, said.err
    return said


def test_a_file_gets_the_entry_and_keeps_all_else_and_a_backup(
    house: CommandLine, tmp_path: Path
) -> None:
    real = tmp_path / "real.json"
    real.write_text(OTHERS)
    real.chmod(0o640)
    file = tmp_path / "claude_desktop_config.json"
    file.symlink_to(real)
    said = write(house, "claude-desktop", "--file", str(file))
    assert said.out.startswith('+ "intheloop": {"command": ')
    assert file.is_symlink() and real.stat().st_mode & 0o777 == 0o640
    kept = json.loads(real.read_text())
    assert kept.pop("theme") == "dark ☾"
    assert kept["mcpServers"].pop("other") == {"command": "x"}
    assert list(kept["mcpServers"]) == ["intheloop"] and list(kept) == ["mcpServers"]
    assert '\n    "theme": "dark ☾"' in real.read_text()
    assert (tmp_path / "real.json.bak1").read_text() == OTHERS
    before = real.read_text()
    assert "nothing was written" in write(house, "claude-desktop", "--file", str(file)).err
    said = write(house, "claude-desktop", "--file", str(file), "--read-only")
    assert [line[:14] for line in said.out.splitlines()] == ['- "intheloop":', '+ "intheloop":']
    assert (tmp_path / "real.json.bak2").read_text() == before
    assert sorted(one.name for one in tmp_path.iterdir()) == [
        *("claude_desktop_config.json", "real.json", "real.json.bak1", "real.json.bak2")
    ]


def test_a_file_with_a_secret_is_its_users_alone_and_the_secret_is_shown_nowhere(
    house: CommandLine, tmp_path: Path
) -> None:
    file = tmp_path / "servers.json"
    file.write_text(OTHERS)
    file.chmod(0o644)
    for _ in range(2):
        said = write(house, "json", "--http", "--file", str(file))
        assert "itl_…" in said.out and not SECRET.findall(said.out + said.err)
    assert SECRET.findall(file.read_text())
    assert file.stat().st_mode & 0o777 == 0o600


def test_claude_code_s_file_of_a_folder_is_written_and_never_with_a_secret(
    house: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write(house, "claude-code")
    entry = json.loads(Path(".mcp.json").read_text())["mcpServers"]["intheloop"]
    line = house.ok("connect", "claude-code")
    made = entry_of_line(line)
    assert (made["command"], made["args"]) == (entry["command"], entry["args"])
    for more in ("--http", "--notebook=nb"):
        said = house("connect", "claude-code", "--write", more)
        assert said.code == 2 and "must hold no secret" in said.err


@pytest.mark.parametrize(
    "broken", ["{", "[]", '{"mcpServers": []}', '{"mcpServers": {}} // mine'], ids=str
)
def test_a_file_of_another_form_is_left_alone_and_no_credential_is_made(
    house: CommandLine, tmp_path: Path, broken: str
) -> None:
    file = tmp_path / "servers.json"
    file.write_text(broken)
    before = house.ok("token", "list")
    said = house("connect", "json", "--http", "--write", "--file", str(file))
    assert said.code == 1 and "leave --write out" in said.err
    assert file.read_text() == broken and len(list(tmp_path.iterdir())) == 1
    assert house.ok("token", "list") == before


def test_a_folder_or_a_file_that_is_not_there_is_told(house: CommandLine, tmp_path: Path) -> None:
    nowhere = tmp_path / "no" / "servers.json"
    assert "There is no folder" in house("connect", "json", "--write", "--file", str(nowhere)).err
    assert "--file" in house("connect", "json", "--write").err
    write(house, "json", "--file", str(tmp_path / "fresh.json"))
    assert list(json.loads((tmp_path / "fresh.json").read_text())) == ["mcpServers"]


def test_a_connection_as_values() -> None:
    odd = Connection(("/a b/intheloop", "mcp"), {"INTHELOOP_URL": "http://x"}, secret="itl_s")
    line = odd.claude_line("intheloop")
    assert entry_of_line(line) == odd.entry()
    assert "itl_s" not in shown("intheloop", odd.entry())
    for given in ("", "{}", '{"a": 1}', '{\n\t"mcpServers": {"x": {}}\n}'):
        kept = json.loads(given or "{}")
        made = with_server(given, "n", odd.entry())
        servers = {**kept.get("mcpServers", {}), "n": odd.entry()}
        assert json.loads(made) == {**kept, "mcpServers": servers}
        assert with_server(made, "n", odd.entry()) == made
    with pytest.raises(BadArgument, match="not JSON"):
        with_server("no", "n", {})


# ------------------------------------------------------------------------ skill


def test_the_skill_has_its_front_matter_and_names_tools_that_models_have(
    house: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = house.ok("connect", "skill")
    _, front, body = text.split("---\n", 2)
    name, description = (line.partition(": ") for line in front.splitlines())
    assert name[::2] == ("name", "intheloop") and description[0] == "description"
    assert 0 < len(description[2]) <= 1024 and ": " not in description[2]
    assert len(text) < 5000
    tools = set(re.findall(r"`(\w+_\w+)`", body)) - {"notebook_id", "cell_id", "base_rev", "wait_s"}
    assert len(tools) >= 10
    assert not [one for one in tools if not PUBLIC_TOOLS[one].FOR_MODELS]
    monkeypatch.chdir(tmp_path)
    house.ok("connect", "skill", "--write")
    file = Path(".claude", "skills", "intheloop", "SKILL.md")
    assert file.read_text().rstrip("\n") == text.rstrip("\n")
    file.write_text("mine")
    house.ok("connect", "skill", "--write")
    assert file.with_name("SKILL.md.bak1").read_text() == "mine"
