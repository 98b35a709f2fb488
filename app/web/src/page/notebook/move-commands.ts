// Going from cell to cell, and in and out of editing.

import type { Action, Context } from "./action.ts";
import { orderOf } from "./selection.ts";

function neighbour(context: Context, step: number): string | undefined {
  const ids = orderOf(context);
  const at = ids.indexOf(context.view.looking.cell_id ?? "");
  return ids[Math.min(Math.max(at + step, 0), ids.length - 1)];
}

function step(context: Context, by: number): void {
  const cellId = neighbour(context, by);
  if (cellId) context.view.go(cellId);
}

function extend(context: Context, by: number): void {
  const cellId = neighbour(context, by);
  if (cellId) context.view.extend(cellId);
}

/** By as much as the window shows, but for a line or two; once the cell in focus has come into sight. */
function scroll(direction: 1 | -1): void {
  requestAnimationFrame(() => scrollBy({ top: direction * 0.9 * innerHeight }));
}

const inCommandMode = { group: "Move", mode: "command" } as const;

export const moveCommands: readonly Action[] = [
  {
    ...inCommandMode,
    id: "edit",
    title: "Edit the cell",
    keys: ["Enter"],
    run: ({ view }) => view.go(view.looking.cell_id, "edit"),
  },
  {
    id: "leave",
    title: "Leave the text for command mode",
    group: "Move",
    keys: ["Escape", "Ctrl-m"],
    mode: "edit",
    run: ({ view }) => view.go(view.looking.cell_id),
  },
  {
    ...inCommandMode,
    id: "up",
    title: "Go to the cell above",
    keys: ["ArrowUp", "k"],
    run: (context) => step(context, -1),
  },
  {
    ...inCommandMode,
    id: "down",
    title: "Go to the cell below",
    keys: ["ArrowDown", "j"],
    run: (context) => step(context, 1),
  },
  {
    ...inCommandMode,
    id: "extend-up",
    title: "Select the cell above too",
    keys: ["Shift-ArrowUp", "Shift-k"],
    run: (context) => extend(context, -1),
  },
  {
    ...inCommandMode,
    id: "extend-down",
    title: "Select the cell below too",
    keys: ["Shift-ArrowDown", "Shift-j"],
    run: (context) => extend(context, 1),
  },
  {
    ...inCommandMode,
    id: "scroll-down",
    title: "Scroll down",
    keys: ["Space"],
    run: () => scroll(1),
  },
  {
    ...inCommandMode,
    id: "scroll-up",
    title: "Scroll up",
    keys: ["Shift-Space"],
    run: () => scroll(-1),
  },
  {
    ...inCommandMode,
    id: "select-all",
    title: "Select all cells",
    keys: ["Mod-a"],
    run: (context) => context.view.all(orderOf(context)),
  },
  {
    ...inCommandMode,
    id: "first",
    title: "Go to the first cell",
    keys: ["Mod-ArrowUp", "Mod-Home"],
    run: (context) => step(context, -Infinity),
  },
  {
    ...inCommandMode,
    id: "last",
    title: "Go to the last cell",
    keys: ["Mod-ArrowDown", "Mod-End"],
    run: (context) => step(context, Infinity),
  },
];
