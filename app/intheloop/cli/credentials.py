"""`token create`, `list` and `revoke`: what lets programs in. A secret is made here, shown once."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, cast

import click

from intheloop import commands as c
from intheloop.access import new_credential_secret, secret_sha256
from intheloop.events import Scope
from intheloop.notebook import Credential
from intheloop.settings import Settings

from .group import note, say, server_options, target_of

_Kind = Literal["human", "assistant", "runtime", "service"]
_DEFAULT: dict[_Kind, tuple[Scope, ...]] = {
    "human": ("notebook:read", "notebook:write", "notebook:run", "notebook:admin", "audit"),
    "assistant": ("notebook:read", "notebook:write", "notebook:run", "assistant"),
    "runtime": ("notebook:read", "runtime"),
    "service": ("notebook:read", "notebook:write", "notebook:run"),
}
_SCOPES: tuple[Scope, ...] = (
    "notebook:read",
    "notebook:write",
    "notebook:run",
    "notebook:admin",
    "runtime",
    "assistant",
    "audit",
)


@click.group()
def token() -> None:
    """Credentials for assistants, runtimes, services and scripts."""


@token.command()
@click.option("--kind", type=click.Choice(list(_DEFAULT)), default="service", show_default=True)
@click.option("--label", required=True, help="What people call the program.")
@click.option(
    "--scope",
    "scopes",
    type=click.Choice(_SCOPES),
    multiple=True,
    help="What it may do; repeat it for more.  [default: what its kind needs]",
)
@click.option("--notebook", "notebooks", multiple=True, help="Only this one; repeat it for more.")
@click.option("--expires", help="When it ends: 30d, 12h, or 2026-12-31.  [default: never]")
@click.option("--principal", help="Actor id of a program of yours that this is one more for.")
@server_options
def create(
    settings: Settings,
    kind: str,
    label: str,
    scopes: tuple[str, ...],
    notebooks: tuple[str, ...],
    expires: str | None,
    principal: str | None,
) -> None:
    """Make a credential and print its secret, which is kept nowhere: store it now."""
    secret = new_credential_secret()
    known = cast(_Kind, kind)
    command = c.IssueCredential(
        kind=known,
        label=label,
        scopes=[cast(Scope, one) for one in scopes] or list(_DEFAULT[known]),
        secret_sha256=secret_sha256(secret),
        principal_id=principal,
        notebooks=list(notebooks) or None,
        expires_at=None if expires is None else _end(expires),
    )
    issued: c.CredentialIs = _call(settings, command)
    note(
        f"Made the credential {issued.credential_id} ({kind} {label!r}, actor "
        f"{issued.principal_id}). Its secret is shown this once:"
    )
    say(secret)


@token.command(name="list")
@server_options
def list_(settings: Settings) -> None:
    """List credentials; their secrets are kept nowhere."""
    found: c.Credentials = _call(settings, c.ListCredentials())
    for one in found.credentials:
        say(_line(one))


@token.command()
@click.argument("credential_id")
@server_options
def revoke(settings: Settings, credential_id: str) -> None:
    """End a credential at once."""
    _call(settings, c.RevokeCredential(credential_id=credential_id))
    note(f"The credential {credential_id} opens nothing any more.")


def _call(settings: Settings, tool: c.Tool) -> Any:
    async def work() -> Any:
        async with target_of(settings).client() as client:
            return await client.call(tool)

    return asyncio.run(work())


def _line(one: Credential) -> str:
    where = "all notebooks" if one.notebooks is None else ", ".join(one.notebooks)
    if one.revoked:
        end = "revoked"
    elif one.expires_at:
        end = f"until {one.expires_at}"
    else:
        end = "no end"
    return (
        f"{one.credential_id}  {one.kind} {one.label!r}  {' '.join(one.scopes)}  ({where}; {end}; "
        f"issued {one.issued_at})"
    )


def _end(text: str) -> str:
    units = {"h": "hours", "d": "days"}
    if ahead := re.fullmatch(r"(\d+)([hd])", text):
        moment = datetime.now(UTC) + timedelta(**{units[ahead[2]]: int(ahead[1])})
    else:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise click.UsageError(
                f"--expires {text!r} is no time; give one like 30d, 12h or 2026-12-31."
            ) from None
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
