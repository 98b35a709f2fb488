// The stream that tells that something changed in what one may see, and not what. Throws Refusal and
// Unreachable; returns when the server ends it.

import { send } from "./calls.ts";
import type { Frame } from "./sse.ts";
import { streamed } from "./stream.ts";

/** Notebooks that went on, whether people, credentials or the list did, credentials that came. */
export interface Changed {
  readonly notebooks: readonly string[];
  readonly workspace: boolean;
  readonly used: readonly string[];
}

/** What changes from now on; null first, once it is open. */
export async function* changes(abort: AbortSignal): AsyncGenerator<Changed | null> {
  const open = (either: AbortSignal): Promise<Response> =>
    send("GET", "/api/changes", undefined, { Accept: "text/event-stream" }, either);
  for await (const told of streamed(open, changedOf, abort)) yield* told;
}

function changedOf({ event, data }: Frame): readonly (Changed | null)[] {
  if (event === "open") return [null];
  return event === "changed" ? [JSON.parse(data) as Changed] : [];
}
