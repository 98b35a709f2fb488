// A long column of cells in stretches: a change of one cell is then looked for and laid out in its
// stretch, and not among a thousand. A cell that stays where it is stays in its stretch, since one
// that changes it would be drawn anew, with a new editor. Pure.

const LENGTH = 25;
const LONGEST = 2 * LENGTH;

export interface Stretch {
  readonly key: number;
  readonly cells: readonly string[];
}

/** The order in stretches: those of before, as far as they are still there. */
export function stretchesOf(
  order: readonly string[],
  before: readonly Stretch[],
): readonly Stretch[] {
  const heads = headsOf(order, before);
  let fresh = Math.max(0, ...before.map(({ key }) => key + 1));
  const found: { key: number; known: boolean; cells: string[] }[] = [];
  for (const cellId of order) {
    const last = found.at(-1);
    const key = heads.get(cellId);
    if (key !== undefined) found.push({ key, known: true, cells: [cellId] });
    else if (last && last.cells.length < (last.known ? LONGEST : LENGTH)) last.cells.push(cellId);
    else found.push({ key: fresh++, known: false, cells: [cellId] });
  }
  const old = new Map(before.map((stretch) => [stretch.key, stretch]));
  return found.map(({ key, cells }) => {
    const known = old.get(key);
    return known && sameOrder(known.cells, cells) ? known : { key, cells };
  });
}

/** Where each stretch begins now: at its first cell that nobody moved. */
function headsOf(
  order: readonly string[],
  before: readonly Stretch[],
): ReadonlyMap<string, number> {
  const stayed = stayedIn(
    order,
    before.flatMap(({ cells }) => cells),
  );
  const heads = new Map<string, number>();
  for (const { key, cells } of before) {
    const head = cells.find((cellId) => stayed.has(cellId));
    if (head !== undefined) heads.set(head, key);
  }
  return heads;
}

/** As many cells as can be that stand to each other as they did: the others came or were moved. */
function stayedIn(order: readonly string[], before: readonly string[]): ReadonlySet<string> {
  const places = new Map(before.map((cellId, at) => [cellId, at]));
  const placeOf = (cellId: string | undefined): number => places.get(cellId ?? "") ?? -1;
  const above = new Map<string, string | undefined>();
  // Of all rising rows of one length, the last cell of the one that ends the highest.
  const ends: string[] = [];
  for (const cellId of order.filter((one) => places.has(one))) {
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (placeOf(ends[middle]) < placeOf(cellId)) low = middle + 1;
      else high = middle;
    }
    above.set(cellId, ends[low - 1]);
    ends[low] = cellId;
  }
  const stayed = new Set<string>();
  for (let cellId = ends.at(-1); cellId !== undefined; cellId = above.get(cellId)) {
    stayed.add(cellId);
  }
  return stayed;
}

function sameOrder(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((cellId, at) => cellId === other[at]);
}
