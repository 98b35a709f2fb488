// Making, changing, cutting and joining cells. Each tells how to take it back: undo of one's own.

import type { Cell, CellType, GivenCell } from "../../generated.ts";
import { cellsOf } from "../../notebook/cells.ts";
import { newId, type Session } from "../../replica/session.ts";
import type { Command } from "../../replica/predict.ts";
import type { Action, Context } from "./commands.ts";
import { selected, type Mode } from "./view.ts";

const done = new WeakMap<Session, Command[][]>();

/** Do these commands; `back` takes them back, if it can be done. */
function act(session: Session, commands: readonly Command[], back: Command[]): void {
  for (const command of commands) void session.do(command);
  const stack = done.get(session) ?? [];
  stack.push(back);
  done.set(session, stack);
}

function idsOf(session: Session): readonly string[] {
  return cellsOf(session.shown.notebook).map((cell) => cell.cell_id);
}

function here({ session, view }: Context): readonly Cell[] {
  const { cells } = session.shown.notebook;
  return selected(view.looking, idsOf(session)).flatMap((cellId) => cells.get(cellId) ?? []);
}

/** Insert a cell beside the one in focus, and go there. */
export function insertBeside(
  { session, view }: Context,
  side: "above" | "below",
  mode: Mode = "command",
  type: CellType = "code",
): void {
  const ids = idsOf(session);
  const at = ids.indexOf(view.looking.cell_id ?? "");
  const after = side === "below" ? (ids[at] ?? ids.at(-1) ?? null) : (ids[at - 1] ?? null);
  insertAfter({ session, view }, after, [{ cell_type: type }], mode);
}

/** Insert cells after one, or at the top, and go to the last of them. */
export function insertAfter(
  { session, view }: Pick<Context, "session" | "view">,
  after: string | null,
  given: readonly GivenCell[],
  mode: Mode,
): void {
  const cells = given.map((cell) => ({ ...cell, cell_id: newId() }));
  const cell_ids = cells.map((cell) => cell.cell_id);
  act(
    session,
    [{ tool: "insert_cells", takes: { cells, after } }],
    [{ tool: "delete_cells", takes: { cell_ids } }],
  );
  view.go(cell_ids.at(-1) ?? null, mode);
}

function remove(context: Context): void {
  const { session, view } = context;
  const cell_ids = here(context).map((cell) => cell.cell_id);
  if (cell_ids.length === 0) return;
  const ids = idsOf(session);
  const last = ids.indexOf(cell_ids.at(-1) ?? "");
  const next = ids[last + 1] ?? ids[last - cell_ids.length] ?? null;
  act(
    session,
    [{ tool: "delete_cells", takes: { cell_ids } }],
    [{ tool: "restore_notebook", takes: { cell_ids } }],
  );
  view.go(next);
}

function copy(context: Context): void {
  context.view.clipboard = here(context).map(({ source, cell_type, metadata }) => ({
    source,
    cell_type,
    metadata,
  }));
}

function paste(context: Context, side: "above" | "below"): void {
  const { session, view } = context;
  if (view.clipboard.length === 0) return;
  const ids = idsOf(session);
  const cells = here(context);
  const first = ids.indexOf(cells[0]?.cell_id ?? "");
  const after = side === "below" ? (cells.at(-1)?.cell_id ?? null) : (ids[first - 1] ?? null);
  insertAfter(context, after, view.clipboard, "command");
}

function changeType(context: Context, cell_type: CellType): void {
  const changing = here(context).filter((cell) => cell.cell_type !== cell_type);
  const { session } = context;
  if (changing.length === 0) return;
  act(
    session,
    changing.map(({ cell_id }) => ({ tool: "change_cell_type", takes: { cell_id, cell_type } })),
    changing.map(({ cell_id, cell_type: before }) => ({
      tool: "change_cell_type",
      takes: { cell_id, cell_type: before },
    })),
  );
}

/** Move the selected cells by one place. */
function moveBy(context: Context, step: -1 | 1): void {
  const { session, view } = context;
  const ids = idsOf(session);
  const cell_ids = here(context).map((cell) => cell.cell_id);
  const first = ids.indexOf(cell_ids[0] ?? "");
  const last = first + cell_ids.length - 1;
  if (first < 0 || (step < 0 ? first === 0 : last === ids.length - 1)) return;
  const after = step < 0 ? (ids[first - 2] ?? null) : (ids[last + 1] ?? null);
  const before = ids[first - 1] ?? null;
  act(
    session,
    [{ tool: "move_cells", takes: { cell_ids, after } }],
    [{ tool: "move_cells", takes: { cell_ids, after: before } }],
  );
  view.again();
}

function split(context: Context): void {
  const { session, view } = context;
  const [cell] = here(context);
  const at = view.caret?.head;
  if (!cell || at === undefined) return;
  const rest = cell.source.slice(at).replace(/^\n/, "");
  const { cell_id, cell_type } = cell;
  session.replace(cell_id, cell.source.slice(0, at).replace(/\n$/, ""));
  insertAfter(context, cell_id, [{ source: rest, cell_type }], "edit");
}

function merge(context: Context): void {
  const { session, view } = context;
  const ids = idsOf(session);
  const chosen = here(context);
  const [first] = chosen;
  if (!first) return;
  const next = session.shown.notebook.cells.get(ids[ids.indexOf(first.cell_id) + 1] ?? "");
  const cells = chosen.length > 1 ? chosen : next ? [first, next] : [];
  if (cells.length < 2) return;
  const cell_ids = cells.slice(1).map((cell) => cell.cell_id);
  session.replace(first.cell_id, cells.map((cell) => cell.source).join("\n"));
  act(
    session,
    [{ tool: "delete_cells", takes: { cell_ids } }],
    [{ tool: "restore_notebook", takes: { cell_ids } }],
  );
  view.go(first.cell_id);
}

function undo({ session }: Context): void {
  for (const command of done.get(session)?.pop() ?? []) void session.do(command);
}

const inCommandMode = { group: "Cells", mode: "command" } as const;

export const cellCommands: readonly Action[] = [
  {
    ...inCommandMode,
    id: "insert-above",
    title: "Insert a cell above",
    keys: ["a"],
    run: (context) => insertBeside(context, "above"),
  },
  {
    ...inCommandMode,
    id: "insert-below",
    title: "Insert a cell below",
    keys: ["b"],
    run: (context) => insertBeside(context, "below"),
  },
  {
    ...inCommandMode,
    id: "cut",
    title: "Cut the selected cells",
    keys: ["x"],
    run: (context) => {
      copy(context);
      remove(context);
    },
  },
  { ...inCommandMode, id: "copy", title: "Copy the selected cells", keys: ["c"], run: copy },
  {
    ...inCommandMode,
    id: "paste",
    title: "Paste cells below",
    keys: ["v"],
    run: (context) => paste(context, "below"),
  },
  {
    ...inCommandMode,
    id: "paste-above",
    title: "Paste cells above",
    keys: ["Shift-v"],
    run: (context) => paste(context, "above"),
  },
  {
    ...inCommandMode,
    id: "delete",
    title: "Delete the selected cells",
    keys: ["d d"],
    run: remove,
  },
  { ...inCommandMode, id: "undo", title: "Undo what I did to cells", keys: ["z"], run: undo },
  {
    ...inCommandMode,
    id: "to-code",
    title: "Make it code",
    keys: ["y"],
    run: (context) => changeType(context, "code"),
  },
  {
    ...inCommandMode,
    id: "to-markdown",
    title: "Make it a note (Markdown)",
    keys: ["m"],
    run: (context) => changeType(context, "markdown"),
  },
  {
    ...inCommandMode,
    id: "to-raw",
    title: "Make it raw text",
    keys: ["r"],
    run: (context) => changeType(context, "raw"),
  },
  {
    ...inCommandMode,
    id: "fold-outputs",
    title: "Fold or show outputs",
    keys: ["o"],
    run: (context) => {
      for (const cell of here(context)) context.view.fold(cell.cell_id);
    },
  },
  {
    id: "move-up",
    title: "Move the selected cells up",
    group: "Cells",
    keys: ["Alt-ArrowUp", "Mod-Shift-ArrowUp"],
    mode: "command",
    run: (context) => moveBy(context, -1),
  },
  {
    id: "move-down",
    title: "Move the selected cells down",
    group: "Cells",
    keys: ["Alt-ArrowDown", "Mod-Shift-ArrowDown"],
    mode: "command",
    run: (context) => moveBy(context, 1),
  },
  {
    id: "split",
    title: "Split the cell at the caret",
    group: "Cells",
    keys: ["Mod-Shift--", "Mod-Shift-_"],
    mode: "edit",
    run: split,
  },
  {
    id: "merge",
    title: "Join the selected cells, or this one with the next",
    group: "Cells",
    keys: ["Shift-m"],
    mode: "command",
    run: merge,
  },
];
