"""Events of the gate: what waits for a person's word, what they said, and the notebook's policy."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

Verdict: TypeAlias = Literal["auto", "ask", "deny"]
Preset: TypeAlias = Literal["ask", "propose", "act", "unattended"]
Asker: TypeAlias = Literal["human", "assistant", "service"]
Span: TypeAlias = Literal["once", "run"]


class Rule(Struct, frozen=True):
    """What the gate says to actors of this kind about this tool, whatever the preset says."""

    kind: Asker
    tool: str
    verdict: Verdict


class Step(Struct, frozen=True, omit_defaults=True):
    """One event that a command would append. `rev` and `source_sha256` are of its cell as it is.

    `source` is what would run, or stand in a new cell; `diff` what would become of the cell's
    source. `data_sha256` binds the event whole, but for the ids that are made anew each time.
    """

    type: str
    data_sha256: str
    cell_id: str | None = None
    rev: int | None = None
    source_sha256: str | None = None
    source: str | None = None
    diff: str | None = None


class Place(Struct, frozen=True, omit_defaults=True):
    """Where something would run: the program that serves the notebook, whatever its process."""

    principal_id: str
    label: str = ""
    sandboxed: bool = False


class Resolved(Struct, frozen=True, omit_defaults=True):
    """A command as it would act: all that an approval shows and binds.

    A tool that runs something has a `place`, unless no runtime is attached.
    """

    tool: str
    steps: tuple[Step, ...]
    place: Place | None = None


class ApprovalRequested(Struct, frozen=True, omit_defaults=True):
    """A program wants to do this, and a person is to decide. `expires_at` is UTC.

    `call_sha256` is of the call as it was made: the same call again, resolved to something else,
    voids the approval. `correlation_id` names the run that the call belongs to.
    """

    approval_id: str
    resolved: Resolved
    resolved_sha256: str
    call_sha256: str
    reason: str
    expires_at: str
    correlation_id: str | None = None


class ApprovalGranted(Struct, frozen=True, omit_defaults=True):
    """A person allows it: this once, or this tool for the rest of the run."""

    approval_id: str
    span: Span = "once"


class ApprovalDenied(Struct, frozen=True, omit_defaults=True):
    """A person does not allow it."""

    approval_id: str
    reason: str = ""


class ApprovalExpired(Struct, frozen=True):
    """Its time passed before it was decided, or before it was used."""

    approval_id: str


class ApprovalVoided(Struct, frozen=True):
    """What it is for is no longer what would happen; `reason` says what changed."""

    approval_id: str
    reason: str


class ApprovalUsed(Struct, frozen=True):
    """What was approved is done, by this very command."""

    approval_id: str


class PermissionGranted(Struct, frozen=True):
    """A program may use a tool in one run without asking again, until then. Times are UTC."""

    permission_id: str
    principal_id: str
    tool: str
    correlation_id: str
    expires_at: str


class PermissionRevoked(Struct, frozen=True):
    """From here on it asks again."""

    permission_id: str


class PolicyChanged(Struct, frozen=True, omit_defaults=True):
    """What programs may do in this notebook is now this: a preset, and rules that go before it."""

    preset: Preset
    rules: tuple[Rule, ...] = ()
