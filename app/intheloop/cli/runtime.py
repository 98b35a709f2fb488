"""`runtime`: this process becomes a runtime of a server, here or elsewhere."""

from __future__ import annotations

import os
from pathlib import Path

import click

from intheloop.errors import Unauthenticated
from intheloop.folder import secret_in
from intheloop.settings import Settings

from .group import server_options, settings_of, target_of
from .limits import limit_arguments, limit_options
from .local_runtime import (
    RUNTIME,
    SPOOL,
    credential_input,
    runtime_command,
    runtime_environment,
)


@click.command()
@click.option(
    "--workdir",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path(),
    help="Folder in which kernels start.  [default: the current one]",
)
@click.option("--label", default="", help="What people call this place.  [default: the host name]")
@click.option("--notebook", help="Serve this one alone, at once, and end with it.")
@click.option("--kernel", default="", help="Kernelspec instead of those that the notebooks name.")
@click.option(
    "--token",
    help="Its credential (`intheloop token create --kind runtime`). Better set INTHELOOP_TOKEN: "
    "arguments can be read by everybody on a machine.",
)
@click.option(
    "--token-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File that holds its credential (`intheloop serve --runtime-token`).",
)
@server_options
@limit_options
def runtime(  # noqa: PLR0913 (one for each flag)
    settings: Settings,
    workdir: Path,
    label: str,
    notebook: str | None,
    kernel: str,
    token: str | None,
    token_file: Path | None,
    limits: dict[str, str | None],
) -> None:
    """Run code for the notebooks of a server, on this machine, until stopped."""
    token = token if token_file is None else _token_in(token_file)
    given = settings_of(data=settings.data, url=settings.url, token=token, **limits)
    target = target_of(given, RUNTIME)
    arguments = ["--url", target.url, "--workdir", str(workdir.absolute())]
    arguments += ["--label", label, "--kernel", kernel, "--spool", str(settings.data / SPOOL)]
    if notebook is not None:
        arguments += ["--notebook", notebook]
    command = runtime_command(*arguments, *limit_arguments(given))
    with credential_input(target.token) as stdin:
        os.dup2(stdin, 0)
        os.execve(command[0], command, runtime_environment())


def _token_in(file: Path) -> str:
    token = secret_in(file)
    if token is None:
        raise Unauthenticated(
            f"The file {file} holds no credential; `intheloop serve --runtime-token` writes one."
        )
    return token
