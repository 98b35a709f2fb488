// One notebook in one tab: the confirmed state, what this tab did on top of it, and the way of that
// to the server. Commands go out one after the other, each once; what is refused is shown.

import type { ChangeSet } from "@codemirror/state";
import type { RecordOf } from "../events.ts";
import type { WireRecord } from "../generated.ts";
import { replay } from "../reducer.ts";
import { emptyNotebook, unpack, type Notebook } from "../state.ts";
import { call, recordsAfter } from "../wire/calls.ts";
import type { Signal } from "../wire/follow.ts";
import { mayPass, Refusal, Unreachable } from "../wire/problem.ts";
import { difference } from "./cell-text.ts";
import type { FromHub, Link } from "./link.ts";
import { TAB } from "./link.ts";
import { Brought } from "./brought.ts";
import { adopt, drop, keep, nextOrder, type Kept } from "./outbox.ts";
import { Pauses } from "./pauses.ts";
import { askedToRun, predicted, type Command } from "./predict.ts";
import { Texts } from "./texts.ts";

/** A command on its way: one of `command` and `cell_id` (an edit of its source). */
interface Pending {
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

/** What the server refused, with the text that would else be gone. */
export interface Refused {
  readonly id: string;
  readonly sentence: string;
  readonly cell_id: string | null;
  readonly source: string | null;
}

/** What a screen shows of a notebook. A value: anything that changes makes a new one. */
export interface Shown {
  readonly loaded: boolean;
  readonly notebook: Notebook;
  readonly confirmed: Notebook;
  readonly unsent: number;
  /** Whether all that is unsent is on the device, and outlives this tab. */
  readonly kept: boolean;
  readonly asked: ReadonlySet<string>;
  readonly refused: readonly Refused[];
  readonly ended: string | null;
  /** The seq up to which the server's digest and the one reckoned here were the same; 0 for none. */
  readonly agreed: number;
}

export class Session {
  readonly notebookId: string;
  readonly brought: Brought;
  readonly #link: Link;
  readonly #texts = new Texts();
  readonly #editors = new Map<string, (changes: ChangeSet) => void>();
  readonly #watchers = new Set<() => void>();
  readonly #signalled = new Set<(signal: Signal) => void>();
  readonly #heard = new Set<(records: readonly WireRecord[]) => void>();
  readonly #reached = new Set<{ seq: number; resolve: () => void }>();
  readonly #pauses = new Pauses();
  #confirmed: Notebook;
  #base: Notebook | null = null;
  #queue: Pending[] = [];
  #refused: readonly Refused[] = [];
  #loaded = false;
  #ended: string | null = null;
  #agreed = 0;
  #pumping = false;
  #keeping = 0;
  #catchingUp = false;
  #stop: (() => void) | null = null;
  #screens = 0;
  shown: Shown;

  constructor(link: Link, notebookId: string) {
    this.notebookId = notebookId;
    this.brought = new Brought(notebookId);
    this.#link = link;
    this.#confirmed = emptyNotebook(notebookId);
    this.shown = this.#shownNow();
  }

  /** Follow until the returned function is called. What waits to be sent goes on being sent. */
  open(): () => void {
    this.#screens += 1;
    if (!this.#stop) this.#start();
    return () => {
      this.#screens -= 1;
      this.#rest();
    };
  }

  #start(): void {
    const stop = this.#link.follow(this.notebookId, (message) => this.#receive(message));
    const unwatch = this.#link.watch(() => {
      if (this.#link.connection === "live") this.#pauses.skip();
    });
    this.#stop = () => {
      stop();
      unwatch();
    };
  }

  /** Nobody looks and nothing waits to be sent: there is no need to follow. */
  #rest(): void {
    if (this.#screens > 0 || this.#queue.length > 0) return;
    this.#stop?.();
    this.#stop = null;
  }

  watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  };

  /** Hear the signals of the notebook. */
  hear(listener: (signal: Signal) => void): () => void {
    this.#signalled.add(listener);
    return () => this.#signalled.delete(listener);
  }

  /** Hear the records as they come. */
  hearRecords(listener: (records: readonly WireRecord[]) => void): () => void {
    this.#heard.add(listener);
    return () => this.#heard.delete(listener);
  }

  /** Changes by others to what an editor of this cell shows. */
  edit(cellId: string, listener: (changes: ChangeSet) => void): () => void {
    this.#editors.set(cellId, listener);
    return () => {
      if (this.#editors.get(cellId) === listener) this.#editors.delete(cellId);
    };
  }

  /** The source of a cell with all that was typed here. */
  source(cellId: string): string {
    return this.shown.notebook.cells.get(cellId)?.source ?? "";
  }

  /** Something was typed: the change fits the source as it is shown. */
  type(cellId: string, changes: ChangeSet): void {
    if (changes.empty) return;
    const rev = this.#confirmed.cells.get(cellId)?.rev ?? 0;
    const { commandId, fresh } = this.#texts.type(cellId, rev, changes, newId);
    this.#changed();
    if (fresh) this.#enqueue({ command_id: commandId, command: null, cell_id: cellId });
    else this.#keepEdit(cellId, commandId);
    this.#changed();
    void this.#pump();
  }

  /** Replace the source, as an edit of what differs. */
  replace(cellId: string, source: string): void {
    const before = this.source(cellId);
    const changes = difference(before, source);
    this.#editors.get(cellId)?.(changes);
    this.type(cellId, changes);
  }

  /** Give a command. It shows at once; the promise tells what became of it. */
  do(command: Command): Promise<Outcome> {
    if (command.tool === "run_cells") this.#texts.close();
    return new Promise((settle) => {
      this.#enqueue({ command_id: newId(), command, cell_id: null, settle });
      this.#base = null;
      this.#changed();
      void this.#pump();
    });
  }

  /** The person has seen it. */
  dismiss(id: string): void {
    this.#refused = this.#refused.filter((one) => one.id !== id);
    this.#changed();
  }

  // ------------------------------------------------------------------- what comes

  #receive(message: FromHub): void {
    switch (message.kind) {
      case "state":
        return void this.#load(unpack(message.state));
      case "records":
        return this.#apply(message.records);
      case "signal":
        for (const listener of this.#signalled) listener(message.signal);
        return;
      case "ended":
        this.#ended = message.reason || "This notebook is out of sight.";
        return this.#changed();
      case "compared":
        if (message.agrees) this.#agreed = message.seq;
        return this.#changed();
    }
  }

  async #load(state: Notebook): Promise<void> {
    this.#confirmed = state;
    this.brought.forget();
    this.#base = null;
    if (!this.#loaded) await this.#adopt();
    await this.#catchUp();
    this.#loaded = true;
    this.#base = null;
    this.#arrived();
  }

  #apply(records: readonly WireRecord[]): void {
    const fresh = records.filter((record) => record.seq > this.#confirmed.seq);
    if (fresh.length === 0) return;
    this.#confirmed = replay(this.#confirmed, fresh);
    this.#base = null;
    for (const record of fresh) this.#take(record);
    for (const listener of this.#heard) listener(fresh);
    this.#arrived();
  }

  #take(record: WireRecord): void {
    for (const pending of this.#queue) {
      if (pending.command_id === record.command_id) pending.recorded = true;
    }
    const cell_id = (record.data as { cell_id?: string } | null)?.cell_id ?? "";
    if (record.type === "cellSourceEdited") this.#takeEdit(record as RecordOf<"cellSourceEdited">);
    else if (record.type === "cellCreated") this.#texts.found(cell_id, record.seq);
    else if (record.type === "cellDeleted" && this.#texts.has(cell_id)) {
      this.#lose(cell_id, `${record.actor.name} deleted the cell into which you wrote this.`);
    }
  }

  #takeEdit({ data, command_id, seq }: RecordOf<"cellSourceEdited">): void {
    let news: ChangeSet | null;
    try {
      news = this.#texts.receive(data.cell_id, data.changes, command_id, seq);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return this.#lose(
        data.cell_id,
        "What you wrote here does not fit what others did meanwhile.",
      );
    }
    // While it catches up, an editor shows what is confirmed, and then all of it at once.
    if (news && !this.#catchingUp) this.#editors.get(data.cell_id)?.(news);
  }

  #arrived(): void {
    for (const waiting of this.#reached) {
      if (waiting.seq > this.#confirmed.seq) continue;
      this.#reached.delete(waiting);
      waiting.resolve();
    }
    this.#changed();
    void this.#pump();
  }

  // ---------------------------------------------------------------- what is kept here

  /** Take over what tabs left behind that are gone. */
  async #adopt(): Promise<void> {
    for (const kept of await adopt(this.notebookId).catch(() => [])) {
      const { command_id, order, command, edit } = kept;
      const cell_id = edit?.cell_id ?? null;
      this.#queue.push({ command_id, order, command, cell_id, settle, recorded: false });
      if (edit) this.#texts.adopt(command_id, edit);
    }
  }

  /** Re-base what was typed on all that the log got meanwhile. */
  async #catchUp(): Promise<void> {
    const upTo = this.#confirmed.seq;
    this.#catchingUp = true;
    for (const [cellId, rev] of this.#texts.revs()) {
      const cell = this.#confirmed.cells.get(cellId);
      if (!cell || cell.rev === rev) continue; // it is to be created first, or nothing came
      const found = await recordsAfter(this.notebookId, rev, cellId).catch(() => null);
      if (!found) this.#lose(cellId, "What others did meanwhile could not be read.");
      for (const record of found ?? []) {
        if (record.seq <= upTo) this.#take(record);
      }
    }
    this.#catchingUp = false;
  }

  #enqueue(given: {
    command_id: string;
    command: Command | null;
    cell_id: string | null;
    settle?: (answer: Outcome) => void;
  }): void {
    const pending = { settle, ...given, order: nextOrder(), recorded: false };
    this.#queue.push(pending);
    if (given.cell_id) this.#keepEdit(given.cell_id, given.command_id);
    else this.#keep({ ...this.#kept(pending), command: given.command });
  }

  #kept({ command_id, order }: Pick<Pending, "command_id" | "order">): Kept {
    const { notebookId: notebook_id } = this;
    return { command_id, notebook_id, order, owner: TAB, command: null, edit: null };
  }

  #keepEdit(cellId: string, commandId: string): void {
    const pending = this.#queue.find((one) => one.command_id === commandId);
    const edit = this.#texts.kept(cellId, commandId);
    if (pending && edit) this.#keep({ ...this.#kept(pending), edit });
  }

  /** A browser that keeps nothing (private windows) still works while it is open. */
  #keep(kept: Kept): void {
    this.#keeping += 1;
    void keep(kept)
      .catch(() => {})
      .then(() => {
        this.#keeping -= 1;
        if (this.#keeping === 0) this.#changed();
      });
  }

  // ------------------------------------------------------------------- what goes out

  async #pump(): Promise<void> {
    if (this.#pumping || !this.#loaded) return;
    this.#pumping = true;
    try {
      for (let head = this.#queue[0]; head; head = this.#queue[0]) {
        if (this.#ended !== null) return;
        if (!(await this.#send(head))) await this.#pauses.wait();
      }
    } finally {
      this.#pumping = false;
    }
  }

  /** Whether it is done with, one way or the other. */
  async #send(head: Pending): Promise<boolean> {
    try {
      const answer = await this.#call(head);
      this.#pauses.came();
      await this.#reach((answer as { seq: number }).seq);
      this.#finish(head);
      head.settle({ ok: true, answer });
      return true;
    } catch (error) {
      if (mayPass(error) || (error instanceof Refusal && error.signedOut)) {
        this.#link.retry();
        return false;
      }
      this.#refuse(head, error instanceof Error ? error : new Unreachable(error));
      return true;
    }
  }

  #call(head: Pending): Promise<unknown> {
    const { notebookId: notebook_id } = this;
    if (head.command) {
      const takes = { ...this.#resolved(head.command), notebook_id };
      return call(head.command.tool, takes as never, head.command_id);
    }
    const cell_id = head.cell_id ?? "";
    const sent = this.#texts.send(cell_id, head.command_id);
    if (!sent) return Promise.resolve({ seq: this.#confirmed.seq }); // it is recorded already
    this.#keepEdit(cell_id, head.command_id);
    return call("edit_cell", { notebook_id, cell_id, ...sent }, head.command_id);
  }

  /** A run names the revs that are shown, which are known once all edits before it are recorded. */
  #resolved(command: Command): object {
    if (command.tool !== "run_cells" || !command.takes.cells) return command.takes;
    const cells = command.takes.cells.map(({ cell_id }) => ({
      cell_id,
      rev: this.#confirmed.cells.get(cell_id)?.rev ?? 0,
    }));
    return { ...command.takes, cells };
  }

  #reach(seq: number): Promise<void> {
    if (seq <= this.#confirmed.seq) return Promise.resolve();
    return new Promise((resolve) => this.#reached.add({ seq, resolve }));
  }

  #finish(head: Pending): void {
    this.#queue = this.#queue.filter((pending) => pending !== head);
    void drop(head.command_id).catch(() => {});
    if (head.cell_id) this.#texts.finish(head.cell_id, head.command_id);
    this.#base = null;
    this.#changed();
    this.#rest();
  }

  #refuse(head: Pending, error: Error): void {
    if (head.cell_id) this.#lose(head.cell_id, error.message);
    else this.#tell(error.message, null, null);
    this.#finish(head);
    head.settle({ ok: false, error });
  }

  /** What was typed into a cell cannot be kept in it: it is shown, with the text as it stood. */
  #lose(cellId: string, why: string): void {
    const lost = this.#texts.lose(cellId);
    if (!lost) return;
    this.#queue = this.#queue.filter((pending) => !lost.command_ids.has(pending.command_id));
    for (const commandId of lost.command_ids) void drop(commandId).catch(() => {});
    this.#tell(why, cellId, lost.source);
  }

  #tell(sentence: string, cell_id: string | null, source: string | null): void {
    this.#refused = [...this.#refused, { id: newId(), sentence, cell_id, source }];
    this.#changed();
  }

  // ---------------------------------------------------------------------- what is shown

  #changed(): void {
    this.shown = this.#shownNow();
    for (const watcher of this.#watchers) watcher();
  }

  #shownNow(): Shown {
    const commands = this.#queue.flatMap(({ command, recorded }) =>
      command && !recorded ? [command] : [],
    );
    this.#base ??= predicted(this.#confirmed, commands);
    return {
      loaded: this.#loaded,
      notebook: this.#texts.on(this.#base),
      confirmed: this.#confirmed,
      unsent: this.#queue.length,
      kept: this.#keeping === 0,
      asked: askedToRun(commands),
      refused: this.#refused,
      ended: this.#ended,
      agreed: this.#agreed,
    };
  }
}

const settle = (): void => {};

/** An id for a command, a cell or whatever else this client names. */
export function newId(): string {
  return crypto.randomUUID().replaceAll("-", "").slice(0, 20);
}
