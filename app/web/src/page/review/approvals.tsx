// The calls that wait for a person's word, above the notebook and beside it. One that was voided or
// ran out before the eyes of somebody says so until it is dismissed.

import { useEffect, useState, useSyncExternalStore } from "react";
import type { Approval } from "../../generated.ts";
import type { Session } from "../../replica/session.ts";
import { recordsOf } from "../assistant/listening.ts";
import { useNaming } from "../history/naming.ts";
import { names } from "../loop.ts";
import { ApprovalCard, ApprovalEnd } from "./approval-card.tsx";
import "./review.css";

export function Approvals({
  session,
  wanted,
}: {
  readonly session: Session;
  /** The approval that the address names. */
  readonly wanted: string | null;
}) {
  const { confirmed } = useSyncExternalStore(session.watch, () => session.shown);
  const { approvals } = confirmed;
  const [dismissed, setDismissed] = useState<ReadonlySet<string>>(new Set());
  const [seen] = useState(() => new Set<string>());
  const { nameOf } = useNaming(confirmed);
  useKnown(session, "approvalRequested", approvals.map((one) => one.requested_by));
  for (const one of approvals) if (one.status === "pending") seen.add(one.approval_id);
  const shown = approvals.filter((one) => isShown(one, seen, wanted, dismissed));
  const lost = wanted && !dismissed.has(wanted) && !approvals.some((one) => one.approval_id === wanted);
  if (shown.length === 0 && !lost) return null;
  const dismiss = (id: string): void => setDismissed((before) => new Set([...before, id]));
  return (
    <section className="approvals" aria-label="Waits for your word">
      {lost ? (
        <article className="approval approval-over">
          <p>What you were sent to is decided long ago. The history tells what became of it.</p>
          <button type="button" className="button" onClick={() => dismiss(wanted)}>
            Dismiss
          </button>
        </article>
      ) : null}
      {shown.map((approval) =>
        approval.status === "pending" ? (
          <ApprovalCard
            key={approval.approval_id}
            session={session}
            approval={approval}
            nameOf={nameOf}
            wanted={approval.approval_id === wanted}
          />
        ) : (
          <ApprovalEnd
            key={approval.approval_id}
            approval={approval}
            wanted={approval.approval_id === wanted}
            dismiss={() => dismiss(approval.approval_id)}
          />
        ),
      )}
    </section>
  );
}

function isShown(
  { approval_id, status }: Approval,
  seen: ReadonlySet<string>,
  wanted: string | null,
  dismissed: ReadonlySet<string>,
): boolean {
  if (status === "pending") return true;
  if (dismissed.has(approval_id)) return false;
  if (!seen.has(approval_id)) return approval_id === wanted; // whoever comes by its address is told
  return status === "voided" || status === "expired";
}

/** Learn who these are, from the records in which they asked. */
export function useKnown(session: Session, type: string, ids: readonly string[]): void {
  useSyncExternalStore(names.watch, () => names.version);
  const strangers = ids.filter((id) => !names.knows(id)).join(" ");
  useEffect(() => {
    if (!strangers) return;
    recordsOf(session.notebookId, type).then(
      (records) => records.forEach(({ actor }) => names.learn(actor)),
      () => {}, // then it is somebody
    );
  }, [session, type, strangers]);
}
