"""The data folder of one server: its lock, who runs there, and the credentials of this machine.

All files are private to their user. What they mean to the service is not known here.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec
from msgspec import Struct

from intheloop.errors import BadArgument, Unavailable

LOCK = "lock"
STARTING = "starting.lock"
STORE = "log.sqlite"
RUNNING = "server.json"
PATIENCE_S = 0.3


class Process(Struct, frozen=True):
    """The server that holds a data folder: its process id and its address."""

    pid: int
    url: str


@contextmanager
def held(data: Path) -> Iterator[None]:
    """Hold the data folder, made if need be. Raises Unavailable when another server does."""
    lock = _lock_file(data, LOCK)
    try:
        _lock(lock, data)
        untell(data)  # what a server that was killed has left
        yield
    finally:
        os.close(lock)


@contextmanager
def starting(data: Path) -> Iterator[None]:
    """Wait for one's turn to look for a server of this folder, and to start one if need be."""
    lock = _lock_file(data, STARTING)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _lock_file(data: Path, name: str) -> int:
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        return os.open(data / name, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise BadArgument(
            f"The folder {data} cannot hold data ({error.strerror}); name another one."
        ) from error


def _lock(lock: int, data: Path) -> None:
    """Tried for a moment: whoever looks for a server touches the lock too."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise _taken(data) from None
            time.sleep(0.01)
        else:
            return


def _taken(data: Path) -> Unavailable:
    other = _read(data)
    who = f"process {other.pid} at {other.url}" if other else "another process"
    return Unavailable(
        f"The folder {data} is in use by {who}; use that server, stop it with `intheloop stop`, "
        "or name another folder."
    )


def tell(data: Path, process: Process) -> None:
    """Let others know who runs here."""
    write_private(data / RUNNING, msgspec.json.encode(process))


def untell(data: Path) -> None:
    """Nobody runs here any more."""
    (data / RUNNING).unlink(missing_ok=True)


def find_server(data: Path) -> Process | None:
    """The server that holds this folder now and is ready, if there is one."""
    try:
        lock = os.open(data / LOCK, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read(data)
    finally:
        os.close(lock)
    return None


def _read(data: Path) -> Process | None:
    try:
        return msgspec.json.decode((data / RUNNING).read_bytes(), type=Process)
    except (OSError, msgspec.DecodeError):
        return None


def credential_file(data: Path, name: str) -> Path:
    """Where the secret of a program of this machine is kept."""
    return data / f"{name}.token"


def read_secret(data: Path, name: str) -> str | None:
    """The secret of a program of this machine, if there is one."""
    return secret_in(credential_file(data, name))


def secret_in(file: Path) -> str | None:
    """The secret that a file holds, if it holds one."""
    with suppress(OSError, UnicodeDecodeError):
        return file.read_text(encoding="ascii").strip() or None
    return None


def write_private(path: Path, content: bytes) -> None:
    """A whole file or none, readable by its user alone."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.rename(path)
