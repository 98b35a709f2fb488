// All that this tab typed into the cells of a notebook and the log does not hold yet, cell by cell,
// and the sources as they are shown with it.

import { ChangeSet, Text } from "@codemirror/state";
import type { Cell } from "../generated.ts";
import type { Notebook } from "../state.ts";
import {
  closed,
  pendingChanges,
  received,
  sending,
  typed,
  type CellText,
  type Sent,
} from "./cell-text.ts";
import type { KeptEdit } from "./outbox.ts";
import { Overlaid } from "./overlaid.ts";

/** What could not be kept in its cell: the commands that are void, and the text as it stood. */
export interface Lost {
  readonly command_ids: ReadonlySet<string>;
  readonly source: string;
}

export class Texts {
  readonly #texts = new Map<string, CellText>();
  /** The last source of each that could be shown whole. */
  readonly #sources = new Map<string, string>();

  /** The cells with something typed, and the rev that it stands on. */
  revs(): readonly (readonly [cellId: string, rev: number])[] {
    return [...this.#texts].map(([cellId, { rev }]) => [cellId, rev]);
  }

  has(cellId: string): boolean {
    return this.#texts.has(cellId);
  }

  /** Something was typed. The command that takes it up, and whether that is a new one. */
  type(
    cellId: string,
    rev: number,
    changes: ChangeSet,
    newId: () => string,
  ): { commandId: string; fresh: boolean } {
    const before = this.#texts.get(cellId) ?? { rev, segments: [] };
    const text = typed(before, changes, newId);
    this.#texts.set(cellId, text);
    const commandId = text.segments.at(-1)?.command_id ?? "";
    return { commandId, fresh: text.segments.length > before.segments.length };
  }

  /** Take up an edit that another tab left. */
  adopt(commandId: string, { cell_id, base_rev, changes, sent, source }: KeptEdit): void {
    const text = this.#texts.get(cell_id) ?? { rev: base_rev, segments: [] };
    const segment = {
      command_id: commandId,
      changes: ChangeSet.fromJSON(changes),
      open: false,
      sent,
    };
    this.#texts.set(cell_id, { ...text, segments: [...text.segments, segment] });
    this.#sources.set(cell_id, source);
  }

  /** What is typed from here on comes behind what is to be sent now. */
  close(): void {
    for (const [cellId, text] of this.#texts) this.#texts.set(cellId, closed(text));
  }

  /** What goes out for this command; null if it is recorded already. */
  send(cellId: string, commandId: string): Sent | null {
    const before = this.#texts.get(cellId);
    if (before?.segments[0]?.command_id !== commandId) return null;
    const { text, sent } = sending(before);
    this.#texts.set(cellId, text);
    return sent;
  }

  /** The form in which an edit is kept on the device. */
  kept(cellId: string, commandId: string): KeptEdit | null {
    const text = this.#texts.get(cellId);
    const segment = text?.segments.find((one) => one.command_id === commandId);
    if (!text || !segment) return null;
    return {
      cell_id: cellId,
      base_rev: text.rev,
      changes: segment.changes.toJSON() as unknown[],
      sent: segment.sent,
      source: this.#sources.get(cellId) ?? "",
    };
  }

  /** The cell is there now: what was typed stands on this rev. */
  found(cellId: string, rev: number): void {
    const text = this.#texts.get(cellId);
    if (text) this.#texts.set(cellId, { ...text, rev });
  }

  /** An edit was recorded: what of it is news here, if any. Throws RangeError if it does not fit. */
  receive(
    cellId: string,
    changes: readonly unknown[],
    commandId: string,
    rev: number,
  ): ChangeSet | null {
    const before = this.#texts.get(cellId) ?? { rev, segments: [] };
    const { text, news } = received(before, changes, commandId, rev);
    this.#put(cellId, text);
    return news;
  }

  /** A command is done with. */
  finish(cellId: string, commandId: string): void {
    const text = this.#texts.get(cellId);
    if (!text) return;
    const segments = text.segments.filter((one) => one.command_id !== commandId);
    this.#put(cellId, { ...text, segments });
  }

  /** Give up what was typed into a cell. */
  lose(cellId: string): Lost | null {
    const text = this.#texts.get(cellId);
    if (!text) return null;
    this.#texts.delete(cellId);
    const command_ids = new Set(text.segments.map((segment) => segment.command_id));
    return { command_ids, source: this.#sources.get(cellId) ?? "" };
  }

  /** The notebook with what was typed in its sources. */
  on(notebook: Notebook): Notebook {
    if (this.#texts.size === 0) return notebook;
    const typed = new Map<string, Cell>();
    for (const [cellId, text] of this.#texts) {
      const cell = notebook.cells.get(cellId);
      if (cell) typed.set(cellId, { ...cell, source: this.#source(cellId, cell.source, text) });
    }
    return { ...notebook, cells: new Overlaid(notebook.cells, typed) };
  }

  #source(cellId: string, confirmed: string, text: CellText): string {
    const changes = pendingChanges(text);
    if (!changes) return confirmed;
    if (changes.length !== confirmed.length) return this.#sources.get(cellId) ?? confirmed;
    const source = changes.apply(Text.of(confirmed.split("\n"))).toString();
    this.#sources.set(cellId, source);
    return source;
  }

  #put(cellId: string, text: CellText): void {
    if (text.segments.length > 0) this.#texts.set(cellId, text);
    else this.#texts.delete(cellId);
  }
}
