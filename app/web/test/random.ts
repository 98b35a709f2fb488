// Numbers drawn from a seed, the same each time.

export class Draw {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A whole number from 0 up to, without, `below`. */
  below(below: number): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
    return Math.floor((this.#state / 2 ** 32) * below);
  }

  /** One of these. */
  of<T>(some: readonly T[]): T {
    return some[this.below(some.length)] as T;
  }
}
