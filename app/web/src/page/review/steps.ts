// What a call would do, step by step, in the words of people. Pure.

import type { Step } from "../../generated.ts";

const WORDS: Readonly<Record<string, (cell: string) => string>> = {
  executionRequested: (cell) => `Run ${cell}`,
  cellCreated: () => "Add this cell",
  cellSourceEdited: (cell) => `Change ${cell}`,
  cellDeleted: (cell) => `Delete ${cell}`,
  cellRestored: (cell) => `Bring ${cell} back`,
  cellMoved: (cell) => `Move ${cell}`,
  cellTypeChanged: (cell) => `Change the type of ${cell}`,
  cellMetadataChanged: (cell) => `Change the metadata of ${cell}`,
  cellAttachmentsChanged: (cell) => `Change the attached files of ${cell}`,
  cellOutputsCleared: (cell) => `Clear the outputs of ${cell}`,
  executionCancelRequested: () => "Cancel a run",
  kernelInterruptRequested: () => "Interrupt the kernel",
  kernelRestartRequested: () => "Restart the kernel",
  notebookRenamed: () => "Rename the notebook",
  notebookArchived: () => "Archive the notebook",
  inputProvided: () => "Answer what the code asks for",
};

/** "Run cell 2". */
export function wordsOf(step: Step, nameOf: (cellId: string) => string | null): string {
  const cell = step.cell_id ? (nameOf(step.cell_id) ?? "a cell") : "this code";
  return WORDS[step.type]?.(cell) ?? `${spaced(step.type)}${step.cell_id ? ` (${cell})` : ""}`;
}

/** "notebookForked" as "Notebook forked". */
function spaced(type: string): string {
  const words = type.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export interface DiffLine {
  readonly kind: "added" | "removed" | "place" | "same";
  readonly text: string;
}

/** The lines of a unified diff. */
export function linesOf(diff: string): readonly DiffLine[] {
  return diff.split("\n").map((line) => {
    if (line.startsWith("@@")) return { kind: "place", text: line };
    if (line.startsWith("+")) return { kind: "added", text: line.slice(1) };
    if (line.startsWith("-")) return { kind: "removed", text: line.slice(1) };
    return { kind: "same", text: line.replace(/^ /, "") };
  });
}

/** Characters that are not seen, or that turn others around: what is read must be what would run. */
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

/** A text in which nothing is hidden. */
export function plain(text: string): string {
  return text.replaceAll(UNSEEN, (one) => {
    const code = one.codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0");
    return `⟨U+${code}⟩`;
  });
}
