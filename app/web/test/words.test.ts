// Sentences of the log as people read them.

import { expect, test } from "vitest";
import { pieces, plainSentence, type Told } from "../src/page/history/words.ts";

const nameOf = (cellId: string): string | null =>
  cellId === "k3" ? "cell 3" : cellId === "k4" ? "cell 4" : null;
const cellOf = (executionId: string): string | null => (executionId === "e1" ? "k3" : null);
const told = (one: Told): string =>
  pieces(one, nameOf, cellOf)
    .map(({ text }) => text)
    .join("");

test("a cell that is known is called by its place, and is a piece of its own", () => {
  const line = { text: "Ana edited cell k3 (+2 -0).", type: "cellSourceEdited", cell_id: "k3" };
  expect(pieces(line, nameOf, cellOf)).toEqual([
    { text: "Ana edited " },
    { text: "cell 3", cell_id: "k3" },
    { text: " (+2 -0)." },
  ]);
  expect(plainSentence(line)).toBe("Ana edited a cell (+2 -0).");
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
