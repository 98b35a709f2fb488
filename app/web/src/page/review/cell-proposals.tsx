// What is proposed for one cell, and what is to be added after it.

import { useSyncExternalStore } from "react";
import type { Session } from "../../replica/session.ts";
import type { Notebook } from "../../state.ts";
import { useNaming } from "../history/naming.ts";
import { placedIn, type OpenHunk } from "./hunks.ts";
import { Proposed } from "./proposed.tsx";
import "./review.css";

const NONE: readonly OpenHunk[] = [];

export default function CellProposals({
  session,
  cellId,
}: {
  readonly session: Session;
  /** "" for what stands above all cells. */
  readonly cellId: string;
}) {
  const open = useSyncExternalStore(session.watch, () => {
    return placed(session.shown.confirmed).get(cellId) ?? NONE;
  });
  return open.length > 0 ? <Hunks session={session} open={open} /> : null;
}

function Hunks({
  session,
  open,
}: {
  readonly session: Session;
  readonly open: readonly OpenHunk[];
}) {
  const notebook = useSyncExternalStore(session.watch, () => session.shown.confirmed);
  const { nameOf } = useNaming(notebook);
  return (
    <div className="hunks">
      {open.map((one) => (
        <Proposed
          key={`${one.proposal.proposal_id} ${one.number}`}
          session={session}
          open={one}
          nameOf={nameOf}
        />
      ))}
    </div>
  );
}

/** Reckoned once for all cells of a state. */
let last: { notebook: Notebook; placed: ReturnType<typeof placedIn> } | undefined;

function placed(notebook: Notebook): ReturnType<typeof placedIn> {
  if (last?.notebook !== notebook) last = { notebook, placed: placedIn(notebook) };
  return last.placed;
}
