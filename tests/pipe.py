"""A named pipe between a test and code that it does not share a process with.

Neither side waits for the other to open it, so that a test that fails leaves nobody behind.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

WAIT_S = 60.0


class Pipe:
    """A new one at `path`. Code writes to it with `open(path, 'w')`, and reads a byte with
    `open(path, 'rb', 0).read(1)`."""

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        self._file = os.open(path, os.O_RDWR | os.O_NONBLOCK)

    def __enter__(self) -> Pipe:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._file)

    def give(self) -> None:
        """Let code that reads go on, now or when it comes to it."""
        os.write(self._file, b"x")

    async def take(self) -> None:
        """Wait until code has written one byte."""
        loop, written = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(self._file, written.set)
        try:
            async with asyncio.timeout(WAIT_S):
                await written.wait()
        finally:
            loop.remove_reader(self._file)
        assert os.read(self._file, 1)
