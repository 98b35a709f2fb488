// What the assistant is just writing, by run: the end of one block at a time, as signals tell it.
// Pure.

import type { Signal } from "../../wire/follow.ts";

export interface Draft {
  readonly turn: number;
  readonly attempt: number;
  readonly block: number;
  readonly kind: "text" | "thinking" | "tool";
  readonly text: string;
}

export type Drafts = ReadonlyMap<string, Draft>;

/** The drafts after a signal; the same ones if it is about something else. */
export function drafted(drafts: Drafts, { kind, key, value, gone }: Signal): Drafts {
  if (kind !== "draft") return drafts;
  const next = new Map(drafts);
  const told = value as (Draft & { readonly offset: number }) | null;
  if (gone || typeof told?.text !== "string") next.delete(key);
  else {
    const before = drafts.get(key);
    const { turn, attempt, block } = told;
    const same = before?.turn === turn && before.attempt === attempt && before.block === block;
    // A newcomer has only the end of what was written.
    const start = same ? before.text.slice(0, told.offset) : told.offset > 0 ? "…" : "";
    next.set(key, { turn, attempt, block, kind: told.kind, text: start + told.text });
  }
  return next;
}
