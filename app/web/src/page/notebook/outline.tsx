// The headings of the notes, to go to.

import { memo, useMemo } from "react";
import type { Cell } from "../../generated.ts";
import { headingsOf } from "../../notebook/headings.ts";
import type { View } from "./view.ts";

export const Outline = memo(function Outline({
  cells,
  view,
}: {
  readonly cells: readonly Cell[];
  readonly view: View;
}) {
  const headings = useMemo(() => cells.flatMap(headingsOf), [cells]);
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
