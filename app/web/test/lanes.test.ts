import { expect, test } from "vitest";
import type { Actor, Lanes } from "../src/generated.ts";
import { COLUMNS, lanesOf, pathOfMarks } from "../src/page/history/lane-shapes.ts";
import { placeOf, pathOf } from "../src/page/router.tsx";
import { EVERYTHING, wantedOf } from "../src/page/history/narrowing.tsx";

const ana: Actor = { kind: "human", id: "ana", name: "Ana" };
const bot: Actor = { kind: "assistant", id: "bot", name: "Bot", client: { name: "claude-code" } };

function piece(upto: number, ...spans: readonly (readonly [number, number, number])[]): Lanes {
  return {
    upto,
    head: upto,
    actors: [ana, bot],
    spans: spans.map(([lane, first, last]) => ({ lane, first, last })),
  };
}

test("lanes show from where to where somebody was at work, the busiest first", () => {
  const lanes = lanesOf([piece(500, [0, 1, 10], [1, 11, 500]), piece(1000, [1, 501, 990], [0, 991, 1000])], 1000);
  expect(lanes.map(({ actor, records }) => [actor.id, records])).toEqual([
    ["bot", 980],
    ["ana", 20],
  ]);
  const [first, last] = lanes[1]?.marks ?? [];
  expect(first?.[0]).toBe(0);
  expect(last?.[1]).toBe(COLUMNS - 1);
  expect(lanes[0]?.marks).toHaveLength(1);
});

test("one actor by two programs has two lanes, and a single record is a mark", () => {
  const found = lanesOf(
    [{ upto: 2, head: 2, actors: [ana, { ...ana, client: { name: "page" } }], spans: [{ lane: 0, first: 1, last: 1 }, { lane: 1, first: 2, last: 2 }] }],
    2,
  );
  expect(found.map(({ marks }) => marks)).toEqual([[[0, 0]], [[COLUMNS - 1, COLUMNS - 1]]]);
  expect(pathOfMarks([[0, 0]])).toBe("M0 0H1V1H0Z");
});

test("two moments that are compared have an address", () => {
  const place = { screen: "history", notebook_id: "nb1", at: 9, from: 4 } as const;
  expect(pathOf(place)).toBe("/n/nb1/history?at=9&from=4");
  expect(placeOf("/n/nb1/history", "at=9&from=4")).toEqual(place);
  expect(placeOf("/n/nb1", "at=9&from=4")).toEqual({ screen: "notebook", notebook_id: "nb1", at: 9 });
});

test("lines are narrowed to a time between two others", () => {
  const between = { ...EVERYTHING, since: "between", from: "2026-01-31T12:00", until: "" } as const;
  expect(wantedOf(between, 0)).toEqual({ since: new Date("2026-01-31T12:00").toISOString() });
  expect(wantedOf({ ...between, until: "2026-02-01T12:00" }, 0).until).toBe(
    new Date("2026-02-01T12:00").toISOString(),
  );
});
