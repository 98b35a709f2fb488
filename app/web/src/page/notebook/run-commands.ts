// Running: cells, all, above, below; stopping what runs; a fresh kernel.

import { cellsOf, openByCell, placesOf, standingOf } from "../../notebook/cells.ts";
import { insertBeside } from "./cell-commands.ts";
import type { Action, Context } from "./action.ts";
import { idsOf, selectedIds } from "./selection.ts";

/** Run the code cells among these, in their order, as one batch. */
export function runCells({ session }: Context, cellIds: readonly string[]): void {
  const { cells } = session.shown.notebook;
  const code = cellIds.filter((cellId) => cells.get(cellId)?.cell_type === "code");
  if (code.length === 0) return;
  const asked = code.map((cell_id) => ({ cell_id, rev: 0 }));
  void session.do({ tool: "run_cells", takes: { cells: asked, wait_s: 0 } });
}

function runHere(context: Context): void {
  runCells(context, selectedIds(context));
}

function runAndGoOn(context: Context): void {
  const cells = selectedIds(context);
  runCells(context, cells);
  const ids = idsOf(context.session);
  const next = ids[ids.indexOf(cells.at(-1) ?? "") + 1];
  if (next) context.view.go(next);
  else insertBeside(context, "below", "edit");
}

function runSome(context: Context, side: "all" | "above" | "below"): void {
  const ids = idsOf(context.session);
  const at = ids.indexOf(context.view.looking.cell_id ?? "");
  if (side === "all") return runCells(context, ids);
  runCells(context, side === "above" ? ids.slice(0, Math.max(at, 0)) : ids.slice(Math.max(at, 0)));
}

/** Run what changed since it ran and what never ran, and not what waits to run already. */
function runStale(context: Context): void {
  const { notebook } = context.session.shown;
  const [open, places] = [openByCell(notebook), placesOf(notebook)];
  const stale = cellsOf(notebook).filter((cell) => {
    const { state } = standingOf(notebook, cell, open, places);
    return cell.source.trim() && ["stale", "never run", "saved", "lost", "cancelled"].includes(state);
  });
  runCells(context, stale.map((cell) => cell.cell_id));
}

/** Cancel what runs or waits of the selected cells. */
function cancel(context: Context): void {
  const { session } = context;
  const chosen = new Set(selectedIds(context));
  const { executions, queue } = session.shown.confirmed;
  for (const execution_id of queue) {
    if (!chosen.has(executions.get(execution_id)?.cell_id ?? "")) continue;
    void session.do({ tool: "cancel_execution", takes: { execution_id } });
  }
}

export const runCommands: readonly Action[] = [
  {
    id: "run-next",
    title: "Run and go to the next cell",
    group: "Run",
    keys: ["Shift-Enter"],
    run: runAndGoOn,
  },
  {
    id: "run",
    title: "Run the selected cells",
    group: "Run",
    keys: ["Mod-Enter"],
    run: (context) => {
      runHere(context);
      const { cell_id } = context.view.looking;
      if (cell_id) context.view.go(cell_id);
    },
  },
  {
    id: "run-insert",
    title: "Run and insert a cell below",
    group: "Run",
    keys: ["Alt-Enter"],
    run: (context) => {
      runHere(context);
      insertBeside(context, "below", "edit");
    },
  },
  {
    id: "run-all",
    title: "Run all cells",
    group: "Run",
    run: (context) => runSome(context, "all"),
  },
  {
    id: "run-above",
    title: "Run all cells above",
    group: "Run",
    run: (context) => runSome(context, "above"),
  },
  {
    id: "run-below",
    title: "Run this cell and all below",
    group: "Run",
    run: (context) => runSome(context, "below"),
  },
  {
    id: "run-stale",
    title: "Run all that changed or never ran",
    group: "Run",
    run: runStale,
  },
  {
    id: "cancel",
    title: "Cancel the run of the selected cells",
    group: "Run",
    run: cancel,
  },
  {
    id: "interrupt",
    title: "Interrupt the kernel",
    group: "Run",
    keys: ["i i"],
    mode: "command",
    run: ({ session }) => void session.do({ tool: "interrupt_kernel", takes: {} }),
  },
  {
    id: "restart",
    title: "Restart the kernel",
    group: "Run",
    keys: ["0 0"],
    mode: "command",
    run: ({ session }) => void session.do({ tool: "restart_kernel", takes: { wait_s: 0 } }),
  },
  {
    id: "restart-run-all",
    title: "Restart the kernel and run all cells",
    group: "Run",
    run: ({ session }) =>
      void session.do({ tool: "restart_kernel", takes: { run_all: true, wait_s: 0 } }),
  },
  {
    id: "clear-all-outputs",
    title: "Clear all outputs",
    group: "Run",
    run: ({ session }) => void session.do({ tool: "clear_outputs", takes: {} }),
  },
];
