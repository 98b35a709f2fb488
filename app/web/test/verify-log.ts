// Verifies exported logs: node test/verify-log.ts FILE [SEQ:HASH], the head being one that was
// noted elsewhere. Prints the end of the log, or a sentence on the first bad record and exits 1.
// Without FILE it reads JSON lines {lines, head?} from stdin and answers with each verdict as JSON.

import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { verifyLog, type Head } from "../src/verify.ts";

function headOf(text: string | undefined): Head | undefined {
  if (text === undefined) return undefined;
  const match = /^(\d+):([0-9a-f]{64})$/.exec(text);
  if (!match) throw new Error(`${text} is no head: give SEQ:HASH, as the end of a log is printed.`);
  return { seq: Number(match[1]), hash: match[2]! };
}

const [file, head] = process.argv.slice(2);
if (file === undefined) {
  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line) as { lines: string[]; head?: string };
    const verdict = verifyLog(request.lines, headOf(request.head));
    process.stdout.write(JSON.stringify(verdict) + "\n");
  }
} else {
  const lines = readFileSync(file, "utf8").split("\n").filter(Boolean);
  const verdict = verifyLog(lines, headOf(head));
  if (verdict.fault === null) {
    console.log(`${verdict.head.seq} records, ending with ${verdict.head.seq}:${verdict.head.hash}`);
  } else {
    console.log(verdict.fault);
    process.exitCode = 1;
  }
}
