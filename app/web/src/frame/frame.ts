// The inside of the frame: shows what the page sends, and tells how high it is. It has no origin,
// so there is nothing here that foreign code could reach.

import type { FrameRequest, FrameSays } from "./protocol.ts";

interface Drawing {
  readonly drawVega?: (
    place: HTMLElement,
    spec: unknown,
    lite: boolean,
    dark: boolean,
  ) => Promise<void>;
  readonly Plotly?: {
    newPlot(place: HTMLElement, data: unknown, layout: unknown, config: unknown): Promise<unknown>;
  };
}

const addresses = (document.currentScript as HTMLScriptElement).dataset;
const place = document.getElementById("shown") as HTMLElement;
let begun = false;

addEventListener("message", (event: MessageEvent<FrameRequest>) => {
  if (event.source !== parent || begun) return;
  begun = true;
  const { ink, dark, font } = event.data.theme;
  document.documentElement.style.colorScheme = dark ? "dark" : "light";
  document.body.style.color = ink;
  document.body.style.fontFamily = font;
  show(event.data).catch((error: unknown) => say({ kind: "failed", reason: String(error) }));
});
new ResizeObserver(() =>
  say({ kind: "height", height: Math.ceil(place.getBoundingClientRect().height) }),
).observe(place);
say({ kind: "ready" });

async function show({ show: what, theme }: FrameRequest): Promise<void> {
  switch (what.kind) {
    case "html":
      return showHtml(what.html);
    case "vega": {
      const { drawVega } = await load(addresses["vega"]);
      return drawVega?.(place, what.spec, what.lite, theme.dark);
    }
    case "plotly": {
      const { Plotly } = await load(addresses["plotly"]);
      const { data, layout, config } = what.figure as Record<string, unknown>;
      const axis = { gridcolor: "#8884", zerolinecolor: "#8886" };
      const clear = {
        paper_bgcolor: "rgba(0,0,0,0)",
        plot_bgcolor: "rgba(0,0,0,0)",
        font: { color: theme.ink },
        height: 420,
        template: { layout: { xaxis: axis, yaxis: axis } },
      };
      const asked = { ...clear, ...(layout as object) };
      await Plotly?.newPlot(place, data, asked, {
        responsive: true,
        displaylogo: false,
        ...(config as object),
      });
    }
  }
}

/** Scripts that come with the text run, one after the other, as in a document of their own. */
async function showHtml(html: string): Promise<void> {
  const template = document.createElement("template");
  template.innerHTML = html;
  place.replaceChildren(template.content);
  for (const script of place.querySelectorAll("script")) {
    const fresh = document.createElement("script");
    for (const { name, value } of script.attributes) fresh.setAttribute(name, value);
    fresh.textContent = script.textContent;
    const loading = fresh.src
      ? new Promise((resolve) => {
          fresh.onload = fresh.onerror = resolve;
        })
      : null;
    script.replaceWith(fresh);
    await loading;
  }
}

async function load(address: string | undefined): Promise<Drawing> {
  await new Promise<void>((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address ?? "";
    script.onload = () => resolve();
    script.onerror = () => reject(new Error("the drawing library did not load"));
    document.head.append(script);
  });
  return window as unknown as Drawing;
}

function say(what: FrameSays): void {
  parent.postMessage(what, "*");
}
