// A notebook while records are applied to it. What changes in a map is laid over it, or the map is
// copied and then changed in place: one record costs what it touches, and a replay copies each once.

import type {
  Approval,
  AssistantRun,
  Cell,
  Comment,
  Execution,
  Forked,
  Imported,
  Permission,
  Policy,
  Proposal,
  Runtime,
  Value,
} from "./generated.ts";
import { overlaid } from "./overlaid.ts";
import type { Notebook } from "./state.ts";

/** So many values are laid over before a map is copied. */
const FEW = 8;

/** A map that others may hold: it is another one once something changed. */
export class SharedMap<V> {
  readonly #seen: ReadonlyMap<string, V>;
  readonly #over = new Map<string, V>();
  #own: Map<string, V> | null = null;

  constructor(seen: ReadonlyMap<string, V>) {
    this.#seen = seen;
  }

  get(key: string): V | undefined {
    return this.#own ? this.#own.get(key) : (this.#over.get(key) ?? this.#seen.get(key));
  }

  has(key: string): boolean {
    return (this.#own ?? this.#seen).has(key);
  }

  set(key: string, value: V): void {
    const fits = this.#over.has(key) || (this.#over.size < FEW && this.#seen.has(key));
    if (fits && !this.#own) this.#over.set(key, value);
    else this.#mine().set(key, value);
  }

  delete(key: string): void {
    if (this.has(key)) this.#mine().delete(key);
  }

  /** The map as it stands. It is the caller's now: nothing is set here afterwards. */
  done(): ReadonlyMap<string, V> {
    return this.#own ?? overlaid(this.#seen, this.#over);
  }

  #mine(): Map<string, V> {
    this.#own ??= new Map([...this.#seen, ...this.#over]);
    return this.#own;
  }
}

/** The fields of a notebook: arrays and values are replaced, never changed in place. */
export class Draft {
  readonly notebook_id: string;
  seq: number;
  title: string;
  metadata: Value;
  created_at: string;
  archived: boolean;
  imported: Imported | null;
  forked: Forked | null;
  order: readonly string[];
  queue: readonly string[];
  loose: readonly string[];
  policy: Policy;
  approvals: readonly Approval[];
  permissions: readonly Permission[];
  proposals: readonly Proposal[];
  skipped: number;
  readonly cells: SharedMap<Cell>;
  readonly executions: SharedMap<Execution>;
  readonly displays: SharedMap<readonly string[]>;
  readonly runtimes: SharedMap<Runtime>;
  readonly comments: SharedMap<Comment>;
  readonly runs: SharedMap<AssistantRun>;
  run_order: readonly string[];

  constructor(start: Notebook) {
    this.notebook_id = start.notebook_id;
    this.seq = start.seq;
    this.title = start.title;
    this.metadata = start.metadata;
    this.created_at = start.created_at;
    this.archived = start.archived;
    this.imported = start.imported;
    this.forked = start.forked;
    this.order = start.order;
    this.queue = start.queue;
    this.loose = start.loose;
    this.policy = start.policy;
    this.approvals = start.approvals;
    this.permissions = start.permissions;
    this.proposals = start.proposals;
    this.skipped = start.skipped;
    this.cells = new SharedMap(start.cells);
    this.executions = new SharedMap(start.executions);
    this.displays = new SharedMap(start.displays);
    this.runtimes = new SharedMap(start.runtimes);
    this.comments = new SharedMap(start.comments);
    this.runs = new SharedMap(start.runs);
    this.run_order = start.run_order;
  }

  /** The notebook as it stands, with which the draft ends. */
  notebook(): Notebook {
    return {
      notebook_id: this.notebook_id,
      seq: this.seq,
      title: this.title,
      metadata: this.metadata,
      created_at: this.created_at,
      archived: this.archived,
      imported: this.imported,
      forked: this.forked,
      order: this.order,
      cells: this.cells.done(),
      executions: this.executions.done(),
      queue: this.queue,
      loose: this.loose,
      displays: this.displays.done(),
      runtimes: this.runtimes.done(),
      comments: this.comments.done(),
      policy: this.policy,
      approvals: this.approvals,
      permissions: this.permissions,
      proposals: this.proposals,
      runs: this.runs.done(),
      run_order: this.run_order,
      skipped: this.skipped,
    };
  }
}
