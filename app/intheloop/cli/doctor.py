"""`doctor`: what this machine has, and what is missing with the next step. Changes nothing."""

from __future__ import annotations

import asyncio
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import click
import msgspec
from msgspec import Struct

from intheloop.errors import LoopError
from intheloop.folder import find_server
from intheloop.settings import Settings

from .group import Target, data_option, say
from .local_runtime import runtime_command

_PACKAGES = ("msgspec", "sqlmodel", "uvicorn", "aiohttp", "jupyter-client", "ipykernel", "pyzmq")
_LITTLE = 1024**3


class Finding(Struct, frozen=True):
    """A sentence, and whether it is as it should be."""

    good: bool
    sentence: str


class _Spec(Struct, frozen=True):
    name: str
    display_name: str
    language: str
    missing: str = ""


@click.command()
@data_option
def doctor(settings: Settings) -> None:
    """Look at Python, the data folder, the server, kernels and disk; exit code 1 if one is bad."""
    findings = [
        *_python(),
        *_folder(settings.data),
        *_server(settings),
        *_kernels(),
        *_versions(),
    ]
    for finding in findings:
        say(f"{'ok ' if finding.good else 'BAD'}  {finding.sentence}")
    if not all(finding.good for finding in findings):
        sys.exit(1)


def _python() -> Iterator[Finding]:
    yield Finding(
        True,
        f"Python {platform.python_version()} at {sys.executable} on {platform.platform()}.",
    )


def _folder(data: Path) -> Iterator[Finding]:
    there = data
    while not there.exists():
        there = there.parent
    writable = os.access(there, os.W_OK)
    state = "exists" if there == data else "will be made at the first start"
    yield Finding(
        writable,
        f"The data folder {data} {state}."
        if writable
        else f"The data folder {data} cannot be written; name another with --data.",
    )
    if there == data and data.stat().st_mode & 0o077:
        yield Finding(
            False, f"The data folder {data} is open to other users; run `chmod 700 {data}`."
        )
    free = shutil.disk_usage(there).free
    enough = free >= _LITTLE
    more = "." if enough else ": free some, or name another folder with --data."
    yield Finding(enough, f"{free / 1024**3:.1f} GiB are free on its disk{more}")


def _server(settings: Settings) -> Iterator[Finding]:
    found = find_server(settings.data)
    if found is None:
        yield Finding(
            True, f"No server runs on {settings.data}; `intheloop serve` would start one."
        )
        return

    async def ask() -> dict[str, object]:
        async with Target(found.url, "").client() as client:
            return await client.health()

    try:
        health = asyncio.run(ask())
    except LoopError:
        yield Finding(
            False,
            f"The server at {found.url} (process {found.pid}) does not answer; stop it with "
            "`intheloop stop` and start it again.",
        )
        return
    yield Finding(True, f"A server answers at {found.url} (version {health.get('version')}).")


def _kernels() -> Iterator[Finding]:
    try:
        answer = subprocess.run(
            runtime_command("--list-kernels"), capture_output=True, timeout=60, check=True
        )
        specs = msgspec.json.decode(answer.stdout, type=list[_Spec])
    except (OSError, subprocess.SubprocessError, msgspec.DecodeError) as error:
        yield Finding(
            False,
            f"The kernels cannot be listed ({type(error).__name__}); install intheloop again.",
        )
        return
    able = [spec for spec in specs if not spec.missing]
    names = ", ".join(f"{spec.name} ({spec.display_name}, {spec.language})" for spec in able)
    yield Finding(
        bool(able),
        f"Kernels: {names}."
        if able
        else "No kernel can start; run `python -m ipykernel install --user`.",
    )
    for spec in specs:
        if spec.missing:
            yield Finding(
                False,
                f"The kernel {spec.name} ({spec.display_name}, {spec.language}) cannot start, for "
                f"its program {spec.missing} is not there; install that, or take the kernel away "
                f"with `jupyter kernelspec remove {spec.name}`.",
            )


def _versions() -> Iterator[Finding]:
    found = []
    for name in _PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            yield Finding(False, f"The package {name} is missing; install intheloop again.")
    yield Finding(True, f"Packages: intheloop {version('intheloop')}, {', '.join(found)}.")
