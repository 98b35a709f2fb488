// Replays records for tests, so that the page's reducer can be compared with the server's.
// Reads JSON lines {records, start?, each?} and writes for each {digest, packed, digests?}: of the
// state after all records, and with `each` also the digest after every one. `start` is a packed
// notebook; without it the log begins with these records.

import { createInterface } from "node:readline";
import { digest } from "../src/canonical.ts";
import type { PortableNotebook, WireRecord } from "../src/generated.ts";
import { apply, replay } from "../src/reducer.ts";
import { emptyNotebook, pack, unpack, type Notebook } from "../src/state.ts";

interface Request {
  records: WireRecord[];
  start?: PortableNotebook;
  each?: boolean;
}

function answer(request: Request): object {
  const start = request.start
    ? unpack(request.start)
    : emptyNotebook(request.records[0]?.notebook_id ?? "");
  const replayed = replay(start, request.records);
  const whole = { digest: digest(replayed), packed: pack(replayed) };
  if (!request.each) return whole;
  // Digests are taken at the end, so that a state changed by later records would show.
  const states: Notebook[] = [];
  for (const record of request.records) states.push(apply(states.at(-1) ?? start, record));
  return { ...whole, digests: states.map(digest) };
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(JSON.stringify(answer(JSON.parse(line) as Request)) + "\n");
}
