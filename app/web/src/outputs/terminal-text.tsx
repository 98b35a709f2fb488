// Text as a terminal shows it.

import { memo, type CSSProperties } from "react";
import { screenOf, type Look } from "./terminal.ts";

export const TerminalText = memo(function TerminalText({ text }: { readonly text: string }) {
  const rows = screenOf(text);
  const last = rows.at(-1);
  const shown = rows.length > 1 && last?.length === 0 ? rows.slice(0, -1) : rows;
  return (
    <>
      {shown.map((row, number) => (
        <span key={number}>
          {row.map((span, place) =>
            isPlain(span.look) ? (
              span.text
            ) : (
              <span key={place} className={classOf(span.look)} style={styleOf(span.look)}>
                {span.text}
              </span>
            ),
          )}
          {number < shown.length - 1 ? "\n" : null}
        </span>
      ))}
    </>
  );
});

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
