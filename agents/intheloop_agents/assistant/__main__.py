"""The process `python -m intheloop_agents.assistant`: arguments and signals, nothing else.

The first line of standard input is its credential, the second the key to the model, empty for the
scripted demonstration. It ends when standard input does: with who started it.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack

from intheloop import events as e
from intheloop.client import Client
from intheloop.errors import LoopError
from intheloop_agents.assistant.agent import Agent
from intheloop_agents.assistant.limits import USUAL
from intheloop_agents.assistant.model import Endpoint, Model
from intheloop_agents.assistant.pricing import prices_of
from intheloop_agents.assistant.setup import DEFAULT_MODEL, Setup
from intheloop_agents.scripted_model import ScriptedModel, serving
from intheloop_agents.scripted_model.demo import DEMO, demo
from intheloop_agents.scripted_model.reply import NAME as SCRIPTED

NAME, VERSION = "intheloop-assistant", "0.1.0"
LABEL = "Assistant"
_PATIENCE_S = 60.0


def main() -> int:
    """Work until SIGTERM, SIGINT or the end of standard input. Exit code 1 when it cannot go on."""
    options = options_of(sys.argv[1:])
    logging.basicConfig(level=logging.WARNING, format="%(name)s: %(message)s", stream=sys.stderr)
    token = "" if sys.stdin.isatty() else sys.stdin.readline().strip()
    key = "" if sys.stdin.isatty() else sys.stdin.readline().strip()
    if not options.url or not token:
        sys.stderr.write("Use `intheloop serve`, which sees to the server and the credential.\n")
        return 2
    with ExitStack() as stack:
        endpoint, setup = Endpoint(options.model_url, key), setup_of(options)
        if not key:
            model = stack.enter_context(serving(ScriptedModel(demo)))
            endpoint, setup = Endpoint(model.url, "none"), scripted_setup()
        try:
            asyncio.run(_work(token, options.url, endpoint, setup))
        except LoopError as error:
            sys.stderr.write(f"{error}\n")
            return 1
    return 0


def options_of(arguments: Sequence[str]) -> argparse.Namespace:
    """The options. Ends the process when they are not to be understood."""
    parser = argparse.ArgumentParser(prog="python -m intheloop_agents.assistant")
    parser.add_argument("--url", default="", help="the server")
    parser.add_argument("--model", default=DEFAULT_MODEL)
    parser.add_argument("--model-url", default="", help="another endpoint of the Messages API")
    parser.add_argument("--effort", default="")
    parser.add_argument("--answer-tokens", type=int, default=16_000)
    parser.add_argument("--turns", type=int, default=USUAL.turns, help="0 is no limit")
    parser.add_argument("--tool-calls", type=int, default=USUAL.tool_calls, help="0 is no limit")
    parser.add_argument("--tokens", type=int, default=USUAL.tokens, help="0 is no limit")
    parser.add_argument("--dollars", type=float, default=USUAL.cost / 1e6, help="0 is no limit")
    parser.add_argument("--seconds", type=int, default=USUAL.seconds, help="0 is no limit")
    parser.add_argument("--prices", type=prices_of, default={}, help="model=input/output,...")
    return parser.parse_args(arguments)


def setup_of(options: argparse.Namespace) -> Setup:
    """How it works, by its options."""
    return Setup(
        agent=e.Agent(LABEL, VERSION, options.model),
        label=LABEL,
        model=options.model,
        effort=options.effort or None,
        max_tokens=options.answer_tokens,
        limits=e.Limits(
            turns=options.turns,
            tool_calls=options.tool_calls,
            tokens=options.tokens,
            cost=round(options.dollars * 1_000_000),
            seconds=options.seconds,
        ),
        prices=options.prices,
    )


def scripted_setup() -> Setup:
    """How the demonstration works: what it is stands in its name, so in every record of its."""
    agent = e.Agent(DEMO, VERSION, SCRIPTED)
    return Setup(agent=agent, label=DEMO, model=SCRIPTED, choice=False)


async def _work(token: str, url: str, endpoint: Endpoint, setup: Setup) -> None:
    def connect(secret: str) -> Client:
        return Client(url, secret, NAME, VERSION, patience_s=_PATIENCE_S)

    async with connect(token) as client, Model(endpoint) as model:
        working = asyncio.create_task(Agent(client, connect, model, setup).run())
        stopped = asyncio.create_task(_stopped())
        try:
            await asyncio.wait((working, stopped), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (working, stopped):
                task.cancel()
            ends = await asyncio.gather(working, stopped, return_exceptions=True)
        for end in ends:
            if isinstance(end, Exception):
                raise end


async def _stopped() -> None:
    """Wait for the signal to end, or for the end of who started this."""
    told, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    threading.Thread(target=_read_to_end, args=(loop, told.set), daemon=True).start()
    await told.wait()


def _read_to_end(loop: asyncio.AbstractEventLoop, then: Callable[[], None]) -> None:
    sys.stdin.buffer.read()
    loop.call_soon_threadsafe(then)


if __name__ == "__main__":
    sys.exit(main())
