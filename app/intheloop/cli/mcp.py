"""`mcp`: the notebooks for a model, over standard input and output."""

from __future__ import annotations

import asyncio
import signal
import sys
from importlib.metadata import version
from pathlib import Path

import click

from intheloop.client import Client
from intheloop.events import Scope
from intheloop.mcp_server.wire import Line
from intheloop.settings import Settings

from .group import note, server_options
from .joining import Wish, join

READS: tuple[Scope, ...] = ("notebook:read",)
ACTS: tuple[Scope, ...] = ("notebook:read", "notebook:write", "notebook:run")


@click.command()
@click.option("--read-only", is_flag=True, help="Offer only what reads.")
@click.option(
    "--workdir",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder in which kernels start, if a server must be started.  [default: the current one]",
)
@click.option(
    "--leave-after",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    default=3600.0,
    show_default=True,
    help="How long a server that was started for this stays when nobody uses it any more.",
)
@server_options
def mcp(settings: Settings, read_only: bool, workdir: Path | None, leave_after: float) -> None:
    """Serve the notebooks to an MCP client that starts this command.

    Joins the server that runs on the data folder, or starts one. `intheloop connect` prints what
    to give to the client.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if sys.stdin.isatty():
        note("This waits for an MCP client; `intheloop connect` prints what to give to one.")
    wish = Wish(
        credential="assistant-read-only" if read_only else "assistant",
        label="Assistant that reads, on this machine" if read_only else "Assistant on this machine",
        scopes=READS if read_only else ACTS,
        workdir=workdir.absolute() if workdir else _here(),
        leave_after_s=leave_after,
    )
    asyncio.run(_serve(settings, wish))


def _here() -> Path:
    """Programs with windows start others at the root, where nobody works."""
    here = Path.cwd()
    return Path.home() if here == here.parent else here


async def _serve(settings: Settings, wish: Wish) -> None:
    async def open_() -> Client:
        target = await asyncio.to_thread(join, settings, wish)
        return target.client().known_as("intheloop-mcp", version("intheloop"))

    async with Line.open(open_) as line:
        from intheloop.mcp_server.stdio import serve_stdio  # takes a second

        await serve_stdio(line)
