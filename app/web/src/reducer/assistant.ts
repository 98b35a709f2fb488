// What events of the assistant do to a notebook, and which runs its state keeps.

import type { Draft } from "../draft.ts";
import type { RecordOf } from "../events.ts";
import {
  ASSISTANTRUN_DEFAULTS,
  type AssistantEventType,
  type AssistantRun,
  type ExecutionEventType,
  type Usage,
} from "../generated.ts";

/** Runs that state keeps after their end. */
const KEPT_RUNS = 20;

type RunRecord = RecordOf<Exclude<AssistantEventType, "messagePosted" | "assistantRunRequested">>;

/** Applies an event of the assistant; one of a run that is over changes nothing. */
export function applyToAssistant(draft: Draft, record: RecordOf<AssistantEventType>): void {
  if (record.type === "messagePosted") return; // its words are in the log
  if (record.type === "assistantRunRequested") return requested(draft, record);
  const run = draft.runs.get(record.data.run_id);
  if (run && isOpenRun(run)) draft.runs.set(run.run_id, changed(run, record));
}

/** Lets a run know which of the executions that it requested are open. */
export function noteExecution(draft: Draft, record: RecordOf<ExecutionEventType>): void {
  const { execution_id } = record.data;
  if (record.type === "executionRequested") {
    const run = draft.runs.get(record.correlation_id ?? "");
    if (!run || !isOpenRun(run) || run.executions.includes(execution_id)) return;
    draft.runs.set(run.run_id, { ...run, executions: [...run.executions, execution_id] });
  } else if (record.type === "executionCompleted") {
    for (const runId of draft.run_order) {
      const run = draft.runs.get(runId);
      if (!run?.executions.includes(execution_id)) continue;
      const executions = run.executions.filter((one) => one !== execution_id);
      draft.runs.set(runId, { ...run, executions });
    }
  }
}

/** Whether the end of a run is still to come. */
export const isOpenRun = (run: AssistantRun): boolean =>
  run.status === "requested" || run.status === "claimed";

function requested(draft: Draft, record: RecordOf<"assistantRunRequested">): void {
  const { data } = record;
  if (draft.runs.has(data.run_id)) return;
  draft.runs.set(data.run_id, {
    ...ASSISTANTRUN_DEFAULTS,
    ...data,
    requested_by: record.actor.id,
    requested_at: record.recorded_at,
  });
  draft.run_order = [...draft.run_order, data.run_id];
  const ended = draft.run_order.filter((runId) => {
    const run = draft.runs.get(runId);
    return run && !isOpenRun(run);
  });
  const gone = new Set(ended.slice(0, Math.max(0, ended.length - KEPT_RUNS)));
  if (gone.size === 0) return;
  for (const runId of gone) draft.runs.delete(runId);
  draft.run_order = draft.run_order.filter((runId) => !gone.has(runId));
}

function changed(run: AssistantRun, record: RunRecord): AssistantRun {
  switch (record.type) {
    case "assistantRunClaimed":
      return {
        ...run,
        status: "claimed",
        generation: record.data.generation,
        principal_id: record.actor.id,
        credential_id: record.data.credential_id,
        agent: record.data.agent,
      };
    case "assistantRunClaimLapsed":
      return { ...run, status: "requested", credential_id: null };
    case "contextAssembled":
      return { ...run, turn: record.data.turn };
    case "modelCallStarted":
      return { ...run, turn: record.data.turn, asking: true };
    case "modelCallCompleted":
      return { ...run, asking: false, usage: sum(run.usage, record.data.usage) };
    case "modelCallFailed":
      return { ...run, asking: false };
    case "toolCallProposed":
      return {
        ...run,
        calls: [...run.calls, record.data.tool_call_id],
        tool_calls: run.tool_calls + 1,
      };
    case "toolCallCompleted": {
      const { tool_call_id } = record.data;
      return { ...run, calls: run.calls.filter((one) => one !== tool_call_id) };
    }
    case "modelCallRetried":
    case "assistantRunCancelRequested":
      return run;
    case "assistantRunFinished":
      return {
        ...run,
        status: record.data.outcome,
        reason: record.data.reason,
        asking: false,
        calls: [],
        credential_id: null,
        finished_at: record.recorded_at,
      };
    default:
      return record satisfies never;
  }
}

function sum(one: Usage, more: Usage): Usage {
  return {
    input_tokens: (one.input_tokens ?? 0) + (more.input_tokens ?? 0),
    output_tokens: (one.output_tokens ?? 0) + (more.output_tokens ?? 0),
    cache_read_tokens: (one.cache_read_tokens ?? 0) + (more.cache_read_tokens ?? 0),
    cache_write_tokens: (one.cache_write_tokens ?? 0) + (more.cache_write_tokens ?? 0),
    cost: (one.cost ?? 0) + (more.cost ?? 0),
  };
}
