// A tab's end of the way to the hub: the shared worker, or a hub of its own where there is none.

import { Hub, type Port } from "./hub.ts";
import { owner } from "../wire/owner.ts";
import { HUB, type Connection, type ToHub, type ToTab } from "./messages.ts";

export type FromHub = Exclude<ToTab, { kind: "connection" } | { kind: "newer" }>;

/** Who this tab is, to the hub and to other tabs: it holds the lock of this name while it lives. */
export const TAB = `tab-${crypto.randomUUID()}`;

export class Link {
  readonly #listeners = new Map<string, Set<(message: FromHub) => void>>();
  readonly #watchers = new Set<() => void>();
  readonly #left: (notebookId: string) => void;
  readonly #send: (message: ToHub) => void;
  connection: Connection = "connecting";
  /** When the connection came to be as it is. */
  since = Date.now();
  newer = false;

  /** `left` is told of a notebook that this tab does not follow, and where another left something. */
  constructor(left: (notebookId: string) => void) {
    this.#left = left;
    const hub = owner.then((personId) => connect(personId, (message) => this.#receive(message)));
    this.#send = (message) => void hub.then((send) => send(message));
    void hold(TAB).then(() => this.#send({ kind: "hello", tab: TAB }));
    addEventListener("online", () => this.retry());
  }

  /** What comes of a notebook, its state first. Returns how to stop. */
  follow(notebookId: string, listener: (message: FromHub) => void): () => void {
    const listeners = this.#listeners.get(notebookId) ?? new Set();
    this.#listeners.set(notebookId, listeners);
    listeners.add(listener);
    this.#send({ kind: "follow", notebook_id: notebookId });
    return () => {
      listeners.delete(listener);
      if (listeners.size > 0) return;
      this.#listeners.delete(notebookId);
      this.#send({ kind: "leave", notebook_id: notebookId });
    };
  }

  /** Tell of changes of the connection. */
  watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  };

  /** Connect now, not after the pause. */
  retry(): void {
    this.#send({ kind: "retry" });
  }

  /** Nobody is signed in, the server said: see whether it says so of the stream too. */
  doubt(): void {
    this.#send({ kind: "doubt" });
  }

  /** The page of this tab is older than the server's. */
  outdated(): void {
    this.newer = true;
    for (const watcher of this.#watchers) watcher();
  }

  #receive(message: ToTab): void {
    if (message.kind === "connection") {
      this.connection = message.connection;
      this.since = message.since;
    } else if (message.kind === "newer") return this.outdated();
    else {
      const listeners = this.#listeners.get(message.notebook_id);
      if (!listeners && message.kind === "left") this.#left(message.notebook_id);
      for (const listener of listeners ?? []) listener(message);
      return;
    }
    for (const watcher of this.#watchers) watcher();
  }
}

function connect(
  personId: string,
  receive: (message: ToTab) => void,
): (message: ToHub) => void {
  if (typeof SharedWorker === "function") {
    const worker = new SharedWorker(new URL("./worker.ts", import.meta.url), {
      type: "module",
      name: HUB + personId,
    });
    worker.port.onmessage = ({ data }: MessageEvent<ToTab>) => receive(data);
    return (message) => worker.port.postMessage(message);
  }
  const hub = new Hub();
  const port: Port = { postMessage: (message) => queueMicrotask(() => receive(message)) };
  return (message) => queueMicrotask(() => hub.receive(port, message));
}

/** Hold a lock until the tab is gone. Returns once it is held. */
async function hold(name: string): Promise<void> {
  await new Promise<void>((held) => {
    void navigator.locks.request(name, () => {
      held();
      return new Promise(() => {});
    });
  });
}
