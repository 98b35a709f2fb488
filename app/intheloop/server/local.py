"""The people and programs of this machine: the owner of a fresh workspace, local credentials."""

from __future__ import annotations

import getpass
import os
import pwd
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, get_args

from msgspec.structs import replace

from intheloop.access import new_credential_secret, secret_sha256
from intheloop.commands import AddPerson, IssueCredential
from intheloop.errors import Unauthenticated
from intheloop.events import Scope
from intheloop.folder import secret_in, write_private
from intheloop.notebooks import SYSTEM, Service

OWNER = "owner"
"""The person id of whoever runs this server on their own machine."""

COMMAND_LINE = "command-line"
"""The name of the credential that the commands of this machine use."""

COMMAND_LINE_SCOPES: tuple[Scope, ...] = tuple(
    scope for scope in get_args(Scope) if scope != "approve"
)


async def make_owner(service: Service) -> None:
    """On the first start, the person who runs the server becomes the workspace's admin."""
    if OWNER not in service.workspace.people:
        await service.execute(AddPerson(person_id=OWNER, name=_user_name(), admin=True), SYSTEM)


async def local_credential(
    service: Service,
    file: Path,
    kind: Literal["human", "assistant", "runtime", "service"],
    label: str,
    scopes: Sequence[Scope],
) -> str:
    """The secret of a program of this machine that acts for the owner.

    Kept in `file`, whose folder is made if need be; made anew when it is lost, revoked or expired.
    """
    secret = secret_in(file)
    if secret is not None and _opens(service, secret):
        return secret
    secret = new_credential_secret()
    command = IssueCredential(
        kind=kind, label=label, scopes=list(scopes), secret_sha256=secret_sha256(secret)
    )
    for_owner = replace(SYSTEM, actor=replace(SYSTEM.actor, on_behalf_of=(OWNER,)))
    # Written first: who stops in between leaves a secret that opens nothing, and no credential
    # that nobody holds.
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_private(file, secret.encode())
    await service.execute(command, for_owner)
    return secret


def _opens(service: Service, secret: str) -> bool:
    try:
        service.sign_in(secret)
    except Unauthenticated:
        return False
    return True


def _user_name() -> str:
    """What the system calls its user: the full name, else the name of the account."""
    try:
        full = pwd.getpwuid(os.getuid()).pw_gecos.partition(",")[0].strip()
    except KeyError:
        full = ""
    return (full or getpass.getuser())[:100]
