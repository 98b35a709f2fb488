"""The reducer of the workspace's log."""

from __future__ import annotations

from collections.abc import Iterable

from immutables import Map
from msgspec.structs import replace

from intheloop import events as e
from intheloop.notebook import Credential, Listing, Person, Prompt, Workspace


def apply_workspace(workspace: Workspace, record: e.Record) -> Workspace:
    """The workspace after one more record."""
    return replace(_changed(workspace, record), seq=record.envelope.seq)


def replay_workspace(records: Iterable[e.Record], start: Workspace) -> Workspace:
    """The workspace after all these records."""
    for record in records:
        start = apply_workspace(start, record)
    return start


def _changed(workspace: Workspace, record: e.Record) -> Workspace:  # noqa: C901
    match record.event:
        case e.ActionDenied(count=count):
            return replace(workspace, denials=workspace.denials + count)
        case e.PersonAdded(person_id=person_id, name=name, admin=admin):
            person = Person(person_id, name, admin)
            return replace(workspace, people=workspace.people.set(person_id, person))
        case e.CredentialIssued() as issued:
            return _issued(workspace, issued, record.envelope.recorded_at)
        case e.CredentialRevoked(credential_id=credential_id):
            return _revoked(workspace, credential_id)
        case e.RoleGranted(notebook_id=notebook_id, person_id=person_id, role=role):
            members = workspace.roles.get(notebook_id, Map()).set(person_id, role)
            return replace(workspace, roles=workspace.roles.set(notebook_id, members))
        case e.RoleRevoked(notebook_id=notebook_id, person_id=person_id):
            members = workspace.roles.get(notebook_id, Map())
            if person_id not in members:
                return workspace
            left = members.delete(person_id)
            return replace(workspace, roles=workspace.roles.set(notebook_id, left))
        case e.AgentPaused(principal_id=principal_id, reason=reason):
            return replace(workspace, paused=workspace.paused.set(principal_id, reason))
        case e.AgentResumed(principal_id=principal_id):
            if principal_id not in workspace.paused:
                return workspace
            return replace(workspace, paused=workspace.paused.delete(principal_id))
        case e.NotebookListed(notebook_id=notebook_id, owner_id=owner_id):
            listing = Listing(notebook_id, owner_id, record.envelope.recorded_at)
            return replace(workspace, notebooks=workspace.notebooks.set(notebook_id, listing))
        case e.NotebookDeleted(notebook_id=notebook_id, seq=seq, hash=head):
            return _deleted(workspace, notebook_id, seq, head)
        case e.PromptRegistered() as event:
            prompt = Prompt(event.prompt_id, event.version, event.sha256, event.text)
            return replace(workspace, prompts=workspace.prompts.set(event.sha256, prompt))
        case e.Unknown():
            return replace(workspace, skipped=workspace.skipped + 1)
        case _:
            return workspace  # events of a notebook's own log say nothing about the workspace


def _issued(workspace: Workspace, event: e.CredentialIssued, at: str) -> Workspace:
    credential = Credential(
        credential_id=event.credential_id,
        kind=event.kind,
        person_id=event.person_id,
        principal_id=event.principal_id,
        label=event.label,
        scopes=event.scopes,
        secret_sha256=event.secret_sha256,
        issued_at=at,
        notebooks=event.notebooks,
        expires_at=event.expires_at,
        run_id=event.run_id,
        agent=event.agent,
    )
    return replace(
        workspace,
        credentials=workspace.credentials.set(event.credential_id, credential),
        by_secret=workspace.by_secret.set(event.secret_sha256, event.credential_id),
    )


def _revoked(workspace: Workspace, credential_id: str) -> Workspace:
    credential = workspace.credentials.get(credential_id)
    if credential is None or credential.revoked:
        return workspace
    credentials = workspace.credentials
    if credential.run_id is None:
        credentials = credentials.set(credential_id, replace(credential, revoked=True))
    else:
        credentials = credentials.delete(credential_id)  # there is one for each claim of a run
    return replace(
        workspace,
        credentials=credentials,
        by_secret=workspace.by_secret.delete(credential.secret_sha256),
    )


def _deleted(workspace: Workspace, notebook_id: str, seq: int, head: str) -> Workspace:
    listing = workspace.notebooks.get(notebook_id)
    if listing is None:
        return workspace
    gone = replace(listing, deleted=True, last_seq=seq, last_hash=head)
    roles = workspace.roles.delete(notebook_id) if notebook_id in workspace.roles else None
    return replace(
        workspace,
        notebooks=workspace.notebooks.set(notebook_id, gone),
        roles=workspace.roles if roles is None else roles,
    )
