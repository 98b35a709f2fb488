// The commands of one tab in one notebook that the server does not have yet, in order: each is kept
// on the device and sent until there is an answer, one after the other. What a command is and what
// it comes to is for the session.

import { mayPass, Refusal, Unreachable } from "../wire/problem.ts";
import { TAB } from "./link.ts";
import { keep, nextOrder, type Kept, type KeptEdit } from "./outbox.ts";
import { Pauses } from "./pauses.ts";
import type { Command } from "./predict.ts";

/** A command on its way: one of `command` and `cell_id` (an edit of its source). */
export interface Pending {
  readonly command_id: string;
  readonly order: number;
  readonly command: Command | null;
  readonly cell_id: string | null;
  readonly settle: (answer: Outcome) => void;
  recorded: boolean;
}

/** What became of a command. */
export type Outcome =
  { readonly ok: true; readonly answer: unknown } | { readonly ok: false; readonly error: Error };

/** What the queue needs of the session that it belongs to. */
export interface Sender {
  readonly notebookId: string;
  /** Whether commands may go out now. */
  readonly ready: () => boolean;
  /** Send it, and return once its records are here. */
  readonly send: (head: Pending) => Promise<unknown>;
  /** No answer came, or that nobody is signed in. */
  readonly unanswered: (signedOut: boolean) => void;
  /** The server said no. Returns once that is kept. */
  readonly refused: (head: Pending, error: Error) => Promise<void>;
  /** It has left the queue. */
  readonly finished: (head: Pending) => void;
  /** What is unsent, or how much of it is kept, is another. */
  readonly changed: () => void;
  /** The form in which an edit is kept on the device; null if it is recorded. */
  readonly edit: (pending: Pending) => KeptEdit | null;
}

export class Queue {
  readonly #sender: Sender;
  readonly #pauses = new Pauses();
  #waiting: readonly Pending[] = [];
  #sending = false;
  #keeping = 0;

  constructor(sender: Sender) {
    this.#sender = sender;
  }

  get waiting(): readonly Pending[] {
    return this.#waiting;
  }

  /** Whether all that is unsent is on the device, and outlives this tab. */
  get kept(): boolean {
    return this.#keeping === 0;
  }

  /** One more command of this tab. */
  add(given: Pick<Pending, "command_id" | "command" | "cell_id" | "settle">): void {
    const pending = { ...given, order: nextOrder(), recorded: false };
    this.#waiting = [...this.#waiting, pending];
    this.#keep([this.#form(pending)]);
  }

  /** Commands that other tabs left, already kept as this one's. */
  take(entries: readonly Kept[]): void {
    const taken = entries.map(({ command_id, order, command, edit }) => {
      const cell_id = edit?.cell_id ?? null;
      return { command_id, order, command, cell_id, settle, recorded: false };
    });
    this.#waiting = [...this.#waiting, ...taken];
  }

  /** Keep an edit as it stands now. */
  keepEdit(commandId: string): void {
    const pending = this.#waiting.find((one) => one.command_id === commandId);
    if (pending && !pending.recorded) this.#keep([this.#form(pending)]);
  }

  /**
   * Keep all edits of these cells as they stand now, and those no longer that the log has: in one
   * step, since what was typed later stands on what was typed before.
   */
  keepCells(cellIds: ReadonlySet<string>): void {
    const edits = this.#waiting.filter((one) => one.cell_id !== null && cellIds.has(one.cell_id));
    if (edits.length === 0) return;
    this.#keep(
      edits.filter((one) => !one.recorded).map((one) => this.#form(one)),
      edits.filter((one) => one.recorded).map((one) => one.command_id),
    );
  }

  /** The log has this command. */
  record(commandId: string): void {
    for (const one of this.#waiting) if (one.command_id === commandId) one.recorded = true;
  }

  /** These will never go out. They are kept until what is kept in their place is. */
  async drop(commandIds: ReadonlySet<string>, instead: Promise<void>): Promise<void> {
    this.#waiting = this.#waiting.filter((one) => !commandIds.has(one.command_id));
    await instead;
    this.#keep([], [...commandIds]);
  }

  /** There is reason to hope: try at once. */
  hope(): void {
    this.#pauses.skip();
  }

  /** Send what there is to send, if nobody does yet. */
  async send(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    try {
      for (let head = this.#head(); head; head = this.#head()) {
        if (!(await this.#try(head))) await this.#pauses.wait();
      }
    } finally {
      this.#sending = false;
    }
  }

  #head(): Pending | undefined {
    return this.#sender.ready() ? this.#waiting[0] : undefined;
  }

  /** Whether it is done with, one way or the other. */
  async #try(head: Pending): Promise<boolean> {
    try {
      const answer = await this.#sender.send(head);
      this.#pauses.came();
      this.#finish(head);
      head.settle({ ok: true, answer });
      return true;
    } catch (given) {
      const signedOut = given instanceof Refusal && given.signedOut;
      if (mayPass(given) || signedOut) {
        this.#sender.unanswered(signedOut);
        return false;
      }
      const error = given instanceof Error ? given : new Unreachable(given);
      await this.#sender.refused(head, error);
      this.#finish(head);
      head.settle({ ok: false, error });
      return true;
    }
  }

  #finish(head: Pending): void {
    this.#waiting = this.#waiting.filter((pending) => pending !== head);
    this.#keep([], [head.command_id]);
    this.#sender.finished(head);
  }

  #form(pending: Pending): Kept {
    const { command_id, order, command, cell_id } = pending;
    const { notebookId: notebook_id } = this.#sender;
    const edit = cell_id === null ? null : this.#sender.edit(pending);
    return { command_id, notebook_id, order, owner: TAB, command, edit };
  }

  /** A browser that keeps nothing (private windows) still works while it is open. */
  #keep(kept: readonly Kept[], dropped: readonly string[] = []): void {
    const whole = kept.filter((one) => one.command !== null || one.edit !== null);
    this.#keeping += 1;
    void keep(whole, dropped)
      .catch(() => {})
      .then(() => {
        this.#keeping -= 1;
        if (this.#keeping === 0) this.#sender.changed();
      });
  }
}

const settle = (): void => {};
