// What was said and done with the assistant, put together from records in the order of the log.
// Pure. What is only being written is for `drafts.ts`.

import type { RecordOf } from "../../events.ts";
import type {
  Agent,
  ContextAssembled,
  RunOutcome,
  ToolCallProposed,
  Usage,
  WireRecord,
} from "../../generated.ts";

/** The types of records that a talk is made of. */
export const TYPES = [
  "messagePosted",
  "assistantRunRequested",
  "assistantRunClaimed",
  "contextAssembled",
  "modelCallRetried",
  "modelCallCompleted",
  "toolCallProposed",
  "toolCallCompleted",
  "assistantRunFinished",
] as const;
type Type = (typeof TYPES)[number];

export interface ToolCall extends ToolCallProposed {
  readonly result: string | null;
  readonly failed: boolean;
}

/** What the assistant said, or used. */
export type Part =
  { readonly kind: "words" | "thinking"; readonly text: string } | ({ readonly kind: "tool" } & ToolCall);

/** One answer of the assistant. */
export interface Run {
  readonly run_id: string;
  readonly agent: Agent | null;
  readonly parts: readonly Part[];
  readonly seen: readonly ContextAssembled[];
  /** The last turn that the model answered; -1 before the first. */
  readonly answered: number;
  /** Why the model is asked once more, while it is. */
  readonly again: string;
  readonly usage: Required<Usage>;
  readonly outcome: RunOutcome | null;
  readonly reason: string;
}

/** A message, and what became of it. */
export interface Exchange {
  readonly message_id: string;
  readonly thread_id: string;
  readonly text: string;
  readonly cells: readonly string[] | null;
  readonly by: string;
  readonly at: string;
  readonly run: Run | null;
}

const UNUSED: Required<Usage> = {
  input_tokens: 0,
  output_tokens: 0,
  cache_read_tokens: 0,
  cache_write_tokens: 0,
  cost: 0,
};

/** The exchanges of a notebook, oldest first. */
export function exchangesOf(records: readonly WireRecord[]): readonly Exchange[] {
  const exchanges = new Map<string, Exchange>();
  const messageOf = new Map<string, string>();
  const runs = new Map<string, Run>();
  for (const record of records) {
    if (is(record, "messagePosted")) {
      const { message_id, thread_id, text, cells = null } = record.data;
      const { actor, recorded_at: at } = record;
      exchanges.set(message_id, { message_id, thread_id, text, cells, by: actor.id, at, run: null });
    } else if (is(record, "assistantRunRequested")) {
      messageOf.set(record.data.run_id, record.data.message_id);
      runs.set(record.data.run_id, fresh(record.data.run_id));
    } else {
      const { run_id = "" } = (record.data ?? {}) as { run_id?: string };
      const run = runs.get(run_id);
      if (run) runs.set(run_id, after(run, record));
    }
  }
  for (const [runId, messageId] of messageOf) {
    const exchange = exchanges.get(messageId);
    if (exchange) exchanges.set(messageId, { ...exchange, run: runs.get(runId) ?? null });
  }
  return [...exchanges.values()];
}

/** The exchanges by thread; the thread that was written to last comes last. */
export function threadsOf(
  exchanges: readonly Exchange[],
): ReadonlyMap<string, readonly Exchange[]> {
  const threads = new Map<string, readonly Exchange[]>();
  for (const exchange of exchanges) {
    const before = threads.get(exchange.thread_id) ?? [];
    threads.delete(exchange.thread_id);
    threads.set(exchange.thread_id, [...before, exchange]);
  }
  return threads;
}

function fresh(run_id: string): Run {
  return {
    run_id,
    agent: null,
    parts: [],
    seen: [],
    answered: -1,
    again: "",
    usage: UNUSED,
    outcome: null,
    reason: "",
  };
}

function after(run: Run, record: WireRecord): Run {
  if (is(record, "assistantRunClaimed")) return { ...run, agent: record.data.agent };
  if (is(record, "contextAssembled")) return { ...run, seen: [...run.seen, record.data] };
  if (is(record, "modelCallRetried")) return { ...run, again: record.data.reason };
  if (is(record, "modelCallCompleted")) {
    const { content, turn, usage } = record.data;
    const parts = [...run.parts, ...wordsOf(content)];
    return { ...run, parts, answered: turn, again: "", usage: sum(run.usage, usage) };
  }
  if (is(record, "toolCallProposed")) {
    const call: Part = { kind: "tool", ...record.data, result: null, failed: false };
    return { ...run, parts: [...run.parts, call] };
  }
  if (is(record, "toolCallCompleted")) {
    const { tool_call_id, text: result, is_error: failed = false } = record.data;
    const parts = run.parts.map((part) =>
      part.kind === "tool" && part.tool_call_id === tool_call_id
        ? { ...part, result, failed }
        : part,
    );
    return { ...run, parts };
  }
  if (is(record, "assistantRunFinished")) {
    return { ...run, outcome: record.data.outcome, reason: record.data.reason };
  }
  return run;
}

function is<T extends Type>(record: WireRecord, type: T): record is RecordOf<T> {
  return record.type === type;
}

function wordsOf(content: string): readonly Part[] {
  const blocks = json(content);
  if (!Array.isArray(blocks)) return [];
  return (blocks as { type?: string; text?: string; thinking?: string }[]).flatMap((block) => {
    const thinking = block.type === "thinking";
    const text = (thinking ? block.thinking : block.text) ?? "";
    if (!text.trim() || (block.type !== "text" && !thinking)) return [];
    return [{ kind: thinking ? ("thinking" as const) : ("words" as const), text }];
  });
}

function sum(one: Required<Usage>, other: Usage): Required<Usage> {
  return {
    input_tokens: one.input_tokens + (other.input_tokens ?? 0),
    output_tokens: one.output_tokens + (other.output_tokens ?? 0),
    cache_read_tokens: one.cache_read_tokens + (other.cache_read_tokens ?? 0),
    cache_write_tokens: one.cache_write_tokens + (other.cache_write_tokens ?? 0),
    cost: one.cost + (other.cost ?? 0),
  };
}

/** What a text says as JSON; null where it says nothing. */
export function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
