// The headings of the notes, to go to.

import { memo, useMemo, useRef } from "react";
import type { Cell } from "../../generated.ts";
import type { View } from "./view.ts";

interface Heading {
  readonly cell_id: string;
  readonly level: number;
  readonly text: string;
}

export function Outline({
  cells,
  view,
}: {
  readonly cells: readonly Cell[];
  readonly view: View;
}) {
  const last = useRef<readonly Heading[]>([]);
  const headings = useMemo(() => {
    const found = cells.flatMap(known);
    const same =
      found.length === last.current.length &&
      found.every((heading, place) => heading === last.current[place]);
    return same ? last.current : found;
  }, [cells]);
  last.current = headings;
  return <Headings headings={headings} view={view} />;
}

/** Drawn anew only when a heading changed. */
const Headings = memo(function Headings({
  headings,
  view,
}: {
  readonly headings: readonly Heading[];
  readonly view: View;
}) {
  return (
    <nav className="headings" aria-label="Outline">
      {headings.length === 0 ? <p>Headings in notes show here.</p> : null}
      <ul>
        {headings.map(({ cell_id, level, text }, number) => (
          <li key={number} data-level={level}>
            <a
              href={`#cell-${cell_id}`}
              onClick={(event) => {
                event.preventDefault();
                view.go(cell_id);
                document.getElementById(`cell-${cell_id}`)?.scrollIntoView({ block: "start" });
              }}
            >
              {text}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
});

const kept = new WeakMap<Cell, readonly Heading[]>();

/** The headings of a cell, which is read anew only when it is another. */
function known(cell: Cell): readonly Heading[] {
  const found = kept.get(cell) ?? headingsOf(cell);
  kept.set(cell, found);
  return found;
}

function headingsOf({ cell_id, cell_type, source }: Cell): Heading[] {
  if (cell_type !== "markdown") return [];
  const found: Heading[] = [];
  let fenced = false;
  for (const line of source.split("\n")) {
    if (/^\s*(```|~~~)/.test(line)) fenced = !fenced;
    const heading = fenced ? null : /^(#{1,4})\s+(.+?)\s*#*$/.exec(line);
    if (heading?.[1] && heading[2]) {
      found.push({ cell_id, level: heading[1].length, text: heading[2].replaceAll(/[*_`]/g, "") });
    }
  }
  return found;
}
