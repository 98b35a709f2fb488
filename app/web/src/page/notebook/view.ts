// Where this person is in a notebook: which cell, which selection, command or edit mode, and what
// was cut. Nobody else's business, and in no log.

import type { GivenCell } from "../../generated.ts";

export type Mode = "command" | "edit";

export interface Looking {
  readonly cell_id: string | null;
  /** The other end of the selection; the same cell when one alone is selected. */
  readonly anchor: string | null;
  readonly mode: Mode;
  /** Grows when the focus is to be put there, and not merely followed. */
  readonly focusing: number;
}

export class View {
  readonly #watchers = new Set<() => void>();
  clipboard: readonly GivenCell[] = [];
  looking: Looking = { cell_id: null, anchor: null, mode: "command", focusing: 0 };
  /** The caret in the cell that is edited, in UTF-16 units. */
  caret: { readonly anchor: number; readonly head: number } | null = null;
  /** Told when the caret moves; set by whoever tells others. */
  onCaret: () => void = () => {};
  /** The cell above or below one; set by who knows the order. */
  neighbour: (cellId: string, direction: -1 | 1) => string | null = () => null;

  watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  };

  /** Go to a cell and put the focus there. */
  go(cellId: string | null, mode: Mode = "command"): void {
    this.#set({ cell_id: cellId, anchor: cellId, mode, focusing: this.looking.focusing + 1 });
  }

  /** The cell has moved: the focus goes along. */
  again(): void {
    this.#set({ ...this.looking, focusing: this.looking.focusing + 1 });
  }

  /** Extend the selection to a cell. */
  extend(cellId: string): void {
    const focusing = this.looking.focusing + 1;
    this.#set({ ...this.looking, cell_id: cellId, mode: "command", focusing });
  }

  /** The focus came to a cell by itself, as by a click. */
  came(cellId: string, mode: Mode): void {
    const { cell_id, mode: before } = this.looking;
    if (cell_id === cellId && before === mode) return;
    this.#set({ ...this.looking, cell_id: cellId, anchor: cellId, mode });
  }

  /** The caret moved in the cell that is edited. */
  moved(cellId: string, anchor: number, head: number): void {
    if (this.looking.cell_id !== cellId || this.looking.mode !== "edit") return;
    this.caret = { anchor, head };
    this.onCaret();
  }

  /** The caret leaves a cell's text, upwards or downwards. Whether it has where to go. */
  leave(cellId: string, direction: -1 | 1): boolean {
    const next = this.neighbour(cellId, direction);
    if (next) this.go(next, "edit");
    return next !== null;
  }

  /** All cells are selected, from the first to the last. */
  all(order: readonly string[]): void {
    const focusing = this.looking.focusing + 1;
    const [first = null] = order;
    this.#set({ cell_id: order.at(-1) ?? null, anchor: first, mode: "command", focusing });
  }

  #set(looking: Looking): void {
    if (looking.cell_id !== this.looking.cell_id || looking.mode !== "edit") this.caret = null;
    this.looking = looking;
    for (const watcher of this.#watchers) watcher();
  }
}

/** The selected cells, in the order in which they stand. */
export function selected(looking: Looking, order: readonly string[]): readonly string[] {
  const one = order.indexOf(looking.cell_id ?? "");
  const other = order.indexOf(looking.anchor ?? "");
  if (one < 0) return [];
  return order.slice(Math.min(one, other < 0 ? one : other), Math.max(one, other) + 1);
}
