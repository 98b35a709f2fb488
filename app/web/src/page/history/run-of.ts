// By which run of the assistant a record came: with which model, by which prompt, for whom.

import { useEffect, useState } from "react";
import type { RecordOf } from "../../events.ts";
import type { Actor, Agent, PromptRef, WireRecord } from "../../generated.ts";
import { call } from "../../wire/calls.ts";

export interface RunOf {
  /** Where the run is; null where the record does not tell. */
  readonly notebook_id: string | null;
  readonly run_id: string | null;
  readonly agent: Agent | null;
  readonly person_id: string | null;
}

/** Whose run it was; null where no assistant of a notebook had to do with it. */
export function runOf(record: WireRecord): RunOf | null {
  const { notebook_id, actor, type } = record;
  const data = (record.data ?? {}) as Readonly<Record<string, unknown>>;
  const run_id = typeof data["run_id"] === "string" ? data["run_id"] : null;
  if (type === "actionDenied") {
    const { denied } = data as unknown as RecordOf<typeof type>["data"];
    return denied.agent ? { notebook_id: null, run_id: null, ...whose(denied) } : null;
  }
  if (type === "credentialIssued" && run_id) {
    const issued = data as unknown as RecordOf<typeof type>["data"];
    const { agent = null, person_id, notebooks } = issued;
    return { notebook_id: notebooks?.[0] ?? null, run_id, agent, person_id };
  }
  if (actor.agent) {
    return { notebook_id, run_id: run_id ?? record.correlation_id ?? null, ...whose(actor) };
  }
  if (!run_id || !type.startsWith("assistantRun")) return null;
  const { agent = null, person_id = null } = data as Partial<RunOf>;
  return { notebook_id, run_id, agent, person_id };
}

function whose({ agent, on_behalf_of }: Actor): Pick<RunOf, "agent" | "person_id"> {
  return { agent: agent ?? null, person_id: on_behalf_of?.[0] ?? null };
}

/** The prompt of a run, by name, version and hash, once it is known. */
export function usePrompt(run: RunOf | null): string | null {
  const [prompt, setPrompt] = useState<PromptRef | null>(null);
  const { notebook_id = null, run_id = null } = run ?? {};
  useEffect(() => {
    let gone = false;
    setPrompt(null);
    if (!notebook_id || !run_id) return;
    promptOf(notebook_id, run_id)
      .then((found) => gone || setPrompt(found))
      .catch(() => {}); // who may not read the notebook is not told of its prompt
    return () => {
      gone = true;
    };
  }, [notebook_id, run_id]);
  return prompt && `${prompt.prompt_id} ${prompt.version} (sha256 ${prompt.sha256.slice(0, 12)}…)`;
}

/** A run keeps the prompt that it began with. */
async function promptOf(notebookId: string, runId: string): Promise<PromptRef | null> {
  const { records = [] } = await call("read_history", {
    notebook_id: notebookId,
    correlation_id: runId,
    type: "contextAssembled",
    records: true,
    limit: 1,
  });
  const [record] = records as readonly RecordOf<"contextAssembled">[];
  return record?.data.prompt ?? null;
}
