// One notebook in one tab: the confirmed state, and what this tab did on top of it until the log has
// that too. Its way to the server is the queue's; what is refused is shown.

import type { ChangeSet } from "@codemirror/state";
import type { RecordOf } from "../events.ts";
import type { WireRecord } from "../generated.ts";
import { replay } from "../reducer.ts";
import { emptyNotebook, unpack, type Notebook } from "../state.ts";
import type { Signal } from "../wire/follow.ts";
import { difference } from "./cell-text.ts";
import type { FromHub, Link } from "./link.ts";
import { Brought } from "./brought.ts";
import { adopt, settled } from "./outbox.ts";
import { Past } from "./past.ts";
import { askedToRun, predicted, type Command } from "./predict.ts";
import { Queue, type Outcome, type Pending } from "./queue.ts";
import { Refusals, type Refused } from "./refusals.ts";
import { Sending } from "./sending.ts";
import { Texts } from "./texts.ts";

/** What a screen shows of a notebook. A value: anything that changes makes a new one. */
export interface Shown {
  readonly loaded: boolean;
  readonly notebook: Notebook;
  readonly confirmed: Notebook;
  /** When the confirmed state was last known to be so, if it is from the shelf of this device. */
  readonly as_of: number | null;
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
  readonly #queue: Queue;
  readonly #sending: Sending;
  readonly #refusals: Refusals;
  readonly #editors = new Map<string, (changes: ChangeSet, own: boolean) => void>();
  readonly #watchers = new Set<() => void>();
  readonly #signalled = new Set<(signal: Signal) => void>();
  readonly #heard = new Set<(records: readonly WireRecord[]) => void>();
  readonly #past: Past;
  /** What came while a state was being loaded, which comes after it. */
  readonly #behind: FromHub[] = [];
  #confirmed: Notebook;
  #base: Notebook | null = null;
  #loaded = false;
  #loading = false;
  #asOf: number | null = null;
  #ended: string | null = null;
  #agreed = 0;
  #catchingUp = false;
  /** Whether a tab that is gone left something that was not taken over yet. */
  #left = true;
  #stop: (() => void) | null = null;
  #screens = 0;
  shown: Shown;

  constructor(link: Link, notebookId: string) {
    this.notebookId = notebookId;
    this.brought = new Brought(notebookId);
    this.#link = link;
    this.#confirmed = emptyNotebook(notebookId);
    this.#refusals = new Refusals(notebookId);
    this.#past = new Past(notebookId);
    this.#sending = new Sending({
      notebookId,
      texts: this.#texts,
      confirmed: () => this.#confirmed,
      keepEdit: (commandId) => this.#queue.keepEdit(commandId),
    });
    this.#queue = new Queue({
      notebookId,
      ready: () => this.#loaded && !this.#loading && this.#asOf === null && this.#ended === null,
      send: (head) => this.#sending.send(head),
      unanswered: (signedOut) => (signedOut ? this.#link.doubt() : this.#link.retry()),
      refused: (head, error) => this.#refuse(head, error),
      finished: (head) => this.#finish(head),
      changed: () => this.#changed(),
      edit: ({ cell_id, command_id }) => this.#texts.kept(cell_id ?? "", command_id),
    });
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

  /** Follow until all is sent that tabs which are gone left here. */
  sendLeft(): void {
    const close = this.open();
    const unwatch = this.watch(() => {
      const ready = this.#loaded && !this.#loading && !this.#left;
      if (this.#ended === null && !(ready && this.#queue.waiting.length === 0)) return;
      unwatch();
      close();
    });
  }

  #start(): void {
    this.#left = true; // what others left meanwhile nobody told
    const stop = this.#link.follow(this.notebookId, (message) => this.#receive(message));
    const unwatch = this.#link.watch(() => {
      if (this.#link.connection !== "live") return;
      this.#queue.hope();
      this.#past.hope();
    });
    this.#stop = () => {
      stop();
      unwatch();
    };
  }

  /** Nobody looks and nothing waits to be sent: there is no need to follow. */
  #rest(): void {
    if (this.#screens > 0 || this.#queue.waiting.length > 0) return;
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

  /** Changes to what an editor of this cell shows: by others, or one's own from beside it. */
  edit(cellId: string, listener: (changes: ChangeSet, own: boolean) => void): () => void {
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
    const shown = this.source(cellId);
    const { commandId, fresh } = this.#texts.type(cellId, rev, shown, changes, newId);
    if (fresh) {
      this.#queue.add({ command_id: commandId, command: null, cell_id: cellId, settle: nobody });
    } else this.#queue.keepEdit(commandId);
    this.#changed();
    void this.#queue.send();
  }

  /** Replace the source, as an edit of what differs. */
  replace(cellId: string, source: string): void {
    this.change(cellId, difference(this.source(cellId), source));
  }

  /** Change the source from beside its editor, which shows it too if there is one. */
  change(cellId: string, changes: ChangeSet): void {
    this.#editors.get(cellId)?.(changes, true);
    this.type(cellId, changes);
  }

  /** Give a command. It shows at once; the promise tells what became of it. */
  do(command: Command): Promise<Outcome> {
    if (command.tool === "run_cells") this.#texts.close();
    return new Promise((settle) => {
      this.#queue.add({ command_id: newId(), command, cell_id: null, settle });
      this.#base = null;
      this.#changed();
      void this.#queue.send();
    });
  }

  /** Say what went wrong beside the cells, until the person has seen it. */
  tell(sentence: string): void {
    this.#tell(sentence, null, null);
  }

  /** The person has seen it. */
  dismiss(id: string): void {
    this.#refusals.dismiss(id);
    this.#changed();
  }

  // ------------------------------------------------------------------- what comes

  #receive(message: FromHub): void {
    if (message.kind === "signal") {
      for (const listener of this.#signalled) listener(message.signal);
    } else if (this.#loading) this.#behind.push(message);
    else this.#take(message);
  }

  #take(message: Exclude<FromHub, { kind: "signal" }>): void {
    switch (message.kind) {
      case "state":
        // What was on the shelf is no news to who has seen the server's.
        if (message.as_of !== null && this.#loaded) return;
        return void this.#load(unpack(message.state), message.as_of);
      case "records":
        return this.#apply(message.records);
      case "ended":
        this.#ended = message.reason || "This notebook is out of sight.";
        return this.#changed();
      case "compared":
        if (message.agrees) this.#agreed = message.seq;
        return this.#changed();
      case "left":
        this.#left = true;
        if (this.#loaded) void this.#load(this.#confirmed, this.#asOf);
    }
  }

  /** Stand on this state, with all that was done here and by tabs that are gone on top of it. */
  async #load(state: Notebook, asOf: number | null): Promise<void> {
    this.#loading = true;
    if (!this.#loaded) await this.#refusals.recall();
    await this.#takeOver();
    // All of it in one step: what is typed meanwhile fits what was shown before.
    this.#confirmed = state;
    this.#asOf = asOf;
    this.brought.forget(asOf === null ? state : null);
    this.#base = null;
    this.#loaded = true;
    this.#changedWithEditors();
    if (asOf === null) await this.#catchUp();
    this.#loading = false;
    this.#base = null;
    this.#arrived();
    for (const message of this.#behind.splice(0)) this.#receive(message);
  }

  #apply(records: readonly WireRecord[]): void {
    const fresh = records.filter((record) => record.seq > this.#confirmed.seq);
    if (fresh.length === 0) return;
    this.#confirmed = replay(this.#confirmed, fresh);
    this.#base = null;
    this.#takeRecords(fresh);
    for (const listener of this.#heard) listener(fresh);
    this.#arrived();
  }

  #takeRecords(records: readonly WireRecord[]): void {
    const written = new Set<string>();
    for (const record of records) {
      this.#queue.record(record.command_id);
      const cellId = (record.data as { cell_id?: string } | null)?.cell_id ?? "";
      if (this.#texts.has(cellId)) written.add(cellId);
      if (record.type === "cellSourceEdited") {
        this.#takeEdit(record as RecordOf<"cellSourceEdited">);
      } else if (record.type === "cellCreated") this.#texts.found(cellId, record.seq);
      else if (record.type === "cellDeleted") {
        void this.#lose(cellId, `${record.actor.name} deleted the cell into which you wrote this.`);
      }
    }
    this.#queue.keepCells(written);
  }

  #takeEdit({ data, command_id, seq }: RecordOf<"cellSourceEdited">): void {
    let news: ChangeSet | null;
    try {
      news = this.#texts.receive(data.cell_id, data.changes, command_id, seq);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      const why = "What you wrote here does not fit what others did meanwhile.";
      return void this.#lose(data.cell_id, why);
    }
    // While it catches up, an editor is told all of it at once.
    if (news && !this.#catchingUp) this.#editors.get(data.cell_id)?.(news, false);
  }

  #arrived(): void {
    this.#sending.arrived();
    this.#changed();
    void this.#queue.send();
  }

  // ------------------------------------------------------- what tabs left that are gone

  async #takeOver(): Promise<void> {
    if (!this.#left) return;
    const nothing = { taken: [], rest: false };
    const found = await adopt(this.notebookId, this.#texts.cells()).catch(() => nothing);
    const { taken, rest } = settled(found.taken, this.#texts.cells());
    this.#left = found.rest || rest;
    this.#queue.take(taken);
    for (const { command_id, edit } of taken) if (edit) this.#texts.adopt(command_id, edit);
  }

  /** Re-base what was typed on all that the log got meanwhile. */
  async #catchUp(): Promise<void> {
    this.#catchingUp = true;
    for (const [cellId, rev] of this.#texts.revs()) {
      const cell = this.#confirmed.cells.get(cellId);
      if (!cell || cell.rev === rev) continue; // it is to be created first, or nothing came
      const found = await this.#past.of(cellId, rev, this.#confirmed.seq);
      if (found) this.#takeRecords(found);
      else void this.#lose(cellId, "What others did meanwhile could not be read.");
      this.#changedWithEditors();
    }
    this.#catchingUp = false;
  }

  // ------------------------------------------------------------------- what goes out

  #finish(head: Pending): void {
    if (head.cell_id) this.#texts.finish(head.cell_id, head.command_id);
    this.#base = null;
    this.#changed();
    if (this.#left && this.#queue.waiting.length === 0 && !this.#loading) {
      void this.#load(this.#confirmed, this.#asOf);
    }
    this.#rest();
  }

  /** Returns once the refusal, and what was written, is kept. */
  #refuse(head: Pending, error: Error): Promise<void> {
    if (head.command) return this.#tell(error.message, null, textOf(head.command));
    return this.#lose(head.cell_id ?? "", error.message);
  }

  /** What was typed into a cell cannot be kept in it: it is shown, with the text as it stood. */
  async #lose(cellId: string, why: string): Promise<void> {
    const lost = this.#texts.lose(cellId);
    if (lost) await this.#queue.drop(lost.command_ids, this.#tell(why, cellId, lost.source));
  }

  /** Returns once it is kept. */
  #tell(sentence: string, cell_id: string | null, source: string | null): Promise<void> {
    const kept = this.#refusals.add({ id: newId(), sentence, cell_id, source });
    this.#changed();
    return kept;
  }

  // ---------------------------------------------------------------------- what is shown

  #changed(): void {
    this.shown = this.#shownNow();
    for (const watcher of this.#watchers) watcher();
  }

  /** Editors are told at once where a text became another, since the next change fits that alone. */
  #changedWithEditors(): void {
    const before = this.shown.notebook.cells;
    this.shown = this.#shownNow();
    for (const [cellId, tell] of this.#editors) {
      const [was, is] = [before.get(cellId)?.source, this.source(cellId)];
      if (was !== undefined && was !== is) tell(difference(was, is), false);
    }
    this.#changed();
  }

  #shownNow(): Shown {
    const commands = this.#queue.waiting.flatMap(({ command, recorded }) =>
      command && !recorded ? [command] : [],
    );
    this.#base ??= predicted(this.#confirmed, commands);
    return {
      loaded: this.#loaded,
      notebook: this.#texts.on(this.#base),
      confirmed: this.#confirmed,
      as_of: this.#asOf,
      unsent: this.#queue.waiting.length,
      kept: this.#queue.kept,
      asked: askedToRun(commands),
      refused: this.#refusals.shown,
      ended: this.#ended,
      agreed: this.#agreed,
    };
  }
}

const nobody = (): void => {};

/** What was written in a command, which would be gone with it. */
function textOf(command: Command): string | null {
  if (command.tool !== "insert_cells") return null;
  return command.takes.cells.map(({ source = "" }) => source).join("\n\n") || null;
}

/** An id for a command, a cell or whatever else this client names. */
export function newId(): string {
  return crypto.randomUUID().replaceAll("-", "").slice(0, 20);
}
