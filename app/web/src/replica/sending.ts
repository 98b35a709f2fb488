// What goes out for a command of a session, and when it is done: once its records are here, so that
// the next one stands on them.

import type { Notebook } from "../state.ts";
import { call } from "../wire/calls.ts";
import { Refusal } from "../wire/problem.ts";
import type { Command } from "./predict.ts";
import type { Pending } from "./queue.ts";
import type { Texts } from "./texts.ts";

/** What it needs of its session. */
export interface Standing {
  readonly notebookId: string;
  readonly texts: Texts;
  readonly confirmed: () => Notebook;
  /** The edit of this command now has another form. */
  readonly keepEdit: (commandId: string) => void;
}

export class Sending {
  readonly #standing: Standing;
  readonly #reached = new Set<{ seq: number; resolve: () => void }>();

  constructor(standing: Standing) {
    this.#standing = standing;
  }

  /** The confirmed state has come on. */
  arrived(): void {
    const { seq } = this.#standing.confirmed();
    for (const waiting of this.#reached) {
      if (waiting.seq > seq) continue;
      this.#reached.delete(waiting);
      waiting.resolve();
    }
  }

  /** The answer to a command, once its records are here. Throws Refusal and Unreachable. */
  async send({ command, command_id, cell_id }: Pending): Promise<unknown> {
    const answer = await (command
      ? this.#call(command, command_id)
      : this.#callEdit(cell_id ?? "", command_id));
    await this.#reach((answer as { seq: number }).seq);
    return answer;
  }

  #call(command: Command, commandId: string): Promise<unknown> {
    const takes = { ...this.#resolved(command), notebook_id: this.#standing.notebookId };
    return call(command.tool, takes as never, commandId);
  }

  async #callEdit(cell_id: string, commandId: string): Promise<unknown> {
    const { notebookId: notebook_id, texts, confirmed, keepEdit } = this.#standing;
    for (;;) {
      const sent = texts.send(cell_id, commandId);
      if (!sent) return { seq: confirmed().seq }; // it is recorded already
      keepEdit(commandId);
      try {
        return await call("edit_cell", { notebook_id, cell_id, ...sent }, commandId);
      } catch (error) {
        const rev = error instanceof Refusal && error.type === "conflict" ? error.more["rev"] : 0;
        if (typeof rev !== "number" || rev === 0) throw error;
        // Refused, so it never happened: it may go out anew, fitted to what came since.
        await this.#reach(rev);
        if (!texts.unsend(cell_id, commandId)) throw error;
      }
    }
  }

  /** A run names the revs that are shown, which are known once all edits before it are recorded. */
  #resolved(command: Command): object {
    if (command.tool !== "run_cells" || !command.takes.cells) return command.takes;
    const { cells } = this.#standing.confirmed();
    const named = command.takes.cells.map(({ cell_id }) => ({
      cell_id,
      rev: cells.get(cell_id)?.rev ?? 0,
    }));
    return { ...command.takes, cells: named };
  }

  #reach(seq: number): Promise<void> {
    if (seq <= this.#standing.confirmed().seq) return Promise.resolve();
    return new Promise((resolve) => this.#reached.add({ seq, resolve }));
  }
}
