// A part of the page that loads when it is first shown. Without a network it comes once that is
// back: until then there is what stands in for it, and all else goes on.

import { lazy, type ComponentType, type LazyExoticComponent } from "react";

const LONGEST_WAIT_MS = 8_000;

/** The component that a module has, loaded when it is first drawn. */
export function later<Props>(
  load: () => Promise<{ readonly default: ComponentType<Props> }>,
): LazyExoticComponent<ComponentType<Props>> {
  return lazy(() => loaded(load));
}

/** What the module has, asked for as often as it takes. */
async function loaded<Module>(load: () => Promise<Module>): Promise<Module> {
  for (let wait = 500; ; wait = Math.min(2 * wait, LONGEST_WAIT_MS)) {
    try {
      return await load();
    } catch {
      await new Promise((go) => setTimeout(go, wait));
    }
  }
}
