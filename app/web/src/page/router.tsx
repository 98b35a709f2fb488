// Which screen an address means, and going from one to another without loading the page anew.

import { useSyncExternalStore, type AnchorHTMLAttributes, type MouseEvent } from "react";

export type Place =
  { readonly screen: "home" } | { readonly screen: "notebook"; readonly notebook_id: string };

/** The place that a path names; what is unknown is home. */
export function placeOf(path: string): Place {
  const [, first, second] = path.split("/");
  if (first === "n" && second) {
    return { screen: "notebook", notebook_id: decodeURIComponent(second) };
  }
  return { screen: "home" };
}

/** The path of a place. */
export function pathOf(place: Place): string {
  return place.screen === "notebook" ? `/n/${encodeURIComponent(place.notebook_id)}` : "/";
}

/** Go to a place. */
export function go(place: Place): void {
  history.pushState(null, "", pathOf(place));
  dispatchEvent(new PopStateEvent("popstate"));
}

/** The place that the address bar names. */
export function usePlace(): Place {
  return placeOf(useSyncExternalStore(watch, () => location.pathname));
}

function watch(changed: () => void): () => void {
  addEventListener("popstate", changed);
  return () => removeEventListener("popstate", changed);
}

/** A link to a place. */
export function Link({
  to,
  ...rest
}: { readonly to: Place } & Omit<AnchorHTMLAttributes<HTMLAnchorElement>, "href">) {
  const follow = (event: MouseEvent): void => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
      return;
    event.preventDefault();
    go(to);
  };
  return <a {...rest} href={pathOf(to)} onClick={follow} />;
}
