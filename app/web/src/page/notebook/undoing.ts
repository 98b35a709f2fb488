// What this person did to cells, to be taken back and done again: one's own doings alone, the last one
// first. What others did to a text meanwhile stays: edits are mapped over it as it comes.

import { Text, type ChangeSet } from "@codemirror/state";
import { difference } from "../../replica/cell-text.ts";
import type { Command } from "../../replica/predict.ts";
import type { Session } from "../../replica/session.ts";

const MOST = 100;

/** A change of one source. */
export interface Edit {
  readonly cell_id: string;
  readonly changes: ChangeSet;
}

/** Something to do: edits and commands that belong together. */
export interface Doing {
  readonly edits?: readonly Edit[];
  readonly commands?: readonly Command[];
}

/** A text that an edit is to change some time, as it stands now. */
interface Prepared extends Edit {
  readonly source: string;
}

/** How something done is turned round, and that again. */
interface Reversal {
  readonly commands: readonly Command[];
  readonly other: readonly Command[];
  readonly edits: readonly Prepared[];
}

class Undoing {
  readonly #session: Session;
  #done: readonly Reversal[] = [];
  #undone: readonly Reversal[] = [];

  constructor(session: Session) {
    this.#session = session;
    session.watch(() => this.#follow());
  }

  do(doing: Doing, back: readonly Command[], again: readonly Command[]): void {
    const edits = this.#carryOut(doing.commands ?? [], doing.edits ?? []);
    this.#done = [...this.#done, { commands: back, other: again, edits }].slice(-MOST);
    this.#undone = [];
  }

  undo(): void {
    const last = this.#done.at(-1);
    if (!last) return;
    this.#done = this.#done.slice(0, -1);
    this.#undone = [...this.#undone, this.#reversed(last)];
  }

  /** Take back what the last of all did to this text, if it changed nothing but texts. */
  undoIn(cellId: string): boolean {
    const last = this.#done.at(-1);
    const here = last?.edits.filter(({ cell_id }) => cell_id === cellId) ?? [];
    if (!last || here.length === 0 || last.commands.length > 0) return false;
    const rest = last.edits.filter(({ cell_id }) => cell_id !== cellId);
    this.#done = [...this.#done.slice(0, -1), ...(rest.length > 0 ? [{ ...last, edits: rest }] : [])];
    this.#undone = [...this.#undone, this.#reversed({ ...last, edits: here })];
    return true;
  }

  redo(): void {
    const last = this.#undone.at(-1);
    if (!last) return;
    this.#undone = this.#undone.slice(0, -1);
    this.#done = [...this.#done, this.#reversed(last)];
  }

  #reversed({ commands, other, edits }: Reversal): Reversal {
    return { commands: other, other: commands, edits: this.#carryOut(commands, edits) };
  }

  /** The edits that reversal these round. */
  #carryOut(commands: readonly Command[], edits: readonly Edit[]): readonly Prepared[] {
    const session = this.#session;
    const turned: Prepared[] = [];
    for (const { cell_id, changes } of edits) {
      const before = session.source(cell_id);
      if (session.shown.notebook.cells.get(cell_id)?.deleted !== false) continue;
      session.change(cell_id, changes);
      turned.push({ cell_id, changes: inverse(changes, before), source: session.source(cell_id) });
    }
    for (const command of commands) void session.do(command);
    return turned.reverse();
  }

  #follow(): void {
    this.#done = this.#done.map((reversal) => this.#mapped(reversal));
    this.#undone = this.#undone.map((reversal) => this.#mapped(reversal));
  }

  #mapped(reversal: Reversal): Reversal {
    const { cells } = this.#session.shown.notebook;
    if (reversal.edits.every(({ cell_id, source }) => cells.get(cell_id)?.source === source)) {
      return reversal;
    }
    const edits = reversal.edits.map((edit) => {
      const cell = cells.get(edit.cell_id);
      // A cell that is gone may come back with the source that it had.
      if (!cell || cell.deleted || cell.source === edit.source) return edit;
      const changes = edit.changes.map(difference(edit.source, cell.source));
      return { ...edit, changes, source: cell.source };
    });
    return { ...reversal, edits };
  }
}

function inverse(changes: ChangeSet, before: string): ChangeSet {
  return changes.invert(Text.of(before.split("\n")));
}

const kept = new WeakMap<Session, Undoing>();

/** What was done in a notebook. */
function undoingOf(session: Session): Undoing {
  const found = kept.get(session) ?? new Undoing(session);
  kept.set(session, found);
  return found;
}

/** Do this. `back` takes its commands back, `again` does them once more. */
export function act(
  session: Session,
  doing: Doing,
  back: readonly Command[] = [],
  again: readonly Command[] = doing.commands ?? [],
): void {
  undoingOf(session).do(doing, back, again);
}

/** Take back what was done last. */
export function undo(session: Session): void {
  undoingOf(session).undo();
}

/** Take back what was done last, as far as it changed the text of this cell. Whether it did. */
export function undoIn(session: Session, cellId: string): boolean {
  return undoingOf(session).undoIn(cellId);
}

/** Do once more what was taken back last. */
export function redo(session: Session): void {
  undoingOf(session).redo();
}
