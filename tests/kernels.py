"""Reading what a real kernel puts out, within a limit of time."""

import asyncio
import os
import textwrap

from intheloop_agents.runtime.jupyter.backlog import Backlog
from intheloop_agents.runtime.jupyter.kernel import (
    Kernel,
)
from intheloop_agents.runtime.jupyter.outputs import (
    Finished,
    KernelOutput,
    Part,
    Stream,
)

LIMIT_S = 20

# ipykernel behaves differently when it sees this: it no longer captures what goes to descriptors.
ENVIRONMENT = {name: text for name, text in os.environ.items() if name != "PYTEST_CURRENT_TEST"}


async def read_all(outputs: Backlog[KernelOutput]) -> list[KernelOutput]:
    async with asyncio.timeout(LIMIT_S):
        return [output async for output in outputs]


async def run(kernel: Kernel, code: str, key: str | None = None) -> list[KernelOutput]:
    return await read_all(kernel.execute(textwrap.dedent(code), key=key))


async def next_of(outputs: Backlog[KernelOutput]) -> KernelOutput:
    async with asyncio.timeout(LIMIT_S):
        return await anext(outputs)


async def text_until(outputs: Backlog[KernelOutput], text: str) -> None:
    """The next outputs are this text, in as many pieces as the kernel likes."""
    shown = ""
    while len(shown) < len(text):
        part = await next_of(outputs)
        assert isinstance(part, Stream) and part.name == "stdout"
        shown += part.text
    assert shown == text


async def next_late(kernel: Kernel) -> tuple[str, Part]:
    async with asyncio.timeout(LIMIT_S):
        return await anext(kernel.late)


async def late_text(kernel: Kernel, key: str, text: str) -> None:
    """This text comes late, of this execution alone, in as many pieces as the kernel likes."""
    shown = ""
    while len(shown) < len(text):
        whose, part = await next_late(kernel)
        assert whose == key and isinstance(part, Stream) and part.name == "stdout"
        shown += part.text
    assert shown == text


def text_of(outputs: list[KernelOutput], name: str = "stdout") -> str:
    return "".join(o.text for o in outputs if isinstance(o, Stream) and o.name == name)


def joined(outputs: list[KernelOutput]) -> list[KernelOutput]:
    """The outputs with neighbouring text of one stream in one: a kernel sends it as it likes."""
    found: list[KernelOutput] = []
    for output in outputs:
        last = found[-1] if found else None
        if isinstance(output, Stream) and isinstance(last, Stream) and last.name == output.name:
            found[-1] = Stream(last.name, last.text + output.text)
        else:
            found.append(output)
    return found


def last_of(outputs: list[KernelOutput]) -> Finished:
    assert [o for o in outputs if isinstance(o, Finished)] == outputs[-1:]
    last = outputs[-1]
    assert isinstance(last, Finished)
    return last
