// The headings of notes, and the sections that they begin.

import type { Cell } from "../generated.ts";
import type { Notebook } from "../state.ts";
import { alike, cellsOf } from "./cells.ts";

export interface Heading {
  readonly cell_id: string;
  readonly level: number;
  readonly text: string;
  /** Whether the note begins with it. */
  readonly first: boolean;
}

const kept = new WeakMap<Cell, readonly Heading[]>();

/** The headings of a cell, which is read anew only when it is another. */
export function headingsOf(cell: Cell): readonly Heading[] {
  const found = kept.get(cell) ?? read(cell);
  kept.set(cell, found);
  return found;
}

/** The headings of one notebook as it changes; the same value while they are the same. */
export class Outlined {
  #notebook: Notebook | null = null;
  #headings: readonly Heading[] = [];

  of(notebook: Notebook): readonly Heading[] {
    const before = this.#notebook;
    this.#notebook = notebook;
    if (!before || !alike(before, notebook, sameHeadings)) {
      this.#headings = cellsOf(notebook).flatMap(headingsOf);
    }
    return this.#headings;
  }
}

function sameHeadings(one: Cell, other: Cell): boolean {
  const [these, those] = [headingsOf(one), headingsOf(other)];
  return (
    these.length === those.length &&
    these.every(({ level, text }, at) => level === those[at]?.level && text === those[at]?.text)
  );
}

/** The level of the heading that a cell begins with, from 1; null if there is none. */
export function levelOf(cell: Cell): number | null {
  const [heading] = headingsOf(cell);
  return heading?.first ? heading.level : null;
}

/**
 * The cells of each section by the cell that begins it: all that follow up to the next heading of its
 * level or a higher one.
 */
export function sectionsOf(cells: readonly Cell[]): ReadonlyMap<string, readonly string[]> {
  const sections = new Map<string, string[]>();
  let open: { readonly level: number; readonly cell_ids: string[] }[] = [];
  for (const cell of cells) {
    const level = levelOf(cell);
    if (level !== null) open = open.filter((one) => one.level < level);
    for (const { cell_ids } of open) cell_ids.push(cell.cell_id);
    if (level === null) continue;
    const cell_ids: string[] = [];
    sections.set(cell.cell_id, cell_ids);
    open.push({ level, cell_ids });
  }
  return sections;
}

function read({ cell_id, cell_type, source }: Cell): Heading[] {
  if (cell_type !== "markdown") return [];
  const found: Heading[] = [];
  let fenced = false;
  let first = true;
  for (const line of source.split("\n")) {
    if (/^\s*(```|~~~)/.test(line)) fenced = !fenced;
    const heading = fenced ? null : /^(#{1,6})\s+(.+?)\s*#*$/.exec(line);
    if (heading?.[1] && heading[2]) {
      const text = heading[2].replaceAll(/[*_`]/g, "");
      found.push({ cell_id, level: heading[1].length, text, first });
    }
    if (line.trim()) first = false;
  }
  return found;
}
