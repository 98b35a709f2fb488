// What the outputs of a notebook hold that its state only names: brought when somebody looks, and
// found by what names it, so that it fits whatever the cell shows by then. What was brought is kept on
// the device too, for when the server cannot be reached.

import type { Output, Shown, StreamOutput, Value } from "../generated.ts";
import type { Notebook } from "../state.ts";
import { stateOf } from "../wire/calls.ts";
import { mayPass } from "../wire/problem.ts";
import { keepNamed, keepOutputs, keptOutputs, type Keeping } from "./kept-outputs.ts";
import { Pauses } from "./pauses.ts";

/** Outputs of a run, or those that came with a file. */
export type Outputs = readonly (Shown | Output)[];

/** The sha256 of no text. */
const NO_TEXT = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
/** Cells that are asked for at once. */
const MOST = 50;
/** What is looked at within so many milliseconds is asked for together. */
const TOGETHER_MS = 20;

export class Brought {
  readonly #notebookId: string;
  readonly #watchers = new Set<() => void>();
  readonly #pauses = new Pauses();
  readonly #wanted = new Map<string, Outputs>();
  #asked = new WeakSet<Outputs>();
  #whole = new WeakMap<object, Outputs[number]>();
  #all = new WeakMap<Outputs, Outputs>();
  #values = new Map<string, Value>();
  #texts = new Map<string, string>();
  #streams = new Map<string, readonly StreamOutput[]>();
  #bringing = false;
  #version = 0;

  constructor(notebookId: string) {
    this.#notebookId = notebookId;
  }

  watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  };

  /** Another number whenever something was brought. */
  get version(): number {
    return this.#version;
  }

  /** The outputs with all that they hold; null while something of them is only named. */
  whole(outputs: Outputs): Outputs | null {
    const known = this.#all.get(outputs);
    if (known) return known;
    const found = outputs.map((output) => this.#filled(output));
    if (!found.every((output) => output !== null)) return null;
    const all = found.every((output, at) => output === outputs[at]) ? outputs : found;
    this.#all.set(outputs, all);
    return all;
  }

  /** Somebody looks at what this cell shows. */
  want(cellId: string, outputs: Outputs): void {
    if (this.#asked.has(outputs)) return;
    this.#asked.add(outputs);
    this.#wanted.set(cellId, outputs);
    if (this.#bringing) return;
    this.#bringing = true;
    setTimeout(() => void this.#bring(), TOGETHER_MS);
  }

  /** The state came anew: nothing of before may be left, on the device neither what the server's no
   * longer names. It is null if it is of the device itself. */
  forget(state: Notebook | null): void {
    if (state) void keepNamed(this.#notebookId, namedIn(state)).catch(() => {});
    this.#wanted.clear();
    this.#asked = new WeakSet();
    this.#whole = new WeakMap();
    this.#all = new WeakMap();
    this.#values = new Map();
    this.#texts = new Map();
    this.#streams = new Map();
  }

  async #bring(): Promise<void> {
    while (this.#wanted.size > 0) {
      const some = [...this.#wanted].slice(0, MOST);
      const values = this.#values;
      try {
        const cells = some.map(([cellId]) => cellId);
        const { state } = await stateOf(this.#notebookId, { cells });
        this.#pauses.came();
        for (const [cellId, outputs] of some) {
          if (this.#wanted.get(cellId) === outputs) this.#wanted.delete(cellId);
        }
        if (values !== this.#values) continue; // it was all forgotten meanwhile
        const shown = [...(state.cells ?? []), ...(state.executions ?? [])];
        const all = shown.map(({ cell_id, outputs = [] }) => ({ cell_id, outputs }));
        this.#takeAll(all);
        void keep(this.#notebookId, all).catch(() => {});
      } catch (error) {
        if (mayPass(error)) {
          this.#takeAll(await kept(this.#notebookId, some).catch(() => []));
          await this.#pauses.wait();
        } else {
          this.#wanted.clear(); // whoever may not read it is told so by the session
        }
      }
    }
    this.#bringing = false;
  }

  #takeAll(shown: readonly Kept[]): void {
    if (shown.length === 0) return;
    for (const { outputs } of shown) outputs.forEach((one) => this.#take(one));
    this.#version += 1;
    for (const watcher of this.#watchers) watcher();
  }

  #take(output: Outputs[number]): void {
    if (output.output_type === "stream") {
      if ("pieces" in output) this.#streams.set(output.digest, output.pieces);
      else if (output.sha256) this.#texts.set(output.sha256, output.text ?? "");
      return;
    }
    for (const value of valuesOf(output)) {
      if (value.sha256 && !named(value)) this.#values.set(value.sha256, value);
    }
  }

  #filled(output: Outputs[number]): Outputs[number] | null {
    const known = this.#whole.get(output);
    if (known) return known;
    const whole =
      output.output_type === "stream" ? this.#stream(output) : this.#rich(output);
    if (whole) this.#whole.set(output, whole);
    return whole;
  }

  #stream(
    output: Extract<Outputs[number], { output_type: "stream" }>,
  ): Outputs[number] | null {
    if ("pieces" in output) {
      if (output.pieces.length > 0) return output;
      const pieces = this.#streams.get(output.digest);
      return pieces ? { ...output, pieces } : null;
    }
    if (output.text || output.blob || !output.sha256 || output.sha256 === NO_TEXT) return output;
    const text = this.#texts.get(output.sha256);
    return text === undefined ? null : { ...output, text };
  }

  #rich(
    output: Exclude<Outputs[number], { output_type: "stream" }>,
  ): Outputs[number] | null {
    if (!valuesOf(output).some(named)) return output;
    try {
      switch (output.output_type) {
        case "error":
          return { ...output, traceback: this.#value(output.traceback) };
        case "other":
          return { ...output, value: this.#value(output.value) };
        default:
          return {
            ...output,
            data: Object.fromEntries(
              Object.entries(output.data).map(([mime, value]) => [mime, this.#value(value)]),
            ),
            metadata: this.#value(output.metadata),
          };
      }
    } catch (error) {
      if (error === MISSING) return null;
      throw error;
    }
  }

  /** Throws MISSING when it is not here yet. */
  #value(value: Value): Value {
    const found = named(value) ? this.#values.get(value.sha256 ?? "") : value;
    if (!found) throw MISSING;
    return found;
  }
}

/** What a cell shows. */
interface Kept {
  readonly cell_id?: string | null | undefined;
  readonly outputs: Outputs;
}

const nameOf = (cellId: string): string => `cell ${cellId}`;

async function keep(notebookId: string, shown: readonly Kept[]): Promise<void> {
  const some = shown.flatMap((value): Keeping[] => {
    const { cell_id, outputs } = value;
    if (!cell_id || outputs.length === 0) return [];
    const bytes = JSON.stringify(outputs).length;
    const names = outputs.flatMap(namesOf);
    return [{ name: nameOf(cell_id), value, bytes, names, holds: outputs.flatMap(blobsOf) }];
  });
  await keepOutputs(notebookId, some);
}

function kept(
  notebookId: string,
  wanted: readonly (readonly [string, Outputs])[],
): Promise<readonly Kept[]> {
  return keptOutputs<Kept>(
    notebookId,
    wanted.map(([cellId]) => nameOf(cellId)),
  );
}

/** All that the state names of what outputs hold. */
function namedIn({ cells, executions }: Notebook): ReadonlySet<string> {
  const all = [...cells.values(), ...executions.values()];
  return new Set(all.flatMap(({ outputs }) => (outputs as Outputs).flatMap(namesOf)));
}

/** By what an output is named where it is not held. */
function namesOf(output: Outputs[number]): readonly string[] {
  if (output.output_type !== "stream") return valuesOf(output).flatMap(({ sha256 = [] }) => sha256);
  if ("pieces" in output) return [output.digest];
  return output.sha256 ? [output.sha256] : [];
}

/** The blobs of what it holds. */
function blobsOf(output: Outputs[number]): readonly string[] {
  if (output.output_type !== "stream") return [];
  const pieces = "pieces" in output ? output.pieces : [output];
  return pieces.flatMap(({ blob, sha256 = [] }) => (blob ? sha256 : []));
}

const MISSING = new Error("It is not here yet.");

/** Whether nothing but its name is here. */
function named(value: Value): boolean {
  return value.json === undefined && !value.blob;
}

/** What is shown of it: what else it holds is for files alone. */
function valuesOf(output: Exclude<Outputs[number], { output_type: "stream" }>): readonly Value[] {
  switch (output.output_type) {
    case "error":
      return [output.traceback];
    case "other":
      return [output.value];
    default:
      return [...Object.values(output.data), output.metadata];
  }
}
