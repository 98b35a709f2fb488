// The proposals of a notebook, each in a line above it: who, why, how far it is decided.

import { useEffect, useSyncExternalStore } from "react";
import type { Proposal, ResolveProposal } from "../../generated.ts";
import type { Session } from "../../replica/session.ts";
import { ActorFace } from "../face.tsx";
import { names } from "../loop.ts";
import { useKnown } from "./approvals.tsx";
import { openOf } from "./hunks.ts";
import { focusNext } from "./proposed.tsx";

export function Proposals({
  session,
  wanted,
}: {
  readonly session: Session;
  /** The proposal that the address names. */
  readonly wanted: string | null;
}) {
  const { proposals } = useSyncExternalStore(session.watch, () => session.shown.confirmed);
  useKnown(session, "changesProposed", proposals.map((one) => one.proposed_by));
  const open = proposals.filter((one) => openOf(one).length > 0);
  useEffect(() => {
    if (wanted) document.querySelector<HTMLElement>(`[data-proposal="${CSS.escape(wanted)}"]`)?.focus();
  }, [wanted]);
  if (open.length === 0) return null;
  return (
    <section className="approvals" aria-label="Proposals">
      {open.map((proposal) => (
        <Line key={proposal.proposal_id} session={session} proposal={proposal} />
      ))}
    </section>
  );
}

function Line({ session, proposal }: { readonly session: Session; readonly proposal: Proposal }) {
  const { proposal_id, edits, rationale, proposed_by, accepted, rejected } = proposal;
  const who = names.of(proposed_by);
  const decided = accepted.length + rejected.length;
  const decide = (verdict: ResolveProposal["verdict"]): void =>
    void session.do({ tool: "resolve_proposal", takes: { proposal_id, verdict } });
  return (
    <article className="proposal" data-proposal={proposal_id} data-own-keys tabIndex={0}>
      <header className="approval-head">
        <ActorFace {...who} />
        <h3>
          {who.name} proposes {edits.length === 1 ? "a change" : `${edits.length} changes`}
        </h3>
        <span className="proposal-decided">
          {decided} of {edits.length} decided
        </span>
      </header>
      {rationale ? <p className="approval-why">{rationale}</p> : null}
      <div className="approval-buttons">
        <button type="button" className="button button-accent" onClick={() => decide("accept")}>
          Accept all
        </button>
        <button type="button" className="button" onClick={() => decide("reject")}>
          Reject all
        </button>
        <button type="button" className="button" onClick={() => focusNext(null)}>
          Look at each
        </button>
      </div>
    </article>
  );
}
