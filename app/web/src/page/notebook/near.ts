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
  if (now !== "near") return now;
  const selection = getSelection();
  const held = selection && !selection.isCollapsed && selection.containsNode(element, true);
  return held ? now : "read";
}

/**
 * How many of these are drawn by now: one at once, the next when there is time, and once all are, what
 * comes later at once too. What is drawn stays, since the focus may be there and keys come.
 */
export function useGrowing(keys: readonly number[]): number {
  const [drawn, setDrawn] = useState<ReadonlySet<number> | "all">(() => new Set(keys.slice(0, 1)));
  const [turn] = useState(() => ({}));
  const last = drawn === "all" ? keys.length : keys.findLastIndex((key) => drawn.has(key)) + 1;
  const count = Math.max(last, 1);
  useEffect(() => {
    if (drawn === "all") return;
    if (count >= keys.length) return setDrawn("all");
    wait(turn, LAST, () => flushSync(() => setDrawn(new Set(keys.slice(0, count + 1)))));
    return () => leave(turn);
  }, [turn, drawn, keys, count]);
  return count;
}
