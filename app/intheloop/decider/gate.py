"""The gate: what a policy holds up waits for a person, and what a person allowed is what happens.

It stands where every command is decided, so that no door can go around it. A command is decided
first; what it would do is then let through, refused, or written down for a person to decide. What
was allowed is decided again when it is used: any difference voids the approval.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from intheloop import commands as c
from intheloop import events as e
from intheloop.errors import Conflict, Denied
from intheloop.notebook import Approval, Notebook
from intheloop.reducer import apply_event

from .access import is_before
from .context import Context, Decision, changed, derived_id
from .policy import DEEDS, PHRASES, is_sandboxed, verdict
from .resolving import call_sha256, difference, is_same, resolve, sha256_of

PENDING_LIMIT = 20
"""How many calls of one program may wait for a person in one notebook."""

APPROVAL_ID_LENGTH = 14

DENIED_S = 600.0
"""For how long a no holds for the same call of a program that names no run."""

Page = Callable[[Notebook, Any, Context], Decision]

_VOIDING = (e.CellSourceEdited, e.CellDeleted, e.CellRestored, e.RuntimeAttached)
"""What can make an approved command another one."""

_PLURALS: dict[str, str] = {"human": "people", "assistant": "assistants", "service": "services"}


def passed(state: Notebook, command: c.Command, context: Context, page: Page) -> Decision:
    """The decision of the page on this command, or on the way to it a person's word."""
    said = _verdict(state, command, context)
    if said == "deny":
        raise Denied(_denial(state, command, context))
    decision = page(state, command, context)
    if said == "auto" or not decision.events:
        return decision
    resolved = resolve(state, command, decision.events)
    asked = _Asked(state, command, context, resolved)
    return asked.decided(page)


def voiding(state: Notebook, decision: Decision, context: Context) -> Decision:
    """The decision with the end of each approval that it makes one for something else."""
    if not any(isinstance(event, _VOIDING) for event in decision.events):
        return decision
    if not any(approval.is_open for approval in state.approvals):
        return decision
    after = state
    for event in decision.events:
        after = apply_event(after, event, context.caller.actor.id, context.now)
    ends = tuple(
        e.ApprovalVoided(approval.approval_id, why)
        for approval in after.approvals
        if approval.is_open and (why := difference(after, approval.resolved))
    )
    result = replace(decision.result, seq=changed(after, *ends)) if ends else decision.result
    return replace(decision, events=(*decision.events, *ends), result=result)


def _verdict(state: Notebook, command: c.Command, context: Context) -> e.Verdict:
    tool, caller = type(command).tool_name(), context.caller
    if tool not in DEEDS or caller.credential_id is None:
        return "auto"
    # Whose word is asked needs none: a person in the page.
    scopes = context.workspace.credentials[caller.credential_id].scopes
    if caller.actor.kind == "human" and "approve" in scopes:
        return "auto"
    tainted = context.untrusted and not is_sandboxed(state)
    return verdict(state.policy, caller.actor.kind, tool, tainted)


def _denial(state: Notebook, command: c.Command, context: Context) -> str:
    tool = type(command).tool_name()
    kind, deed = _PLURALS[context.caller.actor.kind], DEEDS[tool]
    step = "ask a person to do it, or to change the policy."
    if state.policy.preset == "propose" and deed in ("edit", "remove"):
        step = "use propose_changes, and a person decides."
    return f"The policy of this notebook lets no {kind} use {tool}; {step}"


class _Asked:
    """A call that a person has a word in."""

    def __init__(
        self, state: Notebook, command: c.Command, context: Context, resolved: e.Resolved
    ) -> None:
        self._state = state
        self._command = command
        self._context = context
        self._resolved = resolved
        self._sha256 = sha256_of(resolved)
        self._call_sha256 = call_sha256(command)
        self._own = [
            approval
            for approval in state.approvals
            if approval.requested_by == context.caller.actor.id
            and approval.resolved.tool == resolved.tool
            and is_before(context.now, approval.expires_at)
        ]

    def decided(self, page: Page) -> Decision:
        """What was allowed, or an answer that says that it waits."""
        same = next((one for one in self._own if self._is_this(one) and one.is_open), None)
        if self._is_permitted() or (same is not None and same.status == "granted"):
            return self._let_through(same, page)
        self._refuse_denied()
        voids = tuple(self._voids())
        if same is not None:
            return self._waiting(same, voids)
        return self._requesting(voids)

    def _is_this(self, approval: Approval) -> bool:
        same = is_same(approval.resolved, self._resolved)
        return same or approval.resolved_sha256 == self._sha256

    def _is_permitted(self) -> bool:
        context, tool = self._context, self._resolved.tool
        return any(
            one.principal_id == context.caller.actor.id
            and one.tool == tool
            and one.correlation_id == context.correlation_id
            and is_before(context.now, one.expires_at)
            for one in self._state.permissions
        )

    def _let_through(self, approval: Approval | None, page: Page) -> Decision:
        """Decided again behind the record that says so, which takes a seq of its own."""
        if approval is None:
            return page(self._state, self._command, self._context)
        used = e.ApprovalUsed(approval.approval_id)
        actor_id, now = self._context.caller.actor.id, self._context.now
        after = apply_event(self._state, used, actor_id, now)
        decision = page(after, self._command, self._context)
        return replace(decision, events=(used, *decision.events))

    def _refuse_denied(self) -> None:
        """What a person has said no to is not asked again in the same run, nor, by a call that
        names none, for some minutes."""
        for one in self._own:
            if self._is_this(one) and one.status == "denied" and self._still_holds(one):
                said = f": {one.note.rstrip('.')}" if one.note else ""
                raise Denied(
                    f"A person did not allow this{said}. Do something else, or ask them why in "
                    "a comment."
                )

    def _still_holds(self, denied: Approval) -> bool:
        if denied.correlation_id is not None:
            return denied.correlation_id == self._context.correlation_id
        return self._context.correlation_id is None and is_before(
            self._context.now, later(denied.decided_at or denied.requested_at, DENIED_S)
        )

    def _voids(self) -> Iterator[e.ApprovalVoided]:
        """The same call, resolved to something else than it was."""
        for one in self._own:
            if one.is_open and one.call_sha256 == self._call_sha256 and not self._is_this(one):
                why = difference(self._state, one.resolved)
                yield e.ApprovalVoided(
                    one.approval_id, why or "The same call would now do something else."
                )

    def _requesting(self, voids: tuple[e.ApprovalVoided, ...]) -> Decision:
        state, context = self._state, self._context
        pending = sum(
            one.is_open and one.requested_by == context.caller.actor.id for one in state.approvals
        )
        if pending - len(voids) >= PENDING_LIMIT:
            raise Conflict(
                f"Too many calls of yours wait for a person in this notebook, {pending} of them; "
                "wait until some are decided."
            )
        taken = {one.approval_id for one in state.approvals}
        approval_id = derived_id(context, 0, APPROVAL_ID_LENGTH, taken.__contains__)
        requested = e.ApprovalRequested(
            approval_id=approval_id,
            resolved=self._resolved,
            resolved_sha256=self._sha256,
            call_sha256=self._call_sha256,
            reason=self._reason(),
            expires_at=later(context.now, context.approval_s),
            correlation_id=context.correlation_id,
        )
        events: tuple[e.Event, ...] = (*voids, requested)
        after = state
        for event in events:
            after = apply_event(after, event, context.caller.actor.id, context.now)
        return self._answer(after.approvals[-1], events, voids)

    def _waiting(self, approval: Approval, voids: tuple[e.ApprovalVoided, ...]) -> Decision:
        return self._answer(approval, voids, voids)

    def _answer(
        self, approval: Approval, events: tuple[e.Event, ...], voids: tuple[e.ApprovalVoided, ...]
    ) -> Decision:
        notebook_id, tool = self._state.notebook_id, self._resolved.tool
        answer = c.Asked(
            seq=changed(self._state, *events),
            approval_id=approval.approval_id,
            resolved_sha256=approval.resolved_sha256,
            reason=approval.reason,
            expires_at=approval.expires_at,
            decide_at=f"/n/{notebook_id}?approval={approval.approval_id}",
            next=f"Nothing was done yet: a person decides, until {approval.expires_at}. Once it "
            f"is allowed, call {tool} again with the same arguments.",
            voided=" ".join(each.reason for each in voids),
        )
        return Decision(events, answer, remembered=False)

    def _reason(self) -> str:
        kind = _PLURALS[self._context.caller.actor.kind]
        deed = PHRASES[DEEDS[self._resolved.tool]]
        if self._context.untrusted:
            return f"Words of nobody here stand in what it goes by, and it is to {deed}."
        return f"This notebook asks a person before {kind} {deed}."


def later(now: str, seconds: float) -> str:
    """The time that many seconds after a time, in its form."""
    moment = datetime.fromisoformat(now) + timedelta(seconds=seconds)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
