// Maps that lie over each other: they read as a copy would, and tell in what they differ.

import { describe, expect, test } from "vitest";
import type { Cell } from "../src/generated.ts";
import { CELL_DEFAULTS, EMPTY } from "../src/generated.ts";
import { Outlined } from "../src/notebook/headings.ts";
import { differing, overlaid } from "../src/overlaid.ts";
import { emptyNotebook, type Notebook } from "../src/state.ts";

const LETTERS = new Map([..."abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"].map((one) => [one, one]));
const loud = (...keys: string[]): Map<string, string> => new Map(keys.map((key) => [key, `${key}!`]));

describe("a map with values laid over it", () => {
  test("reads as a copy with these values, in the same order", () => {
    const map = overlaid(overlaid(LETTERS, loud("c")), loud("a", "z"));
    expect([...map]).toEqual([...LETTERS].map(([key]) => [key, "acz".includes(key) ? `${key}!` : key]));
    expect([...map.values()]).toEqual([...map].map(([, value]) => value));
    expect([map.get("c"), map.get("b"), map.get("?"), map.has("c"), map.size]).toEqual(["c!", "b", undefined, true, 52]);
    expect(LETTERS.get("c")).toBe("c");
  });

  test("is a map of its own once much lies over it", () => {
    const map = overlaid(LETTERS, loud(...LETTERS.keys()));
    expect(map).toBeInstanceOf(Map);
    expect([...map.keys()]).toEqual([...LETTERS.keys()]);
  });
});

describe("what differs", () => {
  test("is what was laid over one and not over the other", () => {
    const one = overlaid(LETTERS, loud("a", "b"));
    const other = overlaid(one, new Map([["b", "b?"], ["c", "c!"]]));
    expect(differing(one, other)).toEqual(["b", "c"]);
    expect(differing(other, LETTERS).toSorted()).toEqual(["a", "b", "c"]);
    expect(differing(one, one)).toEqual([]);
  });

  test("is found too between maps that share nothing, and where a key came or went", () => {
    const other = new Map([...overlaid(LETTERS, loud("k"))].filter(([key]) => key !== "d"));
    expect(differing(LETTERS, other)).toEqual(["d", "k"]);
    expect(differing(other, LETTERS).toSorted()).toEqual(["d", "k"]);
  });
});

describe("the headings of a notebook", () => {
  const cell = (cell_id: string, cell_type: Cell["cell_type"], source: string): Cell => ({
    ...CELL_DEFAULTS, cell_id, cell_type, source, rev: 1, metadata: EMPTY,
  });
  const written = (notebook: Notebook, one: Cell): Notebook => ({
    ...notebook, cells: overlaid(notebook.cells, new Map([[one.cell_id, one]])),
  });
  const cells = [cell("n", "markdown", "# Herons"), cell("c", "code", "1"), cell("m", "markdown", "## Weirs")];
  const notebook: Notebook = {
    ...emptyNotebook("one"),
    order: cells.map(({ cell_id }) => cell_id),
    cells: new Map(cells.map((one) => [one.cell_id, one])),
  };

  test("are the same value while what is written leaves them as they are", () => {
    const outlined = new Outlined();
    const before = outlined.of(notebook);
    expect(before.map(({ text }) => text)).toEqual(["Herons", "Weirs"]);
    const more = written(notebook, cell("n", "markdown", "# Herons\n\nThey stand."));
    expect(outlined.of(written(more, cell("c", "code", "# One")))).toBe(before);
  });

  test("are others once one is written otherwise, goes or moves", () => {
    const outlined = new Outlined();
    const texts = (one: Notebook): readonly string[] => outlined.of(one).map(({ text }) => text);
    texts(notebook);
    const other = written(notebook, cell("n", "markdown", "# Egrets"));
    expect(texts(other)).toEqual(["Egrets", "Weirs"]);
    expect(texts({ ...other, order: ["m", "n", "c"] })).toEqual(["Weirs", "Egrets"]);
    expect(texts(written(other, { ...cell("m", "markdown", ""), deleted: true }))).toEqual(["Egrets"]);
  });
});
