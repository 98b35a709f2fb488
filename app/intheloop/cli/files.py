"""`import` and `export`: files in, files out."""

from __future__ import annotations

import asyncio
import secrets
import sys
from pathlib import Path
from typing import IO, Literal

import click

from intheloop import commands as c
from intheloop.client import Client
from intheloop.ipynb import ParsedNotebook, parse
from intheloop.settings import Settings

from .group import counted, note, say, server_options, target_of


async def put_notebook(client: Client, parsed: ParsedNotebook) -> c.Created:
    """Make a notebook of a file that was read: its blobs first, then all of it in one command."""
    notebook_id = secrets.token_hex(6)
    for sha256, data in parsed.blobs.items():
        await client.put_blob(notebook_id, sha256, data)
    created: c.Created = await client.call(
        c.ImportNotebook(
            notebook_id=notebook_id,
            title=parsed.title,
            imported=parsed.imported,
            metadata=parsed.metadata,
            cells=parsed.cells,
        )
    )
    return created


@click.command(name="import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@server_options
def import_(settings: Settings, file: Path) -> None:
    """Make a notebook from an .ipynb FILE and print its id. Nothing is run."""
    parsed = parse(file.read_bytes(), file.name)

    async def work() -> c.Created:
        async with target_of(settings).client() as client:
            return await put_notebook(client, parsed)

    created = asyncio.run(work())
    note(f"Imported {file.name} with {counted(len(created.cell_ids), 'cell')}.")
    say(created.notebook_id)


@click.command()
@click.argument("notebook_id")
@click.option("--log", "as_log", is_flag=True, help="The log as JSON lines, to be verified.")
@click.option("--at", type=click.IntRange(min=0), help="As of this seq.")
@click.option("-o", "--output", type=click.File("wb", lazy=True), help="File to write.")
@server_options
def export(
    settings: Settings, notebook_id: str, as_log: bool, at: int | None, output: IO[bytes] | None
) -> None:
    """Write a notebook as an .ipynb file, or its log; to standard output without -o."""
    form: Literal["ipynb", "log"] = "log" if as_log else "ipynb"

    async def work() -> c.Exported:
        async with target_of(settings).client() as client:
            return await client.export(notebook_id, form, at)

    content = asyncio.run(work()).content.encode()
    if output is None:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    else:
        output.write(content)
        note(f"Wrote {output.name}.")
