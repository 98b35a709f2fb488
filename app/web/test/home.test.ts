// Which notebooks the list shows, how times are told, and what clients are given.

import { expect, test } from "vitest";
import type { NotebookSummary } from "../src/generated.ts";
import { formsFor } from "../src/page/connect/forms.ts";
import { newSecret } from "../src/page/connect/secret.ts";
import { chosen, found } from "../src/page/home/choosing.ts";
import { ago, when } from "../src/page/moments.ts";
import { pathOf, placeOf, type Place } from "../src/page/router.tsx";

const notebook = (title: string, more: Partial<NotebookSummary> = {}): NotebookSummary => ({
  notebook_id: title.toLowerCase(),
  title,
  seq: 1,
  cells: 1,
  created_at: "2026-01-31T12:00:00.000Z",
  changed_at: "2026-01-31T12:00:00.000Z",
  role: "owner",
  ...more,
});

test("each choice leaves what it says, and what is archived stands in its own alone", () => {
  const all = [
    notebook("Mine"),
    notebook("Hers", { role: "editor", running: 2 }),
    notebook("Seen", { role: "viewer", running: 1, asks: true }),
    notebook("Asks", { running: 1, asks: true }),
    notebook("Proposed", { role: "editor", to_decide: 1 }),
    notebook("Not mine to decide", { role: "runner", to_decide: 1 }),
    notebook("Old", { archived: true, running: 1 }),
  ];
  const titles = (choice: Parameters<typeof chosen>[1]) =>
    chosen(all, choice).map(({ title }) => title);
  expect(titles("all")).toEqual(["Mine", "Hers", "Seen", "Asks", "Proposed", "Not mine to decide"]);
  expect(titles("mine")).toEqual(["Mine", "Asks"]);
  expect(titles("shared")).toEqual(["Hers", "Seen", "Proposed", "Not mine to decide"]);
  expect(titles("running")).toEqual(["Hers", "Seen", "Asks"]);
  expect(titles("waiting")).toEqual(["Asks", "Proposed"]);
  expect(titles("archived")).toEqual(["Old"]);
});

test("words are found in any order and case", () => {
  const all = [notebook("Swifts in May"), notebook("Terns")];
  expect(found(all, "may SWIFT").map(({ title }) => title)).toEqual(["Swifts in May"]);
  expect(found(all, " ")).toEqual(all);
});

test("times are told by their largest unit, and the present is just now", () => {
  const now = Date.parse("2026-01-31T12:00:00Z");
  const before = (seconds: number): string =>
    ago(new Date(now - seconds * 1000).toISOString(), now);
  expect(before(20)).toBe("just now");
  expect(before(-20)).toBe("just now");
  expect(before(60)).toBe("1 minute ago");
  expect(before(7200)).toBe("2 hours ago");
  expect(before(86_400)).toBe("yesterday");
});

test("a secret has the form and the length of a credential, and none comes twice", () => {
  const some = Array.from({ length: 50 }, () => newSecret());
  for (const { secret, sha256 } of some) {
    expect(secret).toMatch(/^itl_[A-Za-z0-9_-]{43}$/);
    expect(sha256).toMatch(/^[0-9a-f]{64}$/);
  }
  expect(new Set(some.map(({ secret }) => secret)).size).toBe(50);
});

test("every client is given its secret, and the address where it is needed", () => {
  for (const client of ["claude-code", "claude-desktop", "other", "program"] as const) {
    for (const { text, where } of formsFor(client, "https://loop.example", "itl_x", null)) {
      expect(text).toContain("itl_x");
      expect(text).toContain("https://loop.example");
      expect(where).toMatch(/\.$/);
    }
  }
});

test("Claude Desktop is given a command that it finds wherever it was started", () => {
  const entry = (command: readonly string[] | null): unknown => {
    const [form] = formsFor("claude-desktop", "https://loop.example", "itl_x", command);
    return JSON.parse(form?.text ?? "{}").mcpServers.intheloop;
  };
  expect(entry(["/opt/bin/python", "-m", "intheloop"])).toMatchObject({
    command: "/opt/bin/python",
    args: ["-m", "intheloop", "mcp"],
  });
  expect(entry(null)).toMatchObject({ command: "intheloop", args: ["mcp"] });
});

test("every place is found again from its address", () => {
  const places: readonly Place[] = [
    { screen: "home" },
    { screen: "notebook", notebook_id: "nb1" },
    { screen: "history", notebook_id: "nb1", at: 812 },
    { screen: "history", notebook_id: "nb1" },
    { screen: "audit" },
    { screen: "connect" },
    { screen: "people" },
    { screen: "people", notebook_id: "nb1" },
  ];
  for (const place of places) {
    const [path = "", query = ""] = pathOf(place).split("?");
    expect(placeOf(path, query)).toEqual(place);
  }
  expect(placeOf("/n/nb1/history", "at=-1")).toEqual({ screen: "history", notebook_id: "nb1" });
});

test("a time of today is told to the second, another with its day", () => {
  const now = new Date(2026, 0, 31, 14, 2, 5).getTime();
  const at = (day: number): string => new Date(2026, 0, day, 14, 2, 5).toISOString();
  expect(when(at(31), now)).toBe("today, 14:02:05");
  expect(when(at(30), now)).toBe("Jan 30, 2026, 14:02");
});
