// Which runtime and kernel serve a notebook, and what they do.

import type { Execution, Runtime } from "../generated.ts";
import { isHeld, type Notebook } from "../state.ts";

export interface KernelState {
  readonly runtime: Runtime | null;
  /** The language of the code, in lower case; "" when nothing tells. */
  readonly language: string;
  readonly name: string;
  readonly running: Execution | null;
  readonly queued: number;
}

interface JupyterMetadata {
  readonly kernelspec?: {
    readonly name?: unknown;
    readonly language?: unknown;
    readonly display_name?: unknown;
  };
  readonly language_info?: { readonly name?: unknown };
}

/** How the kernel of a notebook stands. */
export function kernelOf(notebook: Notebook): KernelState {
  const [runtime = null] = notebook.runtimes.values();
  const said = (notebook.metadata.json ?? {}) as JupyterMetadata;
  const language =
    runtime?.kernel.language || text(said.kernelspec?.language) || text(said.language_info?.name);
  const open = notebook.queue.flatMap((one) => notebook.executions.get(one) ?? []);
  const running = open.find(isHeld) ?? null;
  return {
    runtime,
    language: language.toLowerCase(),
    name: runtime?.kernel.name || text(said.kernelspec?.name) || "python3",
    running,
    queued: open.length - (running ? 1 : 0),
  };
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
