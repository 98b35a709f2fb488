// Sentences of the log as people read them.

import { expect, test } from "vitest";
import type { Actor } from "../src/generated.ts";
import { pieces, plainSentence, type Naming, type Told } from "../src/page/history/words.ts";

const naming: Naming = {
  nameOf: (cellId) => (cellId === "k3" ? "cell 3" : cellId === "k4" ? "cell 4" : null),
  cellOf: (executionId) => (executionId === "e1" ? "k3" : null),
  called: (id) => (id === "ben" ? "Ben" : id === "nb1" ? "Birds" : null),
};
const actor: Actor = { kind: "human", id: "ana", name: "Ana" };
const told = (one: Omit<Told, "actor">): string =>
  pieces({ actor, ...one }, naming)
    .map(({ text }) => text)
    .join("");

test("a cell that is known is called by its place, and is a piece of its own", () => {
  const line = { text: "Ana edited cell k3 (+2 -0).", type: "cellSourceEdited", cell_id: "k3" };
  expect(pieces({ actor, ...line }, naming)).toEqual([
    { text: "Ana edited " },
    { text: "cell 3", cell_id: "k3" },
    { text: " (+2 -0)." },
  ]);
  expect(plainSentence({ actor, ...line })).toBe("Ana edited a cell (+2 -0).");
});

test("a new cell is told by its kind while it has no place", () => {
  const line = { text: "Ana added the code cell zz.", type: "cellCreated", cell_id: "zz" };
  expect(told(line)).toBe("Ana added a code cell.");
  expect(told({ ...line, text: "Ana added the code cell k3.", cell_id: "k3" })).toBe(
    "Ana added cell 3.",
  );
});

test("a run is that of its cell", () => {
  const line = {
    text: "The runtime finished execution e1 after 0.2 s.",
    type: "executionCompleted",
    execution_id: "e1",
  };
  expect(told(line)).toBe("The runtime finished the run of cell 3 after 0.2 s.");
  expect(told({ ...line, text: "The runtime finished execution e2.", execution_id: "e2" })).toBe(
    "The runtime finished a run.",
  );
});

test("an id is never taken for the beginning of another", () => {
  const line = { text: "Ana edited cell k33 (+1 -0).", type: "cellSourceEdited", cell_id: "k3" };
  expect(told(line)).toBe("Ana edited cell k33 (+1 -0).");
});

test("where a cell was moved to is told by the place of the other", () => {
  const line = { text: "Ana moved cell k3 after k4.", type: "cellMoved", cell_id: "k3" };
  expect(told(line)).toBe("Ana moved cell 3 after cell 4.");
});

test("a reply is told without the id of what it answers", () => {
  const text = "Ana replied to comment k1: \"Yes\".";
  expect(told({ text, type: "commentAdded" })).toBe("Ana replied: \"Yes\".");
});

test("people and notebooks are called by their names in the workspace's log", () => {
  expect(told({ text: "Ana made ben editor of notebook nb1.", type: "roleGranted" })).toBe(
    "Ana made Ben editor of “Birds”.",
  );
  const refused =
    "The server refused Claude the use of delete_notebook in nb1 3 times: Ask a person.";
  expect(told({ text: refused, type: "actionDenied" })).toBe(refused.replace("nb1", "“Birds”"));
});

test("a runtime is told without its name, which stands beside the sentence", () => {
  const runtime: Actor = { kind: "runtime", id: "r", name: "on this machine" };
  const line = {
    text: "The runtime on this machine started a fresh kernel python3.",
    type: "kernelStarted",
    actor: runtime,
  };
  expect(plainSentence(line)).toBe("The runtime started a fresh kernel python3.");
});

test("what has an id alone is told without it", () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ["changesProposed", "Claude proposed 2 changes (proposal p1): Shorter.", "Claude proposed 2 changes: Shorter."],
    ["proposalAccepted", "Ana took 2 hunks of proposal p1.", "Ana took 2 hunks of a proposal."],
    ["approvalGranted", "Ana allowed what approval a1 asks for.", "Ana allowed what was asked."],
    ["approvalDenied", "Ana denied what approval a1 asks for: No.", "Ana denied what was asked: No."],
    ["assistantRunRequested", "Ana asked the assistant (run r1).", "Ana asked the assistant."],
    ["assistantRunFinished", "Loop finished run r1: Done.", "Loop finished: Done."],
    ["toolCallProposed", "Loop wants to use edit_cell (tool call t1).", "Loop wants to use edit_cell."],
    ["credentialIssued", 'Loop issued the credential "x" to a program of kind assistant for run r1 with m.', 'Loop issued the credential "x" to a program of kind assistant for one run with m.'],
    ["executionCompleted", "The server ended 3 executions.", "The server ended 3 runs."],
    ["permissionGranted", "Ana let ben use run_code for the rest of its run.", "Ana let Ben use run_code for the rest of its run."],
    ["permissionGranted", "Ana let x7 use run_code for the rest of its run.", "Ana let a program use run_code for the rest of its run."],
    ["notebookForked", 'Ana forked notebook nb1 at 3 as "Terns".', 'Ana forked “Birds” at 3 as "Terns".'],
  ];
  for (const [type, text, words] of cases) expect(told({ type, text })).toBe(words);
});

test("the cells that a question is about are told by their places", () => {
  const asks = (cells: string): string =>
    told({
      type: "approvalRequested",
      text: `Claude asked to use delete_cells on cell ${cells} (approval a1).`,
    });
  expect(asks("k3")).toBe("Claude asked to use delete_cells on cell 3.");
  expect(asks("k3, k4, z9 ...")).toBe(
    "Claude asked to use delete_cells on cell 3, cell 4, a cell and more.",
  );
});

test("what somebody wrote is never taken for an id", () => {
  const line = { type: "commentAdded", text: 'Ana commented: "took run 5 of proposal nine."' };
  expect(told(line)).toBe(line.text);
});
