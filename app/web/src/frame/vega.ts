// Vega and Vega-Lite for the frame: loaded only where a chart is.

import embed, { vega, type VisualizationSpec } from "vega-embed";

interface How {
  readonly lite: boolean;
  readonly dark: boolean;
  readonly follow: (address: string) => void;
}

/** Draw a chart; the answer draws it once more, as a picture. */
async function drawVega(
  place: HTMLElement,
  spec: unknown,
  { lite, dark, follow }: How,
): Promise<() => Promise<string>> {
  const { view } = await embed(place, spec as VisualizationSpec, {
    mode: lite ? "vega-lite" : "vega",
    actions: false,
    renderer: "svg",
    loader: loaderOf(follow),
    ...(dark ? { theme: "dark" } : {}),
    config: { background: "transparent", axis: { gridColor: "#8884" } },
  });
  return () => view.toImageURL("png", 2);
}

/** A mark that is a link would lead the frame itself away. */
function loaderOf(follow: (address: string) => void): ReturnType<typeof vega.loader> {
  const loader = vega.loader();
  const { sanitize } = loader;
  loader.sanitize = async (address, options) => {
    const clean = await sanitize.call(loader, address, options);
    if ((options as { context?: string }).context !== "href") return clean;
    follow(new URL(clean.href, location.href).href);
    throw new Error("The page asks whether to follow a link.");
  };
  return loader;
}

Object.assign(window, { drawVega });
