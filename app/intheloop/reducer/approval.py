"""What events of the gate do to a notebook."""

from __future__ import annotations

from typing import Any, assert_never

from msgspec.structs import replace

from intheloop import events as e
from intheloop.notebook import Approval, Notebook, Permission, Policy

KEPT_DECIDED = 50
"""How many approvals stay that are neither to be decided nor to be used any more."""

KEPT_PERMISSIONS = 50


def apply(notebook: Notebook, event: e.ApprovalEvent, envelope: e.Envelope) -> Notebook:
    """The notebook after an event of the gate."""
    match event:
        case e.PolicyChanged(preset=preset, rules=rules):
            return replace(notebook, policy=Policy(preset, rules))
        case e.PermissionGranted():
            return _permitted(notebook, event, envelope)
        case e.PermissionRevoked(permission_id=permission_id):
            left = tuple(
                each for each in notebook.permissions if each.permission_id != permission_id
            )
            return replace(notebook, permissions=left)
        case e.ApprovalRequested():
            return _requested(notebook, event, envelope)
        case e.ApprovalGranted(span=span):
            return _decided(notebook, event.approval_id, envelope, status="granted", span=span)
        case e.ApprovalDenied(reason=note):
            return _decided(notebook, event.approval_id, envelope, status="denied", note=note)
        case e.ApprovalVoided(reason=note):
            return _ended(notebook, event.approval_id, status="voided", note=note)
        case e.ApprovalExpired():
            return _ended(notebook, event.approval_id, status="expired")
        case e.ApprovalUsed():
            return _ended(notebook, event.approval_id, status="used")
        case _:
            assert_never(event)


def _permitted(notebook: Notebook, event: e.PermissionGranted, envelope: e.Envelope) -> Notebook:
    permission = Permission(
        permission_id=event.permission_id,
        principal_id=event.principal_id,
        tool=event.tool,
        correlation_id=event.correlation_id,
        granted_by=envelope.actor.id,
        granted_at=envelope.recorded_at,
        expires_at=event.expires_at,
    )
    return replace(notebook, permissions=(*notebook.permissions, permission)[-KEPT_PERMISSIONS:])


def _requested(notebook: Notebook, event: e.ApprovalRequested, envelope: e.Envelope) -> Notebook:
    if any(each.approval_id == event.approval_id for each in notebook.approvals):
        return notebook
    approval = Approval(
        approval_id=event.approval_id,
        resolved=event.resolved,
        resolved_sha256=event.resolved_sha256,
        call_sha256=event.call_sha256,
        reason=event.reason,
        requested_by=envelope.actor.id,
        requested_at=envelope.recorded_at,
        expires_at=event.expires_at,
        correlation_id=event.correlation_id,
    )
    return replace(notebook, approvals=(*notebook.approvals, approval))


def _decided(
    notebook: Notebook, approval_id: str, envelope: e.Envelope, **changes: Any
) -> Notebook:
    by = {"decided_by": envelope.actor.id, "decided_at": envelope.recorded_at}
    return _changed(notebook, approval_id, ("pending",), {**changes, **by})


def _ended(notebook: Notebook, approval_id: str, **changes: Any) -> Notebook:
    return _changed(notebook, approval_id, ("pending", "granted"), changes)


def _changed(
    notebook: Notebook, approval_id: str, before: tuple[str, ...], changes: dict[str, Any]
) -> Notebook:
    """The approval with these changes, if it stands as it must; of those that are over the last."""
    changed = tuple(
        _bare(replace(each, **changes))
        if each.approval_id == approval_id and each.status in before
        else each
        for each in notebook.approvals
    )
    closed = [each.approval_id for each in changed if not each.is_open]
    gone = frozenset(closed[:-KEPT_DECIDED])
    return replace(
        notebook, approvals=tuple(each for each in changed if each.approval_id not in gone)
    )


def _bare(approval: Approval) -> Approval:
    """One that is over without its texts: the log has them, and state is bounded."""
    if approval.is_open:
        return approval
    steps = tuple(replace(step, source=None, diff=None) for step in approval.resolved.steps)
    return replace(approval, resolved=replace(approval.resolved, steps=steps))
