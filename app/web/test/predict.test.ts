// What a command of one's own comes to before the server has spoken.

import { expect, test } from "vitest";
import { predicted } from "../src/replica/predict.ts";
import { emptyNotebook, type Notebook } from "../src/state.ts";

const order = (notebook: Notebook): string[] =>
  notebook.order.filter((cellId) => notebook.cells.get(cellId)?.deleted === false);

const abc = predicted(emptyNotebook("n"), [
  {
    tool: "insert_cells",
    takes: { cells: ["a", "b", "c"].map((cell_id) => ({ cell_id, source: cell_id })) },
  },
]);

test("cells are inserted in order after their anchor", () => {
  expect(order(abc)).toEqual(["a", "b", "c"]);
  const more = predicted(abc, [
    { tool: "insert_cells", takes: { cells: [{ cell_id: "d" }, { cell_id: "e" }], after: "a" } },
  ]);
  expect(order(more)).toEqual(["a", "d", "e", "b", "c"]);
});

test("moved cells keep their order and their sources", () => {
  const moved = predicted(abc, [
    { tool: "move_cells", takes: { cell_ids: ["b", "c"], after: null } },
  ]);
  expect(order(moved)).toEqual(["b", "c", "a"]);
  expect(moved.cells.get("b")?.source).toBe("b");
});

test("a deleted cell is gone, and what is done to it changes nothing", () => {
  const without = predicted(abc, [
    { tool: "delete_cells", takes: { cell_ids: ["b"] } },
    { tool: "change_cell_type", takes: { cell_id: "b", cell_type: "markdown" } },
  ]);
  expect(order(without)).toEqual(["a", "c"]);
});

test("a cell behind one that is nowhere is not foreseen", () => {
  const cells = [{ cell_id: "d" }];
  expect(predicted(abc, [{ tool: "insert_cells", takes: { cells, after: "zz" } }])).toEqual(abc);
});

test("what is foreseen leaves the seq as it is", () => {
  expect(abc.seq).toBe(0);
});
