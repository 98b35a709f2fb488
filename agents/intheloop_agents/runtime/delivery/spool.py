"""What could not be delivered yet, on disk: one append-only file of lines for each notebook.

A file is there for as long as its runtime holds the notebook; the folder of a process is locked
while it lives, so that whoever comes after it finds what it left. What the entries mean to the
server is for others.
"""

from __future__ import annotations

import fcntl
import logging
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from intheloop_agents.runtime.jupyter.outputs import Part

log = logging.getLogger(__name__)

_LOCK = "lock"
_SUFFIX = ".spool"
_ASIDE = "set-aside.jsonl"


class Outputs(Struct, frozen=True, tag="outputs"):
    """A batch of outputs under the index that it is delivered with."""

    execution_id: str
    index: int
    parts: list[Part]


class End(Struct, frozen=True, tag="end"):
    """How an execution ended, with its last outputs."""

    execution_id: str
    index: int | None
    parts: list[Part]
    status: Literal["ok", "error", "cancelled", "lost"]
    reason: str | None
    duration_ms: int | None


Entry = Outputs | End
_decoder: msgspec.json.Decoder[Entry] = msgspec.json.Decoder(Entry)


class Place(Struct, frozen=True):
    """Where an entry stands in its file, in bytes."""

    offset: int
    size: int


class Spool:
    """The file of one notebook. Its methods wait for the disk: call them in a thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        self.size = os.fstat(self._file).st_size
        # A thread may still write although whoever waited for it was told to stop.
        self._lock = threading.Lock()

    def append(self, entries: Sequence[Entry]) -> list[Place]:
        """Put entries behind the others; they are on disk when it returns, or none of them is.

        Raises OSError when the disk does not take them, and what encoding meets (RecursionError).
        """
        lines = [msgspec.json.encode(entry) + b"\n" for entry in entries]
        with self._lock:
            return self._append(lines)

    def _append(self, lines: list[bytes]) -> list[Place]:
        places, at = [], self.size
        for line in lines:
            places.append(Place(at, len(line)))
            at += len(line)
        try:
            _write(self._file, b"".join(lines), self.size)
            os.fsync(self._file)
        except OSError:
            with suppress(OSError):
                os.ftruncate(self._file, self.size)
            raise
        self.size = at
        return places

    def read(self, place: Place) -> Entry:
        """The entry at a place."""
        return _decoder.decode(os.pread(self._file, place.size, place.offset))

    def entries(self) -> Iterator[tuple[Place, Entry]]:
        """All of them in order. What a crash left half written at the end is not among them."""
        at = 0
        with self._path.open("rb") as file:
            for line in file:
                try:
                    entry = _decoder.decode(line) if line.endswith(b"\n") else None
                except (msgspec.DecodeError, UnicodeDecodeError):
                    entry = None
                if entry is None:
                    log.warning("The spool %s ends in half an entry; it is left out.", self._path)
                    return
                yield Place(at, len(line)), entry
                at += len(line)

    def clear(self) -> None:
        """Everything was delivered."""
        with self._lock:
            os.ftruncate(self._file, 0)
            self.size = 0

    def set_aside(self, entry: Entry) -> None:
        """Keep what the server refused for good, for people to look at."""
        with (self._path.parent / _ASIDE).open("ab") as file:
            file.write(msgspec.json.encode(entry) + b"\n")

    def close(self, *, remove: bool) -> None:
        """Let go of the file; `remove` when this runtime no longer holds the notebook."""
        os.close(self._file)
        if remove:
            self._path.unlink(missing_ok=True)


class Spools:
    """The folder of one process: a spool for each notebook that it holds."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def of(self, notebook_id: str) -> Spool:
        """The spool of a notebook, made if need be."""
        return Spool(self._folder / (notebook_id.encode().hex() + _SUFFIX))

    def held(self) -> list[str]:
        """The notebooks that have one."""
        found = sorted(self._folder.glob("*" + _SUFFIX))
        return [bytes.fromhex(path.stem).decode() for path in found]


def place_of(base: Path, token: str) -> Path:
    """The folder of all runtimes with this credential, who may speak for each other."""
    return base / sha256(token.encode()).hexdigest()[:16]


@contextmanager
def spools(place: Path, runtime_id: str) -> Iterator[Spools]:
    """The folder of this process, its own inside the block; it goes unless something is left."""
    folder = place / runtime_id
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _locked(folder) as mine:
        if not mine:
            raise RuntimeError(f"The folder {folder} belongs to another process.")
        yield Spools(folder)
        _remove_if_empty(folder)


@contextmanager
def abandoned(place: Path, runtime_id: str) -> Iterator[Spools | None]:
    """The folder of a process that has ended; None while it lives or when it is gone."""
    folder = place / runtime_id
    with _locked(folder) as free:
        yield Spools(folder) if free else None
        if free:
            _remove_if_empty(folder)


def runtimes_in(place: Path) -> list[str]:
    """The ids of all runtimes that have a folder here."""
    return sorted(path.name for path in place.glob("*/") if (path / _LOCK).exists())


@contextmanager
def _locked(folder: Path) -> Iterator[bool]:
    try:
        lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except FileNotFoundError:
        yield False
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        yield False
    else:
        yield True
    finally:
        os.close(lock)


def _remove_if_empty(folder: Path) -> None:
    # Whoever else looks after what is left may have been faster.
    with suppress(FileNotFoundError):
        if {path.name for path in folder.iterdir()} == {_LOCK}:
            (folder / _LOCK).unlink()
            folder.rmdir()


def _write(file: int, data: bytes, offset: int) -> None:
    left = memoryview(data)
    while left:
        written = os.pwrite(file, left, offset)
        left, offset = left[written:], offset + written
