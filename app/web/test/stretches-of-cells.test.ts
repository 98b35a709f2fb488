// Stretches of cells: who stays where it is stays in its stretch.

import { describe, expect, test } from "vitest";
import { stretchesOf, type Stretch } from "../src/page/notebook/stretches.ts";

const ORDER = Array.from({ length: 120 }, (_, number) => `c${number}`);
const FIRST = stretchesOf(ORDER, []);

function homes(stretches: readonly Stretch[]): ReadonlyMap<string, number> {
  return new Map(stretches.flatMap(({ key, cells }) => cells.map((cellId) => [cellId, key])));
}

/** The cells that changed their stretch. */
function moved(order: readonly string[], before = FIRST): string[] {
  const [then, now] = [homes(before), homes(stretchesOf(order, before))];
  return [...now].flatMap(([cellId, key]) => {
    const old = then.get(cellId);
    return old !== undefined && old !== key ? [cellId] : [];
  });
}

describe("stretches of cells", () => {
  test("hold every cell once, in order", () => {
    expect(FIRST.flatMap(({ cells }) => cells)).toEqual(ORDER);
    expect(FIRST.length).toBeGreaterThan(3);
  });

  test("are the same values while nothing changes", () => {
    stretchesOf([...ORDER], FIRST).forEach((stretch, at) => expect(stretch).toBe(FIRST[at]));
  });

  test("keep all other cells where they are when one comes, wherever it comes", () => {
    for (let at = 0; at <= ORDER.length; at += 1) {
      expect(moved(ORDER.toSpliced(at, 0, "new"))).toEqual([]);
    }
  });

  test("keep all other cells where they are when one goes", () => {
    for (let at = 0; at < ORDER.length; at += 1) expect(moved(ORDER.toSpliced(at, 1))).toEqual([]);
  });

  test("keep all cells where they are but one, when one moves", () => {
    for (let from = 0; from < ORDER.length; from += 1) {
      const rest = ORDER.toSpliced(from, 1);
      for (const to of [0, 1, Math.max(0, from - 1), from + 1, 60, 119]) {
        const order = rest.toSpliced(to, 0, `c${from}`);
        expect(moved(order).length, `${from} to ${to}`).toBeLessThanOrEqual(1);
      }
    }
  });

  test("keep all others where they are when several move", () => {
    const [some, rest] = [ORDER.slice(20, 40), [...ORDER.slice(0, 20), ...ORDER.slice(40)]];
    const order = [...rest.slice(0, 70), ...some, ...rest.slice(70)];
    expect(moved(order).filter((cellId) => !some.includes(cellId))).toEqual([]);
  });

  test("grow no longer than a stretch may be", () => {
    let stretches = FIRST;
    let order: readonly string[] = ORDER;
    for (let more = 0; more < 200; more += 1) {
      order = order.toSpliced(5, 0, `more${more}`);
      stretches = stretchesOf(order, stretches);
    }
    expect(Math.max(...stretches.map(({ cells }) => cells.length))).toBeLessThanOrEqual(50);
    expect(stretches.flatMap(({ cells }) => cells)).toEqual(order);
  });
});
