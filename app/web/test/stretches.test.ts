// A log read in stretches, and which of its lines a window shows.

import { expect, test } from "vitest";
import type { Lines, RecordLine } from "../src/generated.ts";
import { blocksIn, blocksOf, lineAt, rowOf, rowsIn } from "../src/page/history/rows.ts";
import { Stretches, WIDTH } from "../src/page/history/stretches.ts";

const line = (seq: number, first_seq = seq): RecordLine => ({
  seq,
  first_seq,
  at: "2026-01-31T12:00:00.000Z",
  text: `Ana did ${seq}.`,
  type: "cellMoved",
  actor: { kind: "human", id: "ana", name: "Ana" },
  event_id: `e${seq}`,
  command_id: `c${seq}`,
});

/** A log in which every other record stands in the line of the one before it. */
const read = async (after: number, upto: number): Promise<Lines> => {
  const lines: RecordLine[] = [];
  for (let seq = after + 1; seq <= upto; seq += 2) lines.push(line(Math.min(seq + 1, upto), seq));
  return { upto, head: upto, lines };
};

async function all(stretches: Stretches): Promise<void> {
  for (const { after } of stretches.told.stretches) await stretches.need(after);
}

test("the newest stretch stands first, and what is not read has rows that are guessed", async () => {
  const stretches = new Stretches(read);
  stretches.reach(450);
  expect(stretches.told.stretches.map(({ after, upto }) => [after, upto])).toEqual([
    [400, 450],
    [200, 400],
    [0, 200],
  ]);
  await stretches.need(400);
  const blocks = blocksOf(stretches.told);
  expect(blocks.map(({ rows }) => rows)).toEqual([25, 120, 120]);
  expect(lineAt(blocks, 0)?.seq).toBe(450);
  expect(lineAt(blocks, 24)?.first_seq).toBe(401);
  expect(lineAt(blocks, 25)).toBeNull();
});

test("every record of a log that is read is in exactly one row, from the last to the first", async () => {
  const stretches = new Stretches(read);
  stretches.reach(20_000);
  await all(stretches);
  const blocks = blocksOf(stretches.told);
  expect(stretches.told.stretches).toHaveLength(20_000 / WIDTH);
  expect(rowsIn(blocks)).toBe(10_000);
  expect(rowOf(blocks, 20_000)).toBe(0);
  expect(rowOf(blocks, 1)).toBe(9_999);
  expect(lineAt(blocks, 9_999)?.first_seq).toBe(1);
  expect(rowOf(blocks, 10_001)).toBe(4_999);
  expect(blocksIn(blocks, 99, 101).map(({ stretch }) => stretch.after)).toEqual([19_800, 19_600]);
});

test("a log that grows has its newest stretch read again, and keeps its lines meanwhile", async () => {
  const stretches = new Stretches(read);
  stretches.reach(10);
  await stretches.need(0);
  stretches.reach(12);
  const [newest] = stretches.told.stretches;
  expect(newest?.lines).toHaveLength(5);
  expect(newest && stretches.stale(newest)).toBe(true);
  await stretches.need(0);
  expect(stretches.told.stretches[0]?.lines?.[0]?.seq).toBe(12);
});

test("what was asked before the lines were narrowed is dropped", async () => {
  const answers: ((lines: Lines) => void)[] = [];
  const stretches = new Stretches((_, upto) =>
    new Promise((answer) => answers.push(answer)).then((lines) => ({ ...(lines as Lines), upto })),
  );
  stretches.reach(3);
  const first = stretches.need(0);
  stretches.narrow({ about: "runs" });
  const second = stretches.need(0);
  answers[0]?.({ upto: 3, head: 3, lines: [line(1), line(2), line(3)] });
  answers[1]?.({ upto: 3, head: 3, lines: [line(2)] });
  await Promise.all([first, second]);
  expect(stretches.told.stretches[0]?.lines?.map(({ seq }) => seq)).toEqual([2]);
});

test("an error is told, and the next look tries again", async () => {
  let fails = true;
  const stretches = new Stretches(async (after, upto) => {
    if (fails) throw new Error("The server cannot be reached.");
    return read(after, upto);
  });
  stretches.reach(4);
  await stretches.need(0);
  expect(stretches.told.error).toBe("The server cannot be reached.");
  fails = false;
  await stretches.need(0);
  expect(stretches.told.error).toBeNull();
});

test("answers that end early are put together, and nothing between them is left out", async () => {
  const stretches = new Stretches(async (after, upto) => read(after, Math.min(upto, after + 30)));
  stretches.reach(200);
  await stretches.need(0);
  const lines = stretches.told.stretches[0]?.lines ?? [];
  expect(lines.at(0)?.seq).toBe(200);
  expect(lines.at(-1)?.first_seq).toBe(1);
  expect(lines).toHaveLength(100);
});
