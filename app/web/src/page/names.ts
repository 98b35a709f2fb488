// Who the ids are: from records, signals and the list of people.

import type { Actor, ActorKind } from "../generated.ts";
import { call } from "../wire/calls.ts";

export interface Named {
  readonly id: string;
  readonly kind: ActorKind;
  readonly name: string;
}

/** Knows actors by their ids. */
export class Names {
  readonly #known = new Map<string, Named>();
  readonly #watchers = new Set<() => void>();
  #asked = false;
  version = 0;

  /** An actor was seen. */
  learn({ id, kind, name, client, on_behalf_of }: Actor): void {
    if (!id || this.#known.get(id)?.kind === kind) return;
    const via = kind === "assistant" && client?.name ? ` via ${client.name}` : "";
    const [whose] = on_behalf_of ?? [];
    const owner = kind === "assistant" && whose ? this.#known.get(whose)?.name : undefined;
    this.#put({
      id,
      kind,
      name: owner && !name.includes(owner) ? `${name} of ${owner}${via}` : name,
    });
  }

  /** What is known of an id; the id itself stands in for an unknown name. */
  of(id: string): Named {
    const known = this.#known.get(id);
    if (!known && !this.#asked) void this.#ask();
    return known ?? { id, kind: "human", name: id };
  }

  watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  };

  async #ask(): Promise<void> {
    this.#asked = true;
    const found = await call("list_people", {}).catch(() => null);
    for (const { person } of found?.people ?? []) {
      this.#put({ id: person.person_id, kind: "human", name: person.name });
    }
  }

  #put(named: Named): void {
    this.#known.set(named.id, named);
    this.version += 1;
    for (const watcher of this.#watchers) watcher();
  }
}
