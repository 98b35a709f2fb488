// The places that a diff changes, each with the edit that would take it back. Pure.

import { linesOf, type DiffLine } from "./steps.ts";

export interface RunHunk {
  readonly lines: readonly DiffLine[];
  /** As edit_cell takes it: what is there now, and what was there before. */
  readonly back: { readonly old: string; readonly new: string };
}

/** The hunks of the unified diff of one source. */
export function hunksOf(diff: string): readonly RunHunk[] {
  const hunks: DiffLine[][] = [];
  for (const line of linesOf(diff)) {
    if (line.kind === "place") hunks.push([]);
    hunks.at(-1)?.push(line);
  }
  return hunks.map((lines) => ({
    lines,
    back: { old: joined(lines, "added"), new: joined(lines, "removed") },
  }));
}

function joined(lines: readonly DiffLine[], kind: "added" | "removed"): string {
  return lines
    .filter((line) => line.kind === kind || line.kind === "same")
    .map((line) => line.text)
    .join("\n");
}
