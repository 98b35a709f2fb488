// Everything that a person can do in a notebook, each with its keys: the one table that the
// keyboard, the palette, the menus and the cheat sheet are made of.

import type { Action } from "./action.ts";
import { cellCommands } from "./cell-commands.ts";
import { foldCommands } from "./fold-commands.ts";
import { moveCommands } from "./move-commands.ts";
import { runCommands } from "./run-commands.ts";
import { textCommands } from "./text-commands.ts";

const notebookCommands: readonly Action[] = [
  {
    id: "palette",
    title: "Find a command",
    group: "Notebook",
    keys: ["Mod-k", "p"],
    run: ({ open }) => open("palette"),
  },
  {
    id: "find",
    title: "Find in sources and outputs",
    group: "Notebook",
    keys: ["Mod-f"],
    run: ({ open }) => open("find"),
  },
  {
    id: "replace",
    title: "Find and replace in sources",
    group: "Notebook",
    keys: ["f"],
    mode: "command",
    run: ({ open }) => open("replace"),
  },
  {
    id: "kept",
    title: "Say whether all is kept",
    group: "Notebook",
    keys: ["Mod-s"],
    run: ({ open }) => open("kept"),
  },
  {
    id: "keys",
    title: "Show all keys",
    group: "Notebook",
    keys: ["?", "h"],
    mode: "command",
    run: ({ open }) => open("keys"),
  },
  {
    id: "outline",
    title: "Show or hide the outline",
    group: "Notebook",
    keys: ["Mod-Shift-l"],
    run: ({ open }) => open("outline"),
  },
  {
    id: "variables",
    title: "Show or hide the variables",
    group: "Notebook",
    keys: ["Mod-Shift-e"],
    run: ({ open }) => open("variables"),
  },
  {
    id: "history",
    title: "Show or hide the history",
    group: "Notebook",
    keys: ["Mod-Shift-h"],
    run: ({ open }) => open("history"),
  },
  {
    id: "assistant",
    title: "Show or hide the assistant",
    group: "Notebook",
    keys: ["Mod-j"],
    run: ({ open }) => open("assistant"),
  },
  {
    id: "people",
    title: "Show people and their roles",
    group: "Notebook",
    run: ({ open }) => open("people"),
  },
];

export const ACTIONS: readonly Action[] = [
  ...runCommands,
  ...cellCommands,
  ...textCommands,
  ...moveCommands,
  ...foldCommands,
  ...notebookCommands,
];

/** The action of this id. */
export function action(id: string): Action {
  const found = ACTIONS.find((one) => one.id === id);
  if (!found) throw new Error(`There is no action ${id}.`);
  return found;
}
