// Which proposed changes are still to be decided, where each is shown, and what it does to the lines
// of a source. Pure.

import { cellsOf } from "../../notebook/cells.ts";
import type { EditProposed, Hunk, Proposal } from "../../generated.ts";
import type { Notebook } from "../../state.ts";
import { applyChanges, ChangeError } from "../../text.ts";
import type { DiffLine } from "./steps.ts";

/** A change that is to be decided: the hunk of this number. */
export interface OpenHunk {
  readonly proposal: Proposal;
  readonly number: number;
  readonly hunk: Hunk;
}

/** What is open of a proposal. */
export function openOf(proposal: Proposal): readonly OpenHunk[] {
  if (proposal.withdrawn) return [];
  const decided = new Set([...proposal.accepted, ...proposal.rejected]);
  return proposal.edits.flatMap((hunk, number) =>
    decided.has(number) ? [] : [{ proposal, number, hunk }],
  );
}

/** What is open, by the cell after whose source it is shown; "" is above all cells. */
export function placedIn(notebook: Notebook): ReadonlyMap<string, readonly OpenHunk[]> {
  const open = notebook.proposals.flatMap(openOf);
  const inserts = new Map(
    open.flatMap(({ hunk }) => (hunk.kind === "insert" ? [[hunk.cell_id, hunk.after]] : [])),
  );
  const inSight = new Set(cellsOf(notebook).map((cell) => cell.cell_id));
  const placed = new Map<string, OpenHunk[]>();
  for (const one of open) {
    const { hunk } = one;
    let at = hunk.kind === "insert" ? hunk.after : hunk.cell_id;
    for (let steps = inserts.size + 1; at && !inSight.has(at); steps -= 1) {
      at = (steps > 0 ? inserts.get(at) : null) ?? before(notebook, at, inSight);
    }
    placed.set(at ?? "", [...(placed.get(at ?? "") ?? []), one]);
  }
  return placed;
}

/** The last cell in sight before one that is gone. */
function before(
  { order }: Notebook,
  cellId: string,
  inSight: ReadonlySet<string>,
): string | null {
  return order.slice(0, Math.max(0, order.indexOf(cellId))).findLast((id) => inSight.has(id)) ?? null;
}

/** What an edit does to the lines of the source that it was made for; null if it does not fit it. */
export function linesOf(source: string, { changes }: EditProposed): readonly DiffLine[] | null {
  let after: string;
  try {
    after = applyChanges(source, changes);
  } catch (error) {
    if (error instanceof ChangeError) return null;
    throw error;
  }
  const old = source.split("\n");
  const made = after.split("\n");
  const most = Math.min(old.length, made.length);
  let head = 0;
  while (head < most && old[head] === made[head]) head += 1;
  let tail = 0;
  while (tail < most - head && old.at(-1 - tail) === made.at(-1 - tail)) tail += 1;
  const as = (kind: DiffLine["kind"]) => (text: string) => ({ kind, text });
  return [
    ...old.slice(Math.max(0, head - 1), head).map(as("same")),
    ...old.slice(head, old.length - tail).map(as("removed")),
    ...made.slice(head, made.length - tail).map(as("added")),
    ...old.slice(old.length - tail, old.length - tail + 1).map(as("same")),
  ];
}
