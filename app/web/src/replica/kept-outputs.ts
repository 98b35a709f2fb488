// What outputs hold, kept on the device for when the server cannot be reached: what was looked at, as
// far as there is room. What came first goes first, and what the state names no longer goes at once.

import { getMany, promisifyRequest } from "idb-keyval";
import { blobOf } from "../wire/calls.ts";
import { mayPass } from "../wire/problem.ts";
import { storeOf } from "./device.ts";
import { making, stale, type Place } from "./room.ts";

const ROOM = 200_000_000;
/** Of what the browser lets this server keep, at most one part in so many. */
const SHARE = 4;
const LIST = "list";

const store = storeOf("intheloop-outputs", "outputs");

/** Something to keep, under a name of its own within its notebook. */
export interface Keeping {
  readonly name: string;
  readonly value: unknown;
  readonly bytes: number;
  readonly names: readonly string[];
  readonly holds: readonly string[];
}

/** Keep these of a notebook. */
export async function keepOutputs(notebookId: string, some: readonly Keeping[]): Promise<void> {
  const room = await roomHere();
  const fresh = some.filter(({ bytes }) => bytes <= room);
  await change((before, entries) => {
    const places = fresh.map(
      ({ name, bytes, names, holds }): Place => ({
        notebook_id: notebookId,
        place: placeOf(notebookId, name),
        bytes,
        names,
        holds,
      }),
    );
    for (const { name, value } of fresh) entries.put(value, placeOf(notebookId, name));
    const { list, gone } = making(before, places, room);
    for (const { place } of gone) entries.delete(place);
    return list;
  });
}

/** What is kept of a notebook under these names. */
export async function keptOutputs<Value>(
  notebookId: string,
  names: readonly string[],
): Promise<readonly Value[]> {
  const places = names.map((name) => placeOf(notebookId, name));
  return (await getMany<Value>(places, store)).filter((one) => one !== undefined);
}

/** Keep nothing of this notebook but what its state names. */
export function keepNamed(notebookId: string, named: ReadonlySet<string>): Promise<void> {
  return change((before, entries) => {
    const gone = new Set(stale(before, notebookId, named));
    for (const { place } of gone) entries.delete(place);
    return before.filter((one) => !gone.has(one));
  });
}

/** The bytes of a value that is kept beside the log: the server's, or without it those of here. */
export async function bytesOf(notebookId: string, sha256: string): Promise<Blob> {
  const name = `blob ${sha256}`;
  try {
    const value = await blobOf(notebookId, sha256);
    const kept = { name, value, bytes: value.size, names: [sha256], holds: [] };
    void keepOutputs(notebookId, [kept]).catch(() => {});
    return value;
  } catch (error) {
    if (!mayPass(error)) throw error;
    const [found] = await keptOutputs<Blob>(notebookId, [name]).catch(() => []);
    if (!found) throw error;
    return found;
  }
}

const placeOf = (notebookId: string, name: string): string => `${notebookId} ${name}`;

/** Change what is kept and the list of it in one step. */
function change(
  make: (before: readonly Place[], entries: IDBObjectStore) => readonly Place[],
): Promise<void> {
  return store("readwrite", (entries) => {
    const asked = entries.get(LIST) as IDBRequest<readonly Place[] | undefined>;
    asked.onsuccess = () => entries.put(make(asked.result ?? [], entries), LIST);
    return promisifyRequest(entries.transaction);
  });
}

async function roomHere(): Promise<number> {
  const { quota = ROOM * SHARE } = (await navigator.storage?.estimate?.()) ?? {};
  return Math.min(ROOM, quota / SHARE);
}
