// Folding sections, sources and outputs: what one person wants to see of a notebook.

import type { Cell } from "../../generated.ts";
import { cellsOf } from "../../notebook/cells.ts";
import { levelOf, sectionsOf } from "../../notebook/headings.ts";
import type { Action, Context } from "./action.ts";
import type { Part } from "./folds.ts";
import { selectedCells } from "./selection.ts";

/** Fold this part of the selected cells, or show it again where it is folded in all of them. */
function turn(context: Context, part: Part): void {
  const cells = selectedCells(context);
  context.folds.set(part, cells, !cells.every((cell) => context.folds.has(part, cell)));
}

function setAll(context: Context, part: Part, folded: boolean): void {
  const cells = cellsOf(context.session.shown.notebook);
  const which = part === "section" ? cells.filter((cell) => levelOf(cell) !== null) : cells;
  context.folds.set(part, which, folded);
  if (part === "section" && folded) keepInSight(context, cells);
}

/** Fold the section that the cell in focus begins. From within one, go to its heading first. */
function foldSection(context: Context): void {
  const { session, view, folds } = context;
  const { notebook } = session.shown;
  const cell = notebook.cells.get(view.looking.cell_id ?? "");
  if (!cell) return;
  const opens = levelOf(cell) !== null && !folds.has("section", cell);
  if (opens) return folds.set("section", [cell], true);
  const heading = headingOver(cellsOf(notebook), cell);
  if (heading) view.go(heading);
}

function unfoldSection({ session, view, folds }: Context): void {
  const cell = session.shown.notebook.cells.get(view.looking.cell_id ?? "");
  if (cell && levelOf(cell) !== null) folds.set("section", [cell], false);
}

/** The nearest heading over a cell. */
function headingOver(cells: readonly Cell[], { cell_id }: Cell): string | undefined {
  return [...sectionsOf(cells)].findLast(([, under]) => under.includes(cell_id))?.[0];
}

/** Whoever is in a section that is folded now is taken to its heading. */
function keepInSight({ session, view, folds }: Context, cells: readonly Cell[]): void {
  const { order } = folds.sight(session.shown.notebook);
  const here = cells.find((cell) => cell.cell_id === view.looking.cell_id);
  if (!here || order.includes(here.cell_id)) return;
  view.go([...sectionsOf(cells)].find(([, under]) => under.includes(here.cell_id))?.[0] ?? null);
}

const inCommandMode = { group: "Fold", mode: "command" } as const;

export const foldCommands: readonly Action[] = [
  {
    ...inCommandMode,
    id: "fold-outputs",
    title: "Fold or show outputs",
    keys: ["o"],
    run: (context) => turn(context, "outputs"),
  },
  {
    ...inCommandMode,
    id: "fold-source",
    title: "Fold or show sources",
    keys: ["Shift-o"],
    run: (context) => turn(context, "source"),
  },
  {
    ...inCommandMode,
    id: "lines",
    title: "Number the lines of the cell, or not",
    keys: ["l"],
    run: (context) => turn(context, "lines"),
  },
  {
    ...inCommandMode,
    id: "lines-all",
    title: "Number the lines of all cells, or not",
    keys: ["Shift-l"],
    run: ({ session, folds }) => {
      const cells = cellsOf(session.shown.notebook);
      folds.setLines(!cells.every((cell) => folds.has("lines", cell)));
    },
  },
  {
    ...inCommandMode,
    id: "fold-section",
    title: "Fold the section of a heading, or go to the heading",
    keys: ["ArrowLeft"],
    run: foldSection,
  },
  {
    ...inCommandMode,
    id: "unfold-section",
    title: "Show the section of a heading",
    keys: ["ArrowRight"],
    run: unfoldSection,
  },
  ...(["section", "source", "outputs"] as const).flatMap((part) => {
    const all = part === "outputs" ? part : `${part}s`;
    return [
      {
        id: `fold-all-${part}`,
        title: `Fold all ${all}`,
        group: "Fold",
        run: (context: Context) => setAll(context, part, true),
      } as const,
      {
        id: `show-all-${part}`,
        title: `Show all ${all}`,
        group: "Fold",
        run: (context: Context) => setAll(context, part, false),
      } as const,
    ];
  }),
];
