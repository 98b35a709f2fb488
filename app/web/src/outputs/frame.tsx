// Foreign output in a document of its own: of opaque origin, without network, shown at its height.
// What it says is heard as a stranger's: no more than a height, a failure, a link to ask about, and a
// picture of itself when somebody wants one. Where it does not come, the page's worker gives it as it
// was kept: a worker answers for no frame that has the attribute, so then its sandbox is its policy's.

import { useEffect, useRef, useState } from "react";
import type { FrameRequest, FrameSays, PictureRequest } from "../frame/protocol.ts";
import { LinkAsked, wanted } from "./link.tsx";
import { bytesOf, save } from "./saving.ts";
import { FullHeight } from "./full-height.tsx";

const HIGHEST = 20_000;
/** Higher ones are folded to this, in CSS pixels, unless hardly anything would be hidden. */
const FOLDED = 720;
const SPARED = 120;
/** A frame that has loaded and says nothing for so long is none: the browser's word of a failure. */
const LATE_MS = 1_000;
const PNG = "data:image/png;base64,";

export default function Frame({
  show,
  title,
}: {
  readonly show: FrameRequest["show"];
  readonly title: string;
}) {
  const frame = useRef<HTMLIFrameElement>(null);
  const asked = useRef(false);
  const [height, setHeight] = useState(24);
  const [all, setAll] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const [kept, setKept] = useState(false);
  const [link, setLink] = useState<URL | null>(null);
  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    let late: ReturnType<typeof setTimeout> | undefined;
    let ready = false;
    const loaded = (): void => {
      if (!ready && !kept && worker()) late = setTimeout(() => setKept(true), LATE_MS);
    };
    const send = (): void => tell(element, { show, theme: themeOf(element) });
    const hear = ({ source, data }: MessageEvent<FrameSays | null>): void => {
      if (source !== element.contentWindow) return;
      if (data?.kind === "ready") {
        ready = true;
        clearTimeout(late);
        if (!kept) worker()?.postMessage({ draws: show.kind });
        send();
      }
      else if (data?.kind === "height")
        setHeight(Math.max(0, Math.min(Number(data.height) || 0, HIGHEST)));
      else if (data?.kind === "failed") setError(String(data.reason).slice(0, 500));
      else if (data?.kind === "link") setLink(wanted(data.address));
      else if (data?.kind === "picture" && asked.current) {
        asked.current = false;
        const address = String(data.address);
        if (address.startsWith(PNG)) save(bytesOf(address.slice(PNG.length)), "chart.png");
      }
    };
    addEventListener("message", hear);
    element.addEventListener("load", loaded);
    send();
    return () => {
      clearTimeout(late);
      removeEventListener("message", hear);
      element.removeEventListener("load", loaded);
    };
  }, [show, kept]);
  const picture = (): void => {
    asked.current = true;
    if (frame.current) tell(frame.current, { picture: true });
  };
  const high = height > FOLDED + SPARED;
  return (
    <div className="output-picture output-picture-wide">
      <iframe
        key={String(kept)}
        ref={frame}
        src={kept ? `/frame?draws=${show.kind}` : "/frame"}
        sandbox={kept ? undefined : "allow-scripts"}
        title={title}
        className="output-frame"
        style={{ height: high && !all ? FOLDED : height }}
      />
      {show.kind === "html" || error ? null : (
        <button type="button" className="button output-save" onClick={picture}>
          Save picture
        </button>
      )}
      {high ? <FullHeight all={all} change={setAll} /> : null}
      {link ? <LinkAsked address={link} dismiss={() => setLink(null)} /> : null}
      {error ? <p className="output-note">It could not be drawn: {error}</p> : null}
    </div>
  );
}

function worker(): ServiceWorker | null {
  return navigator.serviceWorker?.controller ?? null;
}

/** The frame has no origin that it could be named by. */
function tell({ contentWindow }: HTMLIFrameElement, what: FrameRequest | PictureRequest): void {
  contentWindow?.postMessage(what, "*");
}

function themeOf(element: Element): FrameRequest["theme"] {
  const { color, colorScheme, fontFamily } = getComputedStyle(element);
  return { ink: color, dark: colorScheme === "dark" || isDark(color), font: fontFamily };
}

/** Light ink means a dark page. */
function isDark(ink: string): boolean {
  const [red = 0, green = 0, blue = 0] = (ink.match(/[\d.]+/g) ?? []).map(Number);
  return red + green + blue > 384;
}
