// Which outputs stay on a device: what fits, the latest first, and what the state still names.

import { expect, test } from "vitest";
import { making, stale, type Place } from "../src/replica/room.ts";

const place = (name: string, bytes: number, more: Partial<Place> = {}): Place => ({
  notebook_id: "nb",
  place: `nb ${name}`,
  bytes,
  names: [name],
  holds: [],
  ...more,
});

const names = (list: readonly Place[]): string => list.map((one) => one.names[0]).join(" ");

test("while there is room nothing goes", () => {
  const { list, gone } = making([place("a", 40)], [place("b", 60)], 100);
  expect([names(list), names(gone)]).toEqual(["a b", ""]);
});

test("what came first makes room for what comes", () => {
  const before = [place("a", 40), place("b", 40), place("c", 10)];
  const { list, gone } = making(before, [place("d", 60)], 100);
  expect([names(list), names(gone)]).toEqual(["c d", "a b"]);
});

test("what comes again takes the place of what it was, and is the latest", () => {
  const before = [place("a", 40), place("b", 40)];
  const { list, gone } = making(before, [place("a", 50)], 90);
  expect([names(list), names(gone)]).toEqual(["b a", ""]);
});

test("what the state names no longer is stale, in this notebook alone", () => {
  const other = { ...place("a", 1), notebook_id: "other" };
  const found = stale([place("a", 1), place("b", 1), other], "nb", new Set(["b"]));
  expect(found).toEqual([place("a", 1)]);
  expect(names(stale([place("a", 1), place("b", 1)], "nb", new Set()))).toBe("a b");
});

test("a blob lives for as long as something that holds it, or the state names it", () => {
  const list = [place("cell", 1, { holds: ["blob"] }), place("blob", 1), place("apart", 1)];
  expect(names(stale(list, "nb", new Set(["cell", "apart"])))).toBe("");
  expect(names(stale(list, "nb", new Set(["apart"])))).toBe("cell blob");
});

test("what has no name of its own does not outlive its notebook", () => {
  expect(stale([place("a", 1, { names: [] })], "nb", new Set())).toHaveLength(1);
});
