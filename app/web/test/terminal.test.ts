// What a terminal shows in the end.

import { expect, test } from "vitest";
import { screenOf } from "../src/outputs/terminal.ts";

const shown = (text: string): string[] =>
  screenOf(text).map((row) => row.map((span) => span.text).join(""));

test("a carriage return writes over the line", () => {
  expect(shown("10%\r55%\r100%\n")).toEqual(["100%", ""]);
});

test("what is longer stays where less is written over it", () => {
  expect(shown("hello\rJ")).toEqual(["Jello"]);
});

test("a line can be erased, and the cursor go up", () => {
  expect(shown("gone\r\x1b[Knew")).toEqual(["new"]);
  expect(shown("a\nb\n\x1b[2Ax")).toEqual(["x", "b", ""]);
});

test("colours belong to their text alone", () => {
  const [row] = screenOf("a\x1b[31;1mb\x1b[0mc");
  expect(row?.map(({ text, look }) => [text, look.fg, look.bold])).toEqual([
    ["a", null, false],
    ["b", 1, true],
    ["c", null, false],
  ]);
});

test("colours of 256 and of 24 bits are kept", () => {
  const [row] = screenOf("\x1b[38;5;196ma\x1b[48;2;1;2;3mb");
  expect(row?.map(({ look }) => [look.fg, look.bg])).toEqual([
    ["rgb(255 0 0)", null],
    ["rgb(255 0 0)", "rgb(1 2 3)"],
  ]);
});

test("links and other orders of a terminal are not shown", () => {
  expect(shown("\x1b]8;;https://example.org\x07here\x1b]8;;\x07\x1b(B!")).toEqual(["here!"]);
  expect(shown("\x1b]0;a title\x07a\x1bP1$r0m\x1b\\b\x1b[?25l\x1b[>4;1mc")).toEqual(["abc"]);
  expect(shown("\x1b]0;a title that never ends")).toEqual([""]);
});

test("a backspace goes back by one", () => {
  expect(shown("ab\bc")).toEqual(["ac"]);
});

test("colours written with colons are colours too", () => {
  const [row] = screenOf("\x1b[38:2::1:2:3ma\x1b[38:5:196mb\x1b[4:3mc\x1b[4:0md");
  expect(row?.map(({ text, look }) => [text, look.fg, look.underline])).toEqual([
    ["a", "rgb(1 2 3)", false],
    ["b", "rgb(255 0 0)", false],
    ["c", "rgb(255 0 0)", true],
    ["d", "rgb(255 0 0)", false],
  ]);
});

test("a cursor that goes right for ever makes no line of more than ten thousand", () => {
  expect(shown("\x1b[10000C".repeat(1_000) + "x")[0]?.length).toBe(10_001);
});
