// What this browser has still to send for the person who wrote it, kept on the device until the server
// has it. An entry belongs to a tab; those of tabs that are gone are taken over, by one tab alone.

import { keys, promisifyRequest, values } from "idb-keyval";
import { storeOf } from "./device.ts";
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

const store = storeOf("intheloop-outbox", "outbox");

let last = 0;
/** The next place in the order, also over the end of a tab. */
export function nextOrder(): number {
  last = Math.max(last + 1, Date.now() * 1000);
  return last;
}

/** Keep entries in their present form and no longer have those others, both or neither. */
export function keep(kept: readonly Kept[], dropped: readonly string[] = []): Promise<void> {
  return store("readwrite", (entries) => {
    for (const one of kept) entries.put(one, one.command_id);
    for (const commandId of dropped) entries.delete(commandId);
    entries.transaction.commit(); // not left for later: a tab that is closed now would undo it
    return promisifyRequest(entries.transaction);
  });
}

/** An entry that this tab took over, and the tab that is gone from which it did. */
export type Taken = Kept & { readonly from: string };

/**
 * The entries of tabs that are gone, now this tab's own, in order. What a tab typed stands on what
 * it typed before and on nothing of another tab: so a tab that wrote into a cell of `busy`, or of a
 * tab that is taken over here, has to wait. `rest` says whether one does.
 */
export async function adopt(
  notebookId: string,
  busy: ReadonlySet<string>,
): Promise<{ readonly taken: readonly Taken[]; readonly rest: boolean }> {
  return navigator.locks.request("outbox", async () => {
    const orphans = (await left())
      .filter((kept) => kept.notebook_id === notebookId)
      .sort((one, other) => one.order - other.order);
    const { fit, rest } = fitting(orphans, ({ owner }) => owner, busy);
    const taken = fit.map((kept) => ({ ...kept, from: kept.owner, owner: TAB, order: nextOrder() }));
    await keep(taken.map(({ from: _, ...kept }) => kept));
    return { taken, rest: rest.length > 0 };
  });
}

/** What still fits once it is here, since somebody may have typed meanwhile; the rest goes back. */
export function settled(
  taken: readonly Taken[],
  busy: ReadonlySet<string>,
): { readonly taken: readonly Taken[]; readonly rest: boolean } {
  const { fit, rest } = fitting(taken, ({ from }) => from, busy);
  const back = rest.map(({ from, ...kept }) => ({ ...kept, owner: from }));
  if (back.length > 0) void keep(back).catch(() => {});
  return { taken: fit, rest: rest.length > 0 };
}

/** Those of owners that wrote into no cell that is busy, nor into one of another owner. */
function fitting<Entry extends Kept>(
  entries: readonly Entry[],
  ownerOf: (entry: Entry) => string,
  busy: ReadonlySet<string>,
): { readonly fit: readonly Entry[]; readonly rest: readonly Entry[] } {
  const [fit, rest]: [Entry[], Entry[]] = [[], []];
  const written = new Set(busy);
  for (const some of Map.groupBy(entries, ownerOf).values()) {
    const cells = some.flatMap(({ edit }) => (edit ? [edit.cell_id] : []));
    if (cells.some((cellId) => written.has(cellId))) rest.push(...some);
    else {
      for (const cellId of cells) written.add(cellId);
      fit.push(...some);
    }
  }
  return { fit, rest };
}

/** The notebooks in which tabs that are gone left something. */
export async function leftIn(): Promise<ReadonlySet<string>> {
  return new Set((await left()).map((kept) => kept.notebook_id));
}

/** How much is on the device that the server does not have yet, in all notebooks. */
export async function unsentHere(): Promise<number> {
  return (await keys(store)).length;
}

/** The entries of tabs that are gone. */
async function left(): Promise<readonly Kept[]> {
  const { held = [] } = await navigator.locks.query();
  const alive = new Set(held.map((lock) => lock.name));
  return (await values<Kept>(store)).filter((kept) => !alive.has(kept.owner));
}
