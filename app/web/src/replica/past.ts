// What came to a cell of one notebook while it was not followed: asked for until it is there.

import type { WireRecord } from "../generated.ts";
import { recordsAfter } from "../wire/calls.ts";
import { mayPass, Refusal } from "../wire/problem.ts";
import { Pauses } from "./pauses.ts";

export class Past {
  readonly #notebookId: string;
  readonly #pauses = new Pauses();

  constructor(notebookId: string) {
    this.#notebookId = notebookId;
  }

  /** The server can be reached again: ask at once. */
  hope(): void {
    this.#pauses.skip();
  }

  /** The records of a cell after one seq and up to another; null if they are not to be had. */
  async of(cellId: string, after: number, upTo: number): Promise<readonly WireRecord[] | null> {
    const found: WireRecord[] = [];
    for (let last = after; last < upTo; ) {
      try {
        const some = await recordsAfter(this.#notebookId, last, cellId);
        this.#pauses.came();
        found.push(...some.filter(({ seq }) => seq <= upTo));
        last = some.at(-1)?.seq ?? upTo;
      } catch (error) {
        const signedOut = error instanceof Refusal && error.signedOut;
        if (!mayPass(error) && !signedOut) return null;
        await this.#pauses.wait();
      }
    }
    return found;
  }
}
