// What several people type into one cell at once comes out the same for all, and nothing is lost.

import { ChangeSet, Text } from "@codemirror/state";
import { describe, expect, test } from "vitest";
import {
  closed,
  difference,
  pendingChanges,
  received,
  sending,
  typed,
  type CellText,
} from "../src/replica/cell-text.ts";
import { Draw } from "./random.ts";

const insert = (length: number, from: number, text: string): ChangeSet =>
  ChangeSet.of({ from, insert: text }, length);

let ids = 0;
const newId = (): string => `k${(ids += 1)}`;
const fresh: CellText = { rev: 5, segments: [] };

describe("what is typed", () => {
  test("joins what was typed before and was not sent", () => {
    const text = typed(typed(fresh, insert(0, 0, "a"), newId), insert(1, 1, "b"), newId);
    expect(text.segments).toHaveLength(1);
    expect(pendingChanges(text)?.toJSON()).toEqual([[0, "ab"]]);
  });

  test("is a command of its own once what came before is on its way", () => {
    const { text, sent } = sending(typed(fresh, insert(0, 0, "a"), newId));
    expect(sent).toEqual({ base_rev: 5, changes: [[0, "a"]] });
    expect(typed(text, insert(1, 1, "b"), newId).segments).toHaveLength(2);
  });

  test("is a command of its own behind a run", () => {
    const text = typed(closed(typed(fresh, insert(0, 0, "a"), newId)), insert(1, 1, "b"), newId);
    expect(text.segments).toHaveLength(2);
  });

  test("goes out again as it went out, whatever came in between", () => {
    const first = sending(typed(fresh, insert(3, 3, "d"), newId));
    const { text, news } = received(first.text, [[0, "X"], 3], "another", 6);
    expect(news?.toJSON()).toEqual([[0, "X"], 4]);
    expect(sending(text).sent).toEqual(first.sent);
    expect(pendingChanges(text)?.toJSON()).toEqual([4, [0, "d"]]);
  });

  test("gives way to what the log has at the same place", () => {
    const text = typed(fresh, insert(0, 0, "mine"), newId);
    const { news } = received(text, [[0, "theirs"]], "another", 6);
    expect(news?.apply(Text.of(["mine"])).toString()).toBe("theirsmine");
  });

  test("is not shown twice once it is recorded", () => {
    const { text } = sending(typed(fresh, insert(0, 0, "a"), newId));
    const id = text.segments[0]?.command_id ?? "";
    expect(received(text, [[0, "a"]], id, 6)).toEqual({
      text: { rev: 6, segments: [] },
      news: null,
    });
  });
});

test.each([
  ["", "abc"],
  ["abc", ""],
  ["one two", "one three two"],
  ["aaa", "aaaa"],
  ["x😀y", "x😁y"],
])("what differs between %j and %j is found", (before, after) => {
  const changes = difference(before, after);
  expect(changes.apply(Text.of(before.split("\n"))).toString()).toBe(after);
  expect(JSON.stringify(changes.toJSON())).not.toMatch(/\\ud/);
});

interface Client {
  text: CellText;
  confirmed: Text;
  shown: Text;
  seen: number;
}

interface Recorded {
  readonly changes: ChangeSet;
  readonly id: string;
}

/** A server as the decider is one: it maps what comes over what was recorded since its base. */
function record(log: Recorded[], client: Client): void {
  if (client.text.segments.length === 0) return;
  const { text, sent } = sending(client.text);
  client.text = text;
  const id = text.segments[0]?.command_id ?? "";
  if (log.some((one) => one.id === id)) return;
  const since = log.slice(sent.base_rev);
  const mapped = since.reduce(
    (changes, other) => changes.map(other.changes, false),
    ChangeSet.fromJSON(sent.changes),
  );
  log.push({ changes: mapped, id });
}

function hear(log: readonly Recorded[], client: Client): void {
  const next = log[client.seen];
  if (!next) return;
  client.seen += 1;
  client.confirmed = next.changes.apply(client.confirmed);
  const { text, news } = received(
    client.text,
    next.changes.toJSON() as unknown[],
    next.id,
    client.seen,
  );
  client.text = text;
  if (news) client.shown = news.apply(client.shown);
}

function write(draw: Draw, client: Client): void {
  const { length } = client.shown;
  const from = draw.below(length + 1);
  const to = Math.min(length, from + draw.below(3));
  const added = draw.of(["", "a", "bc", "\n", "def"]);
  const changes = ChangeSet.of({ from, to, insert: Text.of(added.split("\n")) }, length);
  if (changes.empty) return;
  client.shown = changes.apply(client.shown);
  client.text = typed(client.text, changes, newId);
}

test.each(Array.from({ length: 60 }, (_, seed) => seed))(
  "three people who type at once end with one text (seed %i)",
  (seed) => {
    const draw = new Draw(seed);
    const start = Text.of(["one", "two"]);
    const log: Recorded[] = [];
    const clients: Client[] = Array.from({ length: 3 }, () => ({
      text: { rev: 0, segments: [] },
      confirmed: start,
      shown: start,
      seen: 0,
    }));
    const check = (client: Client): void => {
      const pending = pendingChanges(client.text);
      const expected = pending ? pending.apply(client.confirmed) : client.confirmed;
      expect(client.shown.toString()).toBe(expected.toString());
    };
    for (let step = 0; step < 150; step += 1) {
      const client = draw.of(clients);
      draw.of([write, () => record(log, client), () => hear(log, client)])(draw, client);
      check(client);
    }
    while (clients.some((one) => one.seen < log.length || one.text.segments.length > 0)) {
      for (const client of clients) {
        record(log, client);
        while (client.seen < log.length) hear(log, client);
        check(client);
      }
    }
    expect(new Set(clients.map((one) => one.shown.toString())).size).toBe(1);
  },
);
