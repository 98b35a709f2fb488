// The one stream of a browser: follows every notebook that some tab has open, keeps their confirmed
// states, proves them by the server's digests, and hands records on. Sends no command. What it cannot
// load it takes from the shelf of this device, and says so.

import { digest } from "../canonical.ts";
import { REDUCER_VERSION, type WireRecord } from "../generated.ts";
import { replay } from "../reducer.ts";
import { pack, unpack, type Notebook } from "../state.ts";
import { stateOf } from "../wire/calls.ts";
import { follow, type DigestFrame, type LiveItem, type Signal } from "../wire/follow.ts";
import { Refusal } from "../wire/problem.ts";
import { keepNamed } from "./kept-outputs.ts";
import type { Connection, ToHub, ToTab } from "./messages.ts";
import { Pauses } from "./pauses.ts";
import { shelved, unshelve } from "./shelf.ts";
import { Shelving } from "./shelving.ts";

/** So long a tab waits for the server before it is shown what is on the shelf. */
const PATIENCE_MS = 3_000;

/** The hub's end of the way to one tab. */
export interface Port {
  postMessage(message: ToTab): void;
}

class Followed {
  readonly ports = new Set<Port>();
  readonly signals = new Map<string, { signal: Signal; until: number }>();
  readonly shelving = new Shelving();
  state: Notebook | null = null;
  /** What the shelf had, while there is no state of the server's. */
  old: Extract<ToTab, { kind: "state" }> | null = null;
  loadedSeq = -1;
}

/** Serves ports. Where it runs (a worker shared by all tabs, or the tab itself) it does not know. */
export class Hub {
  readonly #followed = new Map<string, Followed>();
  readonly #ports = new Set<Port>();
  readonly #pauses = new Pauses();
  #stream = new AbortController();
  #following = false;
  #connection: Connection = "connecting";
  #since = Date.now();

  /** Take up what a tab says. */
  receive(port: Port, message: ToHub): void {
    switch (message.kind) {
      case "hello":
        this.#ports.add(port);
        port.postMessage(this.#standing());
        return;
      case "follow":
        return this.#follow(port, message.notebook_id);
      case "leave":
        return this.#leave(port, message.notebook_id);
      case "retry":
        return this.#pauses.skip();
      case "doubt":
        if (this.#connection === "live") this.#restart();
    }
  }

  /** The tab is gone. */
  forget(port: Port): void {
    this.#ports.delete(port);
    for (const [notebookId, { ports }] of [...this.#followed]) {
      if (!ports.has(port)) continue;
      this.#leave(port, notebookId);
      const [other = [...this.#ports][0]] = ports;
      other?.postMessage({ kind: "left", notebook_id: notebookId });
    }
  }

  #follow(port: Port, notebookId: string): void {
    const known = this.#followed.get(notebookId);
    if (known) {
      known.ports.add(port);
      if (known.state) this.#welcome(port, notebookId, known);
      else if (known.old) port.postMessage(known.old);
      return;
    }
    const followed = new Followed();
    followed.ports.add(port);
    this.#followed.set(notebookId, followed);
    this.#restart();
  }

  #welcome(port: Port, notebookId: string, { state, signals }: Followed): void {
    if (state) {
      const packed = pack(state);
      port.postMessage({ kind: "state", notebook_id: notebookId, state: packed, as_of: null });
    }
    const now = Date.now();
    for (const { signal, until } of signals.values()) {
      if (until > now) port.postMessage({ kind: "signal", notebook_id: notebookId, signal });
    }
  }

  #leave(port: Port, notebookId: string): void {
    const followed = this.#followed.get(notebookId);
    if (!followed?.ports.delete(port) || followed.ports.size > 0) return;
    followed.shelving.now();
    this.#followed.delete(notebookId);
    this.#restart();
  }

  /** The stream is opened anew, from the cursors as they stand. */
  #restart(): void {
    this.#stream.abort();
    this.#pauses.skip();
    if (!this.#following) void this.#run();
  }

  async #run(): Promise<void> {
    this.#following = true;
    while (this.#followed.size > 0) {
      this.#stream = new AbortController();
      const { signal } = this.#stream;
      try {
        await this.#loadAll();
        if (this.#followed.size > 0 && !signal.aborted) await this.#read(signal);
      } catch (error) {
        if (signal.aborted) continue;
        const signedOut = error instanceof Refusal && error.signedOut;
        this.#tell(signedOut ? "signed out" : "offline");
        if (!signedOut) this.#recallAll();
        await this.#pauses.wait();
      }
    }
    this.#following = false;
  }

  async #loadAll(): Promise<void> {
    const unknown = [...this.#followed].filter(([, followed]) => !followed.state);
    await Promise.all(unknown.map(([notebookId]) => this.#load(notebookId)));
  }

  async #load(notebookId: string): Promise<void> {
    const late = setTimeout(() => void this.#recall(notebookId), PATIENCE_MS);
    try {
      const found = await stateOf(notebookId, { outputs: "refs" });
      const followed = this.#followed.get(notebookId);
      if (!followed) return;
      followed.state = unpack(found.state);
      followed.loadedSeq = found.seq;
      followed.old = null;
      followed.shelving.state(followed.state);
      for (const port of followed.ports) this.#welcome(port, notebookId, followed);
    } catch (error) {
      if (!(error instanceof Refusal) || error.retryable || error.signedOut) throw error;
      this.#end(notebookId, error.message);
    } finally {
      clearTimeout(late);
    }
  }

  #recallAll(): void {
    for (const [notebookId, { state }] of this.#followed) if (!state) void this.#recall(notebookId);
  }

  /** The server does not say how this notebook stands: what the shelf has is better than nothing. */
  async #recall(notebookId: string): Promise<void> {
    const found = await shelved(notebookId).catch(() => null);
    const followed = this.#followed.get(notebookId);
    if (!found || !followed || followed.state || followed.old) return;
    const { state, as_of } = found;
    followed.old = { kind: "state", notebook_id: notebookId, state, as_of };
    this.#send(notebookId, followed.old);
  }

  async #read(abort: AbortSignal): Promise<void> {
    const cursors = new Map(
      [...this.#followed].map(([notebookId, { state }]) => [notebookId, state?.seq ?? 0]),
    );
    for await (const items of follow(cursors, abort, () => this.#came())) {
      this.#take(items);
      if ([...this.#followed.values()].some((followed) => !followed.state)) return;
    }
    if (this.#followed.size > 0 && !abort.aborted) await this.#pauses.wait();
  }

  #came(): void {
    this.#pauses.came();
    this.#tell("live");
  }

  #tell(connection: Connection): void {
    if (connection === this.#connection) return;
    if (this.#connection === "live") for (const { shelving } of this.#followed.values()) shelving.now();
    this.#connection = connection;
    this.#since = Date.now();
    for (const port of this.#ports) port.postMessage(this.#standing());
  }

  #standing(): ToTab {
    return { kind: "connection", connection: this.#connection, since: this.#since };
  }

  #take(items: readonly LiveItem[]): void {
    const records = new Map<string, WireRecord[]>();
    for (const item of items) {
      if (item.kind !== "record") continue;
      const { notebook_id: notebookId } = item.record;
      records.set(notebookId, [...(records.get(notebookId) ?? []), item.record]);
    }
    for (const [notebookId, some] of records) this.#apply(notebookId, some);
    for (const item of items) {
      if (item.kind === "signal") this.#pass(item.signal);
      else if (item.kind === "digest") this.#compare(item.digest);
      else if (item.kind === "ended") this.#end(item.notebook_id, item.reason);
    }
  }

  #apply(notebookId: string, records: readonly WireRecord[]): void {
    const followed = this.#followed.get(notebookId);
    if (!followed?.state) return;
    const { seq } = followed.state;
    const fresh = records.filter((record) => record.seq > seq);
    if (fresh.some((record) => record.type === "payloadRedacted")) {
      followed.state = null; // what was erased must be nowhere here: it is loaded anew
      followed.shelving.end();
      void unshelve(notebookId).catch(() => {});
      return;
    }
    followed.state = replay(followed.state, fresh);
    followed.shelving.state(followed.state);
    this.#send(notebookId, { kind: "records", notebook_id: notebookId, records: fresh });
  }

  #pass(signal: Signal): void {
    const followed = this.#followed.get(signal.notebook_id);
    if (!followed) return;
    const place = JSON.stringify([signal.kind, signal.key, signal.actor.id]);
    followed.signals.delete(place);
    if (signal.ttl_s && !signal.gone) {
      followed.signals.set(place, { signal, until: Date.now() + signal.ttl_s * 1000 });
    }
    const { notebook_id } = signal;
    this.#send(notebook_id, { kind: "signal", notebook_id, signal });
  }

  /** A state that differs from the server's is reported and loaded anew, once. */
  #compare(frame: DigestFrame): void {
    const followed = this.#followed.get(frame.notebook_id);
    if (frame.reducer_version > REDUCER_VERSION) {
      for (const port of this.#ports) port.postMessage({ kind: "newer" });
      return;
    }
    if (!followed?.state || frame.seq !== followed.state.seq) return;
    if (frame.reducer_version !== REDUCER_VERSION) return;
    const agrees = digest(followed.state) === frame.digest;
    const { notebook_id, seq } = frame;
    this.#send(notebook_id, { kind: "compared", notebook_id, agrees, seq });
    if (agrees || frame.seq === followed.loadedSeq) return; // loading it again would change nothing
    console.warn(
      `The state of ${notebook_id} differs from the server's at ${seq}; it is loaded anew.`,
    );
    followed.state = null;
  }

  #end(notebookId: string, reason: string): void {
    const followed = this.#followed.get(notebookId);
    if (!followed) return;
    this.#send(notebookId, { kind: "ended", notebook_id: notebookId, reason });
    followed.shelving.end();
    void unshelve(notebookId).catch(() => {});
    void keepNamed(notebookId, new Set()).catch(() => {});
    this.#followed.delete(notebookId);
  }

  #send(notebookId: string, message: ToTab): void {
    for (const port of this.#followed.get(notebookId)?.ports ?? []) port.postMessage(message);
  }
}
