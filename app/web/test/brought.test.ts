// What outputs hold that a state only names: asked for together, once, and found by its name.

import { expect, test } from "vitest";
import { emptyNotebook } from "../src/state.ts";
import { Brought, type Outputs } from "../src/replica/brought.ts";

const EMPTY = { sha256: "44136f", json: {} };

/** A server that has these executions, and what it was asked. */
function served(...executions: readonly object[]): string[] {
  const asked: string[] = [];
  globalThis.fetch = async (address) => {
    asked.push(new URL(String(address), "http://here").searchParams.get("cells") ?? "");
    return new Response(JSON.stringify({ state: { cells: [], executions }, seq: 1 }));
  };
  return asked;
}

const text = (digest: string, ...pieces: string[]): Outputs[number] => ({
  output_type: "stream",
  name: "stdout",
  digest,
  pieces: pieces.map((one) => ({ output_type: "stream", name: "stdout", text: one })),
});

const table = (json?: string): Outputs[number] => ({
  output_type: "display_data",
  data: { "text/html": json === undefined ? { sha256: "aa" } : { sha256: "aa", json } },
  metadata: json === undefined ? { sha256: "44136f" } : EMPTY,
});

function came(brought: Brought): Promise<void> {
  return new Promise((go) => {
    const deaf = brought.watch(() => {
      deaf();
      go();
    });
  });
}

test("what is there already is the very same value, and nobody is asked", () => {
  const outputs = [text("d", "words"), table("<p>")];
  expect(new Brought("nb").whole(outputs)).toBe(outputs);
});

test("what is only named is brought for all that look, and is the same from then on", async () => {
  const asked = served({ outputs: [text("d", "words")] }, { outputs: [table("<p>")] });
  const brought = new Brought("nb");
  const [one, other] = [[text("d")], [table()]];
  expect(brought.whole(one)).toBeNull();
  const news = came(brought);
  brought.want("c1", one);
  brought.want("c2", other);
  brought.want("c1", one);
  await news;
  expect(asked).toEqual(["c1,c2"]);
  expect(brought.whole(one)).toEqual([text("d", "words")]);
  expect(brought.whole(other)).toEqual([table("<p>")]);
  expect(brought.whole(other)).toBe(brought.whole(other));
});

test("what the cell shows by now is not taken for what it showed then", async () => {
  const asked = served({ outputs: [text("e", "other words")] });
  const brought = new Brought("nb");
  const outputs = [text("d")];
  const news = came(brought);
  brought.want("c1", outputs);
  await news;
  expect(brought.whole(outputs)).toBeNull();
  brought.want("c1", outputs);
  expect(brought.whole([text("e")])).toEqual([text("e", "other words")]);
  expect(asked).toEqual(["c1"]);
});

test("nothing is left of it once the state comes anew", async () => {
  served({ outputs: [text("d", "erased")] });
  const brought = new Brought("nb");
  const outputs = [text("d")];
  const news = came(brought);
  brought.want("c1", outputs);
  await news;
  expect(brought.whole(outputs)).not.toBeNull();
  brought.forget(emptyNotebook("nb"));
  expect(brought.whole(outputs)).toBeNull();
});

test("an empty text of a file is whole", () => {
  const outputs: Outputs = [{ output_type: "stream", name: "stdout", text: "" }];
  expect(new Brought("nb").whole(outputs)).toBe(outputs);
});
