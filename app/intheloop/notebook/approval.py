"""The gate of a notebook, as its log adds up: its policy, what waits for a person, permissions."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

from intheloop.events import Preset, Resolved, Rule, Span

ApprovalStatus: TypeAlias = Literal["pending", "granted", "denied", "expired", "voided", "used"]

UNDECIDED: frozenset[ApprovalStatus] = frozenset(("pending", "granted"))


class Policy(Struct, frozen=True, omit_defaults=True):
    """What programs may do: a preset, and rules that go before it."""

    preset: Preset = "act"
    rules: tuple[Rule, ...] = ()


class Approval(Struct, frozen=True, omit_defaults=True):
    """A call that asked for a person's word. `requested_by` and `decided_by` are actor ids.

    `note` is what the person said, or what voided it. One that is over shows no texts any more, as
    the log has them. Times are UTC.
    """

    approval_id: str
    resolved: Resolved
    resolved_sha256: str
    call_sha256: str
    reason: str
    requested_by: str
    requested_at: str
    expires_at: str
    correlation_id: str | None = None
    status: ApprovalStatus = "pending"
    span: Span | None = None
    decided_by: str | None = None
    decided_at: str | None = None
    note: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it is still to be decided, or to be used."""
        return self.status in UNDECIDED


class Permission(Struct, frozen=True):
    """A program may use a tool in one run without asking. `granted_by` is a person's id."""

    permission_id: str
    principal_id: str
    tool: str
    correlation_id: str
    granted_by: str
    granted_at: str
    expires_at: str
