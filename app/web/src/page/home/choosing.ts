// Which notebooks a filter and a search leave. Pure.

import type { NotebookSummary } from "../../generated.ts";

export const CHOICES = {
  all: "All",
  mine: "Mine",
  shared: "Shared with me",
  running: "Running",
  waiting: "Waiting for me",
  archived: "Archived",
} as const;
export type Choice = keyof typeof CHOICES;

const FITS: Readonly<Record<Choice, (notebook: NotebookSummary) => boolean>> = {
  all: () => true,
  mine: ({ role }) => role === "owner",
  shared: ({ role }) => role !== "owner",
  running: ({ running = 0 }) => running > 0,
  waiting: ({ asks = false, to_decide = 0, role }) =>
    (asks && role !== "viewer") || (to_decide > 0 && (role === "owner" || role === "editor")),
  archived: () => true,
};

/** Those of a choice. What is archived is in its own choice alone. */
export function chosen(
  notebooks: readonly NotebookSummary[],
  choice: Choice,
): readonly NotebookSummary[] {
  const archived = choice === "archived";
  return notebooks.filter((one) => (one.archived ?? false) === archived && FITS[choice](one));
}

/** Those whose title has all the words, in any order. */
export function found(
  notebooks: readonly NotebookSummary[],
  words: string,
): readonly NotebookSummary[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  return notebooks.filter(({ title, notebook_id }) => {
    const text = `${title}\n${notebook_id}`.toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
}
