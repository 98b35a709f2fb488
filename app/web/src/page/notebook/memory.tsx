// What the kernel holds of memory: asked for again and again, calmly, and while the page is looked at.

import { useCallback, useSyncExternalStore } from "react";
import type { MemoryHeld } from "../../generated.ts";
import { shownSize } from "../../outputs/value.ts";
import { ask } from "../../replica/ask.ts";
import type { Session } from "../../replica/session.ts";

const CALM_MS = 8_000;

/** The memory in few words; nothing when nobody tells. */
export default function MemoryShown({
  session,
  again,
  whole = false,
}: {
  readonly session: Session;
  /** Whether to go on asking; who may not ask does so but once. */
  readonly again: boolean;
  /** As a sentence with its limit, and not as a figure alone. */
  readonly whole?: boolean;
}) {
  const memory = useMemory(session, again);
  if (!memory) return null;
  const { held, limit = 0 } = memory;
  if (!whole) {
    return (
      <span className="runtime-memory">
        <span className="sr-only">Memory of the kernel: </span>
        {shownSize(held)}
      </span>
    );
  }
  return (
    <div className="memory">
      <span>
        Memory: {shownSize(held)}
        {limit > 0 ? ` of at most ${shownSize(limit)}` : ""}
      </span>
      {limit > 0 ? (
        <meter aria-label="Memory" min={0} max={limit} high={0.8 * limit} value={held} />
      ) : null}
    </div>
  );
}

/** What is known of the memory of one notebook's kernel, for all who show it. */
class Memory {
  readonly #session: Session;
  readonly #watchers = new Set<() => void>();
  #timer: ReturnType<typeof setInterval> | undefined;
  #asking = false;
  held: MemoryHeld | null = null;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Be told, and ask now. `again`: go on asking while this is watched and the page is in sight. */
  follow(watcher: () => void, again: boolean): () => void {
    this.#watchers.add(watcher);
    void this.#look();
    if (again && !this.#timer) {
      this.#timer = setInterval(() => void this.#look(), CALM_MS);
      document.addEventListener("visibilitychange", this.#look);
    }
    return () => {
      this.#watchers.delete(watcher);
      if (this.#watchers.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
      document.removeEventListener("visibilitychange", this.#look);
    };
  }

  readonly #look = async (): Promise<void> => {
    if (this.#asking || document.visibilityState !== "visible") return;
    this.#asking = true;
    const answer = await ask(this.#session, { question: "memory" });
    this.#asking = false;
    this.held = answer.answer === "memory" ? answer : null;
    for (const watcher of this.#watchers) watcher();
  };
}

const kept = new WeakMap<Session, Memory>();

function memoryOf(session: Session): Memory {
  const found = kept.get(session) ?? new Memory(session);
  kept.set(session, found);
  return found;
}

function useMemory(session: Session, again: boolean): MemoryHeld | null {
  const memory = memoryOf(session);
  const follow = useCallback(
    (watcher: () => void) => memory.follow(watcher, again),
    [memory, again],
  );
  return useSyncExternalStore(follow, () => memory.held);
}
