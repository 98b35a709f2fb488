// Who is here, and where: told by signals that end by themselves, and for programs, which tell
// nothing, by what they do. Nothing of it is kept.

import type { Session } from "../replica/session.ts";
import { signal } from "../wire/calls.ts";
import { TAB } from "../replica/link.ts";
import type { Actor, ActorKind, WireRecord } from "../generated.ts";
import type { Signal } from "../wire/follow.ts";

const KIND = "presence";
const TTL_S = 30;
const AGAIN_MS = 12_000;
const PACE_MS = 120;
/** So long a program is shown where it did something. */
const DEED_S = 20;

/** Where somebody is. */
export interface At {
  readonly cell_id: string | null;
  readonly anchor: number;
  readonly head: number;
  readonly editing: boolean;
}

/** Somebody who is here, by one of their tabs. */
export interface Present extends At {
  readonly key: string;
  readonly id: string;
  readonly kind: ActorKind;
  readonly name: string;
  readonly hue: number;
}

const NOWHERE: At = { cell_id: null, anchor: 0, head: 0, editing: false };

/** The presence of one notebook: others as they say, and this tab as it tells. */
export class Presence {
  readonly #session: Session;
  readonly #others = new Map<string, { present: Present; timer: ReturnType<typeof setTimeout> }>();
  readonly #watchers = new Set<() => void>();
  #here = NOWHERE;
  #telling: ReturnType<typeof setTimeout> | undefined;
  shown: readonly Present[] = [];

  constructor(session: Session) {
    this.#session = session;
  }

  /** Hear others and tell them, until the returned function is called. */
  open(): () => void {
    const deaf = this.#session.hear((heard) => this.#take(heard));
    const blind = this.#session.hearRecords((records) => records.forEach((one) => this.#see(one)));
    const again = setInterval(() => this.#tell(), AGAIN_MS);
    const leave = (): void => this.#send(NOWHERE, 0.1);
    this.#tell();
    addEventListener("pagehide", leave);
    return () => {
      deaf();
      blind();
      clearInterval(again);
      clearTimeout(this.#telling);
      removeEventListener("pagehide", leave);
      leave();
      for (const { timer } of this.#others.values()) clearTimeout(timer);
      this.#others.clear();
    };
  }

  watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  };

  /** This tab is now here. */
  move(at: At): void {
    this.#here = at;
    this.#telling ??= setTimeout(() => this.#tell(), PACE_MS);
  }

  #tell(): void {
    clearTimeout(this.#telling);
    this.#telling = undefined;
    this.#send(this.#here, TTL_S);
  }

  #send(value: At, ttl_s: number): void {
    void signal(this.#session.notebookId, { kind: KIND, key: TAB, value, ttl_s }).catch(() => {});
  }

  #take({ kind, key, actor, value, ttl_s, gone }: Signal): void {
    if (kind !== KIND || key === TAB) return;
    const place = `${actor.id} ${key}`;
    const at = atOf(value);
    if (!gone && at && ttl_s && ttl_s >= 1) this.#put(place, actor, at, ttl_s);
    else this.#forget(place);
  }

  /** A program did something: it is where it did it. */
  #see({ actor, data }: WireRecord): void {
    if (actor.kind !== "assistant" && actor.kind !== "service") return;
    const { cell_id } = (data ?? {}) as { cell_id?: unknown };
    if (typeof cell_id === "string") this.#put(actor.id, actor, { ...NOWHERE, cell_id }, DEED_S);
  }

  #put(place: string, { id, kind, name }: Actor, at: At, ttl_s: number): void {
    clearTimeout(this.#others.get(place)?.timer);
    const timer = setTimeout(() => this.#forget(place), ttl_s * 1000);
    const present = { ...at, key: place, id, kind, name, hue: hueOf(id) };
    this.#others.set(place, { present, timer });
    this.#changed();
  }

  #forget(place: string): void {
    clearTimeout(this.#others.get(place)?.timer);
    this.#others.delete(place);
    this.#changed();
  }

  #changed(): void {
    this.shown = [...this.#others.values()].map(({ present }) => present);
    for (const watcher of this.#watchers) watcher();
  }
}

function atOf(value: unknown): At | null {
  if (typeof value !== "object" || value === null) return null;
  const { cell_id, anchor, head, editing } = value as Record<string, unknown>;
  return {
    cell_id: typeof cell_id === "string" ? cell_id : null,
    anchor: Number(anchor) || 0,
    head: Number(head) || 0,
    editing: editing === true,
  };
}

/** One of twelve colours, the same for an actor wherever they are seen. */
export function hueOf(id: string): number {
  let sum = 0;
  for (const character of id) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 9973;
  return sum % 12;
}
