// Whether an element is in sight, or close to it: what is not costs nothing until then.

import { useEffect, useState, type RefObject } from "react";

const NEAR = "800px";

const waiting = new Map<Element, () => void>();
let shared: IntersectionObserver | undefined;

/** One observer for all: each of its own would be asked at every frame. */
function observer(): IntersectionObserver {
  shared ??= new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) if (isIntersecting) waiting.get(target)?.();
    },
    { rootMargin: NEAR },
  );
  return shared;
}

/** True once the element has come near the window. It stays true. */
export function useSeen(element: RefObject<Element | null>): boolean {
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    const { current } = element;
    if (seen || !current) return;
    waiting.set(current, () => setSeen(true));
    observer().observe(current);
    return () => {
      waiting.delete(current);
      observer().unobserve(current);
    };
  }, [element, seen]);
  return seen;
}
