"""Calls as answers name them, to be sent as they stand: `read_output(notebook_id="n1", ...)`."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

Arguments = Mapping[str, object]


def call(tool: str, of: Arguments, **more: object) -> str:
    """The call with the arguments `of` and those of `more` that are not None."""
    given = {**of, **{name: value for name, value in more.items() if value is not None}}
    told = ", ".join(f"{name}={msgspec.json.encode(one).decode()}" for name, one in given.items())
    return f"{tool}({told})"
