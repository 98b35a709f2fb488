"""A server for a client of this machine that brings none of its own: the one that runs on the data
folder, or one that is started now, runs on by itself and leaves some time after its last use."""

from __future__ import annotations

import asyncio
import os
import select
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import msgspec
from msgspec import Struct

from intheloop import commands as c
from intheloop.access import new_credential_secret, secret_sha256
from intheloop.errors import Unauthenticated, Unavailable
from intheloop.events import Scope
from intheloop.folder import (
    Process,
    credential_file,
    find_server,
    read_secret,
    starting,
    write_private,
)
from intheloop.settings import Settings

from .group import Target, target_of
from .local_runtime import living_port

DIARY = "server.log"
_START_S = 60.0
_OURS = ("INTHELOOP_URL", "INTHELOOP_TOKEN")
"""What is for a client: a server needs no credential, and what it starts must not find one."""


class Wish(Struct, frozen=True):
    """What a client of this machine wants: to act under the local credential of this name, which
    is made with these scopes, and a server that starts in `workdir` and leaves in time."""

    credential: str
    label: str
    scopes: tuple[Scope, ...]
    workdir: Path
    leave_after_s: float


def join(settings: Settings, wish: Wish) -> Target:
    """The server and credential to use. It blocks, for seconds when a server must be started."""
    if settings.url:
        return target_of(settings, wish.credential)
    with starting(settings.data):
        found = find_server(settings.data) or _started(settings, wish)
        token = settings.token or asyncio.run(_credential(settings.data, found.url, wish))
        return Target(found.url, token)


def _started(settings: Settings, wish: Wish) -> Process:
    data = settings.data
    port = living_port(data) or (settings.port if _is_free(settings) else 0)
    command = [
        *(sys.executable, "-P", "-m", "intheloop", "serve", "--no-browser", "--json"),
        *("--data", str(data), "--port", str(port), "--workdir", str(wish.workdir)),
        *("--leave-after", f"{wish.leave_after_s:g}"),
    ]
    with open(data / DIARY, "ab", opener=_privately) as diary:
        process = subprocess.Popen(
            command,
            env={name: value for name, value in os.environ.items() if name not in _OURS},
            cwd=data,  # so that it keeps nobody's folder busy
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=diary,
            start_new_session=True,
        )
    line = _first_line(process)
    if not line:
        found = find_server(data)  # somebody else may have been quicker
        if found is None:
            raise Unavailable(
                f"No server could be started on {data}: {_last_line(data / DIARY)} "
                "`intheloop serve` tells more."
            )
        return found
    process.returncode = 0  # From here on it is on its own: nobody waits for its end.
    return Process(process.pid, str(msgspec.json.decode(line)["url"]))


def _is_free(settings: Settings) -> bool:
    """Whether the port of the settings can be had, so that bookmarks stay good."""
    with suppress(OSError), socket.create_server((settings.host, settings.port)):
        return True
    return False


def _privately(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _first_line(process: subprocess.Popen[bytes]) -> bytes:
    """What a server says when it is ready: its address, and a link that is for nobody here."""
    assert process.stdout is not None
    with process.stdout as stdout:
        ready, _, _ = select.select([stdout], [], [], _START_S)
        line = stdout.readline() if ready else b""
    if not line:
        process.kill()
        process.wait()
    return line


def _last_line(diary: Path) -> str:
    lines = diary.read_text(errors="replace").split("\n")
    return next((line for line in reversed(lines) if line.strip()), "it said nothing.")


async def _credential(data: Path, url: str, wish: Wish) -> str:
    """The secret under which the client acts; made by the command line's when there is none."""
    kept = read_secret(data, wish.credential)
    if kept is not None and await _opens(Target(url, kept)):
        return kept
    secret = new_credential_secret()
    command = c.IssueCredential(
        kind="assistant",
        label=wish.label,
        scopes=list(wish.scopes),
        secret_sha256=secret_sha256(secret),
    )
    async with Target(url, read_secret(data, "command-line") or "").client() as client:
        await client.call(command)
    write_private(credential_file(data, wish.credential), secret.encode())
    return secret


async def _opens(target: Target) -> bool:
    async with target.client() as client:
        try:
            await client.call(c.WhoAmI())
        except Unauthenticated:
            return False
        return True
