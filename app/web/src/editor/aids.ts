// What helps to write: brackets that close themselves, and what the kernel knows.

import { closeBrackets, closeBracketsKeymap } from "@codemirror/autocomplete";
import type { Extension } from "@codemirror/state";
import { keymap } from "@codemirror/view";
import { kernelHelp, type Ask } from "./kernel-help.ts";

/** Closes brackets, and asks the kernel if there is one. */
export function writingAids(ask: Ask | null): Extension {
  return [
    closeBrackets(),
    keymap.of(closeBracketsKeymap),
    ask === null ? [] : kernelHelp(ask),
  ];
}
