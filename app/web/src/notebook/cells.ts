// Which cells of a notebook are in sight, and how each stands: the words of the log's readers.

import type { Cell, Execution, RunState } from "../generated.ts";
import type { Notebook } from "../state.ts";
import { differing } from "../overlaid.ts";
import { isHeld } from "../state.ts";

/** The cells in sight, in order. */
export function cellsOf(notebook: Notebook): readonly Cell[] {
  return notebook.order.flatMap((cellId) => {
    const cell = notebook.cells.get(cellId);
    return cell && !cell.deleted ? [cell] : [];
  });
}

/** Whether the same cells stand in the same places, and are the same or alike: a change of one costs
 * no look at the others. */
export function alike(
  one: Notebook,
  other: Notebook,
  same: (before: Cell, now: Cell) => boolean,
): boolean {
  if (one.order !== other.order) return false;
  return differing(one.cells, other.cells).every((cellId) => {
    const [before, now] = [one.cells.get(cellId), other.cells.get(cellId)];
    return before && now && before.deleted === now.deleted && same(before, now);
  });
}

/** How a cell stands. `execution` is the one that it shows or waits for. */
export interface Standing {
  readonly state: RunState;
  readonly execution: Execution | null;
  readonly place: number | null;
}

/** The open execution of each cell: the first one, which is the next to run. */
export function openByCell(notebook: Notebook): ReadonlyMap<string, Execution> {
  const found = new Map<string, Execution>();
  for (const executionId of notebook.queue) {
    const execution = notebook.executions.get(executionId);
    if (execution?.cell_id && !found.has(execution.cell_id))
      found.set(execution.cell_id, execution);
  }
  return found;
}

/** The places in the queue of those that nobody has claimed, from 1. */
export function placesOf(notebook: Notebook): ReadonlyMap<string, number> {
  const waiting = notebook.queue.filter(
    (executionId) => notebook.executions.get(executionId)?.status === "requested",
  );
  return new Map(waiting.map((executionId, before) => [executionId, before + 1]));
}

/** How a cell stands, given the open executions and their places. */
export function standingOf(
  notebook: Notebook,
  cell: Cell,
  open: ReadonlyMap<string, Execution>,
  places: ReadonlyMap<string, number>,
): Standing {
  const waiting = open.get(cell.cell_id);
  if (waiting) {
    const place = places.get(waiting.execution_id) ?? null;
    return { state: openState(waiting), execution: waiting, place };
  }
  const last = cell.execution_id ? notebook.executions.get(cell.execution_id) : undefined;
  if (!last) {
    const state = cell.outputs.length > 0 ? "saved" : "never run";
    return { state, execution: null, place: null };
  }
  const stale = last.source !== cell.source;
  return { state: stale ? "stale" : endState(last), execution: last, place: null };
}

/** Whether it is the next to run, or taken and not begun. */
export function isDue({ execution, place }: Standing): boolean {
  return place === 1 || execution?.status === "claimed";
}

function openState(execution: Execution): RunState {
  if (execution.status === "adrift") return "adrift";
  if (execution.input) return "waiting for input";
  return isHeld(execution) ? "running" : "queued";
}

function endState({ status }: Execution): RunState {
  const ended = status === "ok" || status === "error" || status === "cancelled";
  return ended ? status : "lost";
}

/** What is shown under a cell: of its last started run, else what came with its file. */
export function outputsOf(notebook: Notebook, cell: Cell): Execution["outputs"] | Cell["outputs"] {
  const execution = cell.execution_id ? notebook.executions.get(cell.execution_id) : undefined;
  return execution ? execution.outputs : cell.outputs;
}
