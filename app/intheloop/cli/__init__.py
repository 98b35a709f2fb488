"""The command line: a door like the others. Every refusal is one sentence on standard error.

Exit codes: 0 done, 1 refused or failed, 2 used wrongly, 130 interrupted.
"""

from __future__ import annotations

import click

from .credentials import token
from .doctor import doctor
from .files import export, import_
from .group import Commands
from .reading import list_, log, show
from .run import run
from .runtime import runtime
from .serve import open_, serve, status, stop
from .verify import verify

__all__ = ["main"]


@click.group(cls=Commands)
@click.version_option(package_name="intheloop", message="%(version)s")
def main() -> None:
    """In The Loop: a shared notebook whose log loses nothing."""


for _command in (
    serve,
    status,
    stop,
    open_,
    run,
    import_,
    export,
    list_,
    show,
    log,
    verify,
    token,
    runtime,
    doctor,
):
    main.add_command(_command)
