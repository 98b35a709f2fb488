// When the state of a followed notebook goes to the shelf: soon after it changed, and not more often
// than its size allows.

import { pack, type Notebook } from "../state.ts";
import { shelve } from "./shelf.ts";

const SOON_MS = 1_000;
/** Of the time of the thread, one part in so many. */
const SHARE = 20;

export class Shelving {
  #latest: Notebook | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #pause = SOON_MS;

  /** This is the state now. */
  state(notebook: Notebook): void {
    this.#latest = notebook;
    this.#timer ??= setTimeout(() => this.now(), this.#pause);
  }

  /** Keep at once what is to be kept, as of now. */
  now(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.#latest) return;
    const began = performance.now();
    void shelve(pack(this.#latest), Date.now()).catch(() => {});
    this.#pause = Math.max(SOON_MS, SHARE * (performance.now() - began));
  }

  /** Nothing more is to be kept. */
  end(): void {
    clearTimeout(this.#timer);
    this.#latest = null;
  }
}
