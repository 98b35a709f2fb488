"""Big outputs by the sha256 of their bytes.

Keeps bytes and nothing about them: which notebook may see them, and when they may go, is for the
log to say.
"""

from __future__ import annotations

import io
import os
import re
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Protocol

from intheloop.errors import BadArgument, NotFound, Unavailable
from intheloop.values import sha256_hex

_LEFT_OVER_AFTER_S = 24 * 3600
_SHA256 = re.compile(r"[0-9a-f]{64}\Z")


class Blobs(Protocol):
    """A store of blobs. All calls block and may come from any thread."""

    def put(self, sha256: str, data: bytes) -> None:
        """Keep these bytes, durably once this returns. Putting them again changes nothing.

        Raises BadArgument when `sha256` is not theirs, Unavailable when they cannot be kept.
        """
        ...

    def get(self, sha256: str) -> bytes:
        """The bytes. Raises NotFound."""
        ...

    def open(self, sha256: str) -> BinaryIO:
        """The bytes as a stream for the caller to close. Raises NotFound."""
        ...

    def has(self, sha256: str) -> bool:
        """Whether the bytes are there."""
        ...

    def delete(self, sha256: str) -> None:
        """Let the bytes go; nothing happens when they are not there."""
        ...

    def names(self) -> Iterator[str]:
        """The sha256 of every blob: what the log knows nothing of was left by a crash."""
        ...


class MemoryBlobs:
    """See `Blobs`; gone with the process."""

    def __init__(self) -> None:
        self._blobs: dict[str, bytes] = {}

    def put(self, sha256: str, data: bytes) -> None:
        _refuse_other(sha256, data)
        self._blobs[sha256] = data

    def get(self, sha256: str) -> bytes:
        data = self._blobs.get(sha256)
        if data is None:
            raise _not_found(sha256)
        return data

    def open(self, sha256: str) -> BinaryIO:
        return io.BytesIO(self.get(sha256))

    def has(self, sha256: str) -> bool:
        return sha256 in self._blobs

    def delete(self, sha256: str) -> None:
        self._blobs.pop(sha256, None)

    def names(self) -> Iterator[str]:
        yield from list(self._blobs)


class FolderBlobs:
    """See `Blobs`; each one a file of a folder, readable by its user alone.

    A file has its final name only once all of it is on disk.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._incoming = folder / "incoming"
        self._naming = threading.Lock()
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._incoming.mkdir(mode=0o700, exist_ok=True)
            _sync_folder(folder)
            self._sweep()
        except OSError as error:
            raise BadArgument(
                f"The folder {folder} cannot hold blobs ({error.strerror}); name another one."
            ) from error

    def _sweep(self) -> None:
        """Remove what a crash left half written. A younger file may still be being written."""
        for path in self._incoming.iterdir():
            if path.stat().st_mtime < time.time() - _LEFT_OVER_AFTER_S:
                path.unlink(missing_ok=True)

    def put(self, sha256: str, data: bytes) -> None:
        _refuse_other(sha256, data)
        path = self._path(sha256)
        written = self._incoming / f"{sha256}-{secrets.token_hex(4)}"
        try:
            if not self._kept(path):
                _write(written, data)
                self._name(written, path)
        except OSError as error:
            with suppress(OSError):
                written.unlink(missing_ok=True)
            raise Unavailable(
                f"The blob {sha256} could not be kept ({error.strerror}); put it again later."
            ) from error

    def get(self, sha256: str) -> bytes:
        with self.open(sha256) as stream:
            return stream.read()

    def open(self, sha256: str) -> BinaryIO:
        try:
            return self._path(sha256).open("rb")
        except FileNotFoundError:
            raise _not_found(sha256) from None

    def has(self, sha256: str) -> bool:
        return self._path(sha256).exists()

    def delete(self, sha256: str) -> None:
        path = self._path(sha256)
        with self._naming:
            path.unlink(missing_ok=True)
            if path.parent.exists():
                _sync_folder(path.parent)

    def names(self) -> Iterator[str]:
        for path in self._folder.glob("[0-9a-f][0-9a-f]/*"):
            yield path.name

    def _path(self, sha256: str) -> Path:
        if not _SHA256.match(sha256):
            raise BadArgument(f"{sha256!r} is no sha256; send 64 lower-case hex digits.")
        return self._folder / sha256[:2] / sha256

    def _kept(self, path: Path) -> bool:
        with self._naming:
            found = path.exists()
            if found:
                # Whoever wrote it may have failed before its name was durable.
                self._sync(path)
            return found

    def _name(self, written: Path, path: Path) -> None:
        with self._naming:
            path.parent.mkdir(mode=0o700, exist_ok=True)
            written.rename(path)
            self._sync(path)

    def _sync(self, path: Path) -> None:
        _sync_folder(path.parent)
        _sync_folder(self._folder)


def _refuse_other(sha256: str, data: bytes) -> None:
    actual = sha256_hex(data)
    if actual != sha256:
        raise BadArgument(f"The sha256 of these bytes is {actual}, not {sha256!r}; send that one.")


def _not_found(sha256: str) -> NotFound:
    return NotFound(f"There is no blob {sha256} here.")


def _write(path: Path, data: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
