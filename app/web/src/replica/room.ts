// Which of the outputs on a device stay there. Pure: a list of what is kept, the earliest first.

/** Something that is kept: `names` says of what, `holds` which blobs it names in turn. */
export interface Place {
  readonly notebook_id: string;
  readonly place: string;
  readonly bytes: number;
  readonly names: readonly string[];
  readonly holds: readonly string[];
}

/** The list with these at its end; what came first makes room. Says which have to go. */
export function making(
  before: readonly Place[],
  fresh: readonly Place[],
  room: number,
): { readonly list: readonly Place[]; readonly gone: readonly Place[] } {
  const anew = new Set(fresh.map(({ place }) => place));
  const all = [...before.filter(({ place }) => !anew.has(place)), ...fresh];
  let bytes = all.reduce((sum, one) => sum + one.bytes, 0);
  let first = 0;
  for (; bytes > room; first += 1) bytes -= all[first]?.bytes ?? 0;
  return { list: all.slice(first), gone: all.slice(0, first) };
}

/** What of a notebook is no longer what its state names, nor in what is. */
export function stale(
  list: readonly Place[],
  notebookId: string,
  named: ReadonlySet<string>,
): readonly Place[] {
  const ours = list.filter((one) => one.notebook_id === notebookId);
  const held = new Set(ours.filter((one) => within(one, named)).flatMap(({ holds }) => holds));
  return ours.filter((one) => !within(one, named) && !within(one, held));
}

function within({ names }: Place, named: ReadonlySet<string>): boolean {
  return names.length > 0 && names.every((name) => named.has(name));
}
