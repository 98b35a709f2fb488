"""Commands on people, credentials, roles and pauses. They append to the workspace's log."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, TypeAlias

from msgspec import Meta, Struct

from intheloop.events import Role, Scope
from intheloop.values import Id, Sha256

from .tool import PEOPLE, Done, NotebookTool, Target, Tool

Name: TypeAlias = Annotated[str, Meta(min_length=1, max_length=100)]
Moment: TypeAlias = Annotated[
    str,
    Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?Z$(?!\n)"),
]
"""A time in UTC, as in 2026-01-31T12:00:00Z."""


class PersonIs(Done, frozen=True):
    """The person's id."""

    person_id: str


class AddPerson(Tool, frozen=True):
    """Add a person to the workspace. For admins."""

    ANSWER: ClassVar[type[Struct]] = PersonIs
    TARGET: ClassVar[Target] = "workspace"
    ACTORS = PEOPLE

    name: Name
    person_id: Id | None = None
    admin: bool = False


class CredentialIs(Done, frozen=True):
    """The credential's id, and the id of who acts with it."""

    credential_id: str
    principal_id: str


class IssueCredential(Tool, frozen=True):
    """Let a program act for you, within bounds. You make the secret and send only its sha256.

    `notebooks` left out means all that you may see. `principal_id` names a program that already has
    a credential of yours, so that it stays the same actor. Nobody can give more than they have, and
    `approve` is never carried by a credential.
    """

    ANSWER: ClassVar[type[Struct]] = CredentialIs
    TARGET: ClassVar[Target] = "workspace"
    ACTORS = PEOPLE

    kind: Literal["human", "assistant", "runtime", "service"]
    label: Name
    scopes: Annotated[list[Scope], Meta(min_length=1, max_length=8)]
    secret_sha256: Sha256
    credential_id: Id | None = None
    principal_id: Id | None = None
    notebooks: Annotated[list[Id], Meta(max_length=1000)] | None = None
    expires_at: Moment | None = None


class LinkIs(Done, frozen=True):
    """The id by which the link is revoked, and when it ends if nobody uses it."""

    credential_id: str
    expires_at: str


class IssueLink(Tool, frozen=True):
    """Let a person sign in one browser, once, within three days. You make the code and send only
    its sha256; whoever opens `/?code=CODE` is asked, and then in as that person.

    In a browser session alone: for yourself on another device or, as an admin, for somebody who is
    signed in nowhere.
    """

    ANSWER: ClassVar[type[Struct]] = LinkIs
    TARGET: ClassVar[Target] = "workspace"
    ACTORS = PEOPLE

    person_id: Id
    secret_sha256: Sha256


class RevokeCredential(Tool, frozen=True):
    """End a credential at once: streams that it opened end with it."""

    ANSWER: ClassVar[type[Struct]] = Done
    TARGET: ClassVar[Target] = "workspace"
    ACTORS = PEOPLE

    credential_id: Id


class PauseAgent(Tool, frozen=True):
    """Let a program that acts for you read and do nothing else, until it is resumed."""

    ANSWER: ClassVar[type[Struct]] = Done
    TARGET: ClassVar[Target] = "workspace"
    ACTORS = PEOPLE

    principal_id: Id
    reason: Annotated[str, Meta(max_length=1000)] = ""


class ResumeAgent(Tool, frozen=True):
    """Let a paused program act again."""

    ANSWER: ClassVar[type[Struct]] = Done
    TARGET: ClassVar[Target] = "workspace"
    ACTORS = PEOPLE

    principal_id: Id


class GrantRole(NotebookTool, frozen=True):
    """Make a person owner, editor, runner or viewer of a notebook."""

    ANSWER: ClassVar[type[Struct]] = Done
    TARGET: ClassVar[Target] = "workspace"
    SCOPES: ClassVar[tuple[Scope, ...]] = ("notebook:admin",)
    ACTORS = PEOPLE

    person_id: Id
    role: Role


class RevokeRole(NotebookTool, frozen=True):
    """Take a person's role in a notebook away. Its last owner stays."""

    ANSWER: ClassVar[type[Struct]] = Done
    TARGET: ClassVar[Target] = "workspace"
    SCOPES: ClassVar[tuple[Scope, ...]] = ("notebook:admin",)
    ACTORS = PEOPLE

    person_id: Id
