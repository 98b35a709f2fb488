// A map with some of its values replaced: it costs what was replaced, however large the map is, and
// so does telling in which values two of them differ. Pure.

/** More than so many are no longer laid over: a map of its own is quicker to read then. */
const MOST = 32;

const NOTHING: ReadonlyMap<string, never> = new Map<string, never>();

class Overlaid<V> implements ReadonlyMap<string, V> {
  readonly under: ReadonlyMap<string, V>;
  readonly over: ReadonlyMap<string, V>;

  constructor(under: ReadonlyMap<string, V>, over: ReadonlyMap<string, V>) {
    this.under = under;
    this.over = over;
  }

  get size(): number {
    return this.under.size;
  }

  get(key: string): V | undefined {
    return this.over.get(key) ?? this.under.get(key);
  }

  has(key: string): boolean {
    return this.under.has(key);
  }

  forEach(each: (value: V, key: string, map: ReadonlyMap<string, V>) => void): void {
    for (const [key, value] of this) each(value, key, this);
  }

  keys(): MapIterator<string> {
    return this.under.keys();
  }

  *values(): MapIterator<V> {
    for (const [, value] of this) yield value;
  }

  *entries(): MapIterator<[string, V]> {
    for (const [key, value] of this.under) yield [key, this.over.get(key) ?? value];
  }

  [Symbol.iterator](): MapIterator<[string, V]> {
    return this.entries();
  }
}

/** The map with these values instead. All keys of `over` are keys of it. */
export function overlaid<V>(
  map: ReadonlyMap<string, V>,
  over: ReadonlyMap<string, V>,
): ReadonlyMap<string, V> {
  if (over.size === 0) return map;
  const { under, over: before } = layersOf(map);
  const all = new Map([...before, ...over]);
  return all.size > MOST ? new Map([...under, ...all]) : new Overlaid(under, all);
}

/** The keys under which two maps hold other values, or one of them none. */
export function differing<V>(
  one: ReadonlyMap<string, V>,
  other: ReadonlyMap<string, V>,
): readonly string[] {
  if (one === other) return [];
  const [these, those] = [layersOf(one), layersOf(other)];
  const shared = these.under === those.under;
  const keys = shared ? [these.over, those.over] : [one, other];
  const found = new Set(keys.flatMap((map) => [...map.keys()]));
  return [...found].filter((key) => one.get(key) !== other.get(key));
}

function layersOf<V>(map: ReadonlyMap<string, V>): Pick<Overlaid<V>, "under" | "over"> {
  return map instanceof Overlaid ? map : { under: map, over: NOTHING };
}
