// The inside of the frame: shows what the page sends, and tells how high it is. It has no origin,
// so there is nothing here that foreign code could reach.

import { followed } from "./links.ts";
import type { FrameRequest, FrameSays, PictureRequest } from "./protocol.ts";

interface Drawing {
  readonly drawVega?: (
    place: HTMLElement,
    spec: unknown,
    how: { lite: boolean; dark: boolean; follow: (address: string) => void },
  ) => Promise<Picture>;
  readonly Plotly?: {
    newPlot(place: HTMLElement, data: unknown, layout: unknown, config: unknown): Promise<unknown>;
    toImage(place: HTMLElement, how: unknown): Promise<string>;
  };
}

/** Draws what is shown once more, as the address of a picture's data. */
type Picture = () => Promise<string>;

const addresses = (document.currentScript as HTMLScriptElement).dataset;
const place = document.getElementById("shown") as HTMLElement;
let begun = false;
let picture: Picture | undefined;

addEventListener("message", (event: MessageEvent<FrameRequest | PictureRequest>) => {
  if (event.source !== parent) return;
  if ("picture" in event.data) {
    void picture?.().then((address) => say({ kind: "picture", address }));
    return;
  }
  if (begun) return;
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
const follow = (address: string): void => say({ kind: "link", address });
const clicked = (event: MouseEvent): void => followed(event, follow);
addEventListener("click", clicked, true);
addEventListener("auxclick", clicked, true);
window.open = (address) => {
  if (address) follow(new URL(address, location.href).href);
  return null;
};
say({ kind: "ready" });

async function show({ show: what, theme }: FrameRequest): Promise<void> {
  switch (what.kind) {
    case "html":
      return showHtml(what.html);
    case "vega": {
      const { drawVega } = await load(addresses["vega"]);
      picture = await drawVega?.(place, what.spec, { lite: what.lite, dark: theme.dark, follow });
      return;
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
        modeBarButtonsToRemove: ["toImage"],
      });
      picture = () => Plotly?.toImage(place, { format: "png", scale: 2 }) ?? Promise.reject();
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

/** Without a network the page's worker has put the library in the document already. */
async function load(address: string | undefined): Promise<Drawing> {
  const here = window as unknown as Drawing;
  if (here.drawVega ?? here.Plotly) return here;
  await new Promise<void>((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address ?? "";
    script.onload = () => resolve();
    script.onerror = () => reject(new Error("the drawing library did not load"));
    document.head.append(script);
  });
  return here;
}

function say(what: FrameSays): void {
  parent.postMessage(what, "*");
}
