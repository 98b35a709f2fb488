// What one person folded in a notebook: sections, sources, outputs; and which sources have their lines
// numbered. It is a way of looking, kept in the browser and in no log; where nobody chose yet, it is as
// the file says (as Jupyter writes it), and the lines as they last chose for all cells.

import type { Cell } from "../../generated.ts";
import { alike, cellsOf } from "../../notebook/cells.ts";
import { levelOf, sectionsOf } from "../../notebook/headings.ts";
import type { Notebook } from "../../state.ts";

export type Part = "section" | "source" | "outputs" | "lines";

type Choice = { readonly [Name in Part]?: boolean };

/** What is in sight of a notebook, and what stands folded under which heading. */
export interface Sight {
  readonly order: readonly string[];
  readonly under: ReadonlyMap<string, readonly string[]>;
}

const LINES = "intheloop.lines";

export class Folds {
  readonly #key: string;
  readonly #watchers = new Set<() => void>();
  #choices: ReadonlyMap<string, Choice>;
  #notebook: Notebook | null = null;
  #sight: Sight = { order: [], under: new Map() };

  constructor(notebookId: string) {
    this.#key = `intheloop.folds.${notebookId}`;
    this.#choices = recalled(this.#key);
  }

  watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  };

  /** Whether this part of a cell is folded. */
  has(part: Part, cell: Cell): boolean {
    return this.#choices.get(cell.cell_id)?.[part] ?? saved(part, cell);
  }

  set(part: Part, cells: readonly Cell[], folded: boolean): void {
    const choices = new Map(this.#choices);
    for (const { cell_id } of cells) choices.set(cell_id, { ...choices.get(cell_id), [part]: folded });
    this.#choices = choices;
    this.#notebook = null;
    remember(this.#key, choices);
    for (const watcher of this.#watchers) watcher();
  }

  /** Number the lines of all cells, in every notebook where nobody chose for one alone. */
  setLines(on: boolean): void {
    localStorage.setItem(LINES, on ? "on" : "off");
    const all = [...this.#choices].map(([cellId, choice]) => {
      const { lines: _, ...others } = choice;
      return [cellId, others] as const;
    });
    this.#choices = new Map(all);
    this.set("lines", [], on);
  }

  /** What is in sight; the same value while it is the same. */
  sight(notebook: Notebook): Sight {
    const before = this.#notebook;
    this.#notebook = notebook;
    if (!before || !alike(before, notebook, sameFolds)) {
      const sight = this.#look(cellsOf(notebook));
      if (!same(sight, this.#sight)) this.#sight = sight;
    }
    return this.#sight;
  }

  /** These cells with all that stands folded under them, in order. */
  whole(notebook: Notebook, cellIds: readonly string[]): readonly string[] {
    const { under } = this.sight(notebook);
    return [...new Set(cellIds.flatMap((one) => [one, ...(under.get(one) ?? [])]))];
  }

  /** Unfold whatever a cell stands under. */
  reveal(notebook: Notebook, cellId: string): void {
    const cells = cellsOf(notebook);
    if (this.sight(notebook).under.size === 0) return;
    const sections = sectionsOf(cells);
    const over = cells.filter(
      (cell) => this.has("section", cell) && sections.get(cell.cell_id)?.includes(cellId),
    );
    if (over.length > 0) this.set("section", over, false);
  }

  #look(cells: readonly Cell[]): Sight {
    const folded = cells.filter((cell) => levelOf(cell) !== null && this.has("section", cell));
    if (folded.length === 0) return { order: cells.map((cell) => cell.cell_id), under: new Map() };
    const sections = sectionsOf(cells);
    const under = new Map<string, readonly string[]>();
    const hidden = new Set<string>();
    for (const { cell_id } of folded) {
      const cellIds = sections.get(cell_id) ?? [];
      if (hidden.has(cell_id) || cellIds.length === 0) continue;
      under.set(cell_id, cellIds);
      for (const one of cellIds) hidden.add(one);
    }
    const order = cells.flatMap(({ cell_id }) => (hidden.has(cell_id) ? [] : [cell_id]));
    return { order, under };
  }
}

/** Whether two cells fold alike where nobody chose, and begin sections of one level. */
function sameFolds(one: Cell, other: Cell): boolean {
  return one.metadata === other.metadata && levelOf(one) === levelOf(other);
}

function same(one: Sight, other: Sight): boolean {
  const alike = (these: readonly string[], those: readonly string[] | undefined): boolean =>
    these.length === those?.length && these.every((cellId, place) => cellId === those[place]);
  return (
    alike(one.order, other.order) &&
    one.under.size === other.under.size &&
    [...one.under].every(([heading, cellIds]) => alike(cellIds, other.under.get(heading)))
  );
}

/** How a file has it folded: in the words of Jupyter. */
function saved(part: Part, { metadata }: Cell): boolean {
  const said = metadata.json as {
    readonly collapsed?: unknown;
    readonly jupyter?: { readonly source_hidden?: unknown; readonly outputs_hidden?: unknown };
    readonly "jp-MarkdownHeadingCollapsed"?: unknown;
  } | null;
  switch (part) {
    case "section":
      return said?.["jp-MarkdownHeadingCollapsed"] === true;
    case "source":
      return said?.jupyter?.source_hidden === true;
    case "lines":
      return localStorage.getItem(LINES) === "on";
    case "outputs":
      return said?.jupyter?.outputs_hidden === true || said?.collapsed === true;
  }
}

function recalled(key: string): ReadonlyMap<string, Choice> {
  try {
    return new Map(JSON.parse(localStorage.getItem(key) ?? "[]") as [string, Choice][]);
  } catch {
    return new Map();
  }
}

/** Without room in the browser it holds as long as the tab. */
function remember(key: string, choices: ReadonlyMap<string, Choice>): void {
  try {
    localStorage.setItem(key, JSON.stringify([...choices]));
  } catch {
    // It is a way of looking: nothing is lost.
  }
}
