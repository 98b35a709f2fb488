// Which cells are drawn whole, and which have an editor: those near the window, one after the other,
// the editors once nobody scrolls, so that going by a thousand of them never stops. What was drawn
// stays, but for its editor.

import { useCallback, useEffect, useState, type RefObject } from "react";
import { flushSync } from "react-dom";
import { close, near } from "../../outputs/sight.ts";
import { steady } from "./steady.ts";
import { leave, wait, waitForRest } from "./turns.ts";

/** Nobody has seen it yet, it is to be read, or it can be written in. */
export type Nearness = "unseen" | "read" | "near";

/** Later than all that is near. */
const LAST = Infinity;

/** How near a cell is, looked after while its stretch is `close`; and what makes it near at once. */
export function useNearness(
  element: RefObject<Element | null>,
  first: boolean,
  close: boolean,
): readonly [Nearness, () => void] {
  const [nearness, setNearness] = useState<Nearness>(first ? "near" : "unseen");
  useEffect(() => {
    const { current } = element;
    if (!current || !close) return;
    const read = (now: Nearness): Nearness => (now === "unseen" ? "read" : now);
    const deaf = near.watch(current, (here, distance) => {
      leave(current);
      if (!here) return wait(current, LAST, () => setNearness((now) => away(current, now)));
      wait(current, distance, () => {
        flushSync(() => setNearness(read));
        waitForRest(current, distance, () => flushSync(() => setNearness("near")));
      });
    });
    const loose = steady(current);
    return () => {
      deaf();
      loose();
      leave(current);
      setNearness((now) => away(current, now));
    };
  }, [element, close]);
  return [nearness, useCallback(() => flushSync(() => setNearness("near")), [])];
}

/** Whether a stretch of cells is close. */
export function useClose(element: RefObject<Element | null>): boolean {
  const [here, setHere] = useState(false);
  useEffect(() => {
    const { current } = element;
    return current ? close.watch(current, setHere) : undefined;
  }, [element]);
  return here;
}

/** What somebody has selected, or is selecting, keeps its elements. */
function away(element: Element, now: Nearness): Nearness {
  const selection = getSelection();
  const held = selection && !selection.isCollapsed && selection.containsNode(element, true);
  return now === "near" && !held ? "read" : now;
}

/** How many of so many things are drawn by now: one at once, the others when there is time. */
export function useGrowing(total: number): number {
  const [drawn, setDrawn] = useState(1);
  const [turn] = useState(() => ({}));
  const done = drawn >= total;
  useEffect(() => {
    if (done) return;
    wait(turn, LAST, () => flushSync(() => setDrawn((before) => before + 1)));
    return () => leave(turn);
  }, [turn, drawn, done]);
  return done ? total : drawn;
}
