"""The limits of a runtime as flags: taken by commands that start one, passed on to its process."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import click

from intheloop.settings import Settings, table

F = TypeVar("F", bound=Callable[..., Any])

LIMITS = ("kernel_memory", "cell_time_s", "output_limit", "idle_stop_s")
"""The settings that are limits of a runtime."""


def limit_options(command: F) -> F:
    """A flag for each limit, handed on as `limits`: what was given, by the names of settings."""

    @wraps(command)
    def with_limits(*args: Any, **kwargs: Any) -> Any:
        limits = {field: kwargs.pop(field) for field in LIMITS}
        return command(*args, limits=limits, **kwargs)

    for setting in reversed(table()):
        if setting.field in LIMITS:
            shown = f"{setting.meaning}  [default: {setting.default}]"
            with_limits = click.option(f"--{setting.name}", setting.field, help=shown)(with_limits)
    return with_limits  # type: ignore[return-value]


def limit_arguments(settings: Settings) -> list[str]:
    """The same for the runtime process."""
    arguments: list[str] = []
    for setting in table():
        if setting.field in LIMITS:
            arguments += [f"--{setting.name}", str(getattr(settings, setting.field))]
    return arguments
