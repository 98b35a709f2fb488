// What events of proposals do to a notebook. What is taken of one comes by events of cells.

import type { Draft } from "../draft.ts";
import type { RecordOf } from "../events.ts";
import { PROPOSAL_DEFAULTS, type Proposal, type ProposalEventType } from "../generated.ts";

const KEPT_REVIEWED = 20;

/** The hunks of a proposal that nobody has taken or refused. */
export function openHunks(proposal: Proposal): readonly number[] {
  if (proposal.withdrawn) return [];
  const decided = new Set([...proposal.accepted, ...proposal.rejected]);
  return proposal.edits.flatMap((_, hunk) => (decided.has(hunk) ? [] : [hunk]));
}

/** Applies an event of a proposal; one about a proposal that is not open changes nothing. */
export function applyToProposal(draft: Draft, record: RecordOf<ProposalEventType>): void {
  if (record.type === "changesProposed") {
    const { data } = record;
    if (draft.proposals.some((each) => each.proposal_id === data.proposal_id)) return;
    const proposal: Proposal = {
      ...PROPOSAL_DEFAULTS,
      proposal_id: data.proposal_id,
      edits: data.edits,
      rationale: data.rationale ?? "",
      proposed_by: record.actor.id,
      proposed_at: record.recorded_at,
    };
    keep(draft, [...draft.proposals, proposal]);
    return;
  }
  const { proposal_id } = record.data;
  keep(
    draft,
    draft.proposals.map((each) =>
      each.proposal_id === proposal_id && openHunks(each).length > 0
        ? changed(each, record)
        : each,
    ),
  );
}

/** Of the proposals of which nothing is to be decided any more, the last ones stay. */
function keep(draft: Draft, proposals: readonly Proposal[]): void {
  const closed = proposals.filter((each) => openHunks(each).length === 0);
  const gone = new Set(closed.slice(0, -KEPT_REVIEWED).map((each) => each.proposal_id));
  draft.proposals = proposals
    .filter((each) => !gone.has(each.proposal_id))
    // The log has the texts of what is over, and state is bounded.
    .map((each) => (openHunks(each).length > 0 ? each : { ...each, edits: [] }));
}

function changed(
  proposal: Proposal,
  record: RecordOf<Exclude<ProposalEventType, "changesProposed">>,
): Proposal {
  switch (record.type) {
    case "proposalAccepted": {
      const taken = stillOpen(proposal, record.data.hunks);
      const conflicted = proposal.conflicted.filter((hunk) => !taken.includes(hunk));
      return { ...proposal, accepted: [...proposal.accepted, ...taken], conflicted };
    }
    case "proposalRejected": {
      const refused = stillOpen(proposal, record.data.hunks);
      const conflicted = proposal.conflicted.filter((hunk) => !refused.includes(hunk));
      return { ...proposal, rejected: [...proposal.rejected, ...refused], conflicted };
    }
    case "proposalConflicted": {
      const hunks = stillOpen(
        proposal,
        record.data.conflicts.map((each) => each.hunk),
      );
      const fresh = hunks.filter((hunk) => !proposal.conflicted.includes(hunk));
      return { ...proposal, conflicted: [...proposal.conflicted, ...fresh] };
    }
    case "proposalWithdrawn":
      return { ...proposal, withdrawn: true };
  }
}

/** Those of these hunks that are to be decided, each once. */
function stillOpen(proposal: Proposal, hunks: readonly number[]): number[] {
  const open = new Set(openHunks(proposal));
  return [...new Set(hunks)].filter((hunk) => open.has(hunk));
}
