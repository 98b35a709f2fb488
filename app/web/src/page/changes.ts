// Tells the screens of this tab that something changed, by one stream for all of them, while the page
// is looked at. Nothing is asked while nothing happens.

import { Pauses } from "../replica/pauses.ts";
import { changes, type Changed } from "../wire/changes.ts";
import { Refusal } from "../wire/problem.ts";

/** Null: anything may have changed, since nothing was heard for a while. */
export type Hears = (changed: Changed | null) => void;

const hearers = new Set<Hears>();
const pauses = new Pauses();
let stream: AbortController | null = null;

/** Hear of changes until what is given back is called. The first news is null, once it is open. */
export function hearChanges(hears: Hears): () => void {
  hearers.add(hears);
  if (hearers.size === 1) document.addEventListener("visibilitychange", look);
  if (stream) hears(null);
  look();
  return () => {
    hearers.delete(hears);
    if (hearers.size > 0) return;
    document.removeEventListener("visibilitychange", look);
    look();
  };
}

function look(): void {
  const wanted = hearers.size > 0 && document.visibilityState === "visible";
  if (wanted && !stream) {
    stream = new AbortController();
    void listen(stream.signal);
  } else if (!wanted) {
    stream?.abort();
    stream = null;
  }
}

async function listen(abort: AbortSignal): Promise<void> {
  let broken = false;
  while (!abort.aborted) {
    try {
      for await (const changed of changes(abort)) {
        broken = false;
        pauses.came();
        tell(changed);
      }
    } catch (error) {
      if (abort.aborted) return;
      if (!broken) tell(null); // who asks now is told what is wrong
      if (error instanceof Refusal) return;
      broken = true;
    }
    await pauses.wait();
  }
}

function tell(changed: Changed | null): void {
  for (const hears of [...hearers]) hears(changed);
}
