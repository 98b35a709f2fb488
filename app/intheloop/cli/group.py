"""What all commands share: how they end, where they find their server, how they speak."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import wraps
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

import click
from msgspec import Struct

from intheloop.client import Client
from intheloop.errors import LoopError, Unauthenticated, Unavailable
from intheloop.folder import find_server, read_secret
from intheloop.settings import Settings, read_settings

F = TypeVar("F", bound=Callable[..., Any])

PATIENCE_S = 5.0
"""Seconds that a command waits for a server that does not answer."""


class Failed(Exception):
    """The command did not succeed; the message, a sentence, has no other error type."""


class Commands(click.Group):
    """The group of all commands; it turns errors into a sentence and an exit code."""

    def __init__(self, *args: Any, modules: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._modules = modules

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In their given order."""
        return list(self._modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name, which its module exports under it or with a `_` behind."""
        if cmd_name not in self._modules:
            return None
        module = import_module(f"{__package__}.{self._modules[cmd_name]}")
        found = getattr(module, cmd_name, None)
        command = found if isinstance(found, click.Command) else getattr(module, f"{cmd_name}_")
        assert isinstance(command, click.Command)
        return command

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run the command that was asked for, and end the process."""
        kwargs["standalone_mode"] = False
        try:
            code = super().main(*args, **kwargs)
            sys.exit(code if isinstance(code, int) else 0)
        except click.ClickException as error:
            error.show()
            sys.exit(error.exit_code)
        except click.Abort:
            note("Interrupted.")
            sys.exit(130)
        except BrokenPipeError:
            # Whoever read this has enough; do not complain at the interpreter's end either.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        except (LoopError, Failed) as error:
            note(str(error))
        except OSError as error:
            where = f" {error.filename}" if error.filename else ""
            what = error.strerror or error
            note(f"The file or address{where} cannot be used ({what}); check it.")
        except Exception as error:
            note(
                f"This is a defect of In The Loop ({type(error).__name__}: {error}); please report "
                "it with what you did."
            )
        sys.exit(1)


class Target(Struct, frozen=True):
    """A server and the credential to use there."""

    url: str
    token: str

    def client(self, patience_s: float | None = PATIENCE_S) -> Client:
        """A client of it."""
        name = "intheloop-cli"
        return Client(self.url, self.token, name, version("intheloop"), patience_s=patience_s)


def data_option(command: F) -> F:
    """The flag for the data folder, handed on as `settings`."""

    @click.option(
        "--data",
        type=click.Path(file_okay=False, path_type=Path),
        help="Folder of the log, the blobs and the local credential.",
    )
    @wraps(command)
    def with_settings(*args: Any, data: Path | None, **kwargs: Any) -> Any:
        return command(*args, settings=settings_of(data=data), **kwargs)

    return with_settings  # type: ignore[return-value]


def server_options(command: F) -> F:
    """The flags that name a server, handed on as `settings`."""

    @click.option(
        "--data",
        type=click.Path(file_okay=False, path_type=Path),
        help="Data folder of the local server.",
    )
    @click.option(
        "--url", help="Another server; its credential comes by the variable INTHELOOP_TOKEN."
    )
    @wraps(command)
    def with_settings(*args: Any, data: Path | None, url: str | None, **kwargs: Any) -> Any:
        return command(*args, settings=settings_of(data=data, url=url), **kwargs)

    return with_settings  # type: ignore[return-value]


def settings_of(**flags: object) -> Settings:
    """The settings, with these flags over the environment."""
    return read_settings(os.environ, flags)


def target_of(settings: Settings, secret: str = "command-line") -> Target:
    """The server that the settings name, or the one that runs on the data folder.

    `secret` names the local credential to use; it is sent to the local server alone. Raises
    Unavailable or Unauthenticated.
    """
    local = find_server(settings.data)
    url = settings.url.rstrip("/") or (local.url if local else "")
    if not url:
        raise Unavailable(
            f"No server runs on {settings.data}; start it with `intheloop serve`, or name another "
            "folder with --data or a server with --url."
        )
    token = settings.token
    if not token and local is not None and local.url == url:
        token = read_secret(settings.data, secret) or ""
    if not token:
        raise Unauthenticated(
            f"There is no credential for {url}; make one there with `intheloop token create` and "
            "set INTHELOOP_TOKEN to it."
        )
    return Target(url, token)


def counted(number: object, noun: str) -> str:
    """`1 cell`, `2 cells`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def say(text: str = "") -> None:
    """A line for the reader or the next program of a pipe."""
    click.echo(text)


def note(text: str) -> None:
    """A line beside the result, on standard error."""
    click.echo(text, err=True)
