// The headings of the notes, to go to.

import { memo, useState, useSyncExternalStore } from "react";
import { Outlined } from "../../notebook/headings.ts";
import type { Context } from "./action.ts";

/** Drawn anew only when a heading changed. */
export const Outline = memo(function Outline({
  context: { session, view },
}: {
  readonly context: Context;
}) {
  const [outlined] = useState(() => new Outlined());
  const headings = useSyncExternalStore(session.watch, () => outlined.of(session.shown.notebook));
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
