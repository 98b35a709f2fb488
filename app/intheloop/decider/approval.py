"""What comes of a person's word on what waits for it, and of the policy of a notebook."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from intheloop import commands as c
from intheloop import events as e
from intheloop.errors import BadArgument, Conflict, Denied, NotFound
from intheloop.notebook import Approval, Notebook

from .access import is_before, standing
from .context import Context, Decision, changed, derived_id
from .gate import later
from .policy import DEEDS

PERMISSION_ID_LENGTH = 16


def decide(state: Notebook, command: c.ApprovalCommand, context: Context) -> Decision:
    """The decision on a command of the gate."""
    match command:
        case c.ResolveApproval():
            _refuse_programs(context)
            return _done(state, *_resolved(state, command, context))
        case c.SetPolicy(preset=preset, rules=rules):
            _refuse_programs(context)
            return _set_policy(state, preset, tuple(rules))
        case c.RevokePermission(permission_id=permission_id):
            return _revoke(state, permission_id)
        case c.ExpireApproval(approval_id=approval_id):
            return _done(state, *_expired(state, approval_id, context))
        case _:
            assert_never(command)


def _done(state: Notebook, *events: e.Event) -> Decision:
    return Decision(events, c.Done(seq=changed(state, *events)))


def _refuse_programs(context: Context) -> None:
    """Raises Denied unless the person acts in a session of their own browser: whatever else lets
    somebody in could be in a program's hands."""
    if standing(context.workspace, context.caller, context.now).kind != "session":
        raise Denied(
            "This is decided in the page alone, by a person who is signed in there; "
            "ask one to do it."
        )


def _resolved(state: Notebook, command: c.ResolveApproval, context: Context) -> Iterator[e.Event]:
    approval = _the_pending(state, command, context)
    if command.verdict == "deny":
        yield e.ApprovalDenied(approval.approval_id, command.reason)
        return
    if command.span == "once":
        yield e.ApprovalGranted(approval.approval_id)
        return
    if approval.correlation_id is None:
        raise BadArgument("This call names no run that it belongs to; allow it once.")
    for each in state.approvals:
        if _is_of_the_same_run(each, approval, context):
            yield e.ApprovalGranted(each.approval_id, "run")
    taken = {each.permission_id for each in state.permissions}
    yield e.PermissionGranted(
        permission_id=derived_id(context, 0, PERMISSION_ID_LENGTH, taken.__contains__),
        principal_id=approval.requested_by,
        tool=approval.resolved.tool,
        correlation_id=approval.correlation_id,
        expires_at=later(context.now, context.permission_s),
    )


def _is_of_the_same_run(other: Approval, approval: Approval, context: Context) -> bool:
    return (
        other.status == "pending"
        and other.requested_by == approval.requested_by
        and other.resolved.tool == approval.resolved.tool
        and other.correlation_id == approval.correlation_id
        and is_before(context.now, other.expires_at)
    )


def _the_pending(state: Notebook, command: c.ResolveApproval, context: Context) -> Approval:
    for approval in state.approvals:
        if approval.approval_id == command.approval_id:
            break
    else:
        raise NotFound(
            f"There is no approval {command.approval_id} in notebook {state.notebook_id} that "
            "waits or was decided lately; reload the notebook."
        )
    if approval.status != "pending":
        raise Conflict(
            f"The approval {approval.approval_id} is {approval.status} already; reload the "
            "notebook to see it.",
            approval_id=approval.approval_id,
            approval_status=approval.status,
        )
    if not is_before(context.now, approval.expires_at):
        raise Conflict(
            f"The approval {approval.approval_id} expired at {approval.expires_at}; the program "
            "may ask again.",
            approval_id=approval.approval_id,
            approval_status="expired",
        )
    if approval.resolved_sha256 != command.resolved_sha256:
        raise Conflict(
            f"The approval {approval.approval_id} is for something else than what you saw; "
            "reload the notebook and look at it again.",
            approval_id=approval.approval_id,
        )
    return approval


def _set_policy(state: Notebook, preset: e.Preset, rules: tuple[e.Rule, ...]) -> Decision:
    for rule in rules:
        if rule.tool not in DEEDS:
            raise BadArgument(
                f"No policy is made for {rule.tool[:100]!r}; name one of {', '.join(DEEDS)}."
            )
    if len({(rule.kind, rule.tool) for rule in rules}) < len(rules):
        raise BadArgument("Two rules are for the same kind and tool; give one of them.")
    if (state.policy.preset, state.policy.rules) == (preset, rules):
        return _done(state)
    return _done(state, e.PolicyChanged(preset, rules))


def _revoke(state: Notebook, permission_id: str) -> Decision:
    if all(each.permission_id != permission_id for each in state.permissions):
        return _done(state)
    return _done(state, e.PermissionRevoked(permission_id))


def _expired(state: Notebook, approval_id: str, context: Context) -> Iterator[e.Event]:
    for approval in state.approvals:
        due = not is_before(context.now, approval.expires_at)
        if approval.approval_id == approval_id and approval.is_open and due:
            yield e.ApprovalExpired(approval_id)
