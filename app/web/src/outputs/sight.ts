// Whether an element is in sight, or close to it: what is not costs nothing until then.

import { useEffect, useState, type RefObject } from "react";

const NEAR = 800;
/** The cells of a stretch are looked at one by one when it is so near. */
const CLOSE = 2 * NEAR;

/** Told that an element came near the window or left it, and how far from its middle it is. */
type Told = (near: boolean, distance: number) => void;

/** One observer for all of a margin: each of its own would be asked at every frame. */
class Sight {
  readonly #margin: number;
  readonly #watched = new Map<Element, Told>();
  #observer: IntersectionObserver | undefined;

  constructor(margin: number) {
    this.#margin = margin;
  }

  /** Be told where the element is, now and whenever that changes. */
  watch(element: Element, told: Told): () => void {
    this.#observer ??= new IntersectionObserver((entries) => this.#tell(entries), {
      rootMargin: `${this.#margin}px`,
    });
    const observer = this.#observer;
    this.#watched.set(element, told);
    observer.observe(element);
    return () => {
      this.#watched.delete(element);
      observer.unobserve(element);
    };
  }

  #tell(entries: readonly IntersectionObserverEntry[]): void {
    for (const { isIntersecting, target, boundingClientRect: box } of entries) {
      const middle = (box.top + box.bottom) / 2;
      this.#watched.get(target)?.(isIntersecting, Math.abs(middle - innerHeight / 2));
    }
  }
}

export const near = new Sight(NEAR);
export const close = new Sight(CLOSE);

/** True once the element has come near the window. It stays true. */
export function useSeen(element: RefObject<Element | null>): boolean {
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    const { current } = element;
    if (seen || !current) return;
    return near.watch(current, (here) => {
      if (here) setSeen(true);
    });
  }, [element, seen]);
  return seen;
}
