"""A server as a process of its own, for as long as a block lasts."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def process(*arguments: str, **variables: str) -> Iterator[str]:
    """`python -m` with these arguments and variables; gives the first line that it says."""
    command = [sys.executable, "-m", *arguments]
    started = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
        env={**os.environ, **variables},
    )
    assert started.stdin and started.stdout
    try:
        yield started.stdout.readline()
    finally:
        started.stdin.close()
        started.terminate()
        started.wait(30)
        started.stdout.close()
