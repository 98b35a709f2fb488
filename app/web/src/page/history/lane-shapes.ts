// Where in a picture of a whole log somebody was at work: spans of records as columns. Pure.

import type { Actor, Lanes } from "../../generated.ts";

export const COLUMNS = 240;

/** Who by what, the columns in which they did something, and how many records that were. */
export interface Lane {
  readonly key: string;
  readonly actor: Actor;
  readonly records: number;
  /** First and last column of each stretch, in order. */
  readonly marks: readonly (readonly [number, number])[];
}

/** The lanes of a log that ends at `head`, the busiest first. */
export function lanesOf(pieces: readonly Lanes[], head: number): readonly Lane[] {
  const found = new Map<string, { actor: Actor; records: number; columns: Set<number> }>();
  for (const { actors, spans } of pieces) {
    for (const { lane, first, last } of spans) {
      const actor = actors[lane];
      if (!actor || first > head) continue;
      const key = `${actor.id} ${actor.client?.name ?? ""}`;
      const known = found.get(key) ?? { actor, records: 0, columns: new Set<number>() };
      found.set(key, known);
      known.records += last - first + 1;
      for (let at = columnOf(first, head); at <= columnOf(last, head); at += 1)
        known.columns.add(at);
    }
  }
  return [...found]
    .map(([key, { actor, records, columns }]) => ({
      key,
      actor,
      records,
      marks: stretchesOf([...columns].sort((one, other) => one - other)),
    }))
    .sort((one, other) => other.records - one.records);
}

function columnOf(seq: number, head: number): number {
  return head <= 1 ? 0 : Math.min(COLUMNS - 1, Math.floor(((seq - 1) / (head - 1)) * COLUMNS));
}

function stretchesOf(columns: readonly number[]): readonly (readonly [number, number])[] {
  const marks: [number, number][] = [];
  for (const column of columns) {
    const last = marks.at(-1);
    if (last && column <= last[1] + 1) last[1] = column;
    else marks.push([column, column]);
  }
  return marks;
}

/** The lane as the outline of an SVG path, one high. */
export function pathOfMarks(marks: Lane["marks"]): string {
  return marks.map(([first, last]) => `M${first} 0H${last + 1}V1H${first}Z`).join("");
}
