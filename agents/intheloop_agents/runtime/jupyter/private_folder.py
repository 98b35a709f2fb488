"""The folder of one kernel's sockets: nobody else's to read, gone with the kernel.

A process that was killed cannot remove its own; who makes the next one removes them. Each is locked
as long as its process lives, so that what is in use is never taken for left behind.
"""

import fcntl
import os
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path

_PREFIX = "itl-kernel-"
# A socket's path must fit into `sockaddr_un`: 108 bytes with the final zero, 104 on macOS.
_LONGEST = 90
# One that was made a moment ago may not be locked yet.
_NEW_S = 10.0


class PrivateFolder:
    """A new one at `path`, until `remove`."""

    def __init__(self) -> None:
        self.path = _made()
        self._lock = os.open(self.path, os.O_RDONLY)
        fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        remove_abandoned(self.path.parent)

    def remove(self) -> None:
        """Remove it and all that is in it; once is enough, and more does no harm."""
        if self._lock >= 0:
            shutil.rmtree(self.path, ignore_errors=True)
            os.close(self._lock)
            self._lock = -1


def remove_abandoned(place: Path, *, new_s: float = _NEW_S) -> None:
    """Remove the folders here whose processes are gone, but none younger than `new_s` seconds."""
    for folder in place.glob(f"{_PREFIX}*"):
        # Another user's, or removed by somebody else meanwhile.
        with suppress(OSError):
            if time.time() - folder.stat().st_mtime > new_s:
                _remove_unless_locked(folder)


def _remove_unless_locked(folder: Path) -> None:
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(lock)


def _made() -> Path:
    folder = tempfile.mkdtemp(prefix=_PREFIX)
    if len(os.fsencode(folder)) > _LONGEST:
        os.rmdir(folder)
        folder = tempfile.mkdtemp(prefix=_PREFIX, dir="/tmp")
    return Path(folder)
