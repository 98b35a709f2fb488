"""What comes of commands that let a person's browser in: links, and the sessions themselves."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import get_args

from intheloop import commands as c
from intheloop import events as e
from intheloop.errors import Conflict, Denied, NotFound

from .access import is_admin, is_before, standing
from .context import Context, Decision
from .identity import CREDENTIAL_ID_LENGTH, actor_id, refuse_bad_end, refuse_known_secret

ALL_SCOPES: tuple[e.Scope, ...] = get_args(e.Scope)
"""What a browser session may do, before roles cut it."""

LINK_LIFE = timedelta(days=3)
"""How long a link waits to be used."""


def issue_link(command: c.IssueLink, context: Context) -> Decision:
    """A link opens a session, which carries `approve`: so only a session makes one. Nobody comes by
    it to be somebody who is there and would not notice."""
    workspace, person_id = context.workspace, command.person_id
    if context.caller.credential_id is not None:
        own = standing(workspace, context.caller, context.now)
        if own.kind != "session" or (own.person_id != person_id and not is_admin(workspace, own)):
            raise Denied(
                "A link to sign in is made in a browser session: your own for yourself, an "
                "admin's for others; ask one."
            )
        if own.person_id != person_id and _is_signed_in(person_id, context):
            raise Conflict(
                "This person is signed in and can make a link for another browser there; end that "
                "session first if they lost it."
            )
    person = workspace.people.get(person_id)
    if person is None:
        raise NotFound(f"There is no person {person_id}; list_people shows who there is.")
    refuse_known_secret(command.secret_sha256, context)
    ends = datetime.fromisoformat(context.now) + LINK_LIFE
    event = e.CredentialIssued(
        credential_id=actor_id(None, context, CREDENTIAL_ID_LENGTH),
        kind="link",
        person_id=person_id,
        principal_id=person_id,
        label=f"{person.name[:80]}'s link",
        scopes=(),
        secret_sha256=command.secret_sha256,
        expires_at=ends.strftime("%Y-%m-%dT%H:%M:%SZ"),
    )
    seq, expires_at = context.workspace.seq + 1, event.expires_at or ""
    answer = c.LinkIs(seq=seq, credential_id=event.credential_id, expires_at=expires_at)
    return Decision((event,), answer)


def _is_signed_in(person_id: str, context: Context) -> bool:
    return any(
        one.kind == "session"
        and one.person_id == person_id
        and not one.revoked
        and (one.expires_at is None or is_before(context.now, one.expires_at))
        for one in context.workspace.credentials.values()
    )


def _used_link(command: c.OpenSession, context: Context) -> tuple[e.Event, ...]:
    """The end of the link by which somebody came."""
    if command.link_sha256 is None:
        return ()
    workspace = context.workspace
    credential_id = workspace.by_secret.get(command.link_sha256)
    link = workspace.credentials.get(credential_id or "")
    if (
        link is None
        or (link.kind, link.person_id) != ("link", command.person_id)
        or not is_before(context.now, link.expires_at or "")
    ):
        raise Denied("This link was used, withdrawn or is too old; ask for another one.")
    return (e.CredentialRevoked(link.credential_id),)


def open_session(command: c.OpenSession, context: Context) -> Decision:
    if command.person_id not in context.workspace.people:
        raise NotFound(f"There is no person {command.person_id}; list_people shows who there is.")
    used = _used_link(command, context)
    refuse_bad_end(command.expires_at, context)
    refuse_known_secret(command.secret_sha256, context)
    credential_id = actor_id(None, context, CREDENTIAL_ID_LENGTH)
    event = e.CredentialIssued(
        credential_id=credential_id,
        kind="session",
        person_id=command.person_id,
        principal_id=command.person_id,
        label=command.label,
        scopes=ALL_SCOPES,
        secret_sha256=command.secret_sha256,
        expires_at=command.expires_at,
    )
    answer = c.CredentialIs(
        seq=context.workspace.seq + len(used) + 1,
        credential_id=credential_id,
        principal_id=command.person_id,
    )
    return Decision((*used, event), answer)
