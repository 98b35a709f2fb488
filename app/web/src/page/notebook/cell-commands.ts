// Making, changing, cutting and joining cells. Each tells how to take it back: undo of one's own.

import type { Attachments, Cell, CellType, GivenCell } from "../../generated.ts";
import { cellsOf } from "../../notebook/cells.ts";
import { levelOf } from "../../notebook/headings.ts";
import { difference } from "../../replica/cell-text.ts";
import { newId } from "../../replica/session.ts";
import type { Action, Context } from "./action.ts";
import { idsOf, lastUnder, orderOf, selectedCells, selectedIds } from "./selection.ts";
import { act, redo, undo, type Edit } from "./undoing.ts";
import type { Mode } from "./view.ts";

/** Insert a cell beside the one in focus, and go there. */
export function insertBeside(
  context: Context,
  side: "above" | "below",
  mode: Mode = "command",
  type: CellType = "code",
): void {
  const { session, view } = context;
  const ids = idsOf(session);
  const here = view.looking.cell_id ?? "";
  const at = ids.indexOf(here);
  const below = at < 0 ? (ids.at(-1) ?? null) : lastUnder(context, here);
  insertAfter(context, side === "below" ? below : (ids[at - 1] ?? null), [{ cell_type: type }], mode);
}

/** Insert cells after one, or at the top, and go to the last of them. `edits` belong to it. */
export function insertAfter(
  { session, view }: Pick<Context, "session" | "view">,
  after: string | null,
  given: readonly GivenCell[],
  mode: Mode,
  edits: readonly Edit[] = [],
): void {
  const cells = given.map((cell) => ({ ...cell, cell_id: newId() }));
  const cell_ids = cells.map((cell) => cell.cell_id);
  act(
    session,
    { edits, commands: [{ tool: "insert_cells", takes: { cells, after } }] },
    [{ tool: "delete_cells", takes: { cell_ids } }],
    [{ tool: "restore_notebook", takes: { cell_ids } }],
  );
  view.go(cell_ids.at(-1) ?? null, mode);
}

function remove(context: Context): void {
  const { session, view } = context;
  const cell_ids = [...selectedIds(context)];
  if (cell_ids.length === 0) return;
  const order = orderOf(context);
  const stays = (cellId: string): boolean => !cell_ids.includes(cellId);
  const at = order.findIndex((cellId) => !stays(cellId));
  const next = order.slice(at).find(stays) ?? order.slice(0, at).at(-1) ?? null;
  act(
    session,
    { commands: [{ tool: "delete_cells", takes: { cell_ids } }] },
    [{ tool: "restore_notebook", takes: { cell_ids } }],
  );
  view.go(next);
}

function copy(context: Context): void {
  context.view.clipboard = selectedCells(context).map(given);
}

/** What a cell is made of, for another like it. */
function given({ source, cell_type, metadata, attachments }: Cell): GivenCell {
  const some = Object.keys(attachments).length > 0;
  return { source, cell_type, metadata, ...(some ? { attachments } : {}) };
}

function paste(context: Context, side: "above" | "below"): void {
  const { session, view } = context;
  if (view.clipboard.length === 0) return;
  const ids = idsOf(session);
  const chosen = selectedIds(context);
  const before = ids[ids.indexOf(chosen[0] ?? "") - 1] ?? null;
  insertAfter(context, side === "below" ? (chosen.at(-1) ?? null) : before, view.clipboard, "command");
}

function changeType(context: Context, cell_type: CellType, edits: readonly Edit[] = []): void {
  const changing = selectedCells(context).filter((cell) => cell.cell_type !== cell_type);
  if (changing.length === 0 && edits.length === 0) return;
  const to = (cellId: string, type: CellType) =>
    ({ tool: "change_cell_type", takes: { cell_id: cellId, cell_type: type } }) as const;
  act(
    context.session,
    { edits, commands: changing.map(({ cell_id }) => to(cell_id, cell_type)) },
    changing.map(({ cell_id, cell_type: before }) => to(cell_id, before)),
  );
}

/** Make cells notes whose first line is a heading of this level. */
function makeHeading(context: Context, level: number): void {
  const edits = selectedCells(context).map(({ cell_id, source }) => {
    const headed = `${"#".repeat(level)} ${source.replace(/^#{1,6}[ \t]*/, "")}`;
    return { cell_id, changes: difference(source, headed) };
  });
  changeType(context, "markdown", edits);
}

/** Move cells that stand together to stand after another, or at the top. */
export function moveAfter(
  { session, view }: Pick<Context, "session" | "view">,
  moved: readonly string[],
  after: string | null,
): void {
  const ids = idsOf(session);
  const cell_ids = [...moved];
  const before = ids[ids.indexOf(cell_ids[0] ?? "") - 1] ?? null;
  if (cell_ids.length === 0 || after === before || cell_ids.includes(after ?? "")) return;
  act(
    session,
    { commands: [{ tool: "move_cells", takes: { cell_ids, after } }] },
    [{ tool: "move_cells", takes: { cell_ids, after: before } }],
  );
  view.again();
}

/**
 * Move the selected cells by one place, over a folded section as a whole. A section that is folded
 * itself goes on to where it takes no other cells in.
 */
function moveBy(context: Context, step: -1 | 1): void {
  const chosen = selectedIds(context);
  const order = orderOf(context);
  const places = chosen.map((cellId) => order.indexOf(cellId)).filter((place) => place >= 0);
  const ids = idsOf(context.session);
  let place = step < 0 ? Math.min(...places) - 1 : Math.max(...places) + 1;
  for (let beside = order[place]; beside; beside = order[place]) {
    const last = step < 0 ? (ids[ids.indexOf(beside) - 1] ?? null) : lastUnder(context, beside);
    if (!takesIn(context, chosen, last)) return moveAfter(context, chosen, last);
    place += step;
  }
}

/** Whether a folded section would, after this cell, take in others and put them out of sight. */
export function takesIn(
  { session, folds }: Pick<Context, "session" | "folds">,
  moved: readonly string[],
  after: string | null,
): boolean {
  const { notebook } = session.shown;
  const begin = moved.findLast((cellId) => folds.sight(notebook).under.has(cellId));
  const level = begin ? levelOf(notebook.cells.get(begin) as Cell) : null;
  if (level === null) return false;
  const stay = cellsOf(notebook).filter((cell) => !moved.includes(cell.cell_id));
  const next = stay[stay.findIndex((cell) => cell.cell_id === after) + 1];
  return next !== undefined && (levelOf(next) ?? Infinity) > level;
}

function split(context: Context): void {
  const { session, view } = context;
  const cell = session.shown.notebook.cells.get(view.looking.cell_id ?? "");
  const at = view.caret?.head;
  if (!cell || at === undefined) return;
  const { cell_id, source } = cell;
  const changes = difference(source, source.slice(0, at).replace(/\n$/, ""));
  const rest = { ...given(cell), source: source.slice(at).replace(/^\n/, "") };
  insertAfter(context, cell_id, [rest], "edit", [{ cell_id, changes }]);
}

function merge(context: Context): void {
  const { session, view } = context;
  const chosen = selectedCells(context);
  const [first] = chosen;
  if (!first) return;
  const ids = idsOf(session);
  const next = session.shown.notebook.cells.get(ids[ids.indexOf(first.cell_id) + 1] ?? "");
  const cells = chosen.length > 1 ? chosen : next ? [first, next] : [];
  if (cells.length < 2) return;
  const cell_ids = cells.slice(1).map((cell) => cell.cell_id);
  const whole = cells.map((cell) => cell.source).join("\n");
  const attachments = Object.assign({}, ...cells.map((cell) => cell.attachments)) as Attachments;
  const carries = cells.slice(1).some((cell) => Object.keys(cell.attachments).length > 0);
  const attaching = { tool: "attach_files", takes: { cell_id: first.cell_id, attachments } } as const;
  act(
    session,
    {
      edits: [{ cell_id: first.cell_id, changes: difference(first.source, whole) }],
      commands: [
        ...(carries ? [attaching] : []),
        { tool: "delete_cells", takes: { cell_ids } },
      ],
    },
    [{ tool: "restore_notebook", takes: { cell_ids } }],
  );
  view.go(first.cell_id);
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
  {
    ...inCommandMode,
    id: "undo",
    title: "Undo what I did to cells",
    keys: ["z", "Mod-z"],
    run: ({ session }) => undo(session),
  },
  {
    ...inCommandMode,
    id: "redo",
    title: "Do again what I undid",
    keys: ["Shift-z", "Mod-Shift-z"],
    run: ({ session }) => redo(session),
  },
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
  ...[1, 2, 3, 4, 5, 6].map((level) => ({
    ...inCommandMode,
    id: `heading-${level}`,
    title: `Make it a note with a heading of level ${level}`,
    keys: [String(level)],
    run: (context: Context) => makeHeading(context, level),
  })),
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
