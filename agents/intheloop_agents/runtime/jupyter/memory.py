"""How much memory a kernel holds with all that it started: once, or watched ten times a second.

Resident memory, added up: what processes share counts once for each. It ends nothing.
"""

import asyncio

import psutil

_LOOK_S = 0.1
# To find out what a kernel has started means to read about every process of the machine.
_LOOKS_A_FAMILY = 10


async def held_by(pid: int) -> int | None:
    """How many bytes it holds now; None when the process has ended."""
    try:
        return await asyncio.to_thread(_held_by_family, psutil.Process(pid))
    except psutil.NoSuchProcess:
        return None


def _held_by_family(kernel: psutil.Process) -> int:
    return sum(map(_held, [kernel, *kernel.children(recursive=True)]))


async def wait_for_excess(pid: int, limit: int) -> int | None:
    """How many bytes it holds, once they are more than `limit`; None when the process has ended."""
    try:
        kernel = psutil.Process(pid)
        while True:
            family = [kernel, *await asyncio.to_thread(kernel.children, recursive=True)]
            for _ in range(_LOOKS_A_FAMILY):
                held = sum(map(_held, family))
                if held > limit:
                    return held
                await asyncio.sleep(_LOOK_S)
    except psutil.NoSuchProcess:
        return None


def _held(process: psutil.Process) -> int:
    try:
        return process.memory_info().rss
    except psutil.Error:
        return 0  # A child that has ended holds nothing.
