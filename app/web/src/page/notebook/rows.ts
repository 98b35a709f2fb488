// What each row of a notebook shows, row by row: a change makes new values for the rows that it
// touches, keeps all others, and tells those who look at these rows alone. So a long notebook costs
// no more than a short one.

import type { Cell } from "../../generated.ts";
import {
  openByCell,
  outputsOf,
  placesOf,
  standingOf,
  type Standing,
} from "../../notebook/cells.ts";
import { differing } from "../../overlaid.ts";
import type { Session, Shown } from "../../replica/session.ts";
import type { Presence, Present } from "../presence.ts";
import type { Folds, Sight } from "./folds.ts";
import { selected, type Looking, type View } from "./view.ts";

export interface Row {
  readonly cell: Cell;
  readonly outputs: ReturnType<typeof outputsOf>;
  readonly standing: Standing;
  readonly asked: boolean;
  /** How this person looks at it, if at all. */
  readonly looking: Looking["mode"] | null;
  readonly focusing: number | null;
  /** One of several that are selected. */
  readonly chosen: boolean;
  /** How many cells stand folded under this one. */
  readonly folded: number;
  readonly others: readonly Present[];
}

/** What all rows are made of. */
interface Seen {
  readonly shown: Shown;
  readonly looking: Looking;
  readonly present: readonly Present[];
  readonly sight: Sight;
}

type Watcher = () => void;

const NOBODY: readonly Present[] = [];

/** The rows of one session, as it shows them now. */
export class Rows {
  readonly #session: Session;
  readonly #view: View;
  readonly #presence: Presence;
  readonly #folds: Folds;
  readonly #watchers = new Map<string, Set<Watcher>>();
  readonly #ordered = new Set<Watcher>();
  #deaf: (() => void) | null = null;
  #seen: Seen | null = null;
  #rows = new Map<string, Row>();
  #order: readonly string[] = [];

  constructor(session: Session, view: View, presence: Presence, folds: Folds) {
    this.#session = session;
    this.#view = view;
    this.#presence = presence;
    this.#folds = folds;
  }

  /** The cells in sight, in order; the same value while they are the same. */
  get order(): readonly string[] {
    this.#look();
    return this.#order;
  }

  /** The row of a cell; the same value while it looks the same. */
  of(cellId: string): Row | undefined {
    this.#look();
    return this.#rows.get(cellId);
  }

  /** Be told when the row of this cell changed. */
  watch(cellId: string, watcher: Watcher): () => void {
    this.#listen();
    const watchers = this.#watchers.get(cellId) ?? new Set();
    this.#watchers.set(cellId, watchers.add(watcher));
    return () => {
      watchers.delete(watcher);
      if (watchers.size === 0) this.#watchers.delete(cellId);
      this.#rest();
    };
  }

  /** Be told when cells came, went or moved, or were folded away. */
  watchOrder = (watcher: Watcher): (() => void) => {
    this.#listen();
    this.#ordered.add(watcher);
    return () => {
      this.#ordered.delete(watcher);
      this.#rest();
    };
  };

  #listen(): void {
    if (this.#deaf) return;
    this.#look();
    const look = (): void => this.#tell();
    const all = [this.#session, this.#view, this.#presence, this.#folds];
    const ends = all.map((one) => one.watch(look));
    this.#deaf = () => ends.forEach((end) => end());
  }

  #rest(): void {
    if (this.#watchers.size > 0 || this.#ordered.size > 0) return;
    this.#deaf?.();
    this.#deaf = null;
  }

  #tell(): void {
    const { order, rows } = this.#look();
    if (order) this.#ordered.forEach((watcher) => watcher());
    for (const cellId of rows) this.#watchers.get(cellId)?.forEach((watcher) => watcher());
  }

  /** See what is there now: whether the order changed, and which rows did that are still there. */
  #look(): { readonly order: boolean; readonly rows: readonly string[] } {
    const { shown } = this.#session;
    const { looking } = this.#view;
    const present = this.#presence.shown;
    const sight = this.#folds.sight(shown.notebook);
    const last = this.#seen;
    const around =
      last?.looking === looking && last.present === present && last.sight === sight;
    if (around && last.shown === shown) return { order: false, rows: [] };
    const seen = { shown, looking, present, sight };
    this.#seen = seen;
    const sources = around && sameRuns(shown, last.shown) ? this.#sources(shown, last.shown) : null;
    return sources ? { order: false, rows: sources } : this.#all(seen);
  }

  /** The rows that changed when nothing but cells did, all of them in sight where they were: null
   * if another one was run. */
  #sources({ notebook }: Shown, before: Shown): readonly string[] | null {
    const changed: Row[] = [];
    for (const cellId of differing(before.notebook.cells, notebook.cells)) {
      const cell = notebook.cells.get(cellId);
      const row = this.#rows.get(cellId);
      if (!row) continue; // out of sight, as it was
      if (!cell || cell.execution_id !== row.cell.execution_id) return null;
      const standing = standingOf(notebook, cell, openByCell(notebook), placesOf(notebook));
      changed.push({ ...row, cell, outputs: outputsOf(notebook, cell), standing });
    }
    for (const row of changed) this.#rows.set(row.cell.cell_id, row);
    return changed.map(({ cell }) => cell.cell_id);
  }

  #all(seen: Seen): { readonly order: boolean; readonly rows: readonly string[] } {
    const before = this.#rows;
    const { order } = seen.sight;
    const moved = !sameItems(order, this.#order);
    if (moved) this.#order = order;
    this.#rows = rowsOf(seen, before);
    const changed = order.filter((cellId) => this.#rows.get(cellId) !== before.get(cellId));
    return { order: moved, rows: changed };
  }
}

function rowsOf(
  { shown, looking, present, sight: { order, under } }: Seen,
  before: ReadonlyMap<string, Row>,
): Map<string, Row> {
  const { notebook } = shown;
  const open = openByCell(notebook);
  const places = placesOf(notebook);
  const chosen = new Set(selected(looking, order));
  const others = byCell(present);
  const rows = new Map<string, Row>();
  for (const cellId of order) {
    const cell = notebook.cells.get(cellId);
    if (!cell) continue;
    const old = before.get(cellId);
    const here = looking.cell_id === cellId;
    const row: Row = {
      ...recorded(shown, cell, open, places),
      looking: here ? looking.mode : null,
      focusing: here ? looking.focusing : null,
      chosen: chosen.size > 1 && chosen.has(cellId),
      folded: under.get(cellId)?.length ?? 0,
      others: others.get(cellId) ?? NOBODY,
    };
    rows.set(cellId, old && same(old, row) ? old : row);
  }
  return rows;
}

/** What of a row is in the log, or on its way there. */
function recorded(
  { notebook, asked }: Shown,
  cell: Cell,
  open: ReturnType<typeof openByCell>,
  places: ReturnType<typeof placesOf>,
): Pick<Row, "cell" | "outputs" | "standing" | "asked"> {
  return {
    cell,
    outputs: outputsOf(notebook, cell),
    standing: standingOf(notebook, cell, open, places),
    asked: asked.has(cell.cell_id),
  };
}

/** Whether nothing that runs, ran or is to run differs: then cells alone do. */
function sameRuns(one: Shown, other: Shown): boolean {
  return (
    one.notebook.executions === other.notebook.executions &&
    one.notebook.queue === other.notebook.queue &&
    sameItems([...one.asked], [...other.asked])
  );
}

function byCell(present: readonly Present[]): ReadonlyMap<string, readonly Present[]> {
  const found = new Map<string, Present[]>();
  for (const one of present) {
    if (one.cell_id) found.set(one.cell_id, [...(found.get(one.cell_id) ?? []), one]);
  }
  return found;
}

function same(one: Row, other: Row): boolean {
  return (
    one.cell === other.cell &&
    one.outputs === other.outputs &&
    one.asked === other.asked &&
    one.standing.state === other.standing.state &&
    one.standing.execution === other.standing.execution &&
    one.standing.place === other.standing.place &&
    one.looking === other.looking &&
    one.focusing === other.focusing &&
    one.chosen === other.chosen &&
    one.folded === other.folded &&
    sameItems(one.others, other.others)
  );
}

function sameItems(some: readonly unknown[], others: readonly unknown[]): boolean {
  return some.length === others.length && some.every((item, place) => item === others[place]);
}
