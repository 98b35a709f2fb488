// A notebook as it was at a seq, as the server replays it, with what had just happened.

import { useEffect, useState } from "react";
import type { RecordLine } from "../../generated.ts";
import { unpack, type Notebook } from "../../state.ts";
import { stateOf } from "../../wire/calls.ts";
import { linesOf } from "../../wire/lines.ts";
import { messageOf } from "../home/listing.ts";

const KEPT = 30;
/** While the slider is dragged not every moment on the way is asked for. */
const REST_MS = 60;

export interface Moment {
  readonly at: number;
  readonly notebook: Notebook;
  /** The record itself as a line; null if it is not known. */
  readonly line: RecordLine | null;
}

export interface Looked {
  /** The last moment that is known, which may be another than the one that is asked for. */
  readonly moment: Moment | null;
  readonly error: string | null;
}

const kept = new Map<string, Moment>();

/** The moment at a seq, while it is looked at; none for null, which is now. */
export function usePast(notebookId: string, at: number | null): Looked {
  const [looked, setLooked] = useState<Looked>({ moment: null, error: null });
  useEffect(() => {
    if (at === null) {
      setLooked({ moment: null, error: null });
      return;
    }
    let gone = false;
    const show = (moment: Moment): void => {
      if (!gone) setLooked({ moment, error: null });
    };
    const known = kept.get(`${notebookId} ${at}`);
    if (known) {
      show(known);
      return;
    }
    const timer = setTimeout(() => {
      momentAt(notebookId, at).then(show, (error: unknown) => {
        if (!gone) setLooked((before) => ({ ...before, error: messageOf(error) }));
      });
    }, REST_MS);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [notebookId, at]);
  return looked;
}

async function momentAt(notebookId: string, at: number): Promise<Moment> {
  const [{ state }, { lines }] = await Promise.all([
    stateOf(notebookId, { at }),
    linesOf(notebookId, at - 1, at),
  ]);
  const moment = { at, notebook: unpack(state), line: lines.at(-1) ?? null };
  kept.set(`${notebookId} ${at}`, moment);
  for (const oldest of kept.keys()) {
    if (kept.size <= KEPT) break;
    kept.delete(oldest);
  }
  return moment;
}
