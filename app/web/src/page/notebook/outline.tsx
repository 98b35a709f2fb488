// The headings of the notes, to go to.

import { memo, useMemo, useRef } from "react";
import type { Cell } from "../../generated.ts";
import { headingsOf, type Heading } from "../../notebook/headings.ts";
import type { View } from "./view.ts";

export function Outline({
  cells,
  view,
}: {
  readonly cells: readonly Cell[];
  readonly view: View;
}) {
  const last = useRef<readonly Heading[]>([]);
  const headings = useMemo(() => {
    const found = cells.flatMap(headingsOf);
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
