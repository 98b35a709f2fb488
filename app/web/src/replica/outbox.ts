// What this browser has still to send, kept on the device until the server has it. An entry belongs
// to a tab; those of tabs that are gone are taken over, by one tab alone.

import { createStore, del, set, values, type UseStore } from "idb-keyval";
import { TAB } from "./link.ts";
import type { Command } from "./predict.ts";
import type { Sent } from "./cell-text.ts";

/**
 * An edit of a source; once `sent`, that goes out again unchanged. `changes` fits `base_rev`, or
 * what stands before it. `source` is what was shown, should it ever fit nowhere.
 */
export interface KeptEdit {
  readonly cell_id: string;
  readonly base_rev: number;
  readonly changes: readonly unknown[];
  readonly sent: Sent | null;
  readonly source: string;
}

/** One command on its way. `order` says which goes first. */
export interface Kept {
  readonly command_id: string;
  readonly notebook_id: string;
  readonly order: number;
  readonly owner: string;
  readonly command: Command | null;
  readonly edit: KeptEdit | null;
}

let opened: UseStore | undefined;
const store = (): UseStore => (opened ??= createStore("intheloop", "outbox"));

let last = 0;
/** The next place in the order, also over the end of a tab. */
export function nextOrder(): number {
  last = Math.max(last + 1, Date.now() * 1000);
  return last;
}

/** Keep an entry in its present form. */
export function keep(kept: Kept): Promise<void> {
  return set(kept.command_id, kept, store());
}

/** The server has it, or it was refused and the person has been told. */
export function drop(commandId: string): Promise<void> {
  return del(commandId, store());
}

/** The entries of tabs that are gone, now this tab's own, in order; of one notebook if named. */
export async function adopt(notebookId: string): Promise<readonly Kept[]> {
  return navigator.locks.request("outbox", async () => {
    const { held = [] } = await navigator.locks.query();
    const alive = new Set(held.map((lock) => lock.name));
    const found = await values<Kept>(store());
    const orphans = found
      .filter((kept) => kept.notebook_id === notebookId && !alive.has(kept.owner))
      .map((kept) => ({ ...kept, owner: TAB }))
      .sort((one, other) => one.order - other.order);
    await Promise.all(orphans.map(keep));
    return orphans;
  });
}
