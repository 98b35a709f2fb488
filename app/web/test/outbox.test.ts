// What a tab takes over of what closed tabs left: only what fits, and the rest goes back.

import { expect, test } from "vitest";
import { settled, type Taken } from "../src/replica/outbox.ts";

const entry = (command_id: string, from: string, cell_id: string | null): Taken => ({
  command_id,
  notebook_id: "n",
  order: Number(command_id.slice(1)),
  owner: "this tab",
  from,
  command: null,
  edit: cell_id === null ? null : { cell_id, base_rev: 1, changes: [], sent: null, source: "" },
});
const ids = ({ taken }: { readonly taken: readonly Taken[] }): readonly string[] =>
  taken.map(({ command_id }) => command_id);

test("what closed tabs left is taken up while nobody typed meanwhile", () => {
  const found = settled([entry("c1", "a", "x"), entry("c2", "b", "y")], new Set());
  expect(ids(found)).toEqual(["c1", "c2"]);
  expect(found.rest).toBe(false);
});

test("all of a tab waits if somebody typed meanwhile into one of its cells", () => {
  const left = [entry("c1", "a", "x"), entry("c2", "b", "y"), entry("c3", "a", null)];
  const found = settled(left, new Set(["x"]));
  expect(ids(found)).toEqual(["c2"]);
  expect(found.rest).toBe(true);
});
