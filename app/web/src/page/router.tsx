// Which screen an address means, and going from one to another without loading the page anew.

import { useMemo, useSyncExternalStore, type AnchorHTMLAttributes, type MouseEvent } from "react";

/** `at` is a moment of the log, as a seq, and `from` another one, with which it is compared. */
export type Place =
  | { readonly screen: "home" }
  | { readonly screen: "notebook"; readonly notebook_id: string; readonly at?: number }
  | {
      readonly screen: "history";
      readonly notebook_id: string;
      readonly at?: number;
      readonly from?: number;
    }
  | { readonly screen: "audit" }
  | { readonly screen: "connect" }
  | { readonly screen: "people"; readonly notebook_id?: string };

/** The place that an address names; what is unknown is home. */
export function placeOf(path: string, query = ""): Place {
  const [, first, second, third] = path.split("/");
  const asked = new URLSearchParams(query);
  if (first === "n" && second) {
    const notebook_id = decodeURIComponent(second);
    const at = momentIn(asked, "at");
    if (third !== "history") return { screen: "notebook", notebook_id, ...at };
    return { screen: "history", notebook_id, ...at, ...momentIn(asked, "from") };
  }
  if (first === "people") {
    const of = asked.get("notebook");
    return { screen: "people", ...(of ? { notebook_id: of } : {}) };
  }
  if (first === "audit" || first === "connect") return { screen: first };
  return { screen: "home" };
}

function momentIn<Name extends string>(asked: URLSearchParams, name: Name): { [K in Name]?: number } {
  const given = asked.get(name);
  return (given !== null && /^\d{1,15}$/.test(given) ? { [name]: Number(given) } : {}) as {
    [K in Name]?: number;
  };
}

/** The address of a place. */
export function pathOf(place: Place): string {
  switch (place.screen) {
    case "home":
      return "/";
    case "notebook":
    case "history": {
      const path = `/n/${encodeURIComponent(place.notebook_id)}`;
      const from = place.screen === "history" ? place.from : undefined;
      const asked = Object.entries({ at: place.at, from })
        .flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]))
        .join("&");
      return `${path}${place.screen === "history" ? "/history" : ""}${asked ? `?${asked}` : ""}`;
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
