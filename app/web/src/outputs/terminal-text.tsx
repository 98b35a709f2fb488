// Text as a terminal shows it.

import { memo, type CSSProperties, type ReactNode } from "react";
import { screenOf, type Look, type Row } from "./terminal.ts";

/** So many lines are one element: one for each would be laid out by itself, and one for all would be
 * drawn anew with every line that comes. */
const LINES = 50;

export const TerminalText = memo(function TerminalText({ text }: { readonly text: string }) {
  const rows = screenOf(text);
  const last = rows.at(-1);
  const shown = rows.length > 1 && last?.length === 0 ? rows.slice(0, -1) : rows;
  const parts = Array.from({ length: Math.ceil(shown.length / LINES) }, (_, part) => {
    const from = part * LINES;
    const end = from + LINES < shown.length ? "\n" : "";
    return <span key={part}>{drawn(shown.slice(from, from + LINES), end)}</span>;
  });
  return <>{parts}</>;
});

/** Lines with their ends: what is plain is text alone. */
function drawn(rows: readonly Row[], end: string): readonly ReactNode[] {
  const nodes: ReactNode[] = [];
  let plain = "";
  const put = (): void => {
    if (plain) nodes.push(plain);
    plain = "";
  };
  rows.forEach((row, number) => {
    for (const { text, look } of row) {
      if (isPlain(look)) {
        plain += text;
        continue;
      }
      put();
      nodes.push(
        <span key={nodes.length} className={classOf(look)} style={styleOf(look)}>
          {text}
        </span>,
      );
    }
    plain += number < rows.length - 1 ? "\n" : end;
  });
  put();
  return nodes;
}

function isPlain({ fg, bg, bold, dim, italic, underline, inverse }: Look): boolean {
  return fg === null && bg === null && !(bold || dim || italic || underline || inverse);
}

function classOf({ fg, bg, bold, dim, italic, underline, inverse }: Look): string {
  const [front, back] = inverse ? [bg, fg] : [fg, bg];
  return [
    typeof front === "number" ? `ansi-fg-${front}` : "",
    typeof back === "number" ? `ansi-bg-${back}` : "",
    inverse && bg === null && fg === null ? "ansi-inverse" : "",
    bold ? "font-semibold" : "",
    dim ? "opacity-70" : "",
    italic ? "italic" : "",
    underline ? "underline" : "",
  ]
    .filter(Boolean)
    .join(" ");
}

/** A colour that was sent for another background, as dark or as light as this one needs. */
function readable(colour: string): string {
  const dark = `oklch(from ${colour} min(l, 0.5) c h)`;
  return `light-dark(${dark}, oklch(from ${colour} max(l, 0.78) c h))`;
}

function styleOf({ fg, bg, inverse }: Look): CSSProperties {
  const [front, back] = inverse ? [bg, fg] : [fg, bg];
  return {
    ...(typeof front === "string" ? { color: readable(front) } : {}),
    ...(typeof back === "string" ? { backgroundColor: back } : {}),
  };
}
