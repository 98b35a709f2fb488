"""`serve`, `status`, `stop` and `open`: the life of the local server."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Coroutine, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec
from msgspec.structs import replace

from intheloop.errors import Unavailable
from intheloop.events import Scope
from intheloop.folder import credential_file, find_server
from intheloop.settings import Settings

from .group import Failed, Target, counted, data_option, say, server_options, settings_of, target_of
from .limits import limit_arguments, limit_options
from .local_runtime import RUNTIME, keep_runtime, living_port

if TYPE_CHECKING:
    from intheloop.server import Running

_STOP_S = 30.0
_POLL_S = 0.05


@click.command()
@click.option("--host", help="Address to listen on.  [default: 127.0.0.1]")
@click.option("--port", type=int, help="Port to listen on; 0 takes a free one.  [default: 8765]")
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the log, the blobs and the local credential.",
)
@click.option(
    "--workdir",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path(),
    help="Folder in which kernels start.  [default: the current one]",
)
@click.option("--no-browser", is_flag=True, help="Open no browser.")
@click.option("--no-runtime", is_flag=True, help="Start no local runtime.")
@click.option("--no-assistant", is_flag=True, help="Start no assistant.")
@click.option(
    "--leave-after",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="Stop once nobody has used it for so long: no page open, no client, nothing to run.",
)
@click.option(
    "--runtime-token",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Start no local runtime; keep in this file the credential for one that others start "
    "(`intheloop runtime --token-file`).",
)
@click.option(
    "--welcome/--no-welcome",
    default=None,
    help="Begin with a notebook that shows around, if there was never one.  [default: yes, but no "
    "with --json]",
)
@click.option("--json", "json_lines", is_flag=True, help="Tell where it is as a line of JSON.")
@limit_options
def serve(  # noqa: PLR0913 (one for each flag)
    host: str | None,
    port: int | None,
    data: Path | None,
    workdir: Path,
    no_browser: bool,
    no_runtime: bool,
    no_assistant: bool,
    leave_after: float | None,
    runtime_token: Path | None,
    welcome: bool | None,
    json_lines: bool,
    limits: dict[str, str | None],
) -> None:
    """Run the server, a local runtime and an assistant until stopped.

    Prints a link that signs one browser in, once, within ten minutes.
    """
    from intheloop import server

    from .local_assistant import keep_assistant, key_of

    settings = settings_of(host=host, port=port, data=data, **limits)
    no_runtime = no_runtime or runtime_token is not None
    if settings.port == 0 and not no_runtime:
        # A runtime that outlived its server knows no other address.
        settings = replace(settings, port=living_port(settings.data))
    folder = workdir.absolute()
    scopes: list[Scope] = ["notebook:read", "runtime"]

    async def before(up: Running) -> None:
        if runtime_token is not None:
            label = "beside the server"
            await server.local_credential(up.service, runtime_token, "runtime", label, scopes)

    async def runtime(up: Running) -> None:
        file, label = credential_file(settings.data, RUNTIME), "on this machine"
        token = await server.local_credential(up.service, file, "runtime", label, scopes)
        await keep_runtime(settings.data, up.url, token, folder, limit_arguments(settings))

    async def beside(up: Running) -> None:
        kept = [] if no_runtime else [runtime(up)]
        if not no_assistant:
            kept.append(keep_assistant(up, settings, key_of(settings)))
        await _until_one_ends(kept)

    server.run(
        server.serve(
            settings,
            say,
            json_lines=json_lines,
            open_browser=not no_browser and not json_lines,
            before=before,
            beside=None if no_runtime and no_assistant else beside,
            leave_after_s=leave_after,
            welcome=not json_lines if welcome is None else welcome,
        )
    )


async def _until_one_ends(kept: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Keep all of these going. With one of them, or when it is cancelled, all end in order."""
    tasks = [asyncio.create_task(one) for one in kept]
    try:
        await asyncio.gather(*tasks)
    finally:
        for one in tasks:
            if not one.cancelling():  # to cancel twice would break off what ends in order
                one.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Tell it as JSON.")
@data_option
def status(settings: Settings, as_json: bool) -> None:
    """Tell whether a server runs here; exit code 1 when none does."""
    found = find_server(settings.data)
    if found is None:
        raise Failed(f"No server runs on {settings.data}; start it with `intheloop serve`.")

    async def ask() -> dict[str, object]:
        async with Target(found.url, "").client() as client:
            return await client.health()

    health = asyncio.run(ask())
    if as_json:
        told = {"url": found.url, "pid": found.pid, "data": str(settings.data), **health}
        say(msgspec.json.encode(told).decode())
        return
    say(
        f"In The Loop {health.get('version', '')} runs at {found.url} (process {found.pid}) on "
        f"{settings.data}: {counted(health.get('notebooks'), 'notebook')}, "
        f"{counted(health.get('records'), 'record')}."
    )


@click.command()
@data_option
def stop(settings: Settings) -> None:
    """Stop the server that runs here, and with it the local runtime and its kernels."""
    found = find_server(settings.data)
    if found is None:
        say(f"No server runs on {settings.data}.")
        return
    os.kill(found.pid, signal.SIGTERM)
    deadline = time.monotonic() + _STOP_S
    while (now := find_server(settings.data)) is not None and now.pid == found.pid:
        if time.monotonic() > deadline:
            raise Unavailable(
                f"The server (process {found.pid}) did not stop within {_STOP_S:g} s; wait, or end "
                "the process."
            )
        time.sleep(_POLL_S)
    say(f"The server at {found.url} has stopped.")


@click.command(name="open")
@server_options
def open_(settings: Settings) -> None:
    """Have the server open its page in a browser on its machine, signed in."""

    async def ask() -> None:
        async with target_of(settings).client() as client:
            await client.open_browser()

    asyncio.run(ask())
