"""The workspace that its log adds up to: who may do what, and which notebooks there are."""

from __future__ import annotations

from immutables import Map
from msgspec import Struct

from intheloop.events import Agent, CredentialKind, Role, Scope


class Person(Struct, frozen=True):
    """Somebody with roles. Only people have them."""

    person_id: str
    name: str
    admin: bool = False


class Credential(Struct, frozen=True, omit_defaults=True):
    """A secret (known by its sha256) with its bounds; it acts for a person. Times are UTC.

    One with a `run_id` is for that assistant run alone, and `agent` is what works on it.
    """

    credential_id: str
    kind: CredentialKind
    person_id: str
    principal_id: str
    label: str
    scopes: tuple[Scope, ...]
    secret_sha256: str
    issued_at: str
    notebooks: tuple[str, ...] | None = None
    expires_at: str | None = None
    revoked: bool = False
    run_id: str | None = None
    agent: Agent | None = None


class Prompt(Struct, frozen=True):
    """A text that assistants give to models, by name and version, and by its sha256."""

    prompt_id: str
    version: str
    sha256: str
    text: str


class Listing(Struct, frozen=True, omit_defaults=True):
    """A notebook of this workspace; with `deleted`, only its last seq and hash are left."""

    notebook_id: str
    owner_id: str
    listed_at: str
    deleted: bool = False
    last_seq: int = 0
    last_hash: str = ""


class Workspace(Struct, frozen=True):
    """State of the workspace log at `seq`. `roles` is notebook id to person id to role.

    `by_secret` finds a credential by the sha256 of its secret, `prompts` a prompt by that of its
    text.
    """

    seq: int = 0
    people: Map[str, Person] = Map()
    credentials: Map[str, Credential] = Map()
    by_secret: Map[str, str] = Map()
    roles: Map[str, Map[str, Role]] = Map()
    paused: Map[str, str] = Map()
    notebooks: Map[str, Listing] = Map()
    prompts: Map[str, Prompt] = Map()
    denials: int = 0
    skipped: int = 0


WORKSPACE_ID = "workspace"
"""The reserved id of the workspace's own log."""
