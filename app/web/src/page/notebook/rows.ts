// What each row of a notebook shows, row by row: a change makes new values for the rows that it
// touches and keeps all others, so that a long notebook costs no more than a short one.

import type { Cell } from "../../generated.ts";
import {
  cellsOf,
  openByCell,
  outputsOf,
  placesOf,
  standingOf,
  type Standing,
} from "../../notebook/cells.ts";
import type { Session, Shown } from "../../replica/session.ts";

export interface Row {
  readonly cell: Cell;
  readonly outputs: ReturnType<typeof outputsOf>;
  readonly standing: Standing;
  readonly asked: boolean;
}

/** The rows of one session, as it shows them now. */
export class Rows {
  readonly #session: Session;
  #shown: Shown | null = null;
  #rows: ReadonlyMap<string, Row> = new Map();
  #order: readonly string[] = [];

  constructor(session: Session) {
    this.#session = session;
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

  #look(): void {
    const { shown } = this.#session;
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#rows = rowsOf(shown, this.#rows);
    const order = [...this.#rows.keys()];
    const same =
      order.length === this.#order.length &&
      order.every((cellId, place) => cellId === this.#order[place]);
    if (!same) this.#order = order;
  }
}

function rowsOf(
  { notebook, asked }: Shown,
  before: ReadonlyMap<string, Row>,
): ReadonlyMap<string, Row> {
  const open = openByCell(notebook);
  const places = placesOf(notebook);
  const rows = new Map<string, Row>();
  for (const cell of cellsOf(notebook)) {
    const row: Row = {
      cell,
      outputs: outputsOf(notebook, cell),
      standing: standingOf(notebook, cell, open, places),
      asked: asked.has(cell.cell_id),
    };
    const old = before.get(cell.cell_id);
    rows.set(cell.cell_id, old && same(old, row) ? old : row);
  }
  return rows;
}

function same(one: Row, other: Row): boolean {
  return (
    one.cell === other.cell &&
    one.outputs === other.outputs &&
    one.asked === other.asked &&
    one.standing.state === other.standing.state &&
    one.standing.execution === other.standing.execution &&
    one.standing.place === other.standing.place
  );
}
