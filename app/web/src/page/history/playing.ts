// Playing a log: from moment to moment as they are there, in about a minute however long it is.

import { useCallback, useEffect, useRef, useState } from "react";
import { linesOf } from "../../wire/lines.ts";

const STEP_MS = 700;
const MOST_STEPS = 90;

/** The moment to show after this one; null is now. */
async function nextMoment(
  notebookId: string,
  at: number,
  head: number,
  least: number,
): Promise<number | null> {
  const wanted = at + least;
  if (wanted >= head) return null;
  const { lines } = await linesOf(notebookId, wanted - 1, Math.min(head, wanted + 50));
  const seq = lines[0]?.seq ?? wanted;
  return seq >= head ? null : seq;
}

/** Whether it plays, and the switch. It begins at `at`, or from the first event when that is now. */
export function usePlaying(
  notebookId: string,
  at: number | null,
  head: number,
  /** The moment that is shown by now. */
  shown: number | null,
  go: (at: number | null) => void,
): { readonly playing: boolean; readonly toggle: () => void } {
  const [least, setLeast] = useState<number | null>(null);
  const playing = least !== null;
  const latest = useRef({ head, go });
  latest.current = { head, go };
  useEffect(() => {
    if (least === null) return;
    if (at === null) return setLeast(null);
    if (shown !== at) return;
    let gone = false;
    const timer = setTimeout(() => {
      nextMoment(notebookId, at, latest.current.head, least).then(
        (next) => gone || latest.current.go(next),
        () => gone || setLeast(null),
      );
    }, STEP_MS);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [least, notebookId, at, shown]);
  const toggle = useCallback(() => {
    if (playing) return setLeast(null);
    const from = at ?? 1;
    setLeast(Math.max(1, Math.floor((head - from) / MOST_STEPS)));
    if (at === null) go(1);
  }, [playing, at, head, go]);
  return { playing, toggle };
}
