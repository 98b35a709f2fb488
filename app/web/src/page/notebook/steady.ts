// What somebody reads stays where it is while cells above it grow or shrink, as they do when they are
// drawn whole and their outputs come. The browser's own way loses its hold when much is drawn anew.

const heights = new WeakMap<Element, number>();
let shared: ResizeObserver | undefined;

/** Whatever height this cell takes from here on, what is read below it does not move. */
export function steady(cell: Element): () => void {
  shared ??= new ResizeObserver(hold);
  const observer = shared;
  observer.observe(cell);
  return () => {
    observer.unobserve(cell);
    heights.delete(cell);
  };
}

/** Told between layout and painting, so that nobody sees it move. */
function hold(entries: readonly ResizeObserverEntry[]): void {
  const grown = entries.flatMap(({ target }) => {
    const { top, height } = target.getBoundingClientRect();
    const by = height - (heights.get(target) ?? height);
    heights.set(target, height);
    return by === 0 ? [] : [{ top, height, by }];
  });
  if (grown.length === 0) return;
  const before = (top: number): number =>
    grown.reduce((at, one) => (one.top < top ? at - one.by : at), top);
  const looked = document.querySelector(".cell[data-looking]");
  const here = looked ? before(looked.getBoundingClientRect().top) : -1;
  // Where this person looks is held, if that is in the window, else its middle.
  const line = here >= 0 && here < innerHeight ? here : innerHeight / 2;
  const above = grown.filter(({ top, height, by }) => before(top) + height - by <= line);
  const shift = above.reduce((sum, { by }) => sum + by, 0);
  if (shift !== 0) scrollBy({ top: shift, behavior: "instant" });
}
