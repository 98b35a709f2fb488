// Jupyter's keys, each of which does here what it does there, and stands where keys are looked up.

import { expect, test } from "vitest";
import { ACTIONS } from "../src/page/notebook/commands.ts";
import { shownKeys } from "../src/page/notebook/keyboard.ts";

const COMMAND = `Enter Shift-Enter Mod-Enter Alt-Enter ArrowUp k ArrowDown j Shift-ArrowUp Shift-k
  Shift-ArrowDown Shift-j Mod-a a b x c v Shift-v z Mod-z Shift-z y m r 1 2 3 4 5 6 Shift-m o Shift-o l
  Shift-l Space Shift-Space Mod-s f p h ? ArrowLeft ArrowRight`.split(/\s+/);
const SEQUENCES = ["d d", "i i", "0 0"];
const EDIT = `Escape Ctrl-m Shift-Enter Mod-Enter Alt-Enter Mod-Shift-- Tab Shift-Tab Mod-/ Mod-] Mod-[
  Mod-z Mod-Shift-z Mod-s`.split(/\s+/);

test.each([...COMMAND, ...SEQUENCES])("%s does something in command mode", (key) => {
  const found = ACTIONS.filter((one) => one.mode !== "edit" && one.keys?.includes(key));
  expect(found).toHaveLength(1);
});

test.each(EDIT)("%s does something in a text", (key) => {
  const found = ACTIONS.filter((one) => one.mode !== "command" && one.keys?.includes(key));
  expect(found).toHaveLength(1);
});

test("every action has a name of its own, and keys that can be shown", () => {
  expect(new Set(ACTIONS.map((one) => one.id)).size).toBe(ACTIONS.length);
  expect(new Set(ACTIONS.map((one) => one.title)).size).toBe(ACTIONS.length);
  for (const { keys = [] } of ACTIONS) {
    for (const key of keys) expect(shownKeys(key).every((part) => part.length > 0)).toBe(true);
  }
});
