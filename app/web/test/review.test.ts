// What waits for a person, as it is shown.

import { expect, test } from "vitest";
import { PROPOSAL_DEFAULTS, type Hunk, type Proposal } from "../src/generated.ts";
import { linesOf, openOf, placedIn } from "../src/page/review/hunks.ts";
import { hunksOf } from "../src/page/review/run-hunks.ts";
import { plain } from "../src/page/review/steps.ts";
import { unpack, type Notebook } from "../src/state.ts";

function notebook(...edits: Hunk[]): Notebook {
  const cells = ["a", "b", "c"].map((cell_id) => ({ cell_id, source: "", rev: 1 }));
  const packed = { notebook_id: "nb", seq: 9, title: "", metadata: "{}", created_at: "", cells };
  return { ...unpack(packed as never), proposals: [proposal({ edits })] };
}

function proposal(more: Partial<Proposal>): Proposal {
  return { ...PROPOSAL_DEFAULTS, proposal_id: "p", ...more } as Proposal;
}

const insert = (cell_id: string, after: string | null): Hunk => ({
  kind: "insert",
  cell_id,
  cell_type: "code",
  source: "",
  after,
});

test("an edit is told by the lines that it touches and one around them", () => {
  const changes = [8, [5, "THREE", "more"], 5];
  const lines = linesOf("one\ntwo\nthree\nfour", {
    kind: "edit",
    cell_id: "a",
    rev: 1,
    changes,
  });
  expect(lines?.map(({ kind, text }) => `${kind} ${text}`)).toEqual([
    "same two",
    "removed three",
    "added THREE",
    "added more",
    "same four",
  ]);
  expect(linesOf("short", { kind: "edit", cell_id: "a", rev: 1, changes })).toBeNull();
});

test("a new cell stands after the one that it is to follow, be that a new one too", () => {
  const placed = placedIn(
    notebook(insert("x", "b"), insert("y", "x"), insert("z", null), insert("w", "unknown")),
  );
  const at = (cellId: string) => placed.get(cellId)?.map(({ hunk }) => hunk.cell_id);
  expect(at("b")).toEqual(["x", "y"]);
  expect(at("")).toEqual(["z", "w"]);
});

test("cells that are each to follow the other are found a place all the same", () => {
  const placed = placedIn(notebook(insert("x", "y"), insert("y", "x")));
  expect(placed.get("")?.length).toBe(2);
});

test("what is decided or taken back is not open", () => {
  const edits = [insert("x", null), insert("y", null), insert("z", null)];
  const open = openOf(proposal({ edits, accepted: [0], rejected: [2] }));
  expect(open.map(({ number }) => number)).toEqual([1]);
  expect(openOf(proposal({ edits, withdrawn: true }))).toEqual([]);
});

test("characters that nobody sees are written out", () => {
  expect(plain("a = 1\n\tb\u202e#\u200b")).toBe("a = 1\n\tb⟨U+202E⟩#⟨U+200B⟩");
});

test("each hunk of a diff carries the edit that takes it back", () => {
  const hunks = hunksOf("@@ -1,2 +1,2 @@\n one\n-two\n+2\n@@ -9,1 +9,2 @@\n nine\n+ten");
  expect(hunks.map(({ back }) => back)).toEqual([
    { old: "one\n2", new: "one\ntwo" },
    { old: "nine\nten", new: "nine" },
  ]);
  expect(hunksOf("")).toEqual([]);
});
