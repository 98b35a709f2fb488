// Lines that come and go, told by sign and colour, and to those who hear the page by words.

import { plain, type DiffLine } from "./steps.ts";

const SIGNS: Readonly<Record<DiffLine["kind"], string>> = {
  added: "+",
  removed: "−",
  place: "",
  same: "",
};

/** Where a stretch of a diff begins, in words. */
function placeOf(text: string): string {
  const line = /^@@ -\S+ \+(\d+)/.exec(text)?.[1];
  return line ? `Line ${line}` : plain(text);
}

export function Diff({ lines, label }: { readonly lines: readonly DiffLine[]; readonly label: string }) {
  return (
    <div className="diff" tabIndex={0} role="group" aria-label={label}>
      {lines.map(({ kind, text }, number) => (
        <div key={number} className="diff-line" data-kind={kind}>
          <span className="diff-sign" aria-hidden="true">
            {SIGNS[kind]}
          </span>
          {kind === "added" || kind === "removed" ? (
            <span className="sr-only">{kind}: </span>
          ) : null}
          <code>{(kind === "place" ? placeOf(text) : plain(text)) || " "}</code>
        </div>
      ))}
    </div>
  );
}
