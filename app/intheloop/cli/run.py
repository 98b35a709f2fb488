"""`run`: a notebook file in, the file with its outputs out, and an exit code."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import click
from msgspec.structs import replace

from intheloop.folder import find_server
from intheloop.ipynb import parse
from intheloop.settings import Settings
from intheloop.views import plain

from .group import Failed, Target, note, settings_of, target_of
from .limits import limit_arguments
from .parameters import inject, read_parameter
from .running import Done, Wish, run_notebook


@click.command()
@click.argument("notebook", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "-p",
    "--parameter",
    "parameters",
    multiple=True,
    metavar="NAME=VALUE",
    help="Set a variable after the cell tagged `parameters`; repeat it for more.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path, allow_dash=True),
    help="File to write; - is standard output.  [default: NAME.out.ipynb]",
)
@click.option("--allow-errors", is_flag=True, help="Go on after a cell that fails.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="Interrupt a cell that takes longer.  [default: none]",
)
@click.option("--kernel", default="", help="Kernelspec instead of the one that it names.")
@click.option(
    "--workdir",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder in which the kernel starts.  [default: that of the notebook]",
)
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help="Data folder that keeps the run; its server is used if one runs.",
)
@click.option("--url", help="Server that keeps the run; INTHELOOP_TOKEN is its credential.")
def run(  # noqa: PLR0913 (one for each flag)
    notebook: Path,
    parameters: tuple[str, ...],
    output: Path | None,
    allow_errors: bool,
    timeout: float | None,
    kernel: str,
    workdir: Path | None,
    data: Path | None,
    url: str | None,
) -> None:
    """Run all code cells of NOTEBOOK and write it with its outputs.

    The file itself is not touched unless -o names it. A cell that fails ends the run with exit code
    1, unless errors are allowed or the cell is tagged `raises-exception`; what was run until then
    is written all the same. Cells tagged `skip-execution` are left alone.
    """
    given = dict(read_parameter(one) for one in parameters)
    parsed = inject(parse(notebook.read_bytes(), notebook.name), given)
    settings = settings_of(data=data, url=url)
    wish = Wish(
        workdir=(workdir or notebook.parent).absolute(),
        allow_errors=allow_errors,
        timeout_s=timeout,
        kernel=kernel,
        # It is over when all has run: until then the kernel rests for as long as it must.
        limits=limit_arguments(replace(settings, idle_stop_s=0.0)),
    )

    async def work() -> tuple[Done, bool]:
        async with _server(settings, keep=data is not None) as (target, kept):
            return await run_notebook(target, parsed, wish), kept

    from intheloop import server

    done, kept = server.run(work())
    _write(done.content, output or notebook.with_suffix(".out.ipynb"))
    if kept:
        note(f"The run is kept as notebook {done.notebook_id}.")
    if done.failure is not None:
        for line in done.failure.traceback:
            note(line if sys.stderr.isatty() else plain(line))
        raise Failed(done.failure.sentence)


@asynccontextmanager
async def _server(settings: Settings, *, keep: bool) -> AsyncIterator[tuple[Target, bool]]:
    """A server for the run, and whether the run is kept: the one that is named or runs on the data
    folder, else one of our own, on a folder that is named or on one that goes with it."""
    from intheloop import server

    if settings.url or find_server(settings.data) is not None:
        yield target_of(settings), True
        return
    if keep or os.environ.get("INTHELOOP_DATA"):
        async with server.running(replace(settings, port=0)) as up:
            yield Target(up.url, up.token), True
        return
    with tempfile.TemporaryDirectory(prefix="intheloop-") as folder:
        own = replace(settings, data=Path(folder), host="127.0.0.1", port=0)
        async with server.running(own) as up:
            yield Target(up.url, up.token), False


def _write(content: bytes, output: Path) -> None:
    if str(output) == "-":
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    fresh = output.with_name(f".{output.name}.new")
    fresh.write_bytes(content)
    fresh.replace(output)
    note(f"Wrote {output}.")
