// What a log adds up to, and its form as plain JSON. Shapes only; the reducer alone makes them.

import {
  APPROVAL_DEFAULTS,
  ASSISTANTRUN_DEFAULTS,
  CELL_DEFAULTS,
  COMMENT_DEFAULTS,
  EMPTY,
  EXECUTION_DEFAULTS,
  POLICY_DEFAULTS,
  PROPOSAL_DEFAULTS,
  RUNTIME_DEFAULTS,
  type Approval,
  type AssistantRun,
  type Cell,
  type Comment,
  type Execution,
  type Forked,
  type Imported,
  type Permission,
  type Policy,
  type PortableNotebook,
  type Proposal,
  type Runtime,
  type Status,
  type Value,
} from "./generated.ts";
import { byCodePoint } from "./order.ts";

/**
 * State at `seq`; 0 is the empty log. A value: a change makes a new one and shares the rest.
 *
 * `order` holds every cell id ever placed, tombstones too. `executions` holds of each cell the last
 * started and the open ones, of cell-less code (`loose`) the last 50. `queue` holds the open
 * executions, oldest first. `displays` tells which executions in state show a display id.
 * `approvals` and `proposals` hold the open ones and the last that were decided, oldest first.
 * `runs` are by run id, in `run_order`: the open ones and the last 20.
 * `skipped` counts the records of unknown type.
 */
export interface Notebook {
  readonly notebook_id: string;
  readonly seq: number;
  readonly title: string;
  readonly metadata: Value;
  readonly created_at: string;
  readonly archived: boolean;
  readonly imported: Imported | null;
  readonly forked: Forked | null;
  readonly order: readonly string[];
  readonly cells: ReadonlyMap<string, Cell>;
  readonly executions: ReadonlyMap<string, Execution>;
  readonly queue: readonly string[];
  readonly loose: readonly string[];
  readonly displays: ReadonlyMap<string, readonly string[]>;
  readonly runtimes: ReadonlyMap<string, Runtime>;
  readonly comments: ReadonlyMap<string, Comment>;
  readonly policy: Policy;
  readonly approvals: readonly Approval[];
  readonly permissions: readonly Permission[];
  readonly proposals: readonly Proposal[];
  readonly runs: ReadonlyMap<string, AssistantRun>;
  readonly run_order: readonly string[];
  readonly skipped: number;
}

const OPEN: ReadonlySet<Status> = new Set(["requested", "claimed", "started", "adrift"]);
const HELD: ReadonlySet<Status> = new Set(["claimed", "started", "adrift"]);

/** Whether the end of an execution is still to come. */
export const isOpen = (execution: Execution): boolean => OPEN.has(execution.status);

/** Whether a runtime has an execution, or had it when its lease ran out. */
export const isHeld = (execution: Execution): boolean => HELD.has(execution.status);

/** The notebook before its first record. */
export function emptyNotebook(notebookId: string): Notebook {
  return unpack({ notebook_id: notebookId, seq: 0, title: "", metadata: EMPTY, created_at: "" });
}

/** The notebook that was packed, also with its outputs held by reference. */
export function unpack(packed: PortableNotebook): Notebook {
  const cells = (packed.cells ?? []).map((cell) => ({ ...CELL_DEFAULTS, ...cell }));
  const executions = (packed.executions ?? []).map((each) => ({ ...EXECUTION_DEFAULTS, ...each }));
  const runtimes = (packed.runtimes ?? []).map((each) => ({ ...RUNTIME_DEFAULTS, ...each }));
  const comments = (packed.comments ?? []).map((each) => ({ ...COMMENT_DEFAULTS, ...each }));
  const runs = (packed.runs ?? []).map((each) => ({ ...ASSISTANTRUN_DEFAULTS, ...each }));
  return {
    notebook_id: packed.notebook_id,
    seq: packed.seq,
    title: packed.title,
    metadata: packed.metadata,
    created_at: packed.created_at,
    archived: packed.archived ?? false,
    imported: packed.imported ?? null,
    forked: packed.forked ?? null,
    order: cells.map((cell) => cell.cell_id),
    cells: new Map(cells.map((cell) => [cell.cell_id, cell])),
    executions: new Map(executions.map((each) => [each.execution_id, each])),
    queue: packed.queue ?? [],
    loose: packed.loose ?? [],
    displays: displaysOf(executions),
    runtimes: new Map(runtimes.map((each) => [each.runtime_id, each])),
    comments: new Map(comments.map((each) => [each.comment_id, each])),
    policy: { ...POLICY_DEFAULTS, ...packed.policy },
    approvals: (packed.approvals ?? []).map((each) => ({ ...APPROVAL_DEFAULTS, ...each })),
    permissions: packed.permissions ?? [],
    proposals: (packed.proposals ?? []).map((each) => ({ ...PROPOSAL_DEFAULTS, ...each })),
    runs: new Map(runs.map((each) => [each.run_id, each])),
    run_order: runs.map((each) => each.run_id),
    skipped: packed.skipped ?? 0,
  };
}

/** The notebook as JSON can hold it, with nothing left out but what follows from the rest. */
export function pack(notebook: Notebook): PortableNotebook {
  const { order, cells, displays: _follows, runs, run_order, ...rest } = notebook;
  return {
    ...rest,
    cells: order.flatMap((cellId) => cells.get(cellId) ?? []),
    executions: sortedByKey(notebook.executions),
    runtimes: sortedByKey(notebook.runtimes),
    comments: sortedByKey(notebook.comments),
    runs: run_order.flatMap((runId) => runs.get(runId) ?? []),
  };
}

/** The values of a map in the order of its keys. */
export function sortedByKey<V>(map: ReadonlyMap<string, V>): V[] {
  return [...map].sort(([one], [other]) => byCodePoint(one, other)).map(([, value]) => value);
}

/** The display ids that an execution shows, each once, in order. */
export function displayIds(execution: Execution): string[] {
  const found = new Set<string>();
  for (const output of execution.outputs) {
    if (output.output_type === "display_data" || output.output_type === "execute_result") {
      if (output.display_id) found.add(output.display_id);
    }
  }
  return [...found];
}

function displaysOf(executions: readonly Execution[]): ReadonlyMap<string, readonly string[]> {
  const displays = new Map<string, string[]>();
  for (const execution of executions) {
    for (const displayId of displayIds(execution)) {
      const holders = displays.get(displayId);
      if (holders) holders.push(execution.execution_id);
      else displays.set(displayId, [execution.execution_id]);
    }
  }
  return displays;
}
