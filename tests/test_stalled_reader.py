"""A kernel keeps what it has to say for a reader that gets no processor, however much that is."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

LINES = 5000

# The reader is a process of its own, so that the kernel can stop all of it, threads of libzmq too.
READER = """
import asyncio, sys
from intheloop_agents.runtime.jupyter.kernel import Kernel

async def main():
    kernel = await Kernel.start("python3", sys.argv[1])
    try:
        async for output in kernel.execute(sys.argv[2]):
            print(getattr(output, "text", None) or output.status, end="")
    finally:
        await kernel.shutdown(now=True)

asyncio.run(main())
"""
# The kernel prints while its reader stands still.
CELL = f"""
    import os, signal, sys
    os.kill(os.getppid(), signal.SIGSTOP)
    try:
        for number in range({LINES}):
            print(number, flush=True)
    finally:
        os.kill(os.getppid(), signal.SIGCONT)
"""


@pytest.mark.slow
def test_a_reader_that_stood_still_for_a_while_loses_no_line(tmp_path: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-c", READER, str(tmp_path), textwrap.dedent(CELL)],
        stdout=subprocess.PIPE,
        text=True,
        timeout=50,
        check=True,
    ).stdout
    assert told == "".join(f"{number}\n" for number in range(LINES)) + "ok"
