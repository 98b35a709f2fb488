"""Who may do what: the one check, for every door, command, query and stream.

What a caller may do is its credential's scopes, cut by the present role of the person it acts for
in the notebook, cut by what its kind of actor is for. Pure: everything that decides stands in the
workspace.
"""

from __future__ import annotations

from collections.abc import Sequence

from intheloop.commands import Tool
from intheloop.errors import Denied, NotFound, Unauthenticated
from intheloop.events import ActorKind, Role, Scope
from intheloop.notebook import WORKSPACE_ID, Credential, Workspace

from .context import Caller

ROLE_SCOPES: dict[Role, frozenset[Scope]] = {
    "viewer": frozenset(("notebook:read",)),
    "runner": frozenset(("notebook:read", "notebook:run", "runtime")),
    "editor": frozenset(
        ("notebook:read", "notebook:write", "notebook:run", "runtime", "assistant", "approve")
    ),
    "owner": frozenset(
        (
            "notebook:read",
            "notebook:write",
            "notebook:run",
            "notebook:admin",
            "runtime",
            "assistant",
            "approve",
        )
    ),
}


_PLURALS: dict[ActorKind, str] = {
    "human": "people",
    "assistant": "assistants",
    "service": "services",
    "runtime": "runtimes",
    "system": "the server",
}


def admit(
    workspace: Workspace, caller: Caller, tool: type[Tool], notebook_id: str | None, now: str
) -> None:
    """Raises Unauthenticated, Denied or NotFound unless the caller may use the tool there.

    `notebook_id` is that of the notebook in question, the workspace's for its own log, or None.
    """
    if caller.credential_id is None:
        return  # the system itself, which no door lets anybody be
    credential = standing(workspace, caller, now)
    _refuse_kind(caller, tool)
    if tool.TARGET != "nothing":
        refuse_paused(workspace, credential)
    if tool.TARGET == "new notebook":
        refuse_bound(credential)
        notebook_id = None
    if notebook_id is None:
        _require_scope(credential, tool.SCOPES)
        return
    require(workspace, credential, notebook_id, tool.SCOPES)


def standing(workspace: Workspace, caller: Caller, now: str) -> Credential:
    """The caller's credential, if it still opens anything. Raises Unauthenticated."""
    credential = workspace.credentials.get(caller.credential_id or "")
    if credential is None or credential.revoked:
        raise Unauthenticated("This credential was revoked; sign in again or ask for a new one.")
    if credential.expires_at is not None and not is_before(now, credential.expires_at):
        raise Unauthenticated("This credential has expired; sign in again or ask for a new one.")
    return credential


def is_before(one: str, other: str) -> bool:
    """Whether a time in UTC comes before another; each ends in Z and may have a fraction or not."""
    return _in_order(one) < _in_order(other)


def _in_order(time: str) -> tuple[str, str]:
    """Whole seconds and fraction, so that times compare as they follow each other."""
    seconds, _, fraction = time.removesuffix("Z").partition(".")
    return seconds, fraction.rstrip("0")


def require(
    workspace: Workspace, credential: Credential, notebook_id: str, scopes: Sequence[Scope]
) -> None:
    """Raises unless the credential has one of these scopes in this notebook (or the workspace).

    Who may not even read a notebook gets the same answer whether it exists or not.
    """
    if notebook_id == WORKSPACE_ID:
        _require_workspace(workspace, credential, scopes)
        return
    held = scopes_in(workspace, credential, notebook_id)
    if not held:
        raise NotFound(
            f"There is no notebook {notebook_id} that you may see; "
            "list_notebooks shows those that you may."
        )
    if scopes and not held.intersection(scopes):
        raise Denied(
            f"This needs {' or '.join(scopes)} in notebook {notebook_id}; "
            f"the credential {credential.label!r} has {', '.join(sorted(held))}. "
            "Ask an owner of the notebook for more."
        )


def scopes_in(workspace: Workspace, credential: Credential, notebook_id: str) -> frozenset[Scope]:
    """What the credential may do in this notebook; nothing at all for one that it may not see."""
    if credential.notebooks is not None and notebook_id not in credential.notebooks:
        return frozenset()
    members = workspace.roles.get(notebook_id)
    role = members.get(credential.person_id) if members is not None else None
    if role is None:
        return frozenset()
    return ROLE_SCOPES[role].intersection(credential.scopes)


def is_admin(workspace: Workspace, credential: Credential) -> bool:
    """Whether it may act as an admin of the workspace: for all people, all their programs."""
    return manages(credential) and _of_an_admin(workspace, credential)


def manages(credential: Credential) -> bool:
    """Whether it may manage what acts for its person: it is not narrower than that."""
    return "notebook:admin" in credential.scopes and credential.notebooks is None


def refuse_bound(credential: Credential) -> None:
    """Raises Denied for a credential of some notebooks alone: it makes no other ones."""
    if credential.notebooks is not None:
        raise Denied(
            f"The credential {credential.label!r} is bound to some notebooks and makes "
            "no new ones; use a credential that is not."
        )


def refuse_paused(workspace: Workspace, credential: Credential) -> None:
    """Raises Denied while the program is paused: it may read and do nothing else."""
    if credential.principal_id in workspace.paused:
        why = workspace.paused[credential.principal_id]
        raise Denied(
            f"The program {credential.label!r} is paused{': ' + why if why else ''}; "
            "it may read until a person resumes it."
        )


def _refuse_kind(caller: Caller, tool: type[Tool]) -> None:
    if caller.actor.kind not in tool.ACTORS:
        listed = sorted(_PLURALS[kind] for kind in tool.ACTORS)
        kinds = " or ".join(listed) or "the server itself"
        raise Denied(f"The tool {tool.tool_name()} is for {kinds}; ask one of them to use it.")


def _of_an_admin(workspace: Workspace, credential: Credential) -> bool:
    return workspace.people[credential.person_id].admin


def _require_workspace(
    workspace: Workspace, credential: Credential, scopes: Sequence[Scope]
) -> None:
    allowed = "audit" in scopes and "audit" in credential.scopes
    bound = credential.notebooks is not None
    if not allowed or bound or not _of_an_admin(workspace, credential):
        raise Denied("The workspace's own log is for admins with the scope audit; ask one of them.")


def _require_scope(credential: Credential, scopes: Sequence[Scope]) -> None:
    if scopes and not set(scopes).intersection(credential.scopes):
        raise Denied(
            f"This needs the scope {' or '.join(scopes)}, which the credential "
            f"{credential.label!r} lacks; ask its owner for another one."
        )
