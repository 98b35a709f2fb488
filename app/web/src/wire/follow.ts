// One stream over many notebooks: what comes, as typed items, until it ends or falls silent.
// Connecting anew, and from where, is for the caller.

import type { Actor, WireRecord } from "../generated.ts";
import { send } from "./calls.ts";
import type { Frame } from "./sse.ts";
import { streamed } from "./stream.ts";

/** Something said on the live stream alone. `gone`: what it said before no longer holds. */
export interface Signal {
  readonly notebook_id: string;
  readonly kind: string;
  readonly key: string;
  readonly actor: Actor;
  readonly value: unknown;
  readonly ttl_s?: number;
  readonly to?: string;
  readonly gone?: boolean;
}

/** What the state at `seq` adds up to, by the server's reckoning. */
export interface DigestFrame {
  readonly notebook_id: string;
  readonly seq: number;
  readonly digest: string;
  readonly reducer_version: number;
}

export type LiveItem =
  | { readonly kind: "record"; readonly record: WireRecord }
  | { readonly kind: "signal"; readonly signal: Signal }
  | { readonly kind: "digest"; readonly digest: DigestFrame }
  | { readonly kind: "ended"; readonly notebook_id: string; readonly reason: string };

/**
 * The items after these cursors, those of one piece of the stream together. `came` is called when
 * the server has let us in. Throws Refusal and Unreachable; returns when the server ends the stream.
 */
export function follow(
  cursors: ReadonlyMap<string, number>,
  abort: AbortSignal,
  came: () => void,
): AsyncGenerator<readonly LiveItem[]> {
  const body = { notebooks: Object.fromEntries(cursors) };
  const open = async (either: AbortSignal): Promise<Response> => {
    const response = await send("POST", "/api/follow", body, {}, either);
    came();
    return response;
  };
  return streamed(open, itemOf, abort);
}

function itemOf(frame: Frame): LiveItem[] {
  const data: unknown = JSON.parse(frame.data);
  switch (frame.event) {
    case "record":
      return [{ kind: "record", record: data as WireRecord }];
    case "signal":
      return [{ kind: "signal", signal: data as Signal }];
    case "digest":
      return [{ kind: "digest", digest: data as DigestFrame }];
    case "ended": {
      const { notebook_id, reason } = data as { notebook_id: string; reason?: string };
      return [{ kind: "ended", notebook_id, reason: reason ?? "" }];
    }
    default:
      return [];
  }
}
