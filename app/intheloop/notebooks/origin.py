"""Where a command comes from, and what tells whether it is the same one again."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from intheloop import commands as c
from intheloop.errors import BadArgument
from intheloop.values import ID_PATTERN, sha256_hex


class Origin(Struct, frozen=True):
    """Where a command comes from, beside who sends it; the ids are kept in its records.

    `untrusted`: the caller says that it goes by words of nobody here, as of a web page.
    """

    command_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    trace_id: str | None = None
    untrusted: bool = False


def checked(origin: Origin) -> Origin:
    """The origin, its ids well formed: they stand in records for ever."""
    ids = (origin.command_id, origin.causation_id, origin.correlation_id, origin.trace_id)
    for one in ids:
        if one is not None and not ID_PATTERN.match(one):
            raise BadArgument(f"The id {one[:100]!r} is not 1 to 64 of A-Za-z0-9_-; send one so.")
    return origin


def args_sha256(command: c.Command) -> str:
    """Of the tool and its arguments: a repeated command has the same."""
    name = type(command).tool_name().encode()
    return sha256_hex(name + b"\n" + msgspec.json.encode(command))
