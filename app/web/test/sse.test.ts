// Frames come out whole, however the text is cut.

import { expect, test } from "vitest";
import { Parser } from "../src/wire/sse.ts";

const STREAM =
  ': hello\n\nid: 1\nevent: record\ndata: {"seq":1}\n\nevent: signal\r\ndata: a\r\ndata: b\r\n\r\n';
const FRAMES = [
  { event: "record", data: '{"seq":1}' },
  { event: "signal", data: "a\nb" },
];

test.each([1, 2, 3, 7, 1000])("in pieces of %i characters", (size) => {
  const parser = new Parser();
  const found = [];
  for (let at = 0; at < STREAM.length; at += size)
    found.push(...parser.feed(STREAM.slice(at, at + size)));
  expect(found).toEqual(FRAMES);
});

test("what a cut stream leaves unfinished is no frame", () => {
  expect(new Parser().feed("data: half\n")).toEqual([]);
});
