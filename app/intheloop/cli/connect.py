"""`connect`: what to give to an MCP client, printed or written into its file.

A secret is made here when a client must have one; it is shown once, or goes into the file alone.
"""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Callable
from functools import wraps
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

import click
import platformdirs
from msgspec import Struct

from intheloop import commands as c
from intheloop.access import new_credential_secret, secret_sha256
from intheloop.errors import NotFound
from intheloop.folder import write_private
from intheloop.settings import Settings, data_folder, own_command

from .connection import Connection, known_servers, shown, with_server
from .group import note, say, server_options, target_of
from .mcp import ACTS, READS

F = TypeVar("F", bound=Callable[..., Any])

PROJECT_FILE = Path(".mcp.json")
SKILL_FILE = Path(".claude", "skills", "intheloop", "SKILL.md")


class Asked(Struct, frozen=True):
    """What was asked for: under which `name` the client knows the server, and what it may do."""

    settings: Settings
    name: str
    label: str
    http: bool
    read_only: bool
    notebooks: tuple[str, ...]
    workdir: Path | None
    file: Path | None
    write: bool


def _asking(label: str, *, http: bool = True) -> Callable[[F], F]:
    """The flags of all clients, handed on as `asked`. `label` is what people call this one."""

    def decorate(command: F) -> F:
        @click.option("--name", default="intheloop", show_default=True, help="Its name there.")
        @click.option("--read-only", is_flag=True, help="Let it read and do nothing else.")
        @click.option("--notebook", "notebooks", multiple=True, help="Only this one; may repeat.")
        @click.option("--label", default=label, show_default=True, help="Of a credential made.")
        @click.option(
            "--workdir",
            type=click.Path(exists=True, file_okay=False, path_type=Path),
            help="Folder in which kernels start, if it must start a server.",
        )
        @click.option("--file", type=click.Path(dir_okay=False, path_type=Path), help="Its file.")
        @click.option("--write", is_flag=True, help="Write it into the file; a backup is kept.")
        @server_options
        @wraps(command)
        def asking(settings: Settings, http: bool = False, **flags: Any) -> Any:
            return command(Asked(settings=settings, http=http, **flags))

        over_http = click.option("--http", is_flag=True, help="An address instead of a command.")
        flagged = over_http(asking) if http else asking
        return flagged  # type: ignore[return-value]

    return decorate


@click.group()
def connect() -> None:
    """Print what lets an MCP client in, or write it into the client's file."""


@connect.command()
@_asking("Claude Code")
def claude_code(asked: Asked) -> None:
    """For Claude Code: a line to paste, or (--write) the .mcp.json of this folder."""
    if asked.write:
        if asked.file is None and _needs_credential(asked):
            raise click.UsageError(
                f"{PROJECT_FILE} is made to be shared, so it must hold no secret; paste the line "
                "that is printed without --write, or name a file of your own with --file."
            )
        _write(asked, asked.file or PROJECT_FILE)
        return
    connection = _connection(asked)
    say(connection.claude_line(asked.name))
    _note_secret(connection)
    note("Paste this line into a terminal, in the folder where you use Claude Code.")


@connect.command()
@_asking("Claude Desktop", http=False)
def claude_desktop(asked: Asked) -> None:
    """For Claude Desktop: its configuration file, printed or written."""
    folder = platformdirs.user_config_path("Claude", appauthor=False, roaming=True)
    _print_or_write(asked, asked.file or folder / "claude_desktop_config.json")
    note("Then start Claude Desktop anew.")


@connect.command(name="json")
@_asking("MCP client")
def json_(asked: Asked) -> None:
    """For any other client: the JSON that most of them take."""
    if asked.write and asked.file is None:
        raise click.UsageError("Name the client's file with --file, or leave --write out.")
    _print_or_write(asked, asked.file)


@connect.command()
@click.option("--file", type=click.Path(dir_okay=False, path_type=Path), default=SKILL_FILE)
@click.option("--write", is_flag=True, help=f"Write it to {SKILL_FILE} here, or to --file.")
def skill(file: Path, write: bool) -> None:
    """A skill that teaches an agent the manners of a shared notebook."""
    text = (files("intheloop.mcp_server") / "SKILL.md").read_text(encoding="utf-8")
    if not write:
        say(text.rstrip("\n"))
        return
    if file.exists() and file.read_text(encoding="utf-8") != text:
        note(f"The file as it was is kept as {_kept(file)}.")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    note(f"Wrote {file}.")


def _print_or_write(asked: Asked, file: Path | None) -> None:
    if asked.write and file is not None:
        _write(asked, file)
        return
    connection = _connection(asked)
    whole = {"mcpServers": {asked.name: connection.entry()}}
    say(json.dumps(whole, indent=2, ensure_ascii=False))
    _note_secret(connection)
    where = f"into {file}, or repeat with --write" if file else "where the client keeps its servers"
    note(f"Put this {where}.")


def _note_secret(connection: Connection) -> None:
    if connection.secret:
        note("The secret in it is shown this once, and kept nowhere.")


def _write(asked: Asked, file: Path) -> None:
    """The entry into the client's file, after what changes was shown. The file is read first, so
    that no credential is made for one that cannot be written."""
    file = file.resolve()  # a link stays one
    if not file.parent.is_dir():
        raise NotFound(f"There is no folder {file.parent}; name the client's file with --file.")
    before = file.read_text(encoding="utf-8-sig") if file.exists() else ""
    old = known_servers(before).get(asked.name)
    connection = _connection(asked)
    after = with_server(before, asked.name, connection.entry())
    if after == before:
        note(f"{file} says so already; nothing was written.")
        return
    if old is not None:
        say(f"- {shown(asked.name, old)}")
    say(f"+ {shown(asked.name, connection.entry())}")
    mode = None
    if file.exists():
        note(f"The file as it was is kept as {_kept(file)}.")
        mode = file.stat().st_mode & 0o777
    write_private(file, after.encode())
    if mode is not None and not connection.secret:
        file.chmod(mode)
    note(f"Wrote {file}.")


def _kept(file: Path) -> Path:
    """A copy of the file under a name that is free."""
    number = 1
    while (copy := file.with_name(f"{file.name}.bak{number}")).exists():
        number += 1
    shutil.copy2(file, copy)
    return copy


def _needs_credential(asked: Asked) -> bool:
    """Whether the client must have one of its own; else `intheloop mcp` finds one on this
    machine."""
    return asked.http or bool(asked.notebooks) or bool(asked.settings.url)


def _connection(asked: Asked) -> Connection:
    settings = asked.settings
    if not _needs_credential(asked):
        return Connection(_command(asked, reads=asked.read_only))
    url, secret = asyncio.run(_credential(asked))
    if asked.http:
        return Connection(url=f"{url}/mcp", secret=secret)
    elsewhere = {"INTHELOOP_URL": url} if settings.url else {}
    return Connection(_command(asked), elsewhere, secret=secret)


def _command(asked: Asked, *, reads: bool = False) -> tuple[str, ...]:
    """`intheloop mcp` by absolute paths: a client may start it anywhere."""
    command = [*own_command(), "mcp"]
    if asked.settings.data != data_folder() and not asked.settings.url:
        command += ["--data", str(asked.settings.data)]
    if asked.workdir is not None:
        command += ["--workdir", str(asked.workdir.absolute())]
    return (*command, *(["--read-only"] if reads else []))


async def _credential(asked: Asked) -> tuple[str, str]:
    """The address of the server, and the secret of a credential made for this client."""
    target, secret = target_of(asked.settings), new_credential_secret()
    async with target.client() as client:
        issued: c.CredentialIs = await client.call(
            c.IssueCredential(
                kind="assistant",
                label=asked.label,
                scopes=list(READS if asked.read_only else ACTS),
                secret_sha256=secret_sha256(secret),
                notebooks=list(asked.notebooks) or None,
            )
        )
    note(
        f"Made the credential {issued.credential_id} for {asked.label!r}; "
        f"`intheloop token revoke {issued.credential_id}` ends it."
    )
    return target.url, secret
