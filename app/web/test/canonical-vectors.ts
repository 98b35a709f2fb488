// Answers with the bytes of canonical JSON, as hex, and with sorted names, for the shared vectors.
// Reads JSON lines {fields} or {names} and writes {hex} or {sorted}.

import { createInterface } from "node:readline";
import { bytesToHex } from "@noble/hashes/utils.js";
import { canonicalBytes } from "../src/canonical.ts";
import { byCodePoint } from "../src/order.ts";

for await (const line of createInterface({ input: process.stdin })) {
  const { fields, names } = JSON.parse(line);
  const answer = names
    ? { sorted: names.toSorted(byCodePoint) }
    : { hex: bytesToHex(canonicalBytes(fields)) };
  process.stdout.write(JSON.stringify(answer) + "\n");
}
