"""The command line: a door like the others. Every refusal is one sentence on standard error.

Exit codes: 0 done, 1 refused or failed, 2 used wrongly, 130 interrupted.
"""

from __future__ import annotations

import click

from .group import Commands

__all__ = ["main"]

COMMANDS = {
    "serve": "serve",
    "status": "serve",
    "stop": "serve",
    "open": "serve",
    "run": "run",
    "import": "files",
    "export": "files",
    "list": "reading",
    "show": "reading",
    "log": "reading",
    "verify": "verify",
    "token": "credentials",
    "runtime": "runtime",
    "mcp": "mcp",
    "connect": "connect",
    "doctor": "doctor",
}
"""Each command with its module, in the order of a first day. A module is imported when one of its
commands is wanted, so that none waits for what it does not use."""


@click.group(cls=Commands, modules=COMMANDS)
@click.version_option(package_name="intheloop", message="%(version)s")
def main() -> None:
    """In The Loop: a shared notebook whose log loses nothing."""
