"""Real faults of a disk: syncs that fail, and files that may not grow.

A pytest plugin with the fixture `shim`.
"""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

SHIM = r"""
#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static int failing(void) {
    const char *flag = getenv("FAIL_SYNC");
    return flag && access(flag, F_OK) == 0;
}
int fsync(int fd) {
    if (failing()) { errno = EIO; return -1; }
    return syscall(SYS_fsync, fd);
}
int fdatasync(int fd) {
    if (failing()) { errno = EIO; return -1; }
    return syscall(SYS_fdatasync, fd);
}
"""

UNLIMITED = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
NO_ROOM = (4096, resource.RLIM_INFINITY)
"""Nothing can be written behind the first page of a file."""


@pytest.fixture(scope="session")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library that makes syncs fail while the file is there that FAIL_SYNC names."""
    compiler = shutil.which("cc")
    if compiler is None or sys.platform != "linux":
        pytest.skip("there is no C compiler for Linux; install gcc or clang as `cc`")
    folder = tmp_path_factory.mktemp("shim")
    source, library = folder / "shim.c", folder / "shim.so"
    source.write_text(SHIM)
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, source], check=True, timeout=30)
    return library


class FullDisk:
    """Takes the room away from another process."""

    environ: Mapping[str, str] = {}

    @contextmanager
    def bad(self, pid: int) -> Iterator[None]:
        """No room inside the block, unless the process has ended."""
        resource.prlimit(pid, resource.RLIMIT_FSIZE, NO_ROOM)
        try:
            yield
        finally:
            if Path(f"/proc/{pid}").exists():
                resource.prlimit(pid, resource.RLIMIT_FSIZE, UNLIMITED)


class FailingSync:
    """Makes the syncs of a process fail that was started with `environ`."""

    def __init__(self, shim: Path, flag: Path) -> None:
        self._flag = flag
        self.environ = {"LD_PRELOAD": str(shim), "FAIL_SYNC": str(flag)}

    @contextmanager
    def bad(self, _: int) -> Iterator[None]:
        """Syncs fail inside the block."""
        self._flag.touch()
        try:
            yield
        finally:
            self._flag.unlink()
