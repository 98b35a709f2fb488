"""The runtime beside a local server: started, started again when it dies, stopped with the server.

One that outlived its server is taken over, so that a killed server costs no kernel. What it runs
is none of its business.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import psutil
from msgspec import Struct

from intheloop.settings import PREFIX

from .group import note

RUNTIME = "runtime"
"""The name of the local runtime's credential."""

SPOOL = "spool"
"""Where in the data folder runtimes of this machine keep what is not delivered yet."""

_FILE = "runtime.json"
_DIARY = "runtime.log"
_STOP_S = 12.0
_POLL_S = 0.2
# A runtime that dies sooner than this is started again with a longer and longer pause.
_STEADY_S = 30.0
_LONGEST_PAUSE_S = 30.0
# Seconds after which a runtime whose server does not come back ends by itself, when it is idle.
_ORPHAN_S = 86_400


class Known(Struct, frozen=True):
    """A runtime process: `began_at` (seconds since 1970) tells it from a later one of its pid."""

    pid: int
    began_at: float
    url: str


def runtime_command(*arguments: str | Path) -> list[str]:
    """How a runtime is started; `credential_input` has what it reads first."""
    # -P: a folder in which somebody works must not lend modules to us.
    return [sys.executable, "-P", "-m", "intheloop_agents.runtime", *map(str, arguments)]


def runtime_environment() -> dict[str, str]:
    """Its environment, without settings of ours and the key to the assistant's model: code that
    runs in a kernel can read it."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.upper().startswith((PREFIX, "ANTHROPIC_"))
    }


@contextmanager
def credential_input(token: str) -> Iterator[int]:
    """The standard input of a runtime, which holds its credential once and is empty when read.

    Environment and arguments stay readable under /proc for as long as a process lives.
    """
    reader, writer = os.pipe()
    try:
        with os.fdopen(writer, "w") as file:
            file.write(token)
        yield reader
    finally:
        os.close(reader)


async def keep_runtime(
    data: Path, url: str, token: str, workdir: Path, limits: Sequence[str]
) -> None:
    """Keep one runtime going until cancelled; then it is stopped. One that is taken over keeps the
    limits that it was started with."""
    process = await _adopted(data, url)
    pause_s = 1.0
    while True:
        if process is None:
            process = _started(data, url, token, workdir, limits)
            _remember(data, Known(process.pid, process.create_time(), url))
        began = time.monotonic()
        try:
            await _ended(process)
        except asyncio.CancelledError:
            await _stop(process)
            (data / _FILE).unlink(missing_ok=True)
            raise
        pause_s = 1.0 if time.monotonic() - began > _STEADY_S else pause_s
        diary = data / _DIARY
        note(f"The runtime ended by itself ({diary}); it is started again in {pause_s:g} s.")
        await asyncio.sleep(pause_s)
        pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
        process = None


def _started(
    data: Path, url: str, token: str, workdir: Path, limits: Sequence[str]
) -> psutil.Process:
    command = runtime_command(
        *("--url", url, "--workdir", workdir, "--spool", data / SPOOL, "--beside-server"),
        *("--give-up-after", str(_ORPHAN_S), *limits),
    )
    with (data / _DIARY).open("ab") as diary, credential_input(token) as stdin:
        # A session of its own: Ctrl-C in the terminal is for the server, which stops it in order.
        # It may outlive the server, so it must not hold on to the server's terminal or pipe.
        return psutil.Popen(
            command,
            env=runtime_environment(),
            cwd=workdir,
            stdin=stdin,
            stdout=subprocess.DEVNULL,
            stderr=diary,
            start_new_session=True,
        )


def living_port(data: Path) -> int:
    """The port at which a runtime that outlived its server waits for one; 0 when none does."""
    living = _living(data)
    return urlsplit(living[0].url).port or 0 if living else 0


async def _adopted(data: Path, url: str) -> psutil.Process | None:
    """The runtime of a server that was killed, if it knows this one by the same address."""
    living = _living(data)
    if living is None:
        return None
    known, process = living
    if known.url == url:
        return process
    await _stop(process)
    return None


def _living(data: Path) -> tuple[Known, psutil.Process] | None:
    try:
        known = msgspec.json.decode((data / _FILE).read_bytes(), type=Known)
        process = psutil.Process(known.pid)
        same = process.create_time() == known.began_at and process.is_running()
    except (OSError, msgspec.DecodeError, psutil.Error):
        return None
    return (known, process) if same else None


def _remember(data: Path, known: Known) -> None:
    path = data / _FILE
    path.write_bytes(msgspec.json.encode(known))
    path.chmod(0o600)


async def _ended(process: psutil.Process) -> None:
    """Until the process has ended; it need not be a child of ours."""
    while True:
        try:
            process.wait(0)
        except psutil.TimeoutExpired:
            await asyncio.sleep(_POLL_S)
        else:
            return


async def _stop(process: psutil.Process) -> None:
    """End it in order, or after a while by force."""
    with suppress(psutil.NoSuchProcess):
        process.terminate()
        try:
            async with asyncio.timeout(_STOP_S):
                await _ended(process)
        except TimeoutError:
            process.kill()
