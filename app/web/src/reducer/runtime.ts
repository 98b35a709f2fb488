// What events of runtimes and kernels do to a notebook.

import type { Draft } from "../draft.ts";
import type { RecordOf } from "../events.ts";
import { EMPTY, type RuntimeEventType } from "../generated.ts";
import { isHeld } from "../state.ts";

/** Applies an event of a runtime; one of a detached runtime changes nothing. */
export function applyToRuntime(draft: Draft, record: RecordOf<RuntimeEventType>): void {
  if (record.type === "runtimeAttached") return attach(draft, record);
  const runtimeId = record.data.runtime_id;
  const attached = draft.runtimes.get(runtimeId);
  if (!attached) return;
  switch (record.type) {
    case "runtimeDetached":
      return draft.runtimes.delete(runtimeId);
    case "kernelStarted":
      return draft.runtimes.set(runtimeId, {
        ...attached,
        kernel: record.data.kernel,
        kernel_alive: true,
        restart_requested: false,
      });
    case "kernelDied":
      return draft.runtimes.set(runtimeId, { ...attached, kernel_alive: false });
    case "kernelInterruptRequested":
      return voidInput(draft);
    case "kernelRestartRequested":
      draft.runtimes.set(runtimeId, { ...attached, restart_requested: true });
      return voidInput(draft);
    default:
      record satisfies never;
  }
}

function attach(draft: Draft, record: RecordOf<"runtimeAttached">): void {
  const { data } = record;
  draft.runtimes.set(data.runtime_id, {
    runtime_id: data.runtime_id,
    principal_id: record.actor.id,
    kernel: data.kernel,
    attached_at: record.recorded_at,
    environment: data.environment ?? EMPTY,
    capabilities: data.capabilities ?? [],
    label: data.label ?? "",
    kernel_alive: false,
    restart_requested: false,
  });
}

/** An interrupt takes a question back: nobody waits for its answer any more. */
function voidInput(draft: Draft): void {
  for (const executionId of draft.queue) {
    const execution = draft.executions.get(executionId);
    if (!execution || !isHeld(execution)) continue;
    if (execution.input) draft.executions.set(executionId, { ...execution, input: null });
    return; // at most one is held
  }
}
