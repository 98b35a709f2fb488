// The notebooks that were open last, as the log had them, kept on the device: they open again where
// the server cannot be reached. States alone; what was done here and not sent is in the outbox.

import { delMany, get, set, update } from "idb-keyval";
import { REDUCER_VERSION, type PortableNotebook } from "../generated.ts";
import { storeOf } from "./device.ts";

const PLACES = 20;
const LIST = "list";

/** `as_of` is when it was last known to be so. */
export interface Shelved {
  readonly notebook_id: string;
  readonly title: string;
  readonly as_of: number;
}

interface KeptState {
  readonly state: PortableNotebook;
  readonly as_of: number;
  readonly reducer_version: number;
}

const store = storeOf("intheloop-shelf", "states");
const place = (notebookId: string): string => `state ${notebookId}`;

/** Keep a state. The notebooks that were open longest ago make room. */
export async function shelve(state: PortableNotebook, as_of: number): Promise<void> {
  const { notebook_id, title } = state;
  const kept: KeptState = { state, as_of, reducer_version: REDUCER_VERSION };
  await set(place(notebook_id), kept, store);
  const gone = await listed([{ notebook_id, title, as_of }], [notebook_id]);
  if (gone.length > 0) await delMany(gone.map(place), store);
}

/** A state that another reducer reckoned is none: what it holds may mean something else here. */
export async function shelved(
  notebookId: string,
): Promise<{ readonly state: PortableNotebook; readonly as_of: number } | null> {
  const kept = await get<KeptState>(place(notebookId), store);
  return kept?.reducer_version === REDUCER_VERSION ? kept : null;
}

/** Keep this notebook no longer. */
export async function unshelve(notebookId: string): Promise<void> {
  await delMany([place(notebookId)], store);
  await listed([], [notebookId]);
}

/** What is here, the latest first. */
export async function shelf(): Promise<readonly Shelved[]> {
  return (await get<readonly Shelved[]>(LIST, store)) ?? [];
}

/** The list with these in front and without those. Says which found no place any more. */
async function listed(first: readonly Shelved[], without: readonly string[]): Promise<string[]> {
  let gone: string[] = [];
  await update<readonly Shelved[]>(
    LIST,
    (before = []) => {
      const rest = before.filter((one) => !without.includes(one.notebook_id));
      const all = [...first, ...rest];
      gone = all.slice(PLACES).map((one) => one.notebook_id);
      return all.slice(0, PLACES);
    },
    store,
  );
  return gone;
}
