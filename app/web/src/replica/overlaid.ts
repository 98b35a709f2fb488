// A map with some of its values replaced: it costs what was replaced, however large the map is.

export class Overlaid<V> implements ReadonlyMap<string, V> {
  readonly #under: ReadonlyMap<string, V>;
  readonly #over: ReadonlyMap<string, V>;

  /** All keys of `over` are keys of `under`. */
  constructor(under: ReadonlyMap<string, V>, over: ReadonlyMap<string, V>) {
    this.#under = under;
    this.#over = over;
  }

  get size(): number {
    return this.#under.size;
  }

  get(key: string): V | undefined {
    return this.#over.get(key) ?? this.#under.get(key);
  }

  has(key: string): boolean {
    return this.#under.has(key);
  }

  forEach(each: (value: V, key: string, map: ReadonlyMap<string, V>) => void): void {
    for (const [key, value] of this) each(value, key, this);
  }

  keys(): MapIterator<string> {
    return this.#under.keys();
  }

  *values(): MapIterator<V> {
    for (const [, value] of this) yield value;
  }

  *entries(): MapIterator<[string, V]> {
    for (const [key, value] of this.#under) yield [key, this.#over.get(key) ?? value];
  }

  [Symbol.iterator](): MapIterator<[string, V]> {
    return this.entries();
  }
}
