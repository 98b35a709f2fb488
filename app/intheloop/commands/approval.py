"""Commands of the gate: a person's word on what waits for it, and a notebook's policy."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import Meta, Struct

from intheloop.events import Preset, Rule, Scope, Span
from intheloop.values import Id, Sha256

from .tool import NOBODY, PEOPLE, Done, NotebookTool

_APPROVE: tuple[Scope, ...] = ("approve",)


class Asked(Done, frozen=True):
    """Nothing was done: a person decides first, in the page at the path `decide_at`.

    `next` says how to go on. `voided` tells why an approval of the same call counts no more.
    """

    approval_id: str
    resolved_sha256: str
    reason: str
    expires_at: str
    decide_at: str
    next: str
    voided: str = ""


class ResolveApproval(NotebookTool, frozen=True):
    """Allow or deny what a program waits to do. For a person, in the page: no credential that a
    program could hold resolves anything.

    `resolved_sha256` is of what was shown. With `span` `run` the same tool asks no more in the
    same run; that can be revoked.
    """

    ANSWER: ClassVar[type[Struct]] = Done
    SCOPES: ClassVar[tuple[Scope, ...]] = _APPROVE
    ACTORS = PEOPLE

    approval_id: Id
    verdict: Literal["allow", "deny"]
    resolved_sha256: Sha256
    span: Span = "once"
    reason: Annotated[str, Meta(max_length=1000)] = ""


class SetPolicy(NotebookTool, frozen=True):
    """Say what programs may do in the notebook. For an owner, in the page.

    Presets: `ask` (edits and runs wait for a person), `propose` (edits are proposed, runs wait),
    `act` (both at once), `unattended` (both at once, and what would have to ask is denied). A rule
    goes before the preset: for a kind of actor and a tool, `auto`, `ask` or `deny`.
    """

    ANSWER: ClassVar[type[Struct]] = Done
    SCOPES: ClassVar[tuple[Scope, ...]] = ("notebook:admin",)
    ACTORS = PEOPLE

    preset: Preset
    rules: Annotated[list[Rule], Meta(max_length=200)] = []


class RevokePermission(NotebookTool, frozen=True):
    """Let a program ask again for what was allowed for the rest of a run."""

    ANSWER: ClassVar[type[Struct]] = Done
    SCOPES: ClassVar[tuple[Scope, ...]] = ("notebook:admin", "approve")
    ACTORS = PEOPLE

    permission_id: Id


class ExpireApproval(NotebookTool, frozen=True):
    """The time of an approval passed before it was decided, or before it was used."""

    ANSWER: ClassVar[type[Struct]] = Done
    ACTORS = NOBODY

    approval_id: Id
