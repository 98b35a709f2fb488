// Work that can wait for its turn, in pieces short enough that keys, wheel and frames come between
// them: what is nearest first, and nothing of what is no longer wanted.

const AT_ONCE_MS = 8;
/** Who has not scrolled for so long rests. */
const REST_MS = 120;
/** Pixels in a millisecond at which nobody reads. */
const FLYING = 20;

interface Turn {
  readonly distance: number;
  readonly take: () => void;
  readonly toWrite: boolean;
}

const waiting = new Map<object, Turn>();
let due = false;
let scrolled = { at: -Infinity, to: 0 };
let flewAt = -Infinity;

if (typeof document !== "undefined") {
  const scroll = (): void => {
    const now = { at: performance.now(), to: scrollY };
    if (Math.abs(now.to - scrolled.to) > FLYING * (now.at - scrolled.at)) flewAt = now.at;
    scrolled = now;
  };
  document.addEventListener("scroll", scroll, { passive: true });
}

/** What is to be read has its turn unless somebody flies by; a new one for the same thing takes the
 * place of the last. */
export function wait(thing: object, distance: number, take: () => void): void {
  put(thing, { distance, take, toWrite: false });
}

/** What is to be written in comes after that, and not before nobody scrolls. */
export function waitForRest(thing: object, distance: number, take: () => void): void {
  put(thing, { distance, take, toWrite: true });
}

/** It is no longer wanted. */
export function leave(thing: object): void {
  waiting.delete(thing);
}

function put(thing: object, turn: Turn): void {
  waiting.set(thing, turn);
  if (!due) call(0);
}

function call(after: number): void {
  due = true;
  setTimeout(go, after);
}

function go(): void {
  const began = performance.now();
  do {
    const next = nearest(began);
    if (!next) break;
    const [thing, { take }] = next;
    waiting.delete(thing);
    take();
    layOut();
  } while (performance.now() < began + AT_ONCE_MS);
  due = false;
  if (waiting.size > 0) call(nearest(began) ? 0 : REST_MS);
}

/** What was drawn is laid out within its turn, so that the turns of one frame are not laid out together. */
function layOut(): void {
  void document.documentElement.offsetHeight;
}

function nearest(now: number): [object, Turn] | undefined {
  if (now - flewAt < REST_MS) return undefined;
  const rests = now - scrolled.at >= REST_MS;
  let found: [object, Turn] | undefined;
  for (const entry of waiting) {
    if (entry[1].toWrite && !rests) continue;
    if (!found || rank(entry[1]) < rank(found[1])) found = entry;
  }
  return found;
}

const rank = ({ distance, toWrite }: Turn): number => distance + (toWrite ? 1e7 : 0);
