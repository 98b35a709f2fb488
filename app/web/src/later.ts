// A part of the page that loads when it is first needed. Without a network it comes once that is
// back: until then there is what stands in for it, and all else goes on.

import { lazy, type ComponentType, type LazyExoticComponent } from "react";

const LONGEST_WAIT_MS = 8_000;

/** The component that a module has, loaded when it is first drawn. */
export function later<Props>(
  load: () => Promise<{ readonly default: ComponentType<Props> }>,
): LazyExoticComponent<ComponentType<Props>> {
  return lazy(() => persistently(load));
}

/** What a module has, asked for as often as it takes. */
export async function persistently<Module>(load: () => Promise<Module>): Promise<Module> {
  for (let wait = 500; ; wait = Math.min(2 * wait, LONGEST_WAIT_MS)) {
    try {
      await Promise.all([...missing].map(again));
      return await load();
    } catch {
      await new Promise((go) => setTimeout(go, wait));
    }
  }
}

/**
 * The styles that did not come. What loads a module asks for its styles once, and takes them for
 * loaded ever after; so they are asked for here.
 */
const missing = new Set<HTMLLinkElement>();

addEventListener(
  "error",
  ({ target }) => {
    if (target instanceof HTMLLinkElement && target.rel === "stylesheet") missing.add(target);
  },
  { capture: true },
);

function again(style: HTMLLinkElement): Promise<void> {
  const fresh = style.cloneNode() as HTMLLinkElement;
  return new Promise((resolve, reject) => {
    fresh.onload = () => resolve();
    fresh.onerror = () => reject(new Error(`${fresh.href} did not come.`));
    missing.delete(style);
    style.replaceWith(fresh);
  });
}
