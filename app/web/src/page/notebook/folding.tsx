// What stands for a folded part of a cell, and what folds a section.

import { ChevronDown, ChevronRight } from "lucide-react";
import { useSyncExternalStore } from "react";
import type { Cell } from "../../generated.ts";
import { levelOf } from "../../notebook/headings.ts";
import type { Context } from "./action.ts";
import type { Part } from "./folds.ts";

/** Whether a part of a cell is folded, followed while it is shown. */
export function useFolded({ folds }: Context, part: Part, cell: Cell): boolean {
  return useSyncExternalStore(folds.watch, () => folds.has(part, cell));
}

export function FoldedSource({ context, cell }: { readonly context: Context; readonly cell: Cell }) {
  const lines = cell.source.split("\n");
  const [first = ""] = lines.filter((line) => line.trim());
  return (
    <button
      type="button"
      className="folded-source"
      aria-label="Show the source"
      onClick={() => context.folds.set("source", [cell], false)}
    >
      <ChevronRight size={14} aria-hidden="true" />
      <code>{first}</code>
      <span>{lines.length === 1 ? "1 line" : `${lines.length} lines`}</span>
    </button>
  );
}

/** Folds the section of a note that begins with a heading, and says how much stands folded. */
export function SectionToggle({
  context,
  cell,
  folded,
}: {
  readonly context: Context;
  readonly cell: Cell;
  readonly folded: number;
}) {
  if (levelOf(cell) === null) return null;
  const cells = folded === 1 ? "1 cell" : `${folded} cells`;
  return (
    <button
      type="button"
      className="section-toggle"
      aria-expanded={folded === 0}
      aria-label={folded > 0 ? `Show the section, ${cells}` : "Fold the section"}
      onClick={() => context.folds.set("section", [cell], folded === 0)}
    >
      {folded > 0 ? <span>{folded}</span> : null}
      {folded > 0 ? <ChevronRight size={15} /> : <ChevronDown size={15} />}
    </button>
  );
}
