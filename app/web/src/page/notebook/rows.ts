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
import type { Session, Shown } from "../../replica/session.ts";
import type { Presence, Present } from "../presence.ts";
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
  readonly others: readonly Present[];
}

/** What all rows are made of. */
interface Sight {
  readonly shown: Shown;
  readonly looking: Looking;
  readonly present: readonly Present[];
}

type Watcher = () => void;

const NOBODY: readonly Present[] = [];

/** The rows of one session, as it shows them now. */
export class Rows {
  readonly #session: Session;
  readonly #view: View;
  readonly #presence: Presence;
  readonly #watchers = new Map<string, Set<Watcher>>();
  readonly #ordered = new Set<Watcher>();
  #deaf: (() => void) | null = null;
  #sight: Sight | null = null;
  #rows = new Map<string, Row>();
  #order: readonly string[] = [];

  constructor(session: Session, view: View, presence: Presence) {
    this.#session = session;
    this.#view = view;
    this.#presence = presence;
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

  /** Be told when cells came, went or moved. */
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
    const all = [this.#session.watch(look), this.#view.watch(look), this.#presence.watch(look)];
    this.#deaf = () => all.forEach((stop) => stop());
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
    const last = this.#sight;
    if (last?.shown === shown && last.looking === looking && last.present === present) {
      return { order: false, rows: [] };
    }
    const sight = { shown, looking, present };
    this.#sight = sight;
    const people = last?.looking === looking && last.present === present;
    const sources = people && sameRuns(shown, last.shown) ? this.#sources(shown, last.shown) : null;
    return sources ? { order: false, rows: sources } : this.#all(sight);
  }

  /** The rows that changed when nothing but cells did: null if any came, went or moved. */
  #sources({ notebook }: Shown, before: Shown): readonly string[] | null {
    const { order, cells } = notebook;
    if (order !== before.notebook.order) return null;
    if (cells === before.notebook.cells) return [];
    const changed: Row[] = [];
    for (const cellId of order) {
      const cell = cells.get(cellId);
      const row = this.#rows.get(cellId);
      if (cell === row?.cell || (!row && cell?.deleted)) continue;
      if (!cell || !row || cell.deleted || cell.execution_id !== row.cell.execution_id) return null;
      const standing = standingOf(notebook, cell, openByCell(notebook), placesOf(notebook));
      changed.push({ ...row, cell, outputs: outputsOf(notebook, cell), standing });
    }
    for (const row of changed) this.#rows.set(row.cell.cell_id, row);
    return changed.map(({ cell }) => cell.cell_id);
  }

  #all(sight: Sight): { readonly order: boolean; readonly rows: readonly string[] } {
    const before = this.#rows;
    const order = orderOf(sight.shown, this.#order);
    const moved = order !== this.#order;
    this.#order = order;
    this.#rows = rowsOf(sight, order, before);
    const changed = order.filter((cellId) => this.#rows.get(cellId) !== before.get(cellId));
    return { order: moved, rows: changed };
  }
}

function orderOf({ notebook }: Shown, before: readonly string[]): readonly string[] {
  const order = notebook.order.filter((cellId) => notebook.cells.get(cellId)?.deleted === false);
  return sameItems(order, before) ? before : order;
}

function rowsOf(
  { shown, looking, present }: Sight,
  order: readonly string[],
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
    sameItems(one.others, other.others)
  );
}

function sameItems(some: readonly unknown[], others: readonly unknown[]): boolean {
  return some.length === others.length && some.every((item, place) => item === others[place]);
}
