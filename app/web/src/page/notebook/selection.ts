// Which cells an action is for: the selected ones, each with what stands folded under it.

import type { Cell } from "../../generated.ts";
import { cellsOf } from "../../notebook/cells.ts";
import type { Session } from "../../replica/session.ts";
import type { Context } from "./action.ts";
import { selected } from "./view.ts";

type Where = Pick<Context, "session" | "view" | "folds">;

/** All cells, in order, folded or not. */
export function idsOf(session: Session): readonly string[] {
  return cellsOf(session.shown.notebook).map((cell) => cell.cell_id);
}

/** The cells in sight, in order. */
export function orderOf({ session, folds }: Pick<Where, "session" | "folds">): readonly string[] {
  return folds.sight(session.shown.notebook).order;
}

/** The selected cells, with all that stands folded under them. */
export function selectedIds({ session, view, folds }: Where): readonly string[] {
  return folds.whole(session.shown.notebook, selected(view.looking, idsOf(session)));
}

export function selectedCells(where: Where): readonly Cell[] {
  const { cells } = where.session.shown.notebook;
  return selectedIds(where).flatMap((cellId) => cells.get(cellId) ?? []);
}

/** The last of the cells that stand folded under one; itself if none do. */
export function lastUnder(
  { session, folds }: Pick<Where, "session" | "folds">,
  cellId: string,
): string {
  return folds.whole(session.shown.notebook, [cellId]).at(-1) ?? cellId;
}
