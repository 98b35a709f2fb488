"""The process `python -m intheloop_agents.runtime`: arguments and signals, nothing else.

The credential is the first line of standard input: arguments and environment of a process can be
read for as long as it lives, and by the code that it runs.
"""

import argparse
import asyncio
import logging
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from intheloop.amounts import read_size
from intheloop.client import Client
from intheloop.commands import BESIDE_SERVER
from intheloop.errors import LoopError
from intheloop_agents.runtime.agent import Agent, watch_server
from intheloop_agents.runtime.delivery.spool import place_of
from intheloop_agents.runtime.jupyter.kernel import kernelspecs
from intheloop_agents.runtime.limits import USUAL, Limits
from intheloop_agents.runtime.serving import NotServing

NAME, VERSION = "intheloop-runtime", "0.1.0"


def main() -> int:
    """Serve until SIGTERM or SIGINT. Exit code 1 when the runtime could not go on."""
    options = options_of(sys.argv[1:])
    logging.basicConfig(level=logging.WARNING, format="%(name)s: %(message)s", stream=sys.stderr)
    if options.list_kernels:
        sys.stdout.buffer.write(msgspec.json.encode(kernelspecs()) + b"\n")
        return 0
    token = "" if sys.stdin.isatty() else sys.stdin.readline().strip()
    if not options.url or not token:
        sys.stderr.write("Use `intheloop runtime`, which sees to the server and the credential.\n")
        return 2
    try:
        asyncio.run(_serve(token, options))
    except (LoopError, NotServing) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def options_of(arguments: Sequence[str]) -> argparse.Namespace:
    """The options. Ends the process when they are not to be understood."""
    parser = argparse.ArgumentParser(prog="python -m intheloop_agents.runtime")
    parser.add_argument("--list-kernels", action="store_true", help="print them as JSON and end")
    parser.add_argument("--url", default="", help="the server")
    parser.add_argument("--workdir", type=Path, default=Path.cwd(), help="where kernels start")
    parser.add_argument("--label", default="", help="what people call this place")
    parser.add_argument("--notebook", help="serve this one alone, at once")
    parser.add_argument("--kernel", default="", help="instead of what the notebooks name")
    parser.add_argument("--spool", type=Path, default=Path(), help="keeps what is not delivered")
    parser.add_argument("--beside-server", action="store_true", help="the server sees it end")
    parser.add_argument(
        "--give-up-after",
        type=float,
        metavar="SECONDS",
        help="end when idle and the server is away so long",
    )
    for name, own in msgspec.structs.asdict(USUAL).items():
        parser.add_argument(
            f"--{name.replace('_', '-')}",
            type=float if isinstance(own, float) else read_size,
            default=own,
            help="0 is no limit",
        )
    return parser.parse_args(arguments)


def limits_of(options: argparse.Namespace) -> Limits:
    """The limits among the options."""
    return Limits(**{name: getattr(options, name) for name in Limits.__struct_fields__})


async def _serve(token: str, options: argparse.Namespace) -> None:
    async with (
        Client(options.url, token, NAME, VERSION) as client,
        Client(options.url, token, NAME, VERSION, patience_s=options.give_up_after) as probe,
    ):
        agent = Agent(
            client,
            options.workdir.absolute(),
            place_of(options.spool.absolute(), token),
            options.label,
            options.notebook,
            options.kernel,
            (BESIDE_SERVER,) if options.beside_server else (),
            limits_of(options),
        )
        serving = asyncio.create_task(agent.run())
        watching = asyncio.create_task(watch_server(probe, agent))
        stopped = asyncio.create_task(_stopped())
        try:
            await asyncio.wait((serving, watching, stopped), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (serving, watching, stopped):
                task.cancel()
            ends = await asyncio.gather(serving, watching, stopped, return_exceptions=True)
        for end in ends:
            if isinstance(end, Exception):
                raise end


async def _stopped() -> None:
    """Wait for the signal to end."""
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    await told.wait()


if __name__ == "__main__":
    sys.exit(main())
