// Finding a text in what the cells say and what they show, and what it would be replaced by. Looks at
// values alone, so that what is not drawn is found too.

import { ChangeSet, Text } from "@codemirror/state";
import type { Cell } from "../generated.ts";
import type { outputsOf } from "./cells.ts";

export interface Query {
  readonly text: string;
  readonly matchCase: boolean;
  readonly wholeWord: boolean;
  readonly regex: boolean;
  readonly outputs: boolean;
}

/** Where a match stands: in the source of a cell, or in one of its outputs, counted from 0. */
export interface Match {
  readonly cell_id: string;
  readonly output: number | null;
  /** Which one it is in that text, from 0. */
  readonly number: number;
  readonly from: number;
  readonly to: number;
}

/** The pattern of a query; a sentence when it is none, null when nothing is asked for. */
export function patternOf({ text, matchCase, wholeWord, regex }: Query): RegExp | string | null {
  if (!text) return null;
  const body = regex ? text : text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
  const whole = wholeWord ? `(?<![\\p{L}\\p{N}_])(?:${body})(?![\\p{L}\\p{N}_])` : body;
  try {
    return new RegExp(whole, matchCase ? "gmu" : "gimu");
  } catch (error) {
    const [, why = ""] = /: ([^:]+)$/.exec(error instanceof Error ? error.message : "") ?? [];
    return `This is no regular expression${why ? `: ${why.toLowerCase()}` : ""}.`;
  }
}

/** All matches in these cells and in what they show, in the order in which they are read. */
export function matchesIn(
  cells: readonly Cell[],
  pattern: RegExp,
  outputs: (cell: Cell) => readonly Output[],
): readonly Match[] {
  return cells.flatMap((cell) => [
    ...matchesOf(cell.source, pattern, cell.cell_id, null),
    ...outputs(cell).flatMap((output, place) =>
      matchesOf(textOfOutput(output), pattern, cell.cell_id, place),
    ),
  ]);
}

function matchesOf(
  text: string,
  pattern: RegExp,
  cell_id: string,
  output: number | null,
): readonly Match[] {
  return spansIn(text, pattern).map(([from, to], number) => ({ cell_id, output, number, from, to }));
}

/** Where the pattern matches a text. A match of nothing is none. */
export function spansIn(text: string, pattern: RegExp): readonly (readonly [number, number])[] {
  return [...text.matchAll(pattern)].flatMap(({ 0: found, index }) =>
    found ? [[index, index + found.length] as const] : [],
  );
}

/**
 * The change that replaces these matches in a source by a text; with a regular expression `$1`,
 * `$<name>` and `$&` in it stand for what was found. Null when nothing of it changes.
 */
export function replacing(
  source: string,
  pattern: RegExp,
  by: string,
  { regex, only }: { readonly regex: boolean; readonly only?: number },
): ChangeSet | null {
  const found = [...source.matchAll(pattern)].filter(([text]) => text);
  const wanted = only === undefined ? found : found.slice(only, only + 1);
  const changes = wanted.flatMap((match) => {
    const insert = regex ? expanded(by, match) : by;
    if (insert === match[0]) return [];
    const { index } = match;
    return [{ from: index, to: index + match[0].length, insert: Text.of(insert.split("\n")) }];
  });
  return changes.length > 0 ? ChangeSet.of(changes, source.length) : null;
}

function expanded(by: string, match: RegExpMatchArray): string {
  return by.replaceAll(/\$(?:(\$)|(&)|(\d{1,2})|<([^>]+)>)|\\([nt])/g, (all, ...parts) => {
    const [dollar, whole, number, name, escape] = parts as (string | undefined)[];
    if (dollar) return "$";
    if (whole) return match[0];
    if (escape) return escape === "n" ? "\n" : "\t";
    if (number) return Number(number) < match.length ? (match[Number(number)] ?? "") : all;
    return match.groups && name && name in match.groups ? (match.groups[name] ?? "") : all;
  });
}

const COLOURS = /\x1b\[[0-9;?]*[ -/]*[@-~]/g;
/** As the page prefers them; a picture says nothing. */
const PICTURES = /^(image\/|application\/vnd\.(vega|plotly))/;

/** One of those of a run, or of those that came with a file. */
export type Output = ReturnType<typeof outputsOf>[number];

/** What an output says, as far as it is here: what is kept beside the log is not. */
function textOfOutput(output: Output): string {
  switch (output.output_type) {
    case "stream": {
      const pieces = "pieces" in output ? output.pieces : [output];
      return bare(pieces.map((piece) => piece.text ?? "").join(""));
    }
    case "error": {
      const lines: unknown = output.traceback.json;
      const frames = Array.isArray(lines) ? lines.map(String) : [];
      return bare([`${output.ename}: ${output.evalue}`, ...frames.slice(0, -1)].join("\n"));
    }
    case "display_data":
    case "execute_result": {
      const mimes = Object.keys(output.data);
      if (mimes.some((mime) => PICTURES.test(mime))) return "";
      const html = output.data["text/html"];
      if (html) return withoutTags(textOf(html.json));
      const [mime = ""] = ["text/latex", "text/markdown", "application/json", "text/plain"].filter(
        (one) => mimes.includes(one),
      );
      return textOf(output.data[mime]?.json);
    }
    case "other":
      return "";
  }
}

function bare(text: string): string {
  return text.replaceAll(COLOURS, "");
}

function withoutTags(html: string): string {
  return html
    .replaceAll(/<(style|script)[^>]*>[\s\S]*?<\/\1>/gi, "")
    .replaceAll(/<[^>]*>/g, "\n")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&nbsp;", " ")
    .replaceAll("&amp;", "&");
}

function textOf(json: unknown): string {
  if (Array.isArray(json) && json.every((line) => typeof line === "string")) return json.join("");
  if (json === undefined) return "";
  return typeof json === "string" ? json : JSON.stringify(json, null, 2);
}
