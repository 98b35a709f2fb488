// What events of executions do to a notebook, and which executions its state keeps.

import { chained, NO_TEXT } from "../canonical.ts";
import type { Draft } from "../draft.ts";
import type { RecordOf } from "../events.ts";
import type { Execution, ExecutionEventType, Output, OutputUpdated, Shown } from "../generated.ts";
import { displayIds, isOpen } from "../state.ts";

/** Cell-less executions that state keeps after their end. */
export const KEPT_LOOSE = 50;

type LiveType = Exclude<
  ExecutionEventType,
  | "executionRequested"
  | "outputAppended"
  | "outputUpdated"
  | "outputsCleared"
  | "executionCompleted"
>;

/** Applies an event of an execution; one no longer in state changes nothing. */
export function applyToExecution(draft: Draft, record: RecordOf<ExecutionEventType>): void {
  const execution = draft.executions.get(record.data.execution_id);
  if (record.type === "executionRequested") {
    if (!execution) request(draft, record);
    return;
  }
  if (!execution) return;
  switch (record.type) {
    case "outputAppended":
      return append(draft, execution, record.data.index, record.data.outputs);
    case "outputUpdated":
      return update(draft, execution, record.data);
    case "outputsCleared":
      return clear(draft, execution, record.data.index, record.data.wait ?? false);
    case "executionCompleted":
      if (isOpen(execution)) complete(draft, execution, record);
      return;
    default:
      if (isOpen(execution)) changeOpen(draft, execution, record);
  }
}

function changeOpen(draft: Draft, execution: Execution, record: RecordOf<LiveType>): void {
  switch (record.type) {
    case "executionClaimed":
      return put(draft, {
        ...execution,
        status: execution.started_at ? "started" : "claimed",
        runtime_id: record.data.runtime_id,
        generation: record.data.generation,
      });
    case "executionStarted":
      if (!execution.started_at) start(draft, execution, record);
      return;
    case "inputRequested": {
      const { input_id, prompt, password } = record.data;
      return put(draft, { ...execution, input: { input_id, prompt, password: password ?? false } });
    }
    case "inputProvided":
      return put(draft, { ...execution, input: null });
    case "executionClaimLapsed":
      return put(draft, { ...execution, status: "adrift" });
    case "executionCancelRequested":
      return put(draft, { ...execution, cancel_requested: true, input: null });
    default:
      record satisfies never;
  }
}

/** Forgets an execution, unless it is still open or not in state. */
export function dropExecution(draft: Draft, executionId: string): void {
  const execution = draft.executions.get(executionId);
  if (!execution || isOpen(execution)) return;
  draft.executions.delete(executionId);
  unlinkDisplays(draft, execution);
}

/** Takes an execution out of the index of displays; to be done before its outputs go. */
export function unlinkDisplays(draft: Draft, execution: Execution): void {
  for (const displayId of displayIds(execution)) {
    const holders = draft.displays.get(displayId);
    if (!holders) continue;
    const others = holders.filter((holder) => holder !== execution.execution_id);
    if (others.length) draft.displays.set(displayId, others);
    else draft.displays.delete(displayId);
  }
}

function put(draft: Draft, execution: Execution): void {
  draft.executions.set(execution.execution_id, execution);
}

function request(draft: Draft, record: RecordOf<"executionRequested">): void {
  const { data } = record;
  put(draft, {
    execution_id: data.execution_id,
    source: data.source,
    requested_by: record.actor.id,
    requested_at: record.recorded_at,
    cell_id: data.cell_id ?? null,
    rev: data.rev ?? null,
    batch_id: data.batch_id ?? null,
    allow_error: data.allow_error ?? false,
    status: "requested",
    runtime_id: null,
    generation: 0,
    execution_count: null,
    outputs: [],
    next_index: 0,
    clear_pending: false,
    cancel_requested: false,
    input: null,
    started_at: null,
    completed_at: null,
    reason: null,
    duration_ms: null,
  });
  draft.queue = [...draft.queue, data.execution_id];
}

function start(draft: Draft, execution: Execution, record: RecordOf<"executionStarted">): void {
  put(draft, {
    ...execution,
    status: "started",
    execution_count: record.data.execution_count ?? null,
    started_at: record.recorded_at,
  });
  const cell = execution.cell_id ? draft.cells.get(execution.cell_id) : undefined;
  if (!cell || cell.deleted) return;
  draft.cells.set(cell.cell_id, {
    ...cell,
    outputs: [],
    execution_count: null,
    execution_id: execution.execution_id,
  });
  if (cell.execution_id) dropExecution(draft, cell.execution_id);
}

function complete(
  draft: Draft,
  execution: Execution,
  record: RecordOf<"executionCompleted">,
): void {
  const { execution_id: executionId, cell_id: cellId } = execution;
  put(draft, {
    ...execution,
    status: record.data.status,
    completed_at: record.recorded_at,
    reason: record.data.reason ?? null,
    duration_ms: record.data.duration_ms ?? null,
    input: null,
    cancel_requested: false,
  });
  draft.queue = draft.queue.filter((other) => other !== executionId);
  if (cellId === null) keepLoose(draft, executionId);
  else if (draft.cells.get(cellId)?.execution_id !== executionId) dropExecution(draft, executionId);
}

function keepLoose(draft: Draft, executionId: string): void {
  const loose = [...draft.loose, executionId];
  draft.loose = loose.slice(-KEPT_LOOSE);
  for (const old of loose.slice(0, -KEPT_LOOSE)) dropExecution(draft, old);
}

function append(
  draft: Draft,
  execution: Execution,
  index: number,
  outputs: readonly Output[],
): void {
  const clearing = execution.clear_pending && outputs.length > 0;
  if (clearing) unlinkDisplays(draft, execution);
  put(draft, {
    ...execution,
    outputs: joined(clearing ? [] : execution.outputs, outputs),
    next_index: index + 1,
    clear_pending: execution.clear_pending && !clearing,
  });
  for (const output of outputs) {
    if (output.output_type !== "display_data" && output.output_type !== "execute_result") continue;
    if (output.display_id) link(draft, output.display_id, execution.execution_id);
  }
}

function link(draft: Draft, displayId: string, executionId: string): void {
  const holders = draft.displays.get(displayId) ?? [];
  if (!holders.includes(executionId)) draft.displays.set(displayId, [...holders, executionId]);
}

/** The outputs with more behind them; neighbouring text of one stream is one stream. */
function joined(before: readonly Shown[], outputs: readonly Output[]): readonly Shown[] {
  const shown = [...before];
  for (const output of outputs) {
    if (output.output_type !== "stream") {
      shown.push(output);
      continue;
    }
    const { name } = output;
    const last = shown.at(-1);
    const goesOn = last?.output_type === "stream" && last.name === name ? last : null;
    const digest = chained(goesOn?.digest ?? NO_TEXT, output.sha256 ?? "");
    const pieces = [...(goesOn?.pieces ?? []), output];
    shown.splice(goesOn ? -1 : shown.length, 1, { output_type: "stream", name, digest, pieces });
  }
  return shown;
}

function update(draft: Draft, execution: Execution, data: OutputUpdated): void {
  put(draft, { ...execution, next_index: data.index + 1 });
  for (const holderId of draft.displays.get(data.display_id) ?? []) {
    const holder = draft.executions.get(holderId);
    if (holder) put(draft, { ...holder, outputs: holder.outputs.map((one) => redrawn(one, data)) });
  }
}

function redrawn(output: Shown, update: OutputUpdated): Shown {
  if (output.output_type !== "display_data" && output.output_type !== "execute_result") {
    return output;
  }
  if (output.display_id !== update.display_id) return output;
  return { ...output, data: update.data, metadata: update.metadata };
}

function clear(draft: Draft, execution: Execution, index: number, wait: boolean): void {
  const indexed = { ...execution, next_index: index + 1, clear_pending: wait };
  if (wait) return put(draft, indexed);
  unlinkDisplays(draft, execution);
  put(draft, { ...indexed, outputs: [] });
}
