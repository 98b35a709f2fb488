"""What comes of commands on people, credentials, roles and pauses."""

from __future__ import annotations

from typing import assert_never

from immutables import Map

from intheloop import commands as c
from intheloop import events as e
from intheloop.errors import Conflict, Denied, NotFound
from intheloop.notebook import Credential, Workspace
from intheloop.values import sha256_hex

from .access import is_admin, is_before, manages, standing
from .context import Context, Decision
from .identity import (
    CREDENTIAL_ID_LENGTH,
    PERSON_ID_LENGTH,
    actor_id,
    refuse_bad_end,
    refuse_known_secret,
)
from .signing_in import issue_link, open_session


def decide_workspace(command: c.WorkspaceCommand, context: Context) -> Decision:  # noqa: C901
    """The decision on a command that appends to the workspace's log."""
    match command:
        case c.AddPerson():
            return _add_person(command, context)
        case c.IssueCredential():
            return _issue(command, context)
        case c.IssueLink():
            return issue_link(command, context)
        case c.OpenSession():
            return open_session(command, context)
        case c.RevokeCredential():
            return _revoke(command, context)
        case c.PauseAgent(principal_id=principal_id, reason=reason):
            _own_program(principal_id, context)
            if principal_id in context.workspace.paused:
                return _done(context)
            return _done(context, e.AgentPaused(principal_id, reason))
        case c.ResumeAgent(principal_id=principal_id):
            _own_program(principal_id, context)
            if principal_id not in context.workspace.paused:
                return _done(context)
            return _done(context, e.AgentResumed(principal_id))
        case c.GrantRole():
            return _grant(command, context)
        case c.RevokeRole():
            return _take_role(command, context)
        case c.RegisterPrompt():
            return _register(command, context)
        case c.RecordDenials(denials=denials):
            return _done(context, *(_denied(denial) for denial in denials))
        case _:
            assert_never(command)


def _seq(context: Context, *events: e.Event) -> int:
    return context.workspace.seq + len(events)


def _done(context: Context, *events: e.Event) -> Decision:
    return Decision(events, c.Done(seq=_seq(context, *events)))


def _denied(denial: c.Denial) -> e.ActionDenied:
    return e.ActionDenied(
        denied=denial.denied,
        tool=denial.tool,
        notebook_id=denial.notebook_id,
        reason=denial.reason,
        count=denial.count,
        first_at=denial.first_at,
    )


def _add_person(command: c.AddPerson, context: Context) -> Decision:
    workspace = context.workspace
    if context.caller.credential_id is not None:
        credential = standing(workspace, context.caller, context.now)
        if not is_admin(workspace, credential):
            raise Denied(
                "Only an admin of the workspace adds people, in a session or with a credential "
                "that has notebook:admin everywhere; ask one."
            )
    person_id = actor_id(command.person_id, context, PERSON_ID_LENGTH)
    first = not workspace.people
    event = e.PersonAdded(person_id, command.name, command.admin or first)
    return Decision((event,), c.PersonIs(seq=_seq(context, event), person_id=person_id))


def _issue(command: c.IssueCredential, context: Context) -> Decision:
    """Nobody gives more than they have: not in scopes, not in notebooks, not in time."""
    person_id, issuer = _issuer(context)
    scopes = tuple(sorted(set(command.scopes)))
    if "approve" in scopes:
        raise Denied(
            "The scope approve is never carried by a credential; approve in a browser session."
        )
    if issuer is not None:
        _refuse_widening(command, issuer, scopes)
    refuse_bad_end(command.expires_at, context)
    refuse_known_secret(command.secret_sha256, context)
    credential_id = actor_id(command.credential_id, context, CREDENTIAL_ID_LENGTH)
    principal_id = _principal(command, person_id, credential_id, context)
    event = e.CredentialIssued(
        credential_id=credential_id,
        kind=command.kind,
        person_id=person_id,
        principal_id=principal_id,
        label=command.label,
        scopes=scopes,
        secret_sha256=command.secret_sha256,
        notebooks=None if command.notebooks is None else tuple(command.notebooks),
        expires_at=command.expires_at,
    )
    answer = c.CredentialIs(
        seq=_seq(context, event), credential_id=credential_id, principal_id=principal_id
    )
    return Decision((event,), answer)


def _issuer(context: Context) -> tuple[str, Credential | None]:
    """For whom the credential acts, and what bounds it; the system issues for its first admin."""
    if context.caller.credential_id is not None:
        issuer = standing(context.workspace, context.caller, context.now)
        return issuer.person_id, issuer
    person_id = context.caller.actor.on_behalf_of[0] if context.caller.actor.on_behalf_of else ""
    if person_id not in context.workspace.people:
        raise NotFound("There is nobody for whom this credential could act; add a person first.")
    return person_id, None


def _refuse_widening(
    command: c.IssueCredential, issuer: Credential, scopes: tuple[e.Scope, ...]
) -> None:
    beyond = set(scopes) - set(issuer.scopes)
    if beyond:
        raise Denied(
            f"The credential {issuer.label!r} does not have "
            f"{', '.join(sorted(beyond))} and cannot give it; leave it out."
        )
    if issuer.notebooks is not None and (
        command.notebooks is None or not set(command.notebooks) <= set(issuer.notebooks)
    ):
        raise Denied(
            f"The credential {issuer.label!r} is bound to some notebooks; name only those."
        )
    if (
        issuer.kind != "session"
        and issuer.expires_at is not None
        and (command.expires_at is None or is_before(issuer.expires_at, command.expires_at))
    ):
        raise Denied(
            f"The credential {issuer.label!r} ends at {issuer.expires_at}; give no later end."
        )


def _principal(
    command: c.IssueCredential, person_id: str, credential_id: str, context: Context
) -> str:
    if command.kind == "human":
        return person_id
    if command.principal_id is None:
        return credential_id
    for other in context.workspace.credentials.values():
        same = other.principal_id == command.principal_id and other.kind == command.kind
        if same and other.person_id == person_id:
            return command.principal_id
    raise NotFound(
        f"No {command.kind} of yours acts as {command.principal_id}; leave principal_id out "
        "to make a new one."
    )


def _revoke(command: c.RevokeCredential, context: Context) -> Decision:
    workspace = context.workspace
    credential = workspace.credentials.get(command.credential_id)
    if context.caller.credential_id is not None:
        own = standing(workspace, context.caller, context.now)
        if credential is not None and not _may_revoke(workspace, own, credential):
            credential = None
    if credential is None:
        raise NotFound(
            f"There is no credential {command.credential_id} that you may revoke; "
            "list_credentials shows those that there are, and a session may end each of yours."
        )
    if credential.revoked:
        return _done(context)
    return _done(context, e.CredentialRevoked(credential.credential_id))


def _may_revoke(workspace: Workspace, own: Credential, other: Credential) -> bool:
    """Each ends itself; what manages for a person, theirs; an admin, everybody's."""
    if own.credential_id == other.credential_id or is_admin(workspace, own):
        return True
    return own.person_id == other.person_id and manages(own)


def _own_program(principal_id: str, context: Context) -> None:
    """A person pauses what acts for them; an admin anything that acts for somebody."""
    workspace = context.workspace
    own = standing(workspace, context.caller, context.now)
    for credential in workspace.credentials.values():
        program = credential.principal_id == principal_id and principal_id != credential.person_id
        theirs = credential.person_id == own.person_id and manages(own)
        if program and (theirs or is_admin(workspace, own)):
            return
    raise NotFound(
        f"No program {principal_id} acts for you that you may pause or resume with this "
        "credential; list_credentials shows those that act for you, and a session may."
    )


def _grant(command: c.GrantRole, context: Context) -> Decision:
    workspace = context.workspace
    if command.person_id not in workspace.people:
        raise NotFound(f"There is no person {command.person_id}; list_people shows who there is.")
    members = _members(command.notebook_id, context)
    if members.get(command.person_id) == command.role:
        return _done(context)
    _refuse_last_owner(command.notebook_id, command.person_id, context)
    return _done(context, e.RoleGranted(command.notebook_id, command.person_id, command.role))


def _take_role(command: c.RevokeRole, context: Context) -> Decision:
    if command.person_id not in _members(command.notebook_id, context):
        return _done(context)
    _refuse_last_owner(command.notebook_id, command.person_id, context)
    return _done(context, e.RoleRevoked(command.notebook_id, command.person_id))


def _refuse_last_owner(notebook_id: str, person_id: str, context: Context) -> None:
    members = _members(notebook_id, context)
    owners = [one for one, role in members.items() if role == "owner"]
    if owners == [person_id]:
        raise Conflict("This is the notebook's last owner; make somebody else an owner first.")


def _members(notebook_id: str, context: Context) -> Map[str, e.Role]:
    members = context.workspace.roles.get(notebook_id)
    if members is None:
        raise NotFound(f"There is no notebook {notebook_id}; list_notebooks shows those there are.")
    return members


def _register(command: c.RegisterPrompt, context: Context) -> Decision:
    sha256 = sha256_hex(command.text.encode())
    for known in context.workspace.prompts.values():
        if (known.prompt_id, known.version) != (command.prompt_id, command.version):
            continue
        if known.sha256 == sha256:
            return _done(context)
        raise Conflict(
            f"The prompt {command.prompt_id} of version {command.version} has another text, with "
            f"the sha256 {known.sha256}; give the changed text a new version."
        )
    event = e.PromptRegistered(command.prompt_id, command.version, sha256, command.text)
    return _done(context, event)
