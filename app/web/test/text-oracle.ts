// Answers what CodeMirror makes of change sets, so that other implementations can be compared.
// Reads JSON lines {op, args} from stdin and answers each with {ok: value} or {error: message}.

import { createInterface } from "node:readline";
import { ChangeSet, Text } from "@codemirror/state";
import { applyChanges } from "../src/text.ts";

interface Spec {
  from: number;
  to: number;
  insert: string;
}

const textOf = (text: string): Text => Text.of(text.split("\n"));
const setOf = (changes: unknown): ChangeSet => ChangeSet.fromJSON(changes);

const operations: Record<string, (...args: never[]) => unknown> = {
  apply: (text: string, changes: unknown) => setOf(changes).apply(textOf(text)).toString(),
  ownApply: (text: string, changes: unknown) => applyChanges(text, changes),
  map: (changes: unknown, over: unknown, before: boolean) =>
    setOf(changes).map(setOf(over), before).toJSON(),
  compose: (first: unknown, second: unknown) => setOf(first).compose(setOf(second)).toJSON(),
  invert: (changes: unknown, oldText: string) => setOf(changes).invert(textOf(oldText)).toJSON(),
  mapPositions: (changes: unknown, positions: number[], assoc: number) =>
    positions.map((position) => setOf(changes).mapPos(position, assoc)),
  empty: (changes: unknown) => setOf(changes).empty,
  json: (changes: unknown) => setOf(changes).toJSON(),
  of: (specs: Spec[], length: number) => ChangeSet.of(specs, length, "\n").toJSON(),
};

function answer(request: { op: string; args: never[] }): { ok: unknown } | { error: string } {
  const operation = operations[request.op];
  if (!operation) return { error: `There is no operation ${request.op}.` };
  try {
    return { ok: operation(...request.args) };
  } catch (error) {
    return { error: String(error) };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(JSON.stringify(answer(JSON.parse(line))) + "\n");
}
