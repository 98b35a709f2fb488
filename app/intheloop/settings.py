"""Every setting: its name, default and meaning, read from `INTHELOOP_...` and from flags.

The fields of `Settings` are the one list; names, docs and checks follow from it. Nothing is read
at import, and what a value leads to is for others.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, get_args, get_type_hints

import msgspec
import platformdirs
from msgspec import Meta, Struct

from intheloop.amounts import read_size, said_size
from intheloop.errors import BadArgument

PREFIX = "INTHELOOP_"

Hosts = Annotated[
    tuple[Annotated[str, Meta(pattern=r"^[A-Za-z0-9.:\[\]-]{1,253}$")], ...],
    Meta(
        description="Host names beside the loopback ones, separated by commas, under which the "
        "server may be reached."
    ),
]


_PRICE = r"[^\s,=]+=\d+(\.\d+)?/\d+(\.\d+)?(/\d+(\.\d+)?)?"


def own_command() -> tuple[str, ...]:
    """`intheloop` by absolute paths: another program may start it anywhere."""
    script = Path(sys.executable).with_name("intheloop")
    return (str(script),) if script.exists() else (sys.executable, "-P", "-m", "intheloop")


def data_folder() -> Path:
    """Where this platform keeps the data of a user's programs."""
    return Path(platformdirs.user_data_dir("intheloop", appauthor=False))


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All settings. Each field's description is its meaning, in one sentence."""

    data: Annotated[
        Path,
        Meta(description="Folder of the log, the blobs and the local credential."),
    ] = msgspec.field(default_factory=data_folder)
    host: Annotated[
        str,
        Meta(min_length=1, description="Address that the server listens on."),
    ] = "127.0.0.1"
    port: Annotated[
        int,
        Meta(ge=0, le=65535, description="Port that the server listens on; 0 takes a free one."),
    ] = 8765
    hosts: Hosts = ()
    url: Annotated[
        str,
        Meta(
            description="Server that client commands use; without it, the one that runs on the "
            "data folder."
        ),
    ] = ""
    token: Annotated[
        str,
        Meta(
            description="Credential that client commands use; without it, the local one of the "
            "data folder."
        ),
    ] = ""
    lease_s: Annotated[
        float,
        Meta(
            ge=0.1, le=3600, description="Seconds that a runtime holds its work between renewals."
        ),
    ] = 30.0
    adrift_s: Annotated[
        float,
        Meta(
            ge=0,
            le=604_800,
            description="Seconds that an execution waits for a runtime beside the server that is "
            "not heard from, before it is lost.",
        ),
    ] = 15.0
    remote_adrift_s: Annotated[
        float,
        Meta(
            ge=0,
            le=31_536_000,
            description="The same for a runtime elsewhere, which may come back with what it ran.",
        ),
    ] = 86_400.0
    session_days: Annotated[
        int,
        Meta(ge=1, le=365, description="Days that a browser stays signed in."),
    ] = 30
    body_limit: Annotated[
        int,
        Meta(ge=1024, description="Bytes that the body of a call may have."),
    ] = 8 * 1024 * 1024
    blob_limit: Annotated[
        int,
        Meta(ge=1024, description="Bytes that a blob may have."),
    ] = 64 * 1024 * 1024
    assistant_model: Annotated[
        str,
        Meta(min_length=1, description="Model that the assistant asks."),
    ] = "claude-sonnet-5-5"
    assistant_effort: Annotated[
        str,
        Meta(description="How hard the model thinks: low, medium, high, max; none is its own way."),
    ] = ""
    assistant_url: Annotated[
        str,
        Meta(description="Another endpoint of the Messages API for the assistant."),
    ] = ""
    assistant_key: Annotated[
        str,
        Meta(
            description="Key to the assistant's model; without it `ANTHROPIC_API_KEY`, and without "
            "that the scripted demo answers."
        ),
    ] = ""
    assistant_answer_tokens: Annotated[
        int,
        Meta(ge=1, le=1_000_000, description="Tokens that one answer of the model may have."),
    ] = 16_000
    assistant_turns: Annotated[
        int,
        Meta(ge=0, description="Times that a run of the assistant asks the model; 0 is no limit."),
    ] = 40
    assistant_tool_calls: Annotated[
        int,
        Meta(ge=0, description="Uses of tools that a run may want; 0 is no limit."),
    ] = 100
    assistant_tokens: Annotated[
        int,
        Meta(ge=0, description="Tokens that a run may use; 0 is no limit."),
    ] = 2_000_000
    assistant_dollars: Annotated[
        float,
        Meta(ge=0, description="Dollars that a run may cost; 0 is no limit."),
    ] = 2.0
    assistant_seconds: Annotated[
        int,
        Meta(ge=0, description="Seconds that a run may take; 0 is no limit."),
    ] = 1800
    assistant_prices: Annotated[
        str,
        Meta(
            pattern=rf"^(|{_PRICE}(, *{_PRICE})*)$(?!\n)",
            description="Dollars for a million tokens of input, of output and (if it is no tenth "
            "of input) of what is read from the cache, by model, separated by commas; a model that "
            "is not named has no known cost, and no limit of dollars holds it.",
        ),
    ] = "claude-sonnet-5-5=2/10/0.1"
    kernel_memory: Annotated[
        int,
        Meta(
            ge=0,
            description="Memory (as 4GiB) that a kernel may hold with all that it started before "
            "it is ended; 0 is no limit.",
        ),
    ] = 0
    cell_time_s: Annotated[
        float,
        Meta(
            ge=0,
            le=31_536_000,
            description="Seconds that an execution may run before it is stopped, without those "
            "that it waits for input; 0 is no limit.",
        ),
    ] = 0.0
    output_limit: Annotated[
        int,
        Meta(
            ge=0,
            description="Bytes (as 256MiB) of one execution's outputs that are kept whole; 0 is no "
            "limit.",
        ),
    ] = 256 * 1024 * 1024
    idle_stop_s: Annotated[
        float,
        Meta(
            ge=0,
            le=31_536_000,
            description="Seconds without an execution after which a notebook's kernel is shut "
            "down; 0 is never.",
        ),
    ] = 0.0


# Fields that are numbers of bytes, written as people write them.
_SIZES = frozenset(("body_limit", "blob_limit", "kernel_memory", "output_limit"))


class Setting(Struct, frozen=True):
    """A line of the table: `name` as on a flag without dashes, `variable` in the environment."""

    field: str
    name: str
    variable: str
    default: str
    meaning: str


def table() -> tuple[Setting, ...]:
    """All settings in order, for docs, flags and their tests."""
    kinds = get_type_hints(Settings, include_extras=True)
    return tuple(
        Setting(
            field,
            field.replace("_", "-"),
            PREFIX + field.upper(),
            _shown(field, getattr(Settings(), field)),
            next(str(meta.description) for meta in get_args(kinds[field])[1:]),
        )
        for field in Settings.__struct_fields__
    )


def read_settings(
    environ: Mapping[str, str], flags: Mapping[str, object] | None = None
) -> Settings:
    """Settings from the environment, and over them the flags that are not None.

    An empty variable counts as absent. Raises BadArgument, which names the variable or flag.
    """
    given: dict[str, object] = {}
    origin: dict[str, str] = {}
    for setting in table():
        flag = (flags or {}).get(setting.field)
        value = flag if flag is not None else environ.get(setting.variable) or None
        if value is not None:
            given[setting.field] = value
            origin[setting.field] = f"--{setting.name}" if flag is not None else setting.variable
    settings = Settings()
    for field, value in given.items():
        settings = _with(settings, field, value, origin[field])
    return settings


def _with(settings: Settings, field: str, value: object, origin: str) -> Settings:
    try:
        read = {field: _read(field, value)}
        one = msgspec.convert(read, Settings, strict=False, dec_hook=_read_path)
    except (msgspec.ValidationError, ValueError) as error:
        reason = str(error).partition(" - at ")[0]
        raise BadArgument(f"{origin} is {value!r}: {reason}. Give another value.") from None
    return msgspec.structs.replace(settings, **{field: getattr(one, field)})


def _read(field: str, value: object) -> object:
    if not isinstance(value, str):
        return value
    if field == "hosts":
        return [host for host in (part.strip() for part in value.split(",")) if host]
    return read_size(value) if field in _SIZES else value


def _shown(field: str, default: object) -> str:
    if field == "data":
        return "the platform's own"
    if default in ("", ()):
        return "none"
    if field in _SIZES and isinstance(default, int) and default:
        return said_size(default)
    return f"{default:g}" if isinstance(default, float) else str(default)


def _read_path(expected: type, value: Any) -> Any:
    if expected is not Path:
        raise NotImplementedError
    return Path(value).expanduser().absolute()
