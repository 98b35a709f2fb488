// All that this tab typed into the cells of a notebook and the log does not hold yet, cell by cell,
// and the sources as they are shown with it: they stay even where the confirmed one is behind.

import { ChangeSet, Text } from "@codemirror/state";
import type { Cell } from "../generated.ts";
import { overlaid } from "../overlaid.ts";
import type { Notebook } from "../state.ts";
import {
  closed,
  received,
  sending,
  typed,
  unsent,
  type CellText,
  type Sent,
} from "./cell-text.ts";
import type { KeptEdit } from "./outbox.ts";

/** What could not be kept in its cell: the commands that are void, and the text as it stood. */
export interface Lost {
  readonly command_ids: ReadonlySet<string>;
  readonly source: string;
}

export class Texts {
  readonly #texts = new Map<string, CellText>();
  /** The source of each as it is shown. */
  readonly #sources = new Map<string, string>();

  /** The cells with something typed, and the rev that it stands on. */
  revs(): readonly (readonly [cellId: string, rev: number])[] {
    return [...this.#texts].map(([cellId, { rev }]) => [cellId, rev]);
  }

  /** The cells with something typed. */
  cells(): ReadonlySet<string> {
    return new Set(this.#texts.keys());
  }

  has(cellId: string): boolean {
    return this.#texts.has(cellId);
  }

  /** Something was typed into the source as it is shown. The command that takes it up, and whether
   * that is a new one. */
  type(
    cellId: string,
    rev: number,
    shown: string,
    changes: ChangeSet,
    newId: () => string,
  ): { commandId: string; fresh: boolean } {
    const before = this.#texts.get(cellId) ?? { rev, segments: [] };
    const text = typed(before, changes, newId);
    this.#texts.set(cellId, text);
    this.#sources.set(cellId, applied(this.#sources.get(cellId) ?? shown, changes));
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
    if (!before?.segments.some((one) => one.command_id === commandId)) return null;
    const { text, sent } = sending(before);
    this.#texts.set(cellId, text);
    return sent;
  }

  /** What went out for this command was refused. Whether it may go out anew: for a later rev. */
  unsend(cellId: string, commandId: string): boolean {
    const before = this.#texts.get(cellId);
    if (before?.segments[0]?.command_id !== commandId) return false;
    const text = unsent(before);
    if (text) this.#texts.set(cellId, text);
    return text !== null;
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
    const shown = this.#sources.get(cellId);
    if (news && shown !== undefined) this.#sources.set(cellId, applied(shown, news));
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
    const command_ids = new Set(text.segments.map((segment) => segment.command_id));
    const lost = { command_ids, source: this.#sources.get(cellId) ?? "" };
    this.#put(cellId, { ...text, segments: [] });
    return lost;
  }

  /** The notebook with what was typed in its sources. */
  on(notebook: Notebook): Notebook {
    if (this.#texts.size === 0) return notebook;
    const typed = new Map<string, Cell>();
    for (const [cellId, source] of this.#sources) {
      const cell = notebook.cells.get(cellId);
      if (cell) typed.set(cellId, { ...cell, source });
    }
    return { ...notebook, cells: overlaid(notebook.cells, typed) };
  }

  #put(cellId: string, text: CellText): void {
    if (text.segments.length > 0) {
      this.#texts.set(cellId, text);
      return;
    }
    this.#texts.delete(cellId);
    this.#sources.delete(cellId);
  }
}

function applied(source: string, changes: ChangeSet): string {
  return changes.apply(Text.of(source.split("\n"))).toString();
}
