// The headings of the notes, to go to: beside the cells where there is room, else over them until one
// is chosen.

import { memo, useCallback, useEffect, useState, useSyncExternalStore } from "react";
import { Outlined } from "../../notebook/headings.ts";
import type { Context } from "./action.ts";

const WIDE = "(min-width: 1100px)";
const KEPT = "intheloop.outline";

/** Whether it is shown; `leave` puts it away where it lies over the cells. */
export function useOutline(): {
  readonly open: boolean;
  readonly toggle: () => void;
  readonly leave: () => void;
} {
  const [open, setOpen] = useState(isWantedBeside);
  useEffect(() => {
    const wide = matchMedia(WIDE);
    const changed = (): void => setOpen(isWantedBeside());
    wide.addEventListener("change", changed);
    return () => wide.removeEventListener("change", changed);
  }, []);
  const toggle = useCallback(() => {
    setOpen((before) => {
      if (matchMedia(WIDE).matches) localStorage.setItem(KEPT, before ? "off" : "on");
      return !before;
    });
  }, []);
  const leave = useCallback(() => {
    if (!matchMedia(WIDE).matches) setOpen(false);
  }, []);
  useEffect(() => {
    if (!open) return;
    const pressed = ({ key }: KeyboardEvent): void => {
      if (key === "Escape") leave();
    };
    const touched = ({ target }: PointerEvent): void => {
      if (target instanceof Element && target.closest("main")) leave();
    };
    addEventListener("keydown", pressed, { capture: true });
    addEventListener("pointerdown", touched);
    return () => {
      removeEventListener("keydown", pressed, { capture: true });
      removeEventListener("pointerdown", touched);
    };
  }, [open, leave]);
  return { open, toggle, leave };
}

function isWantedBeside(): boolean {
  return matchMedia(WIDE).matches && localStorage.getItem(KEPT) !== "off";
}

/** Drawn anew only when a heading changed. */
export const Outline = memo(function Outline({
  context: { session, view },
  leave,
}: {
  readonly context: Context;
  readonly leave: () => void;
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
                leave();
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
