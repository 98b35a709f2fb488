// What the server refused, with the text that would else be gone: kept on the device until the
// person has seen it, whichever tab that is in.

import { del, set, values } from "idb-keyval";
import { storeOf } from "./device.ts";

/** `source` is the text as it stood, if it was typed. */
export interface Refused {
  readonly id: string;
  readonly sentence: string;
  readonly cell_id: string | null;
  readonly source: string | null;
}

type Kept = Refused & { readonly notebook_id: string; readonly at: number };

const store = storeOf("intheloop-refusals", "refused");

/** The refusals of one notebook. A browser that keeps nothing still shows them while it is open. */
export class Refusals {
  readonly #notebookId: string;
  shown: readonly Refused[] = [];

  constructor(notebookId: string) {
    this.#notebookId = notebookId;
  }

  /** Those that no tab showed to the end. */
  async recall(): Promise<void> {
    const found = await values<Kept>(store).catch(() => []);
    const here = new Set(this.shown.map(({ id }) => id));
    const ours = found.filter((one) => one.notebook_id === this.#notebookId && !here.has(one.id));
    ours.sort((one, other) => one.at - other.at);
    this.shown = [...ours, ...this.shown];
  }

  /** One more. Returns once it is kept. */
  async add(refused: Refused): Promise<void> {
    this.shown = [...this.shown, refused];
    const kept: Kept = { ...refused, notebook_id: this.#notebookId, at: Date.now() };
    await set(refused.id, kept, store).catch(() => {});
  }

  /** The person has seen it. */
  dismiss(id: string): void {
    this.shown = this.shown.filter((one) => one.id !== id);
    void del(id, store).catch(() => {});
  }
}
