// Which screen an address means, and going from one to another without loading the page anew.

import { useMemo, useSyncExternalStore, type AnchorHTMLAttributes, type MouseEvent } from "react";

/** `at` is a moment of the log, as a seq; `cell_id` the cell to look at first. */
export type Place =
  | { readonly screen: "home" }
  | { readonly screen: "notebook"; readonly notebook_id: string; readonly at?: number }
  | { readonly screen: "history"; readonly notebook_id: string; readonly at?: number }
  | { readonly screen: "audit" }
  | { readonly screen: "connect" }
  | { readonly screen: "people"; readonly notebook_id?: string };

/** The place that an address names; what is unknown is home. */
export function placeOf(path: string, query = ""): Place {
  const [, first, second, third] = path.split("/");
  const asked = new URLSearchParams(query);
  const at = asked.get("at");
  const moment = at !== null && /^\d{1,15}$/.test(at) ? { at: Number(at) } : {};
  if (first === "n" && second) {
    const notebook_id = decodeURIComponent(second);
    return { screen: third === "history" ? "history" : "notebook", notebook_id, ...moment };
  }
  if (first === "people") {
    const of = asked.get("notebook");
    return { screen: "people", ...(of ? { notebook_id: of } : {}) };
  }
  if (first === "audit" || first === "connect") return { screen: first };
  return { screen: "home" };
}

/** The address of a place. */
export function pathOf(place: Place): string {
  switch (place.screen) {
    case "home":
      return "/";
    case "notebook":
    case "history": {
      const path = `/n/${encodeURIComponent(place.notebook_id)}`;
      const at = place.at === undefined ? "" : `?at=${place.at}`;
      return `${path}${place.screen === "history" ? "/history" : ""}${at}`;
    }
    case "people":
      return place.notebook_id
        ? `/people?notebook=${encodeURIComponent(place.notebook_id)}`
        : "/people";
    default:
      return `/${place.screen}`;
  }
}

/** Go to a place. */
export function go(place: Place): void {
  history.pushState(null, "", pathOf(place));
  dispatchEvent(new PopStateEvent("popstate"));
}

/** Have the address bar name a place without going anywhere. */
export function name(place: Place): void {
  history.replaceState(null, "", pathOf(place));
}

/** The place that the address bar names. */
export function usePlace(): Place {
  const address = useSyncExternalStore(watch, () => location.pathname + location.search);
  return useMemo(() => {
    const [path = "", query = ""] = address.split("?");
    return placeOf(path, query);
  }, [address]);
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
