// A log as lines, in stretches of a fixed width that are read when somebody looks at them. Newest
// first. Knows nothing of how lines are shown.

import type { Lines, RecordLine } from "../../generated.ts";
import type { Wanted } from "../../wire/lines.ts";
import { messageOf } from "../home/listing.ts";

/** Records in a stretch, and in one of which few lines are wanted. */
export const WIDTH = 200;
export const WIDTH_NARROWED = 5000;

/** The records after one seq and up to another. `lines` is null until they are read. */
export interface Stretch {
  readonly after: number;
  readonly upto: number;
  readonly lines: readonly RecordLine[] | null;
}

export type Read = (
  after: number,
  upto: number,
  wanted: Wanted,
  abort: AbortSignal,
) => Promise<Lines>;

export interface Told {
  readonly head: number;
  readonly narrowed: boolean;
  /** The newest first, and in each the lines too. */
  readonly stretches: readonly Stretch[];
  readonly error: string | null;
}

export class Stretches {
  readonly #read: Read;
  readonly #watchers = new Set<() => void>();
  #wanted: Wanted = {};
  #lines = new Map<number, { readonly upto: number; readonly lines: readonly RecordLine[] }>();
  #reading = new Set<number>();
  #abort = new AbortController();
  #head = 0;
  told: Told = { head: 0, narrowed: false, stretches: [], error: null };

  constructor(read: Read) {
    this.#read = read;
  }

  watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  };

  /** The log has grown to this seq. */
  reach(head: number): void {
    if (head <= this.#head) return;
    this.#head = head;
    this.#put(null);
  }

  /** Only these lines, from now on. */
  narrow(wanted: Wanted): void {
    if (JSON.stringify(wanted) === JSON.stringify(this.#wanted)) return;
    this.#abort.abort();
    this.#abort = new AbortController();
    this.#wanted = wanted;
    this.#lines = new Map();
    this.#reading = new Set();
    this.#put(null);
  }

  /** Somebody looks at the stretch that begins after this seq. */
  async need(after: number): Promise<void> {
    const upto = Math.min(this.#head, after + this.#width());
    if (this.#reading.has(after) || this.#lines.get(after)?.upto === upto || upto <= after) return;
    const { signal } = this.#abort;
    this.#reading.add(after);
    try {
      const lines = await this.#whole(after, upto, signal);
      if (signal.aborted) return;
      this.#reading.delete(after);
      this.#lines.set(after, { upto, lines: lines.toReversed() });
      this.#put(null);
    } catch (error) {
      if (signal.aborted) return;
      this.#reading.delete(after);
      this.#put(messageOf(error));
    }
  }

  /** An answer may end early, where records are large. */
  async #whole(after: number, upto: number, signal: AbortSignal): Promise<readonly RecordLine[]> {
    const lines: RecordLine[] = [];
    for (let from = after; from < upto;) {
      const found = await this.#read(from, upto, this.#wanted, signal);
      lines.push(...found.lines);
      if (found.upto <= from) break; // the log is shorter than it was said to be
      from = found.upto;
    }
    return lines;
  }

  #width(): number {
    return Object.keys(this.#wanted).length > 0 ? WIDTH_NARROWED : WIDTH;
  }

  #put(error: string | null): void {
    const width = this.#width();
    const stretches: Stretch[] = [];
    for (
      let after = Math.floor(Math.max(0, this.#head - 1) / width) * width;
      after >= 0;
      after -= width
    ) {
      const upto = Math.min(this.#head, after + width);
      if (upto > after)
        stretches.push({ after, upto, lines: this.#lines.get(after)?.lines ?? null });
    }
    this.told = { head: this.#head, narrowed: width === WIDTH_NARROWED, stretches, error };
    for (const watcher of this.#watchers) watcher();
  }

  /** Whether a stretch holds less than the log by now does. */
  stale({ after, upto }: Stretch): boolean {
    return this.#lines.get(after)?.upto !== upto;
  }
}
