// One stream over many notebooks: what comes, as typed items, until it ends or falls silent.
// Connecting anew, and from where, is for the caller.

import type { Actor, WireRecord } from "../generated.ts";
import { send } from "./calls.ts";
import { Refusal, Unreachable } from "./problem.ts";
import { Parser, type Frame } from "./sse.ts";

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
 * Without a byte for so long the connection is dead: the server says something every 15 s. It is
 * told by the clock, for timers stand still while a machine sleeps.
 */
const SILENCE_MS = 40_000;
const LOOK_MS = 5_000;

/**
 * The items after these cursors, those of one piece of the stream together. `came` is called when
 * the server has let us in. Throws Refusal and Unreachable; returns when the server ends the stream.
 */
export async function* follow(
  cursors: ReadonlyMap<string, number>,
  abort: AbortSignal,
  came: () => void,
): AsyncGenerator<readonly LiveItem[]> {
  const silence = new AbortController();
  const either = AbortSignal.any([abort, silence.signal]);
  const body = { notebooks: Object.fromEntries(cursors) };
  let heard = Date.now();
  const timer = setInterval(() => {
    if (Date.now() - heard > SILENCE_MS) silence.abort();
  }, LOOK_MS);
  try {
    const response = await send("POST", "/api/follow", body, {}, either);
    came();
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    const parser = new Parser();
    while (reader) {
      const { done, value } = await reader.read();
      heard = Date.now();
      if (done) return;
      const items = parser.feed(value).flatMap(itemOf);
      if (items.length > 0) yield items;
    }
  } catch (error) {
    throw error instanceof Refusal ? error : new Unreachable(error);
  } finally {
    clearInterval(timer);
    silence.abort();
  }
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
