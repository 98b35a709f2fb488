// A stream of server-sent events: what its frames say, until it ends or falls silent. Connecting
// anew, and from where, is for the caller.

import { Refusal, Unreachable } from "./problem.ts";
import { Parser, type Frame } from "./sse.ts";

/**
 * Without a byte for so long the connection is dead: the server says something every 15 s. It is
 * told by the clock, for timers stand still while a machine sleeps.
 */
const SILENCE_MS = 40_000;
const LOOK_MS = 5_000;

/**
 * What the frames of a stream say, that of one piece together. Throws Refusal and Unreachable;
 * returns when the server ends the stream.
 */
export async function* streamed<Item>(
  open: (abort: AbortSignal) => Promise<Response>,
  read: (frame: Frame) => readonly Item[],
  abort: AbortSignal,
): AsyncGenerator<readonly Item[]> {
  const silence = new AbortController();
  let heard = Date.now();
  const timer = setInterval(() => {
    if (Date.now() - heard > SILENCE_MS) silence.abort();
  }, LOOK_MS);
  try {
    const response = await open(AbortSignal.any([abort, silence.signal]));
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    const parser = new Parser();
    while (reader) {
      const { done, value } = await reader.read();
      heard = Date.now();
      if (done) return;
      const items = parser.feed(value).flatMap(read);
      if (items.length > 0) yield items;
    }
  } catch (error) {
    throw error instanceof Refusal ? error : new Unreachable(error);
  } finally {
    clearInterval(timer);
    silence.abort();
  }
}
