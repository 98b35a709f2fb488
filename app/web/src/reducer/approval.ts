// What events of the gate do to a notebook.

import type { Draft } from "../draft.ts";
import type { RecordOf } from "../events.ts";
import { APPROVAL_DEFAULTS, type Approval, type ApprovalEventType } from "../generated.ts";

const KEPT_DECIDED = 50;
const KEPT_PERMISSIONS = 50;

/** Whether an approval is still to be decided, or to be used. */
export const isUndecided = (approval: Approval): boolean =>
  approval.status === "pending" || approval.status === "granted";

/** Applies an event of the gate; one about an approval that is not in state changes nothing. */
export function applyToApproval(draft: Draft, record: RecordOf<ApprovalEventType>): void {
  const { actor, recorded_at } = record;
  switch (record.type) {
    case "policyChanged":
      draft.policy = { preset: record.data.preset, rules: record.data.rules ?? [] };
      return;
    case "permissionGranted":
      draft.permissions = [
        ...draft.permissions,
        { ...record.data, granted_by: actor.id, granted_at: recorded_at },
      ].slice(-KEPT_PERMISSIONS);
      return;
    case "permissionRevoked": {
      const gone = record.data.permission_id;
      draft.permissions = draft.permissions.filter((each) => each.permission_id !== gone);
      return;
    }
    case "approvalRequested":
      return request(draft, record);
    case "approvalGranted": {
      const span = record.data.span ?? "once";
      const by = { decided_by: actor.id, decided_at: recorded_at };
      return change(draft, record.data.approval_id, isPending, { status: "granted", span, ...by });
    }
    case "approvalDenied": {
      const note = record.data.reason ?? "";
      const by = { decided_by: actor.id, decided_at: recorded_at };
      return change(draft, record.data.approval_id, isPending, { status: "denied", note, ...by });
    }
    case "approvalVoided": {
      const note = record.data.reason;
      return change(draft, record.data.approval_id, isUndecided, { status: "voided", note });
    }
    case "approvalExpired":
      return change(draft, record.data.approval_id, isUndecided, { status: "expired" });
    case "approvalUsed":
      return change(draft, record.data.approval_id, isUndecided, { status: "used" });
    default:
      record satisfies never;
  }
}

const isPending = (approval: Approval): boolean => approval.status === "pending";

function request(draft: Draft, record: RecordOf<"approvalRequested">): void {
  const { data } = record;
  if (draft.approvals.some((each) => each.approval_id === data.approval_id)) return;
  const approval: Approval = {
    ...APPROVAL_DEFAULTS,
    ...data,
    requested_by: record.actor.id,
    requested_at: record.recorded_at,
  };
  draft.approvals = [...draft.approvals, approval];
}

/** The approval with these changes, if it stands as it must; of those that are over the last. */
function change(
  draft: Draft,
  approvalId: string,
  standsSo: (approval: Approval) => boolean,
  changes: Partial<Approval>,
): void {
  const changed = draft.approvals.map((each) =>
    each.approval_id === approvalId && standsSo(each) ? bare({ ...each, ...changes }) : each,
  );
  const closed = changed.filter((each) => !isUndecided(each)).map((each) => each.approval_id);
  const gone = new Set(closed.slice(0, -KEPT_DECIDED));
  draft.approvals = changed.filter((each) => !gone.has(each.approval_id));
}

/** One that is over without its texts: the log has them, and state is bounded. */
function bare(approval: Approval): Approval {
  if (isUndecided(approval)) return approval;
  const steps = approval.resolved.steps.map(({ source: _, diff: __, ...step }) => step);
  return { ...approval, resolved: { ...approval.resolved, steps } };
}
