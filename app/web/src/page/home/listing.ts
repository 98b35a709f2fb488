// The notebooks that I may see, kept up to date while the page is looked at. Decides nothing of how
// they are shown.

import type { NotebookSummary } from "../../generated.ts";
import { call } from "../../wire/calls.ts";
import { hearChanges } from "../changes.ts";

/** A notebook that runs changes all the time; its row need not. */
const PACE_MS = 1000;

export interface Listed {
  readonly notebooks: readonly NotebookSummary[] | null;
  readonly error: string | null;
}

/** Asks while it is watched: when the server says that something changed, and when told to. */
export class Listing {
  readonly #watchers = new Set<() => void>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stop: () => void = () => {};
  #text = "";
  #asking = 0;
  #askedAt = -PACE_MS;
  listed: Listed = { notebooks: null, error: null };

  watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher);
    if (this.#watchers.size === 1) this.#stop = hearChanges(() => this.#soon());
    return () => {
      this.#watchers.delete(watcher);
      if (this.#watchers.size > 0) return;
      this.#stop();
      clearTimeout(this.#timer);
      this.#asking += 1;
    };
  };

  /** Something was changed here: ask now. */
  async ask(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#askedAt = performance.now();
    const asked = (this.#asking += 1);
    try {
      const { notebooks } = await call("list_notebooks", { archived: true });
      if (asked === this.#asking) this.#put({ notebooks, error: null });
    } catch (error) {
      if (asked === this.#asking) this.#put({ ...this.listed, error: messageOf(error) });
    }
  }

  #soon(): void {
    const left = this.#askedAt + PACE_MS - performance.now();
    this.#timer ??= setTimeout(() => void this.ask(), Math.max(0, left));
  }

  #put(listed: Listed): void {
    const text = JSON.stringify(listed);
    if (text === this.#text) return;
    this.#text = text;
    this.listed = listed;
    for (const watcher of this.#watchers) watcher();
  }
}

/** What went wrong, as a sentence. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
