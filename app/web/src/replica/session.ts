// One notebook in one tab: the confirmed state, what this tab did on top of it, and the way of that
// to the server. Commands go out one after the other, each once; what is refused is shown.

import { ChangeSet, Text } from "@codemirror/state";
import type { WireRecord } from "../generated.ts";
import { replay } from "../reducer.ts";
import { emptyNotebook, unpack, type Notebook } from "../state.ts";
import { call, recordsAfter } from "../wire/calls.ts";
import type { Signal } from "../wire/follow.ts";
import { mayPass, Refusal, Unreachable } from "../wire/problem.ts";
import {
  closed,
  pendingChanges,
  received,
  sending,
  typed,
  type CellText,
} from "./cell-text.ts";
import type { FromHub, Link } from "./link.ts";
import { TAB } from "./link.ts";
import { adopt, drop, keep, nextOrder, type Kept } from "./outbox.ts";
import { Pauses } from "./pauses.ts";
import { predicted, type Command } from "./predict.ts";

/** A command on its way: one of `command` and `cell_id` (an edit of its source). */
interface Pending {
  readonly command_id: string;
  readonly order: number;
  readonly command: Command | null;
  readonly cell_id: string | null;
  readonly settle: (answer: Answer) => void;
  recorded: boolean;
}

/** What became of a command. */
export type Answer =
  | { readonly ok: true; readonly answer: unknown }
  | { readonly ok: false; readonly error: Error };

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
  readonly asked: ReadonlySet<string>;
  readonly refused: readonly Refused[];
  readonly ended: string | null;
}

export class Session {
  readonly notebookId: string;
  readonly #link: Link;
  readonly #texts = new Map<string, CellText>();
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
  #pumping = false;
  #stop: () => void = () => {};
  shown: Shown;

  constructor(link: Link, notebookId: string) {
    this.notebookId = notebookId;
    this.#link = link;
    this.#confirmed = emptyNotebook(notebookId);
    this.shown = this.#shownNow();
  }

  /** Follow until the returned function is called. What waits to be sent goes on being sent. */
  open(): () => void {
    const stop = this.#link.follow(this.notebookId, (message) => this.#receive(message));
    const unwatch = this.#link.watch(() => {
      if (this.#link.connection === "live") this.#pauses.skip();
    });
    this.#stop = () => {
      stop();
      unwatch();
    };
    return () => {
      if (this.#queue.length === 0) this.#stop();
    };
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
    const before = this.#texts.get(cellId) ?? { rev, segments: [] };
    const text = typed(before, changes, newId);
    this.#texts.set(cellId, text);
    const last = text.segments.at(-1);
    if (last && text.segments.length > before.segments.length) {
      this.#enqueue({ command_id: last.command_id, command: null, cell_id: cellId });
    } else if (last) this.#keepEdit(cellId, last.command_id);
    this.#changed();
    void this.#pump();
  }

  /** Replace the source, as an edit of what differs. */
  replace(cellId: string, source: string): void {
    const before = this.source(cellId);
    let start = 0;
    const most = Math.min(before.length, source.length);
    while (start < most && before[start] === source[start]) start += 1;
    let end = 0;
    while (end < most - start && before.at(-1 - end) === source.at(-1 - end)) end += 1;
    const changes = ChangeSet.of(
      {
        from: start,
        to: before.length - end,
        insert: Text.of(source.slice(start, source.length - end).split("\n")),
      },
      before.length,
    );
    this.#editors.get(cellId)?.(changes);
    this.type(cellId, changes);
  }

  /** Give a command. It shows at once; the promise tells what became of it. */
  do(command: Command): Promise<Answer> {
    if (command.tool === "run_cells") this.#closeAll();
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
        return;
    }
  }

  async #load(state: Notebook): Promise<void> {
    const first = !this.#loaded;
    this.#confirmed = state;
    this.#base = null;
    this.#loaded = true;
    for (const [cellId, text] of this.#texts) {
      if (state.cells.get(cellId)?.rev !== text.rev) await this.#catchUp(cellId, text);
    }
    this.#arrived();
    if (first) await this.#adopt();
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
    if (record.type === "cellSourceEdited") {
      const { cell_id, changes } = record.data as { cell_id: string; changes: unknown[] };
      this.#takeEdit(cell_id, changes, record.command_id, record.seq);
    } else if (record.type === "cellCreated") {
      const { cell_id } = record.data as { cell_id: string };
      const text = this.#texts.get(cell_id);
      if (text) this.#texts.set(cell_id, { ...text, rev: record.seq });
    }
  }

  #takeEdit(cellId: string, changes: readonly unknown[], commandId: string, rev: number): void {
    const before = this.#texts.get(cellId) ?? { rev: 0, segments: [] };
    try {
      const { text, news } = received(before, changes, commandId, rev);
      this.#setText(cellId, text);
      if (news) this.#editors.get(cellId)?.(news);
    } catch (error) {
      this.#lose(cellId, `What you typed here does not fit what others did: ${String(error)}`);
    }
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
      if (!edit) continue;
      const { changes: json, base_rev, sent } = edit;
      const changes = ChangeSet.fromJSON(json);
      const text = this.#texts.get(edit.cell_id) ?? { rev: base_rev, segments: [] };
      const segment = { command_id, changes, open: false, sent };
      this.#texts.set(edit.cell_id, { ...text, segments: [...text.segments, segment] });
    }
    for (const [cellId, text] of this.#texts) {
      if (this.#confirmed.cells.get(cellId)?.rev !== text.rev) await this.#catchUp(cellId, text);
    }
    this.#base = null;
    this.#changed();
    void this.#pump();
  }

  /** Re-base what was typed on all that the log got meanwhile. */
  async #catchUp(cellId: string, text: CellText): Promise<void> {
    if (!this.#confirmed.cells.has(cellId)) return; // it is to be created by what waits before
    const upTo = this.#confirmed.seq;
    const found = await recordsAfter(this.notebookId, text.rev, cellId).catch(() => null);
    if (!found) return this.#lose(cellId, "What changed meanwhile could not be read.");
    for (const record of found) {
      if (record.seq <= upTo) this.#take(record);
    }
  }

  #closeAll(): void {
    for (const [cellId, text] of this.#texts) this.#texts.set(cellId, closed(text));
  }

  #setText(cellId: string, text: CellText): void {
    if (text.segments.length > 0) this.#texts.set(cellId, text);
    else this.#texts.delete(cellId);
  }

  #enqueue(given: {
    command_id: string;
    command: Command | null;
    cell_id: string | null;
    settle?: (answer: Answer) => void;
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
    const text = this.#texts.get(cellId);
    const segment = text?.segments.find((one) => one.command_id === commandId);
    const pending = this.#queue.find((one) => one.command_id === commandId);
    if (!text || !segment || !pending) return;
    const changes = segment.changes.toJSON() as unknown[];
    const edit = { cell_id: cellId, base_rev: text.rev, changes, sent: segment.sent };
    this.#keep({ ...this.#kept(pending), edit });
  }

  /** A browser that keeps nothing (private windows) still works while it is open. */
  #keep(kept: Kept): void {
    void keep(kept).catch(() => {});
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
    const text = head.cell_id ? this.#texts.get(head.cell_id) : undefined;
    const cell_id = head.cell_id ?? "";
    if (!text || text.segments[0]?.command_id !== head.command_id) {
      return Promise.resolve({ seq: this.#confirmed.seq }); // recorded already
    }
    const { text: next, sent } = sending(text);
    this.#texts.set(cell_id, next);
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
    const text = head.cell_id ? this.#texts.get(head.cell_id) : undefined;
    if (head.cell_id && text) {
      const segments = text.segments.filter((one) => one.command_id !== head.command_id);
      this.#setText(head.cell_id, { ...text, segments });
    }
    this.#base = null;
    this.#changed();
    if (this.#queue.length === 0 && this.#watchers.size === 0) this.#stop();
  }

  #refuse(head: Pending, error: Error): void {
    if (head.cell_id) this.#lose(head.cell_id, error.message);
    else this.#tell(error.message, null, null);
    this.#finish(head);
    head.settle({ ok: false, error });
  }

  /** What was typed into a cell cannot be kept in it: it is shown, with the text as it stood. */
  #lose(cellId: string, why: string): void {
    const text = this.#texts.get(cellId);
    if (!text) return;
    const lost = new Set(text.segments.map((segment) => segment.command_id));
    const source = this.#sourceWith(cellId, text);
    this.#texts.delete(cellId);
    this.#queue = this.#queue.filter((pending) => !lost.has(pending.command_id));
    for (const commandId of lost) void drop(commandId).catch(() => {});
    this.#tell(why, cellId, source);
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
      notebook: this.#withTexts(this.#base),
      confirmed: this.#confirmed,
      unsent: this.#queue.length,
      asked: askedToRun(commands),
      refused: this.#refused,
      ended: this.#ended,
    };
  }

  #withTexts(notebook: Notebook): Notebook {
    if (this.#texts.size === 0) return notebook;
    const cells = new Map(notebook.cells);
    for (const [cellId, text] of this.#texts) {
      const cell = cells.get(cellId);
      if (cell) cells.set(cellId, { ...cell, source: this.#sourceWith(cellId, text) });
    }
    return { ...notebook, cells };
  }

  #sourceWith(cellId: string, text: CellText): string {
    const source = this.#base?.cells.get(cellId)?.source ?? "";
    const changes = pendingChanges(text);
    if (!changes) return source;
    try {
      return changes.apply(Text.of(source.split("\n"))).toString();
    } catch {
      return source; // records of a state that is on its way
    }
  }
}

function askedToRun(commands: readonly Command[]): ReadonlySet<string> {
  const cells = commands.flatMap((command) =>
    command.tool === "run_cells" ? (command.takes.cells ?? []) : [],
  );
  return new Set(cells.map((cell) => cell.cell_id));
}

const settle = (): void => {};

/** An id for a command, a cell or whatever else this client names. */
export function newId(): string {
  return crypto.randomUUID().replaceAll("-", "").slice(0, 20);
}
