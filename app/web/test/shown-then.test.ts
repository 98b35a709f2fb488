// Which cells show something else at one moment than at another.

import { expect, test } from "vitest";
import type { PortableNotebook } from "../src/generated.ts";
import { sameOutputs, shiftsBetween, type Outputs } from "../src/page/history/shown-then.ts";
import { unpack } from "../src/state.ts";

const EMPTY = { sha256: "e" };
const png = (sha256: string, plain: string): Outputs[number] => ({
  output_type: "display_data",
  data: { "image/png": { sha256 }, "text/plain": { sha256: plain } },
  metadata: EMPTY,
});
const ran = (digest: string, pieces: readonly string[]): Outputs[number] => ({
  output_type: "stream",
  name: "stdout",
  digest,
  pieces: pieces.map((text) => ({ output_type: "stream", name: "stdout", text })),
});
const notebook = (outputs: Outputs, deleted = false) =>
  unpack({
    notebook_id: "nb",
    seq: 1,
    title: "",
    metadata: EMPTY,
    created_at: "",
    cells: [
      { cell_id: "a", cell_type: "code", source: "1", metadata: EMPTY, rev: 1, execution_id: "e1", deleted },
    ],
    executions: [
      { execution_id: "e1", cell_id: "a", source: "1", requested_by: "ana", requested_at: "", status: "ok", outputs },
    ],
  } as unknown as PortableNotebook);

test("a cell that shows something else is told with who ran it", () => {
  const [before, after] = [notebook([ran("d1", [])]), notebook([ran("d2", [])])];
  expect(shiftsBetween(before, after)).toEqual([{ cell_id: "a", by: "ana" }]);
  expect(shiftsBetween(before, notebook([ran("d1", [])]))).toEqual([]);
  expect(shiftsBetween(notebook([], true), after)).toEqual([]);
});

test("a picture is the same when its words alone are others", () => {
  expect(sameOutputs([png("p", "<Axes at 0x1>")], [png("p", "<Axes at 0x2>")])).toBe(true);
  expect(sameOutputs([png("p", "")], [png("q", "")])).toBe(false);
});

test("a text that came in other pieces is the same text", () => {
  expect(sameOutputs([ran("d1", ["one", "two"])], [ran("d2", ["onetwo"])])).toBe(true);
  expect(sameOutputs([ran("d1", ["one"])], [ran("d2", ["two"])])).toBe(false);
});
