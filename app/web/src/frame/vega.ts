// Vega and Vega-Lite for the frame: loaded only where a chart is.

import embed, { type VisualizationSpec } from "vega-embed";

async function drawVega(
  place: HTMLElement,
  spec: unknown,
  lite: boolean,
  dark: boolean,
): Promise<void> {
  await embed(place, spec as VisualizationSpec, {
    mode: lite ? "vega-lite" : "vega",
    actions: false,
    renderer: "svg",
    ...(dark ? { theme: "dark" } : {}),
    config: { background: "transparent" },
  });
}

Object.assign(window, { drawVega });
