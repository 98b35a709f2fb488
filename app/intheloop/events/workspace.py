"""Events of the workspace log: people, roles, credentials, pauses, notebooks, refused attempts."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

from .actor import Actor, Agent

Role: TypeAlias = Literal["owner", "editor", "runner", "viewer"]
Scope: TypeAlias = Literal[
    "notebook:read",
    "notebook:write",
    "notebook:run",
    "notebook:admin",
    "runtime",
    "approve",
    "assistant",
    "audit",
]
CredentialKind: TypeAlias = Literal["session", "link", "human", "assistant", "runtime", "service"]


class PersonAdded(Struct, frozen=True, omit_defaults=True):
    """A person of this workspace. An admin adds people; the first person is one."""

    person_id: str
    name: str
    admin: bool = False


class CredentialIssued(Struct, frozen=True, omit_defaults=True):
    """A secret, known here by its sha256 alone, may act within these bounds for this person.

    `principal_id` is the actor id: the person's for `session`, `link` and `human`, else the
    program's. A `link` opens nothing itself: it is given once for a session. No `notebooks` means
    all that the person may see. `expires_at` is UTC. One that is for an assistant run alone names
    it, and the `agent` that works on it.
    """

    credential_id: str
    kind: CredentialKind
    person_id: str
    principal_id: str
    label: str
    scopes: tuple[Scope, ...]
    secret_sha256: str
    notebooks: tuple[str, ...] | None = None
    expires_at: str | None = None
    run_id: str | None = None
    agent: Agent | None = None


class CredentialRevoked(Struct, frozen=True):
    """It opens nothing from here on."""

    credential_id: str


class RoleGranted(Struct, frozen=True):
    """The person's role in the notebook is now this."""

    notebook_id: str
    person_id: str
    role: Role


class RoleRevoked(Struct, frozen=True):
    """The person has no role in the notebook."""

    notebook_id: str
    person_id: str


class AgentPaused(Struct, frozen=True, omit_defaults=True):
    """A program may read and do nothing else until it is resumed."""

    principal_id: str
    reason: str = ""


class AgentResumed(Struct, frozen=True):
    """The program may act again."""

    principal_id: str


class NotebookListed(Struct, frozen=True):
    """A notebook was created by this person, who owns it.

    Its title stands in its own log alone, so that it can be erased there.
    """

    notebook_id: str
    owner_id: str


class NotebookDeleted(Struct, frozen=True):
    """A notebook's records are erased; its last seq and hash stay, and its id never comes again."""

    notebook_id: str
    seq: int
    hash: str


class PromptRegistered(Struct, frozen=True):
    """The text that a prompt's name and version stand for, from here on and for ever."""

    prompt_id: str
    version: str
    sha256: str
    text: str


class ActionDenied(Struct, frozen=True, omit_defaults=True):
    """Somebody tried what they may not do. `count` attempts alike, the first one at `first_at`."""

    denied: Actor
    tool: str
    notebook_id: str
    reason: str
    count: int = 1
    first_at: str = ""
