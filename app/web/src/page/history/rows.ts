// Which lines of a log stand in the window of a list of equal rows. Pure.

import type { RecordLine } from "../../generated.ts";
import type { Stretch, Told } from "./stretches.ts";

/** A stretch as rows: `first` is its first row, `rows` how many it has or is thought to have. */
export interface Block {
  readonly stretch: Stretch;
  readonly first: number;
  readonly rows: number;
}

/** Rows that a stretch is thought to have before it is read: some records stand in one line. */
const GUESS = 0.6;

export function blocksOf({
  stretches,
  narrowed,
}: Pick<Told, "stretches" | "narrowed">): readonly Block[] {
  let first = 0;
  return stretches.map((stretch) => {
    const guess = narrowed ? 1 : Math.max(1, Math.round((stretch.upto - stretch.after) * GUESS));
    const rows = stretch.lines?.length ?? guess;
    const block = { stretch, first, rows };
    first += rows;
    return block;
  });
}

export function rowsIn(blocks: readonly Block[]): number {
  const last = blocks.at(-1);
  return last ? last.first + last.rows : 0;
}

/** The blocks that some rows from `from` up to `to` belong to. */
export function blocksIn(blocks: readonly Block[], from: number, to: number): readonly Block[] {
  return blocks.filter(({ first, rows }) => first < to && first + Math.max(rows, 1) > from);
}

/** The line in a row; null if it is not read yet. */
export function lineAt(blocks: readonly Block[], row: number): RecordLine | null {
  const block = blocks.find(({ first, rows }) => first <= row && row < first + rows);
  return block?.stretch.lines?.[row - block.first] ?? null;
}

/** The row of the line that tells of a record, or of the last one before it; -1 if it is not read. */
export function rowOf(blocks: readonly Block[], seq: number): number {
  for (const { stretch, first } of blocks) {
    if (!stretch.lines || seq <= stretch.after) continue;
    const at = stretch.lines.findIndex((line) => line.first_seq <= seq);
    if (at >= 0) return first + at;
  }
  return -1;
}
