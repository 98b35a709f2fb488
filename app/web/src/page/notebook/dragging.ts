// Dragging cells by a handle: a line shows where they would stand, the page scrolls at its edges, and
// Escape lets go of it. It moves nothing before it is dropped.

import { moveAfter, takesIn } from "./cell-commands.ts";
import type { Context } from "./action.ts";
import { lastUnder, selectedIds } from "./selection.ts";

interface Point {
  readonly x: number;
  readonly y: number;
}

const SLACK = 4;
const EDGE = 72;
const HEADER = 48;

/** Follow the pointer until it is let go, and then move the cells. */
export function drag(context: Context, cellId: string, handle: HTMLElement, from: Point): void {
  const chosen = selectedIds(context);
  const moved = chosen.includes(cellId) ? chosen : context.folds.whole(context.session.shown.notebook, [cellId]);
  const line = Object.assign(document.createElement("div"), { className: "drop-line" });
  let at = from;
  let begun = false;
  let frame = 0;

  const follow = (): void => {
    frame = requestAnimationFrame(follow);
    const above = Math.min(0, at.y - HEADER - EDGE);
    const below = Math.max(0, at.y - innerHeight + EDGE);
    if (above + below !== 0) scrollBy(0, (above + below) / 4);
    show(line, placeOf(at.y));
  };
  const went = ({ clientX: x, clientY: y }: PointerEvent): void => {
    at = { x, y };
    if (begun || Math.hypot(x - from.x, y - from.y) < SLACK) return;
    begun = true;
    document.body.append(line);
    document.documentElement.dataset["dragging"] = String(moved.length);
    follow();
  };
  const end = (drop: boolean): void => {
    cancelAnimationFrame(frame);
    line.remove();
    delete document.documentElement.dataset["dragging"];
    handle.removeEventListener("pointermove", went);
    handle.removeEventListener("pointerup", dropped);
    handle.removeEventListener("pointercancel", stopped);
    removeEventListener("keydown", pressed, { capture: true });
    if (drop && begun) put(context, moved, anchorOf(context, placeOf(at.y).above, moved));
  };
  const dropped = (event: PointerEvent): void => {
    went(event);
    end(true);
  };
  const stopped = (): void => end(false);
  const pressed = (event: KeyboardEvent): void => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    end(false);
  };
  handle.addEventListener("pointermove", went);
  handle.addEventListener("pointerup", dropped);
  handle.addEventListener("pointercancel", stopped);
  addEventListener("keydown", pressed, { capture: true });
}

/** A folded section that would take in other cells is opened, so that none goes out of sight. */
function put(context: Context, moved: readonly string[], after: string | null): void {
  const { session, folds } = context;
  if (takesIn(context, moved, after)) {
    const { cells } = session.shown.notebook;
    folds.set("section", moved.flatMap((cellId) => cells.get(cellId) ?? []), false);
  }
  moveAfter(context, moved, after);
}

/** Where in the column a pointer stands: after which cell, and where a line is to be drawn. */
interface Place {
  readonly above: string | null;
  readonly left: number;
  readonly top: number;
  readonly width: number;
}

function placeOf(y: number): Place {
  const rows = rowsAround(y);
  const boxes = rows.map((row) => row.getBoundingClientRect());
  const below = boxes.findIndex(({ top, height }) => y < top + height / 2);
  const last = (below < 0 ? rows.length : below) - 1;
  const box = boxes[Math.max(last, 0)] ?? new DOMRect();
  const body = rows[Math.max(last, 0)]?.querySelector(".cell-body")?.getBoundingClientRect() ?? box;
  return {
    above: rows[last]?.dataset["cellId"] ?? null,
    left: body.left,
    top: last < 0 ? box.top - 8 : box.bottom + 6,
    width: body.width,
  };
}

/** The rows of the stretch at this height and of the one above: what is far away need not be laid out
 * to tell where it stands. */
function rowsAround(y: number): readonly HTMLElement[] {
  const stretches = [...document.querySelectorAll(".stretch")];
  const at = stretches.findLastIndex((stretch) => stretch.getBoundingClientRect().top <= y);
  return stretches
    .slice(Math.max(at - 1, 0), Math.max(at, 0) + 1)
    .flatMap((stretch) => [...stretch.querySelectorAll<HTMLElement>("[data-cell-id]")]);
}

function show(line: HTMLElement, { left, top, width }: Place): void {
  line.style.left = `${left}px`;
  line.style.top = `${top}px`;
  line.style.width = `${width}px`;
}

/** The cell to stand after: one that stays where it is. */
function anchorOf(context: Context, above: string | null, moved: readonly string[]): string | null {
  if (above === null) return null;
  const last = lastUnder(context, above);
  if (!moved.includes(last)) return last;
  const { order } = context.session.shown.notebook;
  const { cells } = context.session.shown.notebook;
  const before = order.slice(0, order.indexOf(moved[0] ?? ""));
  return before.findLast((cellId) => cells.get(cellId)?.deleted === false) ?? null;
}
