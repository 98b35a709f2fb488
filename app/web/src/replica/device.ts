// Where this device keeps things: in databases of the person whose they are, so that people who sign
// in one after the other in one browser have nothing in common. What one left waits until they are back.

import { createStore, type UseStore } from "idb-keyval";
import { owner } from "../wire/owner.ts";

/** A store of the person whose page this is; it opens once that is known. */
export function storeOf(name: string, table: string): UseStore {
  let opened: UseStore | undefined;
  return async (mode, use) => {
    const personId = await owner;
    return (opened ??= createStore(`${name} ${personId}`, table))(mode, use);
  };
}
