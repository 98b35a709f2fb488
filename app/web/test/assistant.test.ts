// What is put together from records of the assistant, and from what it is just writing.

import { expect, test } from "vitest";
import type { WireRecord } from "../src/generated.ts";
import { spentOf, targetOf } from "../src/page/assistant/deeds.ts";
import { drafted, type Drafts } from "../src/page/assistant/drafts.ts";
import { exchangesOf, threadsOf } from "../src/page/assistant/talk.ts";
import type { Signal } from "../src/wire/follow.ts";

let seq = 0;
function record(type: string, data: object): WireRecord {
  seq += 1;
  return { seq, type, data, actor: { kind: "human", id: "ana", name: "Ana" } } as WireRecord;
}

function asked(message_id: string, thread_id: string, run_id: string): readonly WireRecord[] {
  return [
    record("messagePosted", { message_id, thread_id, text: `Say ${message_id}` }),
    record("assistantRunRequested", { run_id, thread_id, message_id }),
  ];
}

test("an answer holds its words and uses of tools in order, with what came of them", () => {
  const blocks = [
    { type: "thinking", thinking: "Hm." },
    { type: "text", text: "I look." },
    { type: "tool_use", id: "t1" },
  ];
  const usage = { input_tokens: 10, output_tokens: 5, cost: 12_000 };
  const call = { run_id: "r1", turn: 0, tool_call_id: "t1", tool: "read_cell", arguments: "{}" };
  const [exchange] = exchangesOf([
    ...asked("m1", "t", "r1"),
    record("modelCallCompleted", { run_id: "r1", turn: 0, content: JSON.stringify(blocks), usage }),
    record("toolCallProposed", call),
    record("toolCallCompleted", { run_id: "r1", tool_call_id: "t1", text: "1", is_error: true }),
    record("modelCallCompleted", { run_id: "r1", turn: 1, content: "[]", usage }),
    record("assistantRunFinished", { run_id: "r1", outcome: "completed", reason: "Done." }),
  ]);
  const run = exchange?.run;
  expect(run?.parts.map(({ kind }) => kind)).toEqual(["thinking", "words", "tool"]);
  expect(run?.parts[2]).toMatchObject({ result: "1", failed: true });
  expect(run?.usage).toMatchObject({ input_tokens: 20, output_tokens: 10, cost: 24_000 });
  expect([run?.answered, run?.outcome]).toEqual([1, "completed"]);
});

test("the thread that was written to last comes last", () => {
  const exchanges = exchangesOf([
    ...asked("m1", "one", "r1"),
    ...asked("m2", "two", "r2"),
    ...asked("m3", "one", "r3"),
  ]);
  const threads = threadsOf(exchanges);
  expect([...threads.keys()]).toEqual(["two", "one"]);
  expect(threads.get("one")?.map(({ message_id }) => message_id)).toEqual(["m1", "m3"]);
});

test("words that are being written are put together from their ends", () => {
  const told = (value: object, gone = false): Signal =>
    ({ kind: "draft", key: "r1", value, gone }) as unknown as Signal;
  const value = { run_id: "r1", turn: 0, attempt: 1, block: 0, kind: "text" };
  let drafts: Drafts = new Map();
  drafts = drafted(drafts, told({ ...value, offset: 0, text: "Once upon" }));
  drafts = drafted(drafts, told({ ...value, offset: 5, text: "upon a time" }));
  expect(drafts.get("r1")?.text).toBe("Once upon a time");
  const late = drafted(new Map(), told({ ...value, offset: 5, text: "upon" }));
  expect(late.get("r1")?.text).toBe("…upon");
  expect(drafted(drafts, told({}, true)).size).toBe(0);
});

test("a use of a tool names its cell by its place", () => {
  const nameOf = (cellId: string): string | null => (cellId === "k1" ? "cell 1" : null);
  const of = (tool: string, takes: object) =>
    targetOf({ tool, arguments: JSON.stringify(takes) }, nameOf);
  expect(of("edit_cell", { cell_id: "k1" })).toEqual({ text: "cell 1", cell_id: "k1" });
  expect(of("run_cells", { cells: [{ cell_id: "k1" }] }).cell_id).toBe("k1");
  expect(of("delete_cells", { cell_ids: ["k1", "k2"] }).text).toBe("2 cells");
  expect(of("insert_cells", { cells: [{ source: "1" }] }).text).toBe("a cell");
  expect(of("run_cells", {}).text).toBe("the notebook");
});

const SPENT = {
  input_tokens: 1000,
  cache_read_tokens: 204,
  cache_write_tokens: 0,
  output_tokens: 31,
  cost: 0,
};

test("small costs are told in small parts of a dollar", () => {
  expect(spentOf({ ...SPENT, cost: 12_300 }, "claude")).toBe("1,204 tokens in, 31 out · $0.0123");
});

test("a cost that nobody knows is not told as none", () => {
  expect(spentOf(SPENT, "claude")).toBe(
    "1,204 tokens in, 31 out · cost not known for this model",
  );
  expect(spentOf(SPENT, "scripted-demo-not-an-ai")).toBe("1,204 tokens in, 31 out · no cost");
});
