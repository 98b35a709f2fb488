// The notebooks that I may see, kept up to date while the page is looked at. Decides nothing of how
// they are shown.

import type { NotebookSummary } from "../../generated.ts";
import { call } from "../../wire/calls.ts";

const EVERY_MS = 2000;

export interface Listed {
  readonly notebooks: readonly NotebookSummary[] | null;
  readonly error: string | null;
}

/** Asks again every two seconds while it is watched and in sight, and at once when told to. */
export class Listing {
  readonly #watchers = new Set<() => void>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #text = "";
  #asking = 0;
  listed: Listed = { notebooks: null, error: null };

  watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher);
    if (this.#watchers.size === 1) this.#start();
    return () => {
      this.#watchers.delete(watcher);
      if (this.#watchers.size === 0) this.#stop();
    };
  };

  /** Something was changed here: ask now. */
  async ask(): Promise<void> {
    clearTimeout(this.#timer);
    const asked = (this.#asking += 1);
    try {
      const { notebooks } = await call("list_notebooks", { archived: true });
      if (asked === this.#asking) this.#put({ notebooks, error: null });
    } catch (error) {
      if (asked === this.#asking) this.#put({ ...this.listed, error: messageOf(error) });
    }
    if (asked === this.#asking) this.#later();
  }

  #start(): void {
    document.addEventListener("visibilitychange", this.#looked);
    void this.ask();
  }

  #stop(): void {
    document.removeEventListener("visibilitychange", this.#looked);
    clearTimeout(this.#timer);
    this.#asking += 1;
  }

  #looked = (): void => {
    if (document.visibilityState === "visible") void this.ask();
  };

  #later(): void {
    if (this.#watchers.size === 0 || document.visibilityState === "hidden") return;
    this.#timer = setTimeout(() => void this.ask(), EVERY_MS);
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
