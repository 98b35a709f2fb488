// Links in foreign output. The frame may open nothing: it tells the page, which asks the person.

const LEADS_AWAY = new Set(["http:", "https:", "mailto:"]);

/** Tell of the link that this click follows, if it leads elsewhere. What leads within the output, or
 *  runs something in it, is left alone. */
export function followed(event: MouseEvent, follow: (address: string) => void): void {
  const link = event.composedPath().find(isLink);
  const written = link?.getAttribute("href") ?? link?.getAttribute("xlink:href");
  if (!written || written.startsWith("#") || event.button === 2) return;
  const address = URL.parse(written, location.href);
  if (!address || !LEADS_AWAY.has(address.protocol)) return;
  event.preventDefault();
  follow(address.href);
}

function isLink(one: EventTarget): one is Element {
  return one instanceof Element && one.matches("a, area");
}
