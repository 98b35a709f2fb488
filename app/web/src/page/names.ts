// Who the ids are: from records, signals, and the lists of people and of programs.

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
  /** Programs that no record told of yet: it is not known by which client they come. */
  readonly #listed = new Set<string>();
  readonly #watchers = new Set<() => void>();
  #asked = false;
  version = 0;

  /** An actor was seen. */
  learn({ id, kind, name, client, on_behalf_of }: Actor): void {
    if (!id || (this.#known.get(id)?.kind === kind && !this.#listed.has(id))) return;
    this.#listed.delete(id);
    const via = kind === "assistant" && client?.name ? ` via ${client.name}` : "";
    const [whose] = on_behalf_of ?? [];
    const owner = kind === "assistant" && whose ? this.#known.get(whose)?.name : undefined;
    this.#put({
      id,
      kind,
      name: owner && !name.includes(owner) ? `${name} of ${owner}${via}` : name,
    });
  }

  /** What is known of an id. Nobody is called by an id: who is not known is somebody. */
  of(id: string): Named {
    const known = this.#known.get(id);
    if (!known && !this.#asked) void this.#ask();
    return known ?? { id, kind: "human", name: "Somebody" };
  }

  /** Whether nothing more can be learned of an id. */
  knows(id: string): boolean {
    return this.#known.has(id) && !this.#listed.has(id);
  }

  watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  };

  async #ask(): Promise<void> {
    this.#asked = true;
    const [people, programs] = await Promise.all([
      call("list_people", {}).catch(() => null),
      call("list_credentials", {}).catch(() => null),
    ]);
    for (const { person } of people?.people ?? []) {
      this.#put({ id: person.person_id, kind: "human", name: person.name });
    }
    for (const { principal_id, person_id, kind, label } of programs?.credentials ?? []) {
      const program = kind !== "human" && kind !== "session" && kind !== "link";
      if (!program || this.#known.has(principal_id)) continue;
      this.learn({ id: principal_id, kind, name: label, on_behalf_of: [person_id] });
      this.#listed.add(principal_id);
    }
  }

  #put(named: Named): void {
    this.#known.set(named.id, named);
    this.version += 1;
    for (const watcher of this.#watchers) watcher();
  }
}
