"""What is used once: ids of actors, and secrets. Refuses what was used before."""

from __future__ import annotations

from datetime import datetime

from intheloop.errors import BadArgument
from intheloop.notebook import WORKSPACE_ID

from .access import is_before
from .context import Context, derived_id

PERSON_ID_LENGTH = 10
CREDENTIAL_ID_LENGTH = 10
RESERVED = frozenset(("system", "nobody", WORKSPACE_ID))
"""What nobody may be called: the server's own names, and that of strangers."""


def actor_id(wanted: str | None, context: Context, length: int) -> str:
    """A fresh id of a person or of a credential. The two never meet, since both become ids of
    actors, by which authors are told apart, programs are paused and commands are remembered."""
    workspace = context.workspace

    def is_taken(one: str) -> bool:
        return one in workspace.people or one in workspace.credentials or one in RESERVED

    if wanted is not None and is_taken(wanted):
        raise BadArgument(f"The id {wanted} was used before; choose another, or leave it out.")
    return wanted or derived_id(context, 0, length, is_taken)


def fresh_credential_id(context: Context) -> str:
    """An id for a credential that comes of the command."""
    return actor_id(None, context, CREDENTIAL_ID_LENGTH)


def refuse_known_secret(secret_sha256: str, context: Context) -> None:
    """Raises BadArgument for a secret that was used before."""
    known = context.workspace.credentials.values()
    if any(credential.secret_sha256 == secret_sha256 for credential in known):
        raise BadArgument("This secret was used before; make another one.")


def refuse_bad_end(expires_at: str | None, context: Context) -> None:
    if expires_at is None:
        return
    try:
        datetime.fromisoformat(expires_at)
    except ValueError:
        raise BadArgument(
            f"There is no such time as {expires_at}; give one as in 2026-01-31T12:00:00Z."
        ) from None
    if not is_before(context.now, expires_at):
        raise BadArgument(f"The time {expires_at} is past; give one to come.")
