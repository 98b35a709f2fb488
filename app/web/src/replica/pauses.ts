// The pauses between attempts: longer and longer while nothing comes, short again after `came`.

const FIRST_MS = 100;
const LONGEST_MS = 5_000;

export class Pauses {
  #next = FIRST_MS;
  #wake: () => void = () => {};

  /** The server answered. */
  came(): void {
    this.#next = FIRST_MS;
  }

  /** Pause before the next attempt; `skip` ends it early. */
  async wait(): Promise<void> {
    const pause = this.#next * (0.5 + Math.random() / 2);
    this.#next = Math.min(2 * this.#next, LONGEST_MS);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, pause);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Try at once: there is reason to hope. */
  skip(): void {
    this.#next = FIRST_MS;
    this.#wake();
  }
}
