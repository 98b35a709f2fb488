// What is found in a text, and what it is replaced by.

import { Text } from "@codemirror/state";
import { expect, test } from "vitest";
import { patternOf, replacing, spansIn, type Query } from "../src/notebook/find.ts";

const PLAIN: Query = { text: "", matchCase: false, wholeWord: false, regex: false, outputs: true };

function pattern(query: Partial<Query>): RegExp {
  const made = patternOf({ ...PLAIN, ...query });
  if (!(made instanceof RegExp)) throw new Error(String(made));
  return made;
}

function replaced(source: string, query: Partial<Query>, by: string, only?: number): string {
  const how = { regex: query.regex ?? false, ...(only === undefined ? {} : { only }) };
  const changes = replacing(source, pattern(query), by, how);
  return changes ? changes.apply(Text.of(source.split("\n"))).toString() : source;
}

test("a text is found as it is written, whatever its signs mean in a pattern", () => {
  expect(spansIn("a.b axb (a.b)", pattern({ text: "a.b" }))).toEqual([
    [0, 3],
    [9, 12],
  ]);
  expect(spansIn("x[0]-{1}", pattern({ text: "[0]-{" }))).toEqual([[1, 6]]);
});

test("a whole word is bounded by what is no letter of any language", () => {
  const word = pattern({ text: "oie", wholeWord: true });
  expect(spansIn("oie éoie oie2 (oie)", word)).toEqual([
    [0, 3],
    [15, 18],
  ]);
});

test("a pattern that is none is said to be so, and nothing is asked for by nothing", () => {
  expect(patternOf({ ...PLAIN, text: "(", regex: true })).toMatch(/no regular expression/);
  expect(patternOf(PLAIN)).toBeNull();
});

test("a pattern that matches nothing at all finds nothing and ends", () => {
  expect(spansIn("aaa", pattern({ text: "b*", regex: true }))).toEqual([]);
});

test("matches never cut a character in two", () => {
  expect(spansIn("🐦🐦", pattern({ text: ".", regex: true }))).toEqual([
    [0, 2],
    [2, 4],
  ]);
});

test("what is put in place is taken as it is written, but for a pattern's own signs", () => {
  expect(replaced("a-b", { text: "a" }, "$&$1\\n")).toBe("$&$1\\n-b");
  const pair = { text: String.raw`(?<left>\w)-(\w)`, regex: true };
  expect(replaced("a-b c-d", pair, "$2$$$<left>$&$7\\n")).toBe("b$aa-b$7\n d$cc-d$7\n");
});

test("one match is replaced and all others stay", () => {
  expect(replaced("ab ab ab", { text: "ab" }, "c", 1)).toBe("ab c ab");
  expect(replaced("ab ab ab", { text: "ab" }, "c", 7)).toBe("ab ab ab");
});
