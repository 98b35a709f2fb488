"""A run of the assistant, as its log adds up: where it stands and what it used, not its words."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

from intheloop.events import Agent, Limits, Scope, Usage

from .approval import Approval

RunStatus: TypeAlias = Literal[
    "requested", "claimed", "completed", "stopped", "refused", "limit", "failed"
]

RUN_OPEN: frozenset[RunStatus] = frozenset(("requested", "claimed"))


class AssistantRun(Struct, frozen=True, omit_defaults=True):
    """One turn of work by an assistant, for the person `person_id`.

    `principal_id` is the assistant that claimed it last, `credential_id` what it acts with;
    `generation` counts the claims. `asking`: the model has been asked and has not answered yet.
    `calls` are the tool calls that the model wants and that have no result yet, `executions` what
    the run had requested and is still open. Times are UTC.
    """

    run_id: str
    thread_id: str
    message_id: str
    person_id: str
    requested_by: str
    requested_at: str
    scopes: tuple[Scope, ...]
    cells: tuple[str, ...] | None = None
    limits: Limits = Limits()
    model: str | None = None
    effort: str | None = None
    status: RunStatus = "requested"
    generation: int = 0
    principal_id: str | None = None
    credential_id: str | None = None
    agent: Agent | None = None
    turn: int = 0
    asking: bool = False
    calls: tuple[str, ...] = ()
    tool_calls: int = 0
    executions: tuple[str, ...] = ()
    usage: Usage = Usage()
    finished_at: str | None = None
    reason: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether its end is still to come."""
        return self.status in RUN_OPEN


def waits_for(run: AssistantRun, approval: Approval) -> bool:
    """Whether the run waits for a person's word on this."""
    return (
        approval.status == "pending"
        and approval.correlation_id == run.run_id
        and approval.requested_by == run.principal_id
    )
